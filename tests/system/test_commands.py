"""The commands as a person types them: what they print, what they refuse, and their exit codes."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat_hw.errors import TOO_BUSY
from tests.broker import PATIENCE_S, Broker, until
from tests.machine import slowdown
from tests.system.process import SLOWER_MOST, DaemonProcess


def acumat(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "acumat.cli.main", *argv],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def config(folder: Path, source: str, rate_hz: float = 20.0) -> str:
    path = folder / "acumat.toml"
    path.write_text(
        f'[source]\n{source}\n[daemon]\nrate_hz = {rate_hz}\nstate_dir = "{folder}"\nruntime_dir = "{folder / "run"}"\n'
        "[mqtt]\nenabled = false\n"
    )
    return str(path)


def pace(speed: float) -> str:
    """The demo's speed: a busy machine that is hurried misses what lasts for a moment."""
    return f"{speed / min(SLOWER_MOST, slowdown()):.2f}"


SIMULATED = 'kind = "simulated"\nscenario = "demo"\nspeed = 0'


@pytest.mark.broker
def test_the_demo_reports_a_whole_session_over_a_broker_of_its_own() -> None:
    done = acumat("demo", "--speed", pace(20.0))
    assert done.returncode == exit_codes.OK, done.stderr
    assert "A broker (" in done.stdout
    assert "-t 'acumat/demo/#' -T 'acumat/demo/picture'" in done.stdout, "a terminal shows no picture"
    for event in ("lying_started", "session_started", "lopsided_started", "got_up", "session_ended", "cool_down_started"):
        assert event in done.stdout
    for event in ("cue_start", "cue_half", "cue_last_minute", "cue_end"):
        assert event in done.stdout
    assert "(scenario)           The person gets up." in done.stdout
    assert "$ acumat check-in" in done.stdout
    assert "$ acumat redness faded\n               Good to hear." in done.stdout
    assert "1 session(s)" in done.stdout
    assert [line for line in done.stderr.splitlines() if TOO_BUSY not in line] == [], "but that it is busy a machine may say"


@pytest.mark.broker
def test_a_demo_on_a_foreign_broker_leaves_nothing_there(broker: Broker) -> None:
    broker.start()
    done = acumat("demo", "--scenario", "short-visit", "--speed", "20", "--broker", f"127.0.0.1:{broker.port}")
    assert done.returncode == exit_codes.OK, done.stderr
    assert re.search(r"The demo's mat is off the broker: \d+ topics removed\.", done.stdout)
    again = acumat("unpublish", "--mat", "demo", "--broker", f"127.0.0.1:{broker.port}")
    assert "The broker stored nothing of mat demo." in again.stdout


def test_the_demo_answers_commands_from_another_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """In this process: the guided session is over in seconds."""
    with subprocess.Popen(
        [sys.executable, "-m", "acumat.cli.main", "demo", "--speed", pace(20.0)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        command = next(line for line in lines if "acumat status --config" in line).split()
        until(lambda: "cue_start" in next(lines), "the person is guided")
        code = main(command[1:])
        process.send_signal(signal.SIGINT)
        process.communicate()
    said = capsys.readouterr()
    assert code == exit_codes.OK, said.err
    assert re.search(r"Session: \d of 5 minutes, \d left\.", said.out)


def test_the_demo_shows_its_page_as_long_as_it_runs() -> None:
    pytest.importorskip("uvicorn")
    with subprocess.Popen(
        [sys.executable, "-m", "acumat.cli.main", "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        found = next(match for line in lines if (match := re.search(r"http://(127\.0\.0\.1:\d+)/#code=(\S+)", line)))
        while "Ctrl-C ends it" not in next(lines):
            pass
        page = http.client.HTTPConnection(found[1], timeout=PATIENCE_S)
        headers = {"Content-Type": "application/json", "Origin": f"http://{found[1]}", "Sec-Fetch-Site": "same-origin"}
        page.request("POST", "/login", json.dumps({"code": found[2]}), headers)
        answer = page.getresponse()
        answer.read()
        assert answer.status == 200
        cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        page.request("GET", "/api/state", headers={"Cookie": cookie})
        assert json.loads(page.getresponse().read())["mat"] == "demo"
        page.close()
        process.send_signal(signal.SIGINT)
        process.communicate()
    with pytest.raises(ConnectionRefusedError):
        page.connect()


def test_without_mosquitto_the_demo_takes_the_broker_from_the_wheel(tmp_path: Path) -> None:
    pytest.importorskip("iotcore")
    code = (
        "import shutil, sys; shutil.which = lambda *a, **k: None\n"
        "from acumat.cli.main import main; raise SystemExit(main(['demo', '--speed', sys.argv[1]]))"
    )
    done = subprocess.run([sys.executable, "-c", code, pace(40.0)], capture_output=True, text=True, check=False)
    assert done.returncode == exit_codes.OK, done.stderr
    assert "A broker (iotcore)" in done.stdout
    assert "session_ended" in done.stdout


def test_ctrl_c_ends_the_demo_in_good_order() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "acumat.cli.main", "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while "Ctrl-C ends it" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode in (exit_codes.OK, exit_codes.INTERRUPTED), err
    assert "Traceback" not in out + err


def test_what_is_recorded_replays_to_the_same_story(tmp_path: Path) -> None:
    file = tmp_path / "night.csv.gz"
    made = acumat("record", str(file), "--seconds", "175", "--config", config(tmp_path, SIMULATED))
    assert made.returncode == exit_codes.OK, made.stderr
    assert "3500 frames" in made.stdout
    again = acumat("record", str(file), "--config", config(tmp_path, SIMULATED))
    assert again.returncode == exit_codes.DATA
    assert "--force" in again.stderr
    out = tmp_path / "out.jsonl"
    replayed = acumat("replay", str(file), "--json", str(out), "--config", config(tmp_path, SIMULATED))
    assert replayed.returncode == exit_codes.OK, replayed.stderr
    events = [
        document["event_type"] for line in out.read_text().splitlines() if (document := json.loads(line))["kind"] == "event"
    ]
    assert events.count("session_started") == events.count("session_ended") == 1
    assert events.count("lying_started") == 2


def test_a_recording_that_reaches_the_end_of_its_scenario_keeps_what_was_read(tmp_path: Path) -> None:
    file = tmp_path / "whole.csv"
    made = acumat("record", str(file), "--config", config(tmp_path, SIMULATED, rate_hz=5.0))
    assert made.returncode == exit_codes.OK, made.stderr
    assert "the scenario is over" in made.stdout
    assert len(file.read_text().splitlines()) > 800


def test_a_bus_that_is_not_there_is_named_with_its_hint_and_leaves_no_file(tmp_path: Path) -> None:
    done = acumat("record", str(tmp_path / "x.csv"), "--config", config(tmp_path, 'kind = "ads1x15"\nbus = 77'))
    assert done.returncode == exit_codes.UNAVAILABLE
    assert "/dev/i2c-77" in done.stderr
    assert "raspi-config" in done.stderr
    assert not list(tmp_path.glob("x.*"))


@pytest.mark.parametrize("command", [["status"], ["calibrate"], ["calibrate", "--undo"], ["tare"]])
def test_without_a_daemon_every_command_to_it_says_how_to_start_it(command: list[str], tmp_path: Path) -> None:
    done = acumat(*command, "--config", config(tmp_path, SIMULATED))
    assert done.returncode == exit_codes.UNAVAILABLE
    assert "systemctl start acumat" in done.stderr


def test_a_broken_configuration_stops_the_daemon_before_it_starts(tmp_path: Path) -> None:
    path = tmp_path / "acumat.toml"
    path.write_text('[mqtt]\nprot = 1883\nhost = 7\n[daemon]\nrate_hz = "fast"\n')
    done = acumat("run", "--config", str(path))
    assert done.returncode == exit_codes.DATA
    for line, word in ((2, "prot"), (3, "host"), (5, "rate_hz")):
        assert f"acumat.toml:{line}:" in done.stderr
        assert word in done.stderr
    assert "port" in done.stderr  # did you mean


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    path = Path(config(tmp_path, SIMULATED))
    path.write_text(path.read_text().replace(str(tmp_path / "run"), str(blocked / "run")))
    done = acumat("run", "--config", str(path))
    assert done.returncode == exit_codes.DATA
    assert "daemon.runtime_dir" in done.stderr


@pytest.mark.broker
def test_status_speaks_in_sentences_and_in_json_and_calibrate_guides_to_its_end(
    tmp_path: Path, broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process: a busy machine takes seconds to start another, and the person does not wait."""
    broker.start()
    daemon = DaemonProcess(tmp_path, broker.port, stays=[(60, 120)], unhurried=True)
    daemon.start()

    def said(*argv: str) -> tuple[int, str]:
        code = main([*argv, "--config", str(daemon.config)])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    try:
        until(lambda: daemon.status()["state"]["presence"] == "empty", "the empty mat is known")
        code, reported = said("status")
        assert code == exit_codes.OK
        assert "empty" in reported
        assert "calibration: Left and right are only rough" in reported
        whole = json.loads(said("status", "--json")[1])
        assert whole["mat"] == "test"
        assert whole["state"]["presence"] == "empty"
        code, guided = said("calibrate")
        assert code == exit_codes.OK, guided
        assert "Calibrated" in guided
        assert len(guided.splitlines()) >= 4
        code, undone = said("calibrate", "--undo")
        assert code == exit_codes.OK, undone
        assert said("calibrate", "--undo")[0] == exit_codes.REFUSED
    finally:
        daemon.kill()
