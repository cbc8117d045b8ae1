"""`acumat history` beside a running daemon and without one: the same answers, and nothing left of what is forgotten."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.control import ask
from acumat.history.store import Store
from tests.broker import PATIENCE_S, Broker, Listener, until
from tests.history.diary import Desk, digest, fill, people
from tests.history.stores import opened
from tests.history.test_forgetting import CANARY, found_in
from tests.system.conftest import Make
from tests.system.process import DaemonProcess

pytestmark = pytest.mark.broker


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    """The export of somebody's ten days, with a word in it that is nowhere else."""
    store = opened(tmp_path / "diary.db")
    fill(store, 10, size=CANARY)
    people(store, f"Ann {CANARY}")
    path = tmp_path / "diary.json"
    path.write_bytes(Desk(store).exported())
    store.close()
    return path


def history(daemon: DaemonProcess, *argv: str) -> int:
    return main(["history", *argv, "--config", str(daemon.config)])


def asked(daemon: DaemonProcess, capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    """Exit code and what was printed; ids of added sessions are made up anew each time."""
    capsys.readouterr()
    code = history(daemon, *argv)
    said = capsys.readouterr()
    return code, said.out + said.err


QUESTIONS = [
    ("list", "--last", "3"),
    ("list", "--by", "week", "--json"),
    ("show", "3"),
    ("show", "3", "--json"),
    ("show", "999"),
    ("edit", "3", "--minutes", "7"),
    ("edit", "3", "--calm", "3"),
    ("edit", "c5", "--calm", "2"),
    ("add", "--at", "2050-01-01 00:00", "--minutes", "10"),
    ("add", "--at", "2025-10-09T09:00:00Z", "--minutes", "0"),
    ("delete", "c6"),
    ("delete", "4"),
    ("export", "-", "--format", "check-ins"),
    ("forget", "--person", "Nobody", "--yes"),
    ("forget", "--before", "2025-10-11", "--yes"),
    ("list", "--json"),
    ("list", "--last", "5000"),
]


def test_beside_a_daemon_and_without_one_the_answers_are_the_same(
    make: Make, broker: Broker, diary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broker.start()
    answers: list[list[tuple[int, str]]] = []
    for running in (True, False):
        daemon = make(stays=[(10_000, 10_060)])
        daemon.start()
        if not running:
            daemon.stop()
        assert history(daemon, "import", str(diary)) == exit_codes.OK
        answers.append([asked(daemon, capsys, *question) for question in QUESTIONS])
    for question, beside, alone in zip(QUESTIONS, *answers, strict=True):
        assert _without_moments(beside) == _without_moments(alone), question
    assert {code for code, _ in answers[0]} == {exit_codes.OK, exit_codes.REFUSED}


def _without_moments(answer: tuple[int, str]) -> tuple[int, str]:
    """Without the moment at which something was asked; all else is of the year 2025."""
    code, text = answer
    return code, re.sub(r"20(?!25)\d\d-[\d:. TZ-]+", "now", text)


def test_a_session_under_way_says_why_it_cannot_be_changed_and_is_there_once_it_has_ended(
    make: Make, listener: Listener, capsys: pytest.CaptureFixture[str], diary: Path
) -> None:
    daemon = make(stays=[(60, 450)], unhurried=True)
    daemon.start()
    socket_path = daemon.folder / "run" / "control.sock"
    until(lambda: daemon.status()["state"]["session_id"], "a session begins")
    session_id = daemon.status()["state"]["session_id"]
    assert ask(socket_path, {"command": "check_in", "calm": 2, "when": "before"}, PATIENCE_S)["ok"]
    for argv in (("edit", session_id, "--minutes", "3"), ("delete", session_id), ("edit", "1", "--guest", "yes")):
        code, said = asked(daemon, capsys, *argv)
        assert (code, "still under way" in said) == (exit_codes.REFUSED, True)
    for other in (("forget", "--all", "--yes"), ("import", str(diary))):
        code, said = asked(daemon, capsys, *other)
        assert (code, "session is under way" in said) == (exit_codes.REFUSED, True)
    until(lambda: daemon.status()["totals"]["sessions_total"] == 1, "it has ended", 120)
    assert ask(socket_path, {"command": "check_in", "calm": 4}, PATIENCE_S)["ok"]
    until(lambda: len(shown(daemon, session_id)["check_ins"]) == 2, "both check-ins belong to it")
    found = shown(daemon, session_id)
    assert [(each["moment"], each["calm"]) for each in found["check_ins"]] == [("before", 2), ("after", 4)]
    assert [each["minute"] for each in found["minutes"]] == list(range(7))
    assert found["minutes"][2]["load"] == pytest.approx(found["session"]["load"], rel=0.2)
    assert history(daemon, "edit", session_id, "--minutes", "3") == exit_codes.OK
    until(lambda: daemon.status()["totals"]["minutes_total"] == 3.0, "the sums are others")
    until(lambda: listener.shown("acumat/test/session").get("contact_s") == 180.0, "the last session is shown as it is now")


def shown(daemon: DaemonProcess, name: str) -> dict[str, Any]:
    return ask(daemon.folder / "run" / "control.sock", {"command": "history_show", "id": name}, PATIENCE_S)


@pytest.mark.parametrize("running", [True, False])
def test_nothing_is_left_of_what_is_forgotten(
    make: Make, listener: Listener, diary: Path, running: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon = make(stays=[(20, 80), (20_000, 20_060)], unhurried=True)
    state = daemon.folder / "state"
    daemon.start()
    until(lambda: daemon.status()["totals"]["sessions_total"] == 1, "a session has ended")
    assert history(daemon, "import", str(diary)) == exit_codes.OK
    until(lambda: daemon.status()["totals"]["sessions_total"] > 10, "it is counted")
    session_id = listener.last("acumat/test/session").document["session_id"]  # type: ignore[union-attr]
    assert ask(daemon.folder / "run" / "control.sock", {"command": "who", "who": f"Ann {CANARY}"}, PATIENCE_S)["ok"]
    answers = dict.fromkeys(_questions(), "unknown")
    assert ask(daemon.folder / "run" / "control.sock", {"command": "screen", **answers}, PATIENCE_S)["ok"]
    (state / "acumat.db.schema-3").write_text(CANARY)
    if not running:
        daemon.stop()
    assert found_in(state)
    assert history(daemon, "forget", "--all") == exit_codes.USAGE
    assert history(daemon, "forget", "--all", "--yes") == exit_codes.OK
    if not running:
        assert "acumat unpublish" in capsys.readouterr().out
        daemon.start()
    until(lambda: not _retained(listener, session_id), "no retained topic names the session any more")
    assert daemon.status()["totals"]["sessions_total"] == 0
    until(lambda: not found_in(state, '"unknown"'), "no answer about health is left in any copy")
    for word in (CANARY, session_id):
        assert found_in(state, word) == []
        assert word not in daemon.logged()
    assert not _retained(listener, CANARY)
    daemon.stop()
    assert found_in(state) == []


def _questions() -> list[str]:
    from acumat.coach.screening import QUESTIONS as HEALTH

    return list(HEALTH)


def _retained(listener: Listener, word: str) -> list[str]:
    """Topics whose last message holds the word; events and answers are not retained."""
    last = {each.topic: each for each in listener.received if each.topic.rpartition("/")[2] not in ("event", "response")}
    return [topic for topic, each in last.items() if word in each.payload]


def test_only_a_regular_file_goes_with_a_request(make: Make, broker: Broker, tmp_path: Path) -> None:
    broker.start()
    daemon = make(stays=[(10_000, 10_060)])
    daemon.start()
    path = daemon.folder / "run" / "control.sock"
    read, write = os.pipe()
    requests: list[tuple[dict[str, Any], list[int]]] = [
        ({"command": "history_export"}, []),
        ({"command": "history_export"}, [write]),
        ({"command": "history_import"}, [read]),
        ({"command": "history_import", "file": 0}, []),
        ({"command": "history_export", "file": "/etc/passwd"}, []),
    ]
    reasons = [_raw(path, request, files)["reason"] for request, files in requests]
    assert reasons == ["bad_file", "bad_file", "bad_file", "bad_payload", "bad_payload"]
    readable = tmp_path / "readable"
    readable.write_text("precious")
    with readable.open("rb") as file:
        answer = _raw(path, {"command": "history_export"}, [file.fileno(), read, write])
    assert (answer["ok"], answer["reason"]) == (False, "bad_file")
    assert readable.read_text() == "precious"
    with readable.open("rb") as file:
        assert _raw(path, {"command": "status"}, [file.fileno()])["ok"]
    os.close(read)
    os.close(write)
    assert daemon.answers()
    daemon.stop()


def _raw(path: Path, request: dict[str, Any], files: list[int]) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(PATIENCE_S)
        peer.connect(str(path))
        socket.send_fds(peer, [json.dumps(request).encode() + b"\n"], files)
        data = b""
        while chunk := peer.recv(65536):
            data += chunk
        answer: dict[str, Any] = json.loads(data)
        return answer


def in_the_way(path: Path) -> None:
    path.mkdir()


def not_there(_path: Path) -> None: ...


def foreign(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + bytes(1000))


@pytest.mark.parametrize("make_it", [in_the_way, not_there, foreign])
def test_a_file_that_cannot_be_imported_is_named(
    make: Make, tmp_path: Path, broker: Broker, capsys: pytest.CaptureFixture[str], make_it: Callable[[Path], None]
) -> None:
    daemon = make(stays=[(10_000, 10_060)])
    assert history(daemon, "list") == exit_codes.UNAVAILABLE
    assert "there is no history yet" in capsys.readouterr().err
    store = Store(daemon.folder / "state" / "acumat.db")
    store.open()
    store.close()
    before = digest(store.path)
    make_it(tmp_path / "x")
    assert history(daemon, "import", str(tmp_path / "x")) in (exit_codes.DATA, exit_codes.REFUSED)
    assert capsys.readouterr().err
    assert digest(store.path) == before


@pytest.mark.parametrize(
    "argv",
    [("list", "3"), ("show",), ("delete",), ("list", "--calm", "3"), ("add", "--at", "soon"), ("export", "x", "--last", "3")],
)
def test_wrong_use_is_answered_with_what_the_action_takes(
    make: Make, capsys: pytest.CaptureFixture[str], argv: tuple[str, ...]
) -> None:
    daemon = make(stays=[(10_000, 10_060)])
    assert history(daemon, *argv) == exit_codes.DATA
    assert "history" in (said := capsys.readouterr().err) or "--at" in said
