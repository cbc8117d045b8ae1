"""How much a mat writes into Home Assistant's own database: a guided session of 20 minutes, and an idle hour, in real time.

Both at once, each in a house of its own, with every entity switched on. It takes over an hour, so only the long form has it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from acumat.coach.screening import QUESTIONS
from acumat.control import ask
from tests.broker import until
from tests.ha.house import BASE, House

SESSION_MIN = 20
IDLE_MIN = 60
SESSION_ROWS = 300
IDLE_ROWS_PER_MIN = 1.0
AFTER_S = 90.0
"""What follows on getting up belongs to the session as well."""
NEVER_S = 80_000.0

pytestmark = [
    pytest.mark.timeout(60 * (IDLE_MIN + 20)),
    pytest.mark.skipif(not os.environ.get("ACUMAT_HA_LONG"), reason="takes over an hour: LONG=1"),
]


class Quiet:
    """A house with every entity on, whose recorder is asked how many rows it has written for the mat."""

    def __init__(self, folder: Path, stays: list[tuple[float, float]]) -> None:
        self.house = House(folder, stays=stays, speed=1.0)
        self.first: set[str] = set()
        """Entities that are on without anybody having asked for it."""

    def start(self) -> None:
        self.house.start()
        components = self.house.components()
        entities = until(lambda: (found := self.house.entities()).keys() >= components.keys() and found, "all are registered")
        self.first = {str(each["entity_id"]) for each in entities.values() if each["disabled_by"] is None}
        self.house.enable(*(key for key, each in entities.items() if each["disabled_by"] is not None))
        asked = {"command": "screen", **dict.fromkeys(QUESTIONS, "no")}
        assert ask(self.house.daemon.folder / "run" / "control.sock", asked, 10.0)["ok"]
        until(lambda: self.house.last("state")["presence"] == "empty", "the mat is found, and empty", 90)

    def rows(self, from_s: float, to_s: float) -> Counter[str]:
        """Rows by entity between two moments (Unix time)."""
        path = self.house.home.folder / "home-assistant_v2.db"
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            found = database.execute(
                "SELECT states_meta.entity_id, count(*) FROM states JOIN states_meta USING (metadata_id)"
                " WHERE last_updated_ts > ? AND last_updated_ts <= ? GROUP BY metadata_id",
                (from_s, to_s),
            ).fetchall()
        finally:
            database.close()
        return Counter({str(name): int(count) for name, count in found if "test_mat" in name})

    def say(self, what: str, rows: Counter[str]) -> int:
        """Print it; gives the rows of what is on at first."""
        first = Counter({name: count for name, count in rows.items() if name in self.first})
        print(f"\n{what}: {first.total()} rows of the entities that are on at first, {rows.total()} with every other one")
        for name, count in rows.most_common():
            print(f"  {count:4d} {name}{'' if name in self.first else ' (off at first)'}")
        return first.total()


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Quiet, Quiet]]:
    session = Quiet(tmp_path_factory.mktemp("session"), [(240, 240 + 60 * SESSION_MIN), (NEVER_S, NEVER_S + 100)])
    idle = Quiet(tmp_path_factory.mktemp("idle"), [(NEVER_S, NEVER_S + 100)])
    try:
        session.start()
        idle.start()
        yield session, idle
    finally:
        session.house.close()
        idle.house.close()


def test_a_session_and_an_idle_hour_write_little(houses: tuple[Quiet, Quiet], capsys: pytest.CaptureFixture[str]) -> None:
    session, idle = houses
    pause = threading.Event()
    pause.wait(60)  # what the beginning has to tell is over
    idle_from_s = time.time()
    house = session.house
    until(lambda: house.last("state")["presence"] == "lying", "somebody lies there", 300)
    from_s = time.time() - 5.0
    until(lambda: house.last("session")["session_s"], "the session is over", 60.0 * SESSION_MIN + 120)
    assert house.last("session")["session_s"] == pytest.approx(60 * SESSION_MIN, abs=10)
    pause.wait(AFTER_S)
    rows = session.rows(from_s, time.time())
    reported = [each["event_type"] for each in house.listener.events(f"{BASE}/event")]
    assert {"cue_start", "cue_half", "cue_last_minute", "cue_end", "session_ended"} <= set(reported)
    with capsys.disabled():
        written = session.say(f"a guided session of {SESSION_MIN} minutes", rows)
    assert written <= SESSION_ROWS
    pause.wait(max(0.0, idle_from_s + 60.0 * IDLE_MIN - time.time()))
    rows = idle.rows(idle_from_s, time.time())
    with capsys.disabled():
        written = idle.say(f"{IDLE_MIN} idle minutes", rows)
    assert rows.total() <= IDLE_ROWS_PER_MIN * IDLE_MIN
    assert idle.house.last("state")["presence"] == "empty"
    for each in houses:
        each.house.check_quiet()
