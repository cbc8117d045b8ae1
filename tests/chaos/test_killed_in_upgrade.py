"""Killed in the middle of statements while an older history is upgraded: the file is the old or the new one, and loses nothing.

`ACUMAT_UPGRADE_KILLS` sets at how many random points.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from acumat.history import database, schema
from acumat.history.schema import MIGRATIONS
from acumat.history.store import Store
from tests.chaos.scripted import contents

KILLS = int(os.environ.get("ACUMAT_UPGRADE_KILLS", "200"))
OLD = 4
"""The schema of acumat 0.2.0."""
STEPS = 10
"""Of SQLite, between two points at which it may be killed."""


@pytest.fixture
def folder() -> Iterator[Path]:
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


def old_history(path: Path) -> None:
    """A month of sessions, each with a check-in before and after it among its events."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN")
        for version, migration in enumerate(MIGRATIONS[:OLD], start=1):
            migration(db)
            db.execute(f"PRAGMA user_version = {version}")
        seq = 0
        for number in range(1, 31):
            start_s = 1.79e9 + 86400.0 * number
            for at_s, kind, reason in (
                (start_s - 600, "check_in", "before"),
                (start_s, "session_started", "alive"),
                (start_s + 700, "session_ended", "got_up"),
                (start_s + 800, "check_in", "after"),
            ):
                seq += 1
                payload = {
                    "id": f"0a0b0c0d-{seq}",
                    "event_type": kind,
                    "reason": reason,
                    "calm": 1 + number % 5,
                    "discomfort": None,
                }
                db.execute("INSERT INTO event VALUES (?, ?, ?, 'boot', ?, 1)", (seq, at_s, at_s, json.dumps(payload)))
            db.execute(
                """INSERT INTO session (number, session_id, start_wall_s, end_wall_s, start_mono_s, end_mono_s, boot_id,
                    contact_s, lifts, end_reason, recovered, profile)
                    VALUES (?, ?, ?, ?, 0, 700, 'boot', 700, 0, 'got_up', 0, '{}')""",
                (number, f"0a0b0c0d-s{number}", start_s, start_s + 700),
            )
        db.execute("UPDATE install SET id = '0a0b0c0d', last_seq = ?, last_event_no = ?, last_session_no = 30", (seq, seq))
        db.execute("COMMIT")


def upgraded(path: Path, on_progress: Callable[[], None]) -> int:
    """Upgrade it in a process of its own; the signal that has ended it, 0 if none has."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            store = Store(path)
            store.on_progress(on_progress)
            store.open()
            store.close()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def upgraded_up_to(whole: Path, to: Path, last: int, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is there after so many whole steps of the upgrade, each of which is a transaction."""
    shutil.copytree(whole, to)
    with patch.context() as shorter:
        shorter.setattr(schema, "MIGRATIONS", MIGRATIONS[:last])
        store = Store(to / "history.db")
        store.open()
        store.close()
    return contents(store.path)


def test_an_upgrade_killed_within_a_statement_is_old_or_new_and_loses_no_check_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PROGRESS_STEPS", STEPS)
    whole = folder / "whole" / "history.db"
    whole.parent.mkdir()
    old_history(whole)
    old, points = contents(whole), 0

    def count() -> None:
        nonlocal points
        points += 1

    shutil.copytree(whole.parent, folder / "counted")
    store = Store(folder / "counted" / "history.db")
    store.on_progress(count)
    store.open()
    store.close()
    new = contents(store.path)
    assert (new["user_version"], len(new["checkin"])) == ([(len(MIGRATIONS),)], 60)
    assert points > 500
    between = [
        upgraded_up_to(whole.parent, folder / f"up-to-{last}", last, monkeypatch) for last in range(OLD + 1, len(MIGRATIONS))
    ]
    met = []
    for kill, point in enumerate(sorted(Random(4).choices(range(1, points), k=KILLS))):
        path = folder / str(kill) / "history.db"
        shutil.copytree(whole.parent, path.parent)
        left = point

        def die() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        assert upgraded(path, die) == signal.SIGKILL
        found = contents(path)
        assert found in (old, *between, new), f"killed at point {point} of {points}"
        met.append(found == new)
        store = Store(path)
        store.open()
        store.close()
        assert store.damage is None
        assert contents(path) == new
        assert contents(path.with_name("history.db.schema-4")) == old
        assert not list(path.parent.glob("*.unfinished"))
        shutil.rmtree(path.parent)
    assert KILLS < 50 or len(set(met)) == 2
