"""The whole daemon and its history: who may use it, who may read it, and what is reported while it cannot be used."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.control import ask
from acumat.identity import this_machine
from tests.broker import PATIENCE_S, Broker, Listener, until
from tests.checkout import ROOT
from tests.system.conftest import Make
from tests.system.process import DaemonProcess

pytestmark = pytest.mark.broker

EVENT = "acumat/test/event"
CAPPED = "[routine]\ncap_min = 20\n"


def of(listener: Listener, event_type: str) -> list[dict[str, Any]]:
    return [each for each in listener.events(EVENT) if each["event_type"] == event_type]


def by_a_newer_version(state: Path) -> None:
    with closing(sqlite3.connect(state / "acumat.db")) as db:
        db.execute("PRAGMA user_version = 150")


def in_safe_mode(state: Path) -> None:
    starts = {"boot_id": this_machine().boot_id, "begun_s": [time.monotonic()] * 5, "error": "ValueError"}
    (state / "starts.json").write_text(json.dumps(starts))


@pytest.mark.parametrize("make_unusable", [by_a_newer_version, in_safe_mode])
def test_cap_symptom_and_sessions_are_reported_while_the_history_cannot_be_used_from_the_start(
    make: Make, listener: Listener, make_unusable: Callable[[Path], None]
) -> None:
    daemon = make(stays=[(20, 1500), (1600, 60_000)], speed=30.0, unhurried=True, extra=CAPPED)
    daemon.config.write_text(daemon.config.read_text().replace("[daemon]", "[daemon]\nrate_hz = 2.0"))
    state = daemon.folder / "state"
    state.mkdir()
    make_unusable(state)
    daemon.start()
    until(lambda: of(listener, "session_started"), "the session is reported")
    until(lambda: of(listener, "cue_cap"), "the cap is reported", 60)
    until(lambda: of(listener, "session_ended"), "the end is reported", 60)
    until(lambda: daemon.status()["state"]["presence"] == "lying", "somebody lies there again", 60)
    assert ask(daemon.folder / "run" / "control.sock", {"command": "symptom"}, PATIENCE_S)["ok"]
    until(lambda: of(listener, "symptom_stop"), "the symptom is reported")
    assert len(of(listener, "cue_cap")) == 1
    ids = [each["id"].rsplit("-", 1) for each in listener.events(EVENT)]
    assert len({run for run, _ in ids}) == 1
    assert [int(number) for _, number in ids] == list(range(1, len(ids) + 1))
    assert "Traceback" not in daemon.logged()


def another(daemon: DaemonProcess) -> Path:
    """A configuration with the same history and another runtime directory."""
    path = daemon.folder / "other.toml"
    path.write_text(daemon.config.read_text().replace('/run"', '/elsewhere"').replace('id = "test"', 'id = "other"'))
    return path


def test_two_daemons_never_share_a_history(make: Make, listener: Listener) -> None:
    daemon = make(stays=[(20, 90)])
    daemon.start()
    refused = subprocess.run(
        [sys.executable, "-m", "acumat.cli.main", "run", "--config", str(another(daemon))],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert refused.returncode == exit_codes.UNAVAILABLE
    assert "another acumat uses the state folder" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert daemon.answers()
    until(lambda: of(listener, "session_ended"), "one session is stored")
    assert main(["explain", "--config", str(another(daemon)), "--session", "1"]) == exit_codes.OK, "who reads only may"


def test_everything_that_outlives_the_daemon_is_its_owners_alone(make: Make, broker: Broker) -> None:
    broker.start()
    daemon = make(stays=[(20, 90)])
    state = daemon.folder / "state"
    daemon.start()
    until(lambda: daemon.status()["totals"]["sessions_total"] == 1, "one session is counted")
    assert (state / "acumat.db-wal").exists()
    assert {each.name: oct(each.stat().st_mode & 0o777) for each in state.iterdir() if each.stat().st_mode & 0o077} == {}
    assert state.stat().st_mode & 0o777 == 0o700
    daemon.kill()
    for each in state.iterdir():
        each.chmod(0o644)  # as an earlier version has made them
    daemon.start()
    until(lambda: daemon.status()["health"]["store"]["code"] == "ok", "it goes on")
    assert [each.name for each in state.glob("acumat.db*") if each.stat().st_mode & 0o077] == []
