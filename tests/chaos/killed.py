"""Kills itself with SIGKILL at each SQL statement of a scripted history, one process a statement.

`python -m tests.chaos.killed FOLDER FIXTURE DAYS`: in FOLDER/n a history (begun from FIXTURE's SQL, or from nothing for "-")
was killed just before its n-th statement (from 1). Prints for each how many steps had returned by then; the last ran through.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from acumat.history.store import Store
from tests.chaos.scripted import BOOT, script


def main() -> None:
    folder, fixture, days = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    number = 1
    while True:
        place = folder / str(number)
        place.mkdir()
        if fixture != "-":
            made = sqlite3.connect(place / "history.db")
            made.executescript(Path(fixture).read_text(encoding="utf-8"))
            made.close()
        steps, killed = _steps_until_killed(place / "history.db", number, days)
        print(steps, flush=True)
        if not killed:
            return
        number += 1


def _steps_until_killed(path: Path, number: int, days: int) -> tuple[int, bool]:
    """Steps that had returned, and whether it was killed at all. The open counts as the first step."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            _live(path, number, days, lambda: os.write(write, b"."))
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as reported:
        steps = len(reported.read())
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return steps, True
    if os.WEXITSTATUS(status):
        raise SystemExit(f"the history killed at statement {number} ended by itself: {status}")
    return steps, False


def _live(path: Path, number: int, days: int, returned: Callable[[], object]) -> None:
    left = number
    plain = sqlite3.connect

    def kill_in_time(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = plain(*args, **options)
        db.set_trace_callback(kill_in_time)
        return db

    sqlite3.connect = connect  # type: ignore[assignment]
    store = Store(path, boot_id=BOOT)
    store.open()
    returned()
    for step in script(7, days):
        step(store)
        returned()
    store.close()
    os._exit(0)


if __name__ == "__main__":
    main()
