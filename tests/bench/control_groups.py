"""Control groups of the scheduler (cgroups(7)): for processes that get a part of a core, and for those that come before all else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SHARE = 10
"""The daemon gets one part in so many of a core."""
PERIOD_US = 10_000
"""The shortest quota that the kernel takes is a millisecond."""
WEIGHTS = {"cpu.weight": 10_000, "cpu.shares": 262_144}
"""The most that a control group may have, by its file: 100 and 256 times as much as any other (cgroups v2 and v1)."""
ROOT_GROUP = next((each for each in (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")) if each.is_dir()), Path("/none"))


@contextmanager
def control_group(name: str, *, limited: bool = True, first: bool = True) -> Iterator[Path | None]:
    """A control group, `limited` to one part in SHARE of a core; `first`: before all else on the machine.

    None where this user or this machine has none to give.
    """
    group = ROOT_GROUP / f"acumat-{name}-{os.getpid()}"
    try:
        group.mkdir()
        if limited:
            _limit(group)
        for file, weight in WEIGHTS.items():
            if first and (group / file).exists():
                (group / file).write_text(str(weight))
    except OSError:
        with suppress(OSError):
            group.rmdir()
        yield None
        return
    try:
        yield group
    finally:
        group.rmdir()


def _limit(group: Path) -> None:
    if (group / "cpu.max").exists():
        (group / "cpu.max").write_text(f"{PERIOD_US // SHARE} {PERIOD_US}")
    else:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(PERIOD_US // SHARE))


def enter(group: Path, pid: int) -> None:
    """The process, with all that it starts, has the group's share from now on."""
    (group / "cgroup.procs").write_text(str(pid))


@contextmanager
def measuring(group: Path) -> Iterator[None]:
    """This process belongs to the group, with the broker that it starts; the daemons leave it for their own."""
    enter(group, os.getpid())
    try:
        yield
    finally:
        enter(ROOT_GROUP, os.getpid())
