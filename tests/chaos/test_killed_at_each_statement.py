"""Killed at each SQL statement of a history and of an upgrade: what is found then is the old or the new, never between."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from acumat.history.schema import MIGRATIONS
from acumat.history.store import Store
from tests.chaos.scripted import BOOT, NAMES, Contents, check, contents, rows, script
from tests.checkout import ROOT, environment

DAYS = int(os.environ.get("ACUMAT_KILL_DAYS", "3"))
SCHEMA_1 = Path(__file__).with_name("schema_1.sql")
"""A history of three sessions as the first acumat wrote it."""


@pytest.fixture
def folder() -> Iterator[Path]:
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


def kill_everywhere(folder: Path, fixture: str, days: int) -> list[int]:
    """Steps that had returned, for each statement; the last one was not killed."""
    command = [sys.executable, "-m", "tests.chaos.killed", str(folder), fixture, str(days)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True, text=True, timeout=600)
    return [int(line) for line in done.stdout.split()]


def nameless(found: Contents, install: str) -> str:
    """The same, whatever the installation is called."""
    return repr(found).replace(install, "install")


def test_a_history_killed_at_any_statement_holds_every_step_that_returned_and_no_half_one(folder: Path) -> None:
    store = Store(folder / "whole.db", boot_id=BOOT)
    store.open()
    states = [nameless(contents(store.path), store.install)]
    for step in script(7, DAYS):
        step(store)
        states.append(nameless(contents(store.path), store.install))
    store.close()

    returned = kill_everywhere(folder, "-", DAYS)
    assert len(returned) > len(states)
    assert returned[-1] == len(states)
    for number, steps in enumerate(returned[:-1], start=1):
        store = Store(folder / str(number) / "history.db", boot_id="next-boot")
        store.open()
        assert store.damage is None
        with store._database.reading() as db:
            found = rows(db)
        check(found)
        if steps:
            assert nameless(found, store.install) in states[steps - 1 : steps + 1], f"killed at statement {number}"
        else:
            assert nameless(found, store.install) == states[0]
        store.close()


def test_an_upgrade_killed_at_any_statement_is_old_or_new_and_ends_as_if_nothing_had_been(folder: Path) -> None:
    """From the first schema to today's, over each in between."""
    steps: list[Contents] = []
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript(SCHEMA_1.read_text(encoding="utf-8"))
    steps.append(rows(db))
    for version, migration in enumerate(MIGRATIONS[1:], start=2):
        migration(db)
        db.execute(f"PRAGMA user_version = {version}")
        steps.append(rows(db))
    db.close()
    assert [step["user_version"] for step in steps] == [[(n,)] for n in range(1, len(MIGRATIONS) + 1)]

    returned = kill_everywhere(folder, str(SCHEMA_1), 0)
    assert len(returned) > 20
    met = set()
    for number in range(1, len(returned) + 1):
        path = folder / str(number) / "history.db"
        found = contents(path)
        assert found in steps, f"killed at statement {number}"
        met.add(found["user_version"][0][0])
        for backup in path.parent.glob("*.schema-*"):
            assert contents(backup) == steps[int(backup.suffix.rpartition("-")[2]) - 1]
        store = Store(path)
        store.open()
        with store._database.reading() as db:
            assert rows(db) == steps[-1]
        store.close()
        assert not list(path.parent.glob("*.unfinished"))
    assert met == set(range(1, len(MIGRATIONS) + 1))


def test_an_upgraded_history_reports_all_that_the_old_one_knew(folder: Path) -> None:
    old = sqlite3.connect(folder / "history.db")
    old.executescript(SCHEMA_1.read_text(encoding="utf-8"))
    count = {table: old.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("event", "outbox", "session")}
    payloads = [row[0] for row in old.execute("SELECT payload FROM event JOIN outbox USING (seq) ORDER BY seq").fetchall()]
    contact_s = old.execute("SELECT TOTAL(contact_s) FROM session").fetchone()[0]
    boot_id, last_mono_s = old.execute("SELECT boot_id, MAX(mono_s) FROM event").fetchone()
    old.close()
    store = Store(folder / "history.db", boot_id=boot_id)
    store.open()
    stored = store.restore(NAMES, 0.0)
    assert stored.install == "564d40a0"
    assert stored.next_session_no == 4
    assert stored.totals.sessions_total == count["session"] == 3
    assert stored.totals.minutes_total == pytest.approx(contact_s / 60)
    assert stored.learned.calibrated
    assert stored.learned.turned
    assert not stored.layout_changed
    reported = store.outbox_after(0, 999, last_mono_s)
    assert [payload.replace('"late":true', '"late":false') for _, payload in reported] == payloads
    assert len(reported) == count["outbox"]
    assert store.undo_calibration(NAMES) is not None
    store.record([(1.8e9, last_mono_s, {"event_type": "settled"})])
    assert store.outbox_after(count["event"], 9, last_mono_s)[0][1].startswith(f'{{"id":"564d40a0-{count["event"] + 1}"')
    store.close()
