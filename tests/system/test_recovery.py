"""Kills, stops and boots in mid-session: the same session continues, or it is closed at the last sure moment."""

from __future__ import annotations

import json
import signal
import sqlite3
from functools import partial
from typing import Any

import pytest

from acumat.service.checkpoint import CHECKPOINT_S
from tests.broker import Listener, until
from tests.system.conftest import Make
from tests.system.process import DaemonProcess

pytestmark = pytest.mark.broker

EVENT, SESSION = "acumat/test/event", "acumat/test/session"
SPEED = 10.0


@pytest.fixture
def make(make: Make) -> Make:
    """The mat lives on while the daemon is away."""
    return partial(make, speed=SPEED, lasting=True, unhurried=True)


def of(listener: Listener, event_type: str) -> list[dict[str, Any]]:
    return [each for each in listener.events(EVENT) if each["event_type"] == event_type]


def session_under_way(daemon: DaemonProcess, listener: Listener) -> dict[str, Any]:
    """The state of a session that the next run will know: an event is reported once it is stored, `status` tells at once."""
    until(lambda: of(listener, "session_started"), "the beginning of a session is stored and reported")
    state: dict[str, Any] = until(lambda: (s := daemon.status()["state"])["session_id"] and s, "a session is under way")
    return state


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_who_lies_there_through_a_restart_has_one_session(make: Make, listener: Listener, number: signal.Signals) -> None:
    daemon = make(stays=[(80, 300)])
    daemon.start()
    session_id = session_under_way(daemon, listener)["session_id"]
    for _ in range(2):
        daemon.stop(number)
        daemon.start()
        until(lambda: daemon.status()["state"]["presence"] == "lying", "whoever lies there is seen again")
        state = daemon.status()["state"]
        assert (state["session_id"], state["confirmed"]) == (session_id, True)
    until(lambda: of(listener, "session_ended"), "the session ends when they get up")
    (started,), (ended,) = of(listener, "session_started"), of(listener, "session_ended")
    assert started["session_id"] == ended["session_id"] == session_id
    assert ended["reason"] == "got_up"
    assert ended["lifts"] == 0
    until(lambda: listener.on(SESSION)[-1].document["session_id"] == session_id, "it is shown")
    last = listener.on(SESSION)[-1].document
    assert last["recovered"] is False
    assert last["session_s"] == pytest.approx(220, abs=40)
    assert last["contact_s"] == pytest.approx(220, abs=40)
    assert last["totals"]["sessions_total"] == 1


def test_who_is_gone_after_a_kill_had_a_session_up_to_the_last_sure_moment(make: Make, listener: Listener) -> None:
    daemon = make(stays=[(80, 170), (300, 380)])
    daemon.start()
    session_id = session_under_way(daemon, listener)["session_id"]
    until(lambda: daemon.status()["state"]["session_s"] > 40, "it has lasted for a while")
    lain_s = daemon.status()["state"]["session_s"]
    daemon.kill()
    until(lambda: daemon.story_s() > 175, "they have got up while nobody looked")
    daemon.start()
    until(lambda: of(listener, "session_ended"), "the session is closed")
    (ended,) = of(listener, "session_ended")
    assert (ended["session_id"], ended["reason"], ended["recovered"]) == (session_id, "interrupted", True)
    assert lain_s - CHECKPOINT_S - 20 <= ended["session_s"] <= 91
    until(lambda: len(of(listener, "session_started")) == 2, "the next one is another")
    assert of(listener, "session_started")[1]["session_id"] != session_id


def test_a_mat_that_was_never_empty_before_is_not_tared_on_the_person(make: Make, listener: Listener) -> None:
    """The first session ever, killed: no baseline was kept but the one that was assumed."""
    daemon = make(stays=[(80, 180)])
    daemon.start()
    load = session_under_way(daemon, listener)["load"]
    daemon.kill()
    with sqlite3.connect(daemon.folder / "state" / "acumat.db") as db:
        assert db.execute("SELECT COUNT(*) FROM learned").fetchone() == (0,)
    db.close()
    daemon.start()
    until(lambda: daemon.status()["state"]["presence"] == "lying", "whoever lies there is seen again")
    assert daemon.status()["state"]["load"] == pytest.approx(load, rel=0.2)


def test_while_the_history_cannot_be_written_events_are_reported_all_the_same_and_enter_it_later(
    make: Make, listener: Listener
) -> None:
    daemon = make(stays=[(80, 140)])
    daemon.start()
    until(lambda: daemon.status()["state"]["presence"] == "empty", "the empty mat is known")
    path = daemon.folder / "state" / "acumat.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    until(lambda: of(listener, "session_ended"), "the whole session is reported")
    assert daemon.status()["health"]["store"]["code"] == "store_unavailable"
    holder.execute("ROLLBACK")
    until(lambda: daemon.status()["health"]["store"]["code"] == "ok", "the history is back")
    assert daemon.stop() == 0
    stored = [json.loads(row[0]) for row in holder.execute("SELECT payload FROM event ORDER BY seq")]
    assert holder.execute("SELECT COUNT(*) FROM session").fetchone() == (1,)
    assert holder.execute("SELECT COUNT(*) FROM outbox").fetchone() == (0,)
    holder.close()
    reported = listener.events(EVENT)
    assert [each["id"] for each in reported] == [each["id"] for each in stored]
    by_run: dict[str, list[int]] = {}
    for each in reported:
        run, number = each["id"].rsplit("-", 1)
        by_run.setdefault(run, []).append(int(number))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_run.values())
    assert len(by_run) == 2
