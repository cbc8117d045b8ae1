"""Several people beside a running daemon: named, distinguished on the broker without their names, assigned, and forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.control import ask
from tests.broker import PATIENCE_S, Broker, Listener, until
from tests.history.test_forgetting import CANARY, found_in
from tests.system.conftest import Make
from tests.system.process import DaemonProcess

pytestmark = pytest.mark.broker

ROUTINE = "acumat/test/routine"


def acumat(daemon: DaemonProcess, *argv: str) -> int:
    return main([*argv, "--config", str(daemon.config)])


def said(daemon: DaemonProcess, capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    capsys.readouterr()
    code = acumat(daemon, *argv)
    found = capsys.readouterr()
    return code, found.out + found.err


def sessions(daemon: DaemonProcess, **arguments: Any) -> list[tuple[str | None, bool]]:
    answer = ask(daemon.folder / "run" / "control.sock", {"command": "history_list", **arguments}, PATIENCE_S)
    return [(each["person"], each["guessed"]) for each in answer["sessions"]]


def who(listener: Listener) -> str | None:
    last = listener.last(ROUTINE)
    found: str | None = None if last is None else last.document.get("who")
    return found


def options(listener: Listener) -> list[str] | None:
    payload = listener.last("homeassistant/device/acumat_test/config")
    found: list[str] | None = None if payload is None else payload.document["components"].get("who", {}).get("options")
    return found


def test_each_session_is_whose_it_was_said_to_be_and_no_name_leaves_the_machine(make: Make, listener: Listener) -> None:
    daemon = make(stays=[(150, 260), (500, 610), (100_000, 100_060)], speed=10.0, unhurried=True)
    daemon.start()
    until(lambda: listener.last(ROUTINE), "the routine is shown")
    assert who(listener) is None
    assert options(listener) is None
    assert acumat(daemon, "people", "add", f"Ann {CANARY}") == exit_codes.OK
    assert acumat(daemon, "people", "add", f"Bob {CANARY}") == exit_codes.OK
    assert acumat(daemon, "who", f"ann {CANARY}") == exit_codes.OK
    until(lambda: who(listener) == "person 1", "who comes next is shown")
    assert options(listener) == ["person 1", "person 2", "guest", "unknown"]
    until(lambda: daemon.status()["totals"]["sessions_total"] == 1, "the first session has ended", 60)
    until(lambda: who(listener) == "unknown", "nobody is named for the next one")
    listener.publish("acumat/test/command/who", '{"who": "person 2"}')
    until(lambda: who(listener) == "person 2", "Home Assistant has named somebody")
    until(lambda: daemon.status()["totals"]["sessions_total"] == 2, "the second session has ended", 60)
    assert sessions(daemon) == [(f"Ann {CANARY}", False), (f"Bob {CANARY}", False)]
    assert not [each.topic for each in listener.received if CANARY in each.payload]
    daemon.kill()
    assert found_in(daemon.folder / "state", CANARY)
    daemon.start()
    answer = daemon.status()
    assert answer["routine"]["who"] == "unknown"
    assert acumat(daemon, "history", "assign", "1", f"Bob {CANARY}") == exit_codes.OK
    assert sessions(daemon, person=f"Bob {CANARY}") == [(f"Bob {CANARY}", False)] * 2
    assert acumat(daemon, "history", "forget", "--person", f"Ann {CANARY}", "--yes") == exit_codes.OK
    assert acumat(daemon, "people", "remove", f"Bob {CANARY}", "--yes") == exit_codes.OK
    until(lambda: "who" not in listener.last(ROUTINE).document, "there is one owner again")  # type: ignore[union-attr]
    until(lambda: not found_in(daemon.folder / "state", CANARY), "no name is left in any copy")
    assert sessions(daemon) == [(None, False)] * 2
    assert options(listener) is None
    assert CANARY not in daemon.logged()


def test_a_session_that_a_kill_has_cut_short_is_still_whose_it_was(make: Make, broker: Broker) -> None:
    broker.start()
    daemon = make(stays=[(150, 5000)], speed=10.0, unhurried=True)
    daemon.start()
    for argv in (("people", "add", "Ann"), ("people", "add", "Bob"), ("who", "Bob")):
        assert acumat(daemon, *argv) == exit_codes.OK
    until(lambda: (daemon.status()["state"]["contact_s"] or 0) > 60, "a session is under way", 60)
    until(lambda: daemon.status()["routine"]["who"] == "person 2", "it is Bob's")
    daemon.kill()
    daemon.play([(100_000, 100_060)])
    daemon.start()
    until(lambda: daemon.status()["totals"]["sessions_total"] == 1, "it is closed", 60)
    assert sessions(daemon) == [("Bob", False)]


STEPS: list[tuple[str, ...]] = [
    ("people",),
    ("people", "add", "Ann"),
    ("people", "add", "ann"),
    ("people", "add", "Bob"),
    ("history", "add", "--at", "2025-10-09T09:00:00Z", "--minutes", "10"),
    ("history", "list", "--person", "unknown", "--json"),
    ("history", "assign", "1", "Bob"),
    ("history", "assign", "1", "Eve"),
    ("history", "list", "--by", "week", "--person", "Bob"),
    ("people", "rename", "Bob", "Robert"),
    ("people",),
    ("people", "remove", "Ann"),
    ("people", "remove", "Ann", "--yes"),
    ("people", "list", "--json"),
    ("history", "forget", "--person", "Robert", "--yes"),
    ("people",),
]


def test_beside_a_daemon_and_without_one_people_come_and_go_in_the_same_words(
    make: Make, broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    broker.start()
    answers: list[list[tuple[int, str]]] = []
    for running in (True, False):
        daemon = make(stays=[(10_000, 10_060)])
        daemon.start()
        if not running:
            daemon.stop()
        answers.append([])
        for step in STEPS:
            code, text = said(daemon, capsys, *step)
            answers[-1].append((code, _without_ids(text)))
    for step, beside, alone in zip(STEPS, *answers, strict=True):
        assert beside == alone, step
    assert {code for code, _ in answers[0]} == {exit_codes.OK, exit_codes.REFUSED, exit_codes.USAGE}


def _without_ids(text: str) -> str:
    """An added session gets an id that is made up anew, and an edited one the time of now."""
    try:
        document = json.loads(text)
    except ValueError:
        return " ".join(word for word in text.split() if "-s" not in word)
    for each in document.get("sessions", ()):
        each.update(session_id="", edited_at="")
    return json.dumps(document)


def test_without_a_daemon_nobody_can_be_named(make: Make, broker: Broker, capsys: pytest.CaptureFixture[str]) -> None:
    broker.start()
    daemon = make(stays=[(10_000, 10_060)])
    code, text = said(daemon, capsys, "who", "Ann")
    assert code == exit_codes.UNAVAILABLE
    assert "acumat" in text
    daemon.start()
    assert said(daemon, capsys, "who", "Ann") == (
        exit_codes.REFUSED,
        "No people are set up: one owner and guests use this mat. acumat people add NAME begins.\n",
    )
    assert isinstance(daemon.folder, Path)
