"""Control groups of the scheduler (cgroups(7)): for processes that get a part of a core, and for those that come first."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SHARE = 10
"""The daemon gets one part in so many of a core."""
PERIOD_US = 10_000
"""The shortest quota that the kernel takes is a millisecond."""
WEIGHTS = {"cpu.weight": 10_000, "cpu.shares": 262_144}
"""The most that a control group may have, by its file: 100 and 256 times as much as any other (cgroups v2 and v1)."""
SLICE_NS = 100_000
"""Shorter than others' of some 3 ms, so that whoever wakes up need not let another one end its slice (Linux 6.12 and later)."""
SETATTR = {"x86_64": 314, "aarch64": 274, "armv7l": 380}
"""The number of sched_setattr(2), which neither libc nor Python has a call for."""
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
    """This process belongs to the group with all that it starts, in short slices; daemons leave it for groups of their own."""
    enter(group, os.getpid())
    short_slices()
    try:
        yield
    finally:
        enter(ROOT_GROUP, os.getpid())


def short_slices() -> None:
    """This thread, and all that it starts, waits for nobody's slice; an older kernel leaves it as it was."""
    number = SETATTR.get(os.uname().machine)
    attributes = struct.pack("=IIQiIQQQ", 48, os.SCHED_OTHER, 0, 0, 0, SLICE_NS, 0, 0)
    if number is not None:
        ctypes.CDLL(None).syscall(number, 0, attributes, 0)
