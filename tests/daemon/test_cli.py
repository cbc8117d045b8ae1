from __future__ import annotations

import errno
import gzip
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Never

import pytest

from acumat.cli.exit_codes import DATA as EXIT_DATA
from acumat.cli.exit_codes import OK as EXIT_OK
from acumat.cli.exit_codes import UNAVAILABLE as EXIT_UNAVAILABLE
from acumat.cli.exit_codes import USAGE as EXIT_USAGE
from acumat.cli.main import main
from acumat_sim.scenario import scenario_names
from tests.history.stores import opened, session

STORY = ("lies down.", "lying_started", "gets up.", "got_up")
DATA = Path(__file__).parents[1] / "data"


def copied(folder: Path, name: str = "bed_whisper") -> Path:
    shutil.copy(DATA / f"{name}.toml", folder)
    return Path(shutil.copy(DATA / f"{name}.csv.gz", folder))


def test_replay_reports_the_stay_and_writes_json_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["replay", str(copied(tmp_path)), "--json", str(out)]) == EXIT_OK
    reported = capsys.readouterr().out
    assert reported.count("lying_started") == reported.count("got_up") == 1
    assert re.fullmatch(r"\d+ frames read; at the end the mat is empty: .+\.", reported.splitlines()[-2])
    assert reported.splitlines()[-1] == f"Events and states are in {out}."
    documents = [json.loads(line) for line in out.read_text().splitlines()]
    assert {document["kind"] for document in documents} == {"event", "state"}


def test_a_truncated_recording_gives_all_before_the_cut_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copied(tmp_path)
    path.write_bytes(path.read_bytes()[:9000])
    out = tmp_path / "out.jsonl"
    assert main(["replay", str(path), "--json", str(out)]) == EXIT_DATA
    assert "bed_whisper.csv.gz" in capsys.readouterr().err
    assert len(out.read_text().splitlines()) > 20


def test_a_garbled_line_is_named_and_costs_only_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copied(tmp_path)
    lines = gzip.decompress(path.read_bytes()).splitlines()
    lines[50] = b"1.96,x7"
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    assert main(["replay", str(path)]) == EXIT_DATA
    captured = capsys.readouterr()
    assert ":51:" in captured.err
    assert captured.out.count("lying_started") == 1


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["replay", "nowhere.csv"], "nowhere"),
        (["simulate", "nowhere"], "simulate --list"),
        (["simulate", "demo", "--rate", "0"], "--rate"),
        (["simulate"], "simulate --list"),
        (["simulate", "demo", "--speed", "1e-300"], "--speed must be 0.01 to 10000"),
        (["simulate", "demo", "--speed", "nan"], "--speed must be"),
        (["record", "x.csv", "--seconds", "nan"], "--seconds"),
        (["sessions", "--last", "0"], "--last"),
        (["check-config", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_what_cannot_be_used_is_named_without_a_traceback(
    argv: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) != EXIT_OK
    assert named in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "9" * 30, "x", ""])
def test_a_port_that_is_none_is_wrong_use(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["web", f"--port={port}"])
    assert ended.value.code == EXIT_USAGE
    assert "--port: must be a whole number from 0 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("preset", ["2x2", "4x2", "4x3", "4x4"])
def test_the_demo_is_one_session_with_one_lift_through_the_real_driver(preset: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "demo", "--layout", preset]) == EXIT_OK
    reported = capsys.readouterr().out
    assert reported.count("session_started") == reported.count("session_ended") == 1
    assert reported.count("lying_started") == 2
    # with a middle column the same lean reads as less, and stays under the limit of an uncalibrated mat
    assert ("lopsided_started" in reported) is (preset != "4x3")


def test_simulate_prints_what_the_scenario_does_beside_what_the_mat_makes_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["simulate", "short-visit", "--fast", "--json", str(out)]) == EXIT_OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Lies for 45 s only. Layout 4x2, 110 s."
    at = {word: next(i for i, line in enumerate(lines) if word in line) for word in STORY}
    assert sorted(at, key=lambda word: at[word]) == list(STORY)
    assert lines[at["lies down."]] == "     20.0 s  (scenario)           The person lies down."
    assert re.search(r"got_up .*\(at 6\d\.\d s\)$", lines[at["got_up"]])
    documents = [json.loads(line) for line in out.read_text().splitlines()]
    assert [each["t_s"] for each in documents if each["kind"] == "state"] == [float(second) for second in range(110)]
    (up,) = [each for each in documents if each.get("event_type") == "got_up"]
    assert 65.0 < up["edge_t_s"] < up["t_s"] < 70.0


def test_simulate_draws_the_mat_where_something_is_on_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "short-visit", "--fast", "--picture"]) == EXIT_OK
    lines = capsys.readouterr().out.splitlines()
    heads = [i for i, line in enumerate(lines) if line.endswith("┐ head")]
    assert heads
    assert all(lines[i + 5].endswith("┘ foot") for i in heads)  # four rows of sensors
    assert not any(lines[i + 1].endswith("┐ head") for i, line in enumerate(lines[:-1]) if "blind_ended" in line)


def test_simulate_lists_every_scenario_with_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--list"]) == EXIT_OK
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(scenario_names())
    assert "one-session            ten minutes on the mat, with an empty mat before and after" in lines


def test_a_scenario_is_recorded_without_a_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "visit.csv.gz"
    assert main(["record", str(path), "--scenario", "short-visit"]) == EXIT_OK
    said = capsys.readouterr().out
    assert f"1100 frames written to {path}; the scenario is over after 110 s. Look at them: acumat replay {path}" in said
    assert main(["replay", str(path)]) == EXIT_OK
    assert capsys.readouterr().out.count("session_ended") == 1


def test_bus_and_short_cut_report_the_same_story(capsys: pytest.CaptureFixture[str]) -> None:
    def story(*more: str) -> list[str]:
        assert main(["simulate", "short-lift", *more]) == EXIT_OK
        return [line.split()[2] for line in capsys.readouterr().out.splitlines() if " s  " in line]

    assert story() == story("--fast")


@pytest.mark.parametrize("name", ["heavy-box", "knee", "cat-walk", "standing", "edge-sitting", "empty-drift"])
def test_no_thing_and_no_short_visit_becomes_a_session(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", name, "--fast"]) == EXIT_OK
    assert "session_started" not in capsys.readouterr().out


def test_the_daemon_of_a_real_mat_loads_neither_the_simulator_nor_what_only_other_commands_need() -> None:
    others = [
        "acumat_sim",
        "acumat.demo_broker",
        "acumat.doctor",
        "acumat.explain",
        "acumat_hw.recording",
        "asyncio",
        "gpiozero",
    ]
    code = f"import sys, acumat.cli.run; print([name for name in {others} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/var/x"), "/var/x: Permission denied; it belongs to another user"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device; make room there"),
        (OSError(errno.EIO, "Input/output error", "/var/x"), "/var/x: Input/output error"),
        (OSError("something else"), "something else"),
    ],
)
def test_what_the_system_does_not_do_is_a_sentence_with_its_place_and_what_helps(
    error: OSError, sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> Never:
        raise error

    monkeypatch.setattr("acumat.cli.simulate.list_scenarios", refused)
    assert main(["simulate", "--list"]) == EXIT_UNAVAILABLE
    said = capsys.readouterr().err
    assert said.startswith(f"acumat: {sentence}")
    assert "Errno" not in said


def test_an_even_balance_is_listed_without_a_sign(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "acumat.toml"
    config.write_text(f'[daemon]\nstate_dir = "{tmp_path}"\n')
    row = session(1)
    store = opened(tmp_path / "acumat.db")
    store.record((), replace(row, record=replace(row.record, lateral=-0.3)))
    store.close()
    assert main(["sessions", "--config", str(config)]) == EXIT_OK
    assert capsys.readouterr().out.splitlines()[1].split()[5] == "0"
