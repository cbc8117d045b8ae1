"""A person, a mat, two clocks, a disk and a broker in any order, and a daemon that is killed: what must hold all the time."""

from __future__ import annotations

import json
import logging
import os
import shutil
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from acumat.contract.documents import state_document
from acumat.mqtt.deadband import EDGE_KEYS
from tests.chaos.house import BASE, House
from tests.chaos.scripted import check, rows
from tests.chaos.verdict import judge, once

EXAMPLES = int(os.environ.get("ACUMAT_MACHINE_EXAMPLES", "0"))
"""More than none: so many new ones instead of the same ones each time."""
SHRINK = "ACUMAT_MACHINE_SHRINK" in os.environ
"""Look for the shortest way to a failure: minutes."""
STEPS = 100
RATE_HZ = 3.0
"""At least every second frame is reported; at 2 Hz it would be each of them, whatever has happened."""
YEAR_S = 365 * 86_400.0
MEMORY = Path("/dev/shm")
counted = {"steps": 0, "frames": 0, "houses": 0, "lyings": 0, "undisturbed": 0, "sessions": 0, "events": 0, "doubles": 0}


def lived_in() -> Path:
    """A state folder of a mat on which somebody has lain before, made once."""
    folder = Path(TEMPORARY.name) / "lived-in"
    if not folder.exists():
        with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as name:
            house = House(Path(name), patch, name="earlier")
            house.set_clock()
            house.start()
            house.wait(40)
            house.lie_down()
            house.wait(90)
            house.get_up()
            house.wait(40)
            house.stop()
            assert len(house.sessions()) == 1
            shutil.copytree(house.state_dir, folder)
    return folder


TEMPORARY = TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None)


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        logging.disable()
        self._patch = pytest.MonkeyPatch()
        self._folder = TemporaryDirectory(dir=TEMPORARY.name)
        self.house = House(Path(self._folder.name), self._patch, rate_hz=RATE_HZ)
        shutil.copytree(lived_in(), self.house.state_dir)
        self._read = 0
        self._open_session: str | None = None
        self._unread: set[str] = set()
        """Sessions that were open when a daemon started and could not read of them: they are closed when it can."""
        self._broken = False
        """Something decided was lost with a memory, as the disk could not be written."""

    @initialize(set_=st.booleans())
    def begin(self, set_: bool) -> None:
        house = self.house
        if set_:
            house.set_clock()
        house.start()
        with house.history() as db:
            self._read = db.execute("SELECT last_seq FROM install").fetchone()[0]
        house.wait(3)

    @rule(seconds=st.sampled_from([0.5, 2.0, 5.0]))
    def wait_a_moment(self, seconds: float) -> None:
        self.house.wait(seconds)

    @rule(seconds=st.sampled_from([12.0, 25.0, 45.0]))
    def wait_for_long(self, seconds: float) -> None:
        self.house.wait(seconds)

    @precondition(lambda self: not self.house.lies)
    @rule(seconds=st.sampled_from([1.0, 20.0, 60.0, 120.0]))
    def lie_down(self, seconds: float) -> None:
        self.house.lie_down()
        self.house.wait(seconds)

    @precondition(lambda self: self.house.lies)
    @rule(seconds=st.sampled_from([2.0, 3.0, 25.0, 40.0]))
    def get_up(self, seconds: float) -> None:
        self.house.get_up()
        self.house.wait(seconds)

    @rule(
        what=st.sampled_from(["dip", "hang", "a few refused", "many refused", "one gone"]), seconds=st.sampled_from([1.0, 6.0])
    )
    def trouble_the_sensors(self, what: str, seconds: float) -> None:
        house = self.house
        if what == "dip":
            for chip in house.chips:
                chip.brown_out()
        elif what == "hang":
            house.bus.hung = True
            house.wait(seconds)
            house.bus.hung = False
        else:
            house.chips[0].nack_probability = {"a few refused": 0.01, "many refused": 0.3, "one gone": 1.0}[what]
            house.wait(seconds)
            house.chips[0].nack_probability = 0.0

    @rule(step_s=st.sampled_from([None, 3600.0, -3600.0, 1.0, -5.0, 10 * YEAR_S, -10 * YEAR_S]))
    def touch_the_clock(self, step_s: float | None) -> None:
        if step_s is None:
            self.house.set_clock()
        else:
            self.house.step_clock(step_s)

    @rule(what=st.sampled_from(["down", "killed", "cut", "swallows", "half-open"]))
    def trouble_the_broker(self, what: str) -> None:
        """Or bring it back, if it is down."""
        broker = self.house.broker
        if not broker.up:
            broker.come()
        elif what in ("down", "killed"):
            broker.go(forgetful=what == "killed")
        elif what == "cut":
            broker.cut()
        elif what == "swallows":
            broker.acknowledges = False
        else:
            broker.receives = False

    @rule()
    def break_or_mend_the_disk(self) -> None:
        if self.house.disk_works:
            self.house.break_disk()
        else:
            self.house.mend_disk()

    @precondition(lambda self: self.house.runs)
    @rule(
        how=st.sampled_from(["stopped", "killed", "killed reported", "killed written", "killed sent", "power"]),
        dark_s=st.sampled_from([5.0, 60.0, 600.0]),
        wrong_by_s=st.sampled_from([0.0, -7.0, -10 * YEAR_S]),
    )
    def end_the_daemon(self, how: str, dark_s: float, wrong_by_s: float) -> None:
        house = self.house
        self._broken = self._broken or house.only_remembered
        if how == "stopped":
            house.stop()
        elif how == "power":
            house.cut_power(dark_s=dark_s, wrong_by_s=wrong_by_s)
        else:
            house.turn(up_to=how.removeprefix("killed").strip())
            self._look()
            house.kill()

    @precondition(lambda self: not self.house.runs)
    @rule(after_s=st.sampled_from([1.0, 4.0, 30.0, 150.0]))
    def start(self, after_s: float) -> None:
        self.house.wait(after_s)
        if not self.house.disk_works and self._open_session is not None:
            self._unread.add(self._open_session)
            self._open_session = None
        self.house.start()
        self.house.wait(1.0)

    @invariant()
    def the_broker_shows_what_the_daemon_knows(self) -> None:
        counted["steps"] += 1
        house = self.house
        if not house.reported_all:
            return
        shown = json.loads(house.broker.retained[f"{BASE}/state"])
        known = state_document(house.state)
        assert {key: shown[key] for key in EDGE_KEYS} == {key: known[key] for key in EDGE_KEYS}
        assert house.broker.retained[f"{BASE}/availability"] == "online"
        last = json.loads(house.broker.retained[f"{BASE}/session"])
        assert last == house.service._records.totals.document()

    @invariant()
    def one_session_at_a_time_and_no_time_runs_backwards(self) -> None:
        self._look()

    def _look(self) -> None:
        """Read on in the history."""
        store = self.house._store
        if store is None or not store.is_open or self.house.only_remembered:
            return
        with store._database.reading() as db:
            rows = db.execute("SELECT seq, payload FROM event WHERE seq > ? ORDER BY seq", (self._read,)).fetchall()
        for seq, payload in rows:
            assert seq == self._read + 1
            self._read = seq
            self._follow(json.loads(payload))

    def _follow(self, event: dict[str, Any]) -> None:
        if event["event_type"] == "session_started":
            assert self._open_session is None or self._broken, "a second session began"
            self._open_session = event["session_id"]
        elif event["event_type"] == "session_ended" and event["session_id"] in self._unread:
            self._unread.remove(event["session_id"])
        elif event["event_type"] == "session_ended":
            assert self._open_session == event["session_id"] or self._broken, "a session ended that was not open"
            self._open_session = None
        for key in ("session_s", "contact_s", "after_s", "lifts"):
            assert (event.get(key) or 0.0) >= 0.0, event  # null: the end was not seen, so nobody knows
        if event["edge_at"] is not None:
            assert datetime.fromisoformat(event["edge_at"]) <= datetime.fromisoformat(event["at"]), event
        if event["event_type"] == "session_ended":
            assert event["contact_s"] <= event["session_s"] + 0.1, event

    def teardown(self) -> None:
        try:
            self._end_well()
        finally:
            self.house.close()
            self._folder.cleanup()
            self._patch.undo()
            logging.disable(logging.NOTSET)

    def _end_well(self) -> None:
        house = self.house
        house.mend_disk()
        house.set_clock()
        house.broker.cut()
        if not house.runs:
            house.start()
        if not house.broker.up:
            house.broker.come()
        house.wait(2.5)
        if house.lies:
            house.get_up()
        house.wait(65)
        self._look()
        assert (self._open_session is None and not self._unread) or self._broken
        with house.history() as db:
            check(rows(db))
            assert db.execute("SELECT COUNT(*) FROM outbox").fetchone() == (0,)
            written = [json.loads(payload)["id"] for (payload,) in db.execute("SELECT payload FROM event ORDER BY seq")]
        assert len(set(written)) == len(written)
        received = [event["id"] for event in once(house.broker.listened)]
        known = set(written)
        of_ours = written[written.index(received[0]) :] if received and received[0] in known else written
        if self._broken:
            assert set(of_ours) <= set(received)
        elif house.disk_failed:  # what waits on a disk that cannot be read is overtaken by what is published from memory
            assert by_prefix(received) == by_prefix(of_ours)
        else:
            assert received == of_ours
        verdict = judge(house.lyings, [stored.span for stored in house.sessions()], house.unwatched, house.forgotten)
        stored = "\n".join(map(str, house.sessions()))
        truth = f"lyings {house.lyings}\nunwatched {house.unwatched}\nforgotten {house.forgotten}"
        assert verdict.faults == 0, f"{verdict}\n{stored}\n{truth}"
        counted["frames"] += house.frames
        counted["houses"] += 1
        counted["lyings"] += verdict.lyings
        counted["undisturbed"] += verdict.undisturbed
        counted["sessions"] += verdict.sessions
        counted["events"] += len(received)
        counted["doubles"] += len(house.broker.listened) - len(received)


def by_prefix(ids: list[str]) -> dict[str, list[str]]:
    """In their order, apart for the history and for each run that reported from memory."""
    found: dict[str, list[str]] = {}
    for each in ids:
        found.setdefault(each.partition("-")[0], []).append(each)
    return found


@pytest.mark.timeout(7200 if EXAMPLES else 900)
def test_whatever_happens_in_whatever_order_nothing_is_lost_doubled_or_made_up() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES or 120,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not EXAMPLES,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if SHRINK else (Phase.generate,),
        ),
    )
    print("\nstate machine:", ", ".join(f"{number} {name}" for name, number in counted.items()))
    assert counted["steps"] >= 10_000
    assert counted["undisturbed"] > 0, "see test_lives.py for many of them"
