"""Restores that are killed, each in a process of its own: run as `python -m tests.backup.killer FOLDER STEP`.

This process has one thread, so that it can be forked.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acumat.coach.safety import Safety
from tests.backup.mats import Mat, mat

CALLS = ("rename", "replace", "unlink", "rmdir", "mkdir", "fsync", "remove", "pwrite")
KILLED = 9


def killed(act: Callable[[], object], after: int) -> bool:
    """Do it in a process that ends before its call number `after` that changes the disk; whether it came to that."""
    child = os.fork()
    if child == 0:
        count = 0

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                nonlocal count
                count += 1
                if count > after:
                    os._exit(KILLED)
                return real(*arguments, **options)

            return call

        for name in CALLS:
            setattr(os, name, counted(getattr(os, name)))
        try:
            act()
        except BaseException as error:  # noqa: BLE001  a child must not return into the caller's code
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, KILLED), code
    return code == KILLED


@dataclass(frozen=True)
class Case:
    """A mat with a newer state than its backup, and what both look like."""

    of: Mat
    file: Path
    old: tuple[Any, ...]
    new: tuple[Any, ...]


def case(folder: Path) -> Case:
    folder.mkdir()
    of = mat(folder / "mat")
    of.add_session(1)
    of.protect(Safety(revision=1, professional=True))
    of.back_up(folder / "b")
    new = state_of(of)
    of.add_session(2)
    of.config_path.write_text(of.config_path.read_text() + "[detect]\nsensitivity = 'high'\n")
    of.protect(Safety(revision=2))
    return Case(of, folder / "b", state_of(of), new)


def state_of(of: Mat) -> tuple[Any, ...]:
    return of.config_path.read_text(), tuple(of.sessions()), of.safety().professional


def check(found: Case) -> bool:
    """Whether it is the new state; it is one of the two, with nothing left over."""
    state = state_of(found.of)
    assert state in (found.old, found.new), state
    assert not (found.of.state / "restoring").exists()
    return state == found.new


def main(folder: Path, step: int) -> None:
    outcomes, after = set(), 0
    while True:
        found = case(folder / "a")
        dead = killed(lambda found=found: found.of.restore(found.file), after)  # type: ignore[misc]
        again = 0
        while killed(found.of.start, again):  # whoever comes next may be killed as well
            again += step
        outcomes.add(check(found))
        if not dead:
            break
        found.of.restore(found.file)
        assert check(found)
        shutil.rmtree(folder / "a")
        after += step
    print(after, sorted(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
