"""Whatever keeps the history away from the start on: what is reported reaches the broker all the same."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from acumat.contract.commands import Command, CommandName
from acumat.history.bounds import Bounds
from acumat.history.schema import StoreUnavailableError
from acumat.history.store import ShutStore, Store
from acumat.history.work_queue import WorkQueue
from acumat.service.turn import Turn
from acumat.wiring.persistence import found_in
from tests.hw.bench import JumpingClock
from tests.service.hand import routine_on
from tests.service.test_recorder import NAMES, HandWriter
from tests.service.test_routine import EMPTY, lying


def used_before(path: Path) -> None:
    with closing(Store(path)) as store:
        store.open()
        store.save_document("other", "{}")


@contextmanager
def newer(path: Path) -> Iterator[Store]:
    used_before(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 150")
    yield Store(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 4")


@contextmanager
def locked(path: Path) -> Iterator[Store]:
    used_before(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        yield Store(path)


@contextmanager
def a_folder_in_its_place(path: Path) -> Iterator[Store]:
    path.mkdir()
    yield Store(path)
    path.rmdir()


@contextmanager
def a_pipe_in_its_place(path: Path) -> Iterator[Store]:
    os.mkfifo(path)
    yield Store(path)
    path.unlink()


@contextmanager
def full(path: Path) -> Iterator[Store]:
    yield Store(path, bounds=Bounds(file_bytes=4096))


@contextmanager
def safe_mode(path: Path) -> Iterator[Store]:
    used_before(path)
    yield ShutStore(path)


CONDITIONS = (newer, locked, a_folder_in_its_place, a_pipe_in_its_place, full, safe_mode)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: each.__name__)
def test_cap_and_symptom_are_reported_in_order_with_ids_of_their_own(tmp_path: Path, condition: Any) -> None:
    reported: list[dict[str, Any]] = []
    clock = JumpingClock()

    def deliver(_key: int, payload: str) -> bool:
        reported.append(json.loads(payload))
        return True

    with ExitStack() as until_end:
        store = until_end.enter_context(condition(tmp_path / "acumat.db"))
        until_end.callback(store.close)
        stored = found_in(store, NAMES, 0.0)
        assert not stored.found
        writer = HandWriter(store, WorkQueue(), deliver=deliver, monotonic=clock.monotonic)
        writer.on_connection(up=True)
        routine = routine_on(writer, clock, stored, NAMES, tmp_path / "safety.slots", known=False)
        for second in range(2500):
            clock.sleep(1.0)
            routine.follow(Turn(lying(second + 1.0)))
        assert routine.ask(Command(CommandName.SYMPTOM, origin="control"))
        writer.work()
        assert [each["event_type"] for each in reported] == ["cue_cap", "symptom_stop"]
        ids = [each["id"].rsplit("-", 1) for each in reported]
        assert [number for _, number in ids] == ["1", "2"]
        assert ids[0][0] == ids[1][0]
        assert writer.condition.code == "store_unavailable"
        routine.follow(Turn(EMPTY))


@pytest.mark.parametrize("condition", [newer, a_folder_in_its_place, a_pipe_in_its_place], ids=lambda each: each.__name__)
def test_the_reason_is_named_with_what_to_do(tmp_path: Path, condition: Any) -> None:
    with condition(tmp_path / "acumat.db") as store, pytest.raises(StoreUnavailableError) as caught:
        store.open()
    assert "install the newer acumat" in str(caught.value) or "move it away" in str(caught.value)
