"""`acumat report` without a daemon: what it writes, where it writes nothing, and what it says then."""

from __future__ import annotations

import io
import os
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.cli.output_file import write_whole
from acumat.report.page import HEAD
from acumat_hw.errors import InputError
from tests.closing import stores_are_closed
from tests.history.diary import START_S, digest, fill, people
from tests.history.stores import opened
from tests.report.html import Report

__all__ = ["stores_are_closed"]

FIRST = datetime.fromtimestamp(START_S, UTC).date()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration of a mat with ten days, the later ones Ann's in part."""
    state = tmp_path / "state"
    state.mkdir()
    store = opened(state / "acumat.db")
    fill(store, 10)
    people(store, "Ann")
    store.close()
    path = tmp_path / "acumat.toml"
    path.write_text(f'[daemon]\nstate_dir = "{state}"\nruntime_dir = "{tmp_path / "run"}"\n[mqtt]\nenabled = false\n')
    return path


class Pipe(io.BytesIO):
    """Bytes that come once."""

    def seekable(self) -> bool:
        return False


def report(config: Path, *argv: str) -> int:
    return main(["report", *argv, "--config", str(config)])


def test_the_report_is_one_private_file_of_what_is_stored(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report.html"
    database = digest(tmp_path / "state" / "acumat.db")
    assert report(config, "-o", str(target)) == exit_codes.OK
    assert f"The report is in {target}." in capsys.readouterr().out
    read = Report(target.read_text("utf-8"))
    assert "14 sessions on" in read.all_text  # of twenty, two are a guest's and four Ann's
    assert "Left out: 2 sessions of guests." in read.sentences
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert digest(tmp_path / "state" / "acumat.db") == database
    assert [each.name for each in tmp_path.iterdir() if each.name not in ("state", "run", "acumat.toml")] == ["report.html"]


def test_without_a_name_it_is_written_where_one_is(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert report(config) == exit_codes.OK
    assert (tmp_path / "acumat-report.html").read_text().startswith(HEAD)


def test_standard_output_takes_it_alone(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(config, "-o", "-") == exit_codes.OK
    assert Report(capsys.readouterr().out).headings[0] == "Acupressure mat: report"


def test_an_export_is_reported_on_without_the_history_that_it_is_of(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    export, elsewhere = tmp_path / "export.json", tmp_path / "elsewhere.toml"
    assert main(["history", "export", str(export), "--config", str(config)]) == exit_codes.OK
    elsewhere.write_text('[daemon]\nstate_dir = "/nowhere"\nruntime_dir = "/nowhere"\n')
    with export.open() as file:
        texts = []
        for given in (io.TextIOWrapper(Pipe(export.read_bytes())), file):
            capsys.readouterr()
            monkeypatch.setattr("sys.stdin", given)
            assert report(elsewhere, "--of", "-", "-o", "-") == exit_codes.OK
            texts.append(re.sub(r"Made on [^.]+ by", "", capsys.readouterr().out))
    assert report(elsewhere, "--of", str(export), "-o", "-") == exit_codes.OK
    texts.append(re.sub(r"Made on [^.]+ by", "", capsys.readouterr().out))
    assert report(config, "-o", "-") == exit_codes.OK
    texts.append(re.sub(r"Made on [^.]+ by", "", capsys.readouterr().out))
    assert texts == [texts[0]] * 4
    assert "14 sessions on" in Report(texts[0]).all_text


def test_what_is_no_export_gets_a_sentence(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]")
    assert report(config, "--of", str(wrong), "-o", "-") == exit_codes.DATA
    assert "cannot be read as a report needs it" in capsys.readouterr().err


def test_days_and_person_are_those_asked_for(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, last = FIRST + timedelta(days=2), FIRST + timedelta(days=4)
    assert report(config, "-o", "-", "--from", f"{first}", "--to", f"{last}", "--person", "Ann", "--rhythm") == exit_codes.OK
    read = Report(capsys.readouterr().out)
    assert read.headings[0] == "Acupressure mat: report of Ann"
    assert "Rhythm" in read.headings
    assert read.rows["Minutes by day, 28 days"] == 28
    assert read.rows["Left and right"] == 1


def test_an_earlier_report_and_an_empty_file_are_replaced(config: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("")
    for _ in range(2):
        assert report(config, "-o", str(target)) == exit_codes.OK
        assert target.read_text().startswith(HEAD)


def test_a_link_stays_and_its_report_is_replaced(config: Path, tmp_path: Path) -> None:
    link = tmp_path / "latest.html"
    link.symlink_to(tmp_path / "there.html")
    assert report(config, "-o", str(link)) == exit_codes.OK
    assert link.is_symlink()
    assert (tmp_path / "there.html").read_text().startswith(HEAD)


@pytest.mark.parametrize("content", [b"my diary", HEAD.encode()[:-1], b"\xff\x00"])
def test_what_is_no_report_is_replaced_only_by_force(
    content: bytes, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "notes.html"
    target.write_bytes(content)
    assert report(config, "-o", str(target)) == exit_codes.DATA
    assert "is there already and is no report; choose another name, or say --force" in capsys.readouterr().err
    assert target.read_bytes() == content
    assert report(config, "-o", str(target), "--force") == exit_codes.OK
    assert target.read_text().startswith(HEAD)


@pytest.mark.parametrize("name", ["state/acumat.db", "state/new.html", "link/acumat.db"])
def test_nothing_is_written_into_the_mats_own_folder(
    name: str, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "state")
    database = digest(tmp_path / "state" / "acumat.db")
    assert report(config, "-o", str(tmp_path / name), "--force") == exit_codes.DATA
    assert "is in the mat's own folder" in capsys.readouterr().err
    assert digest(tmp_path / "state" / "acumat.db") == database


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("", "no regular file"),
        ("pipe", "no regular file"),
        ("nowhere/report.html", "cannot be written (No such file or directory)"),
        ("x" * 300, "is no place for a file"),
        ("circle", "is no place for a file"),
        ("circle/report.html", "is no place for a file"),
        ("a\0b", "is no place for a file"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(
    target: str, says: str, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert report(config, "-o", f"{tmp_path}/{target}") == exit_codes.DATA
    said = capsys.readouterr().err
    assert says in said
    assert "\0" not in said


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("--from", "yesterday"), "--from 'yesterday': give a day, such as 2026-11-24"),
        (("--to", "2026-02-30"), "--to '2026-02-30': give a day"),
        (("--from", "2026-11-24", "--to", "2026-11-23"), "--from 2026-11-24: is after 2026-11-23"),
        (("--from", "9999-01-01", "--to", "9999-12-31"), "--from 9999-01-01: is after"),
        (("--person", "Bob"), "--person: nobody is called 'Bob'; there are Ann"),
    ],
)
def test_a_wrong_question_gets_a_sentence_and_no_file(
    argv: tuple[str, ...], says: str, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(config, "-o", str(tmp_path / "report.html"), *argv) == exit_codes.DATA
    assert says in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


def test_without_a_history_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "acumat.toml"
    path.write_text(
        f'[daemon]\nstate_dir = "{tmp_path / "none"}"\nruntime_dir = "{tmp_path / "run"}"\n[mqtt]\nenabled = false\n'
    )
    assert report(path, "-o", str(tmp_path / "report.html")) == exit_codes.UNAVAILABLE
    assert "there is no history yet" in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


def test_a_damaged_history_gets_a_sentence_and_no_file(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = opened(tmp_path / "state" / "acumat.db")
    with store.transaction() as db:
        db.execute("UPDATE session SET load = 'much' WHERE number = 3")
    store.close()
    assert report(config, "-o", str(tmp_path / "report.html")) == exit_codes.REFUSED
    assert "its content is damaged" in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.html"
    target.write_text(f"{HEAD}old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_whole(target, io.BytesIO(b"new"))
    assert target.read_text() == f"{HEAD}old"
    assert list(tmp_path.iterdir()) == [target]
