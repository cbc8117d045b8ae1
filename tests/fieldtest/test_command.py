"""The command from the first prompt to the verdict, with a simulated volunteer in simulated time."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.fieldtest import marks, verdict
from acumat.fieldtest.judge import Outcome
from acumat.fieldtest.script import POSITIONS, SCRIPT, length_s
from acumat_hw.recording import open_recording


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A field test of the simulated volunteer."""
    path = tmp_path_factory.mktemp("field") / "field.csv.gz"
    main(["fieldtest", str(path), "--simulated", "--config", str(_config(path.parent))])
    return path


def _config(folder: Path) -> Path:
    path = folder / "acumat.toml"
    path.write_text("[mqtt]\nenabled = false\n")
    return path


def test_the_recording_holds_every_position_with_its_mark(recorded: Path) -> None:
    assert [mark.position for mark in marks.read(recorded)] == list(SCRIPT)
    opened = open_recording(recorded)
    assert list(opened.frames())[-1].t_mono_s == pytest.approx(length_s(), abs=0.2)
    assert opened.problems == []


def test_the_mat_makes_of_the_volunteer_what_is_expected(recorded: Path) -> None:
    assert verdict.written(recorded) == dict.fromkeys(POSITIONS, Outcome.PASS)


def test_it_can_be_judged_again_and_says_what_is_worse(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = verdict.verdict_path(recorded)
    before = path.read_text()
    code = main(["fieldtest", "--replay", str(recorded)])
    said = capsys.readouterr().out
    assert "Worse" not in said
    assert f"{len(SCRIPT)} positions" in said
    assert code == (exit_codes.FAULTY if "FAIL |" in said else exit_codes.OK)
    assert path.read_text() == before


def test_a_person_in_the_place_of_the_bag_is_a_failure(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same frames under other marks: the verdict follows the marks."""
    other = recorded.with_name("other.csv.gz")
    other.write_bytes(recorded.read_bytes())
    text = recorded.with_suffix("").with_suffix(".toml").read_text()
    other.with_suffix("").with_suffix(".toml").write_text(text.replace('"lie_down"', '"bag"', 1))
    verdict.verdict_path(other).write_text(verdict.verdict_path(recorded).read_text())
    assert main(["fieldtest", "--replay", str(other)]) == exit_codes.FAULTY
    said = capsys.readouterr().out
    assert "Worse than in" in said
    assert "bag" in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--replay", "--simulated"], "--replay makes no recording"),
        (["--replay", "--force"], "--replay makes no recording"),
        (["--replay"], "there is no such file"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, argv: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fieldtest", str(tmp_path / "none.csv"), *argv]) == exit_codes.DATA
    assert said in capsys.readouterr().err


def test_a_recording_is_not_written_over(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = recorded.read_bytes()
    assert main(["fieldtest", str(recorded), "--simulated"]) == exit_codes.DATA
    assert "is there already" in capsys.readouterr().err
    assert recorded.read_bytes() == before


def test_a_file_in_the_place_of_the_verdict_is_named_before_the_volunteer_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "field.verdict.md").write_text("my own words")
    assert main(["fieldtest", str(tmp_path / "field.csv"), "--simulated"]) == exit_codes.DATA
    assert "is no verdict" in capsys.readouterr().err
    assert not (tmp_path / "field.csv").exists()
