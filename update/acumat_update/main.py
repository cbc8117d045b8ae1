"""The commands of /usr/lib/acumat/switch, for maintainer scripts, systemd and `acumat rollback`, not for people.

install ARCHIVE VERSION  unpack a release and put it on trial, or in place where there is none yet
back                     put the previous release on trial
newest                   write down which package is the newest that apt knows
run                      take a switch to its end; what acumat-switch.service runs

--image FOLDER before them: all of it below the folder, which is the image of a machine; nothing is started
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from acumat_update.install import digest_of, is_whole, unpack
from acumat_update.journal import Journal
from acumat_update.machine import CURRENT, PREVIOUS, SWITCH_SERVICE, UNITS, Machine, booted
from acumat_update.newest import record_newest
from acumat_update.switch import CannotError, LeavingError, Switch

UNDER_WAY_S = 150.0
"""Seconds: longer than a switch with its way back."""


def main(argv: list[str], root: Path) -> int:
    """Run one command; the exit code is 0, or 1 with a sentence on standard error."""
    os.umask(0o022)  # the daemon's user has to read the unpacked files
    machine = Machine(root, live=booted())
    if argv[:1] == ["--image"] and len(argv) > 2:
        image, argv = Path(argv[1]), argv[2:]
        machine = Machine(image / root.relative_to("/"), live=False, units=image / UNITS.relative_to("/"))
    try:
        if argv[:1] == ["install"] and len(argv) == 3:
            machine.root.mkdir(mode=0o755, parents=True, exist_ok=True)
            with _alone(machine):
                _install(machine, Path(argv[1]), argv[2])
        elif argv == ["back"]:
            with _alone(machine):
                _back(machine)
        elif argv == ["newest"]:
            record_newest(machine.root)
        elif argv == ["run"]:
            _run(machine)
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except (CannotError, OSError) as exc:
        print(f"acumat: {exc}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _alone(machine: Machine) -> Iterator[None]:
    """While no other command begins a switch: one would remove, as left over, what the other unpacks."""
    try:
        handle = os.open(machine.root, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as exc:
        raise CannotError(f"there is no release below {machine.root}") from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # goes with the process, however that ends
        yield
    finally:
        os.close(handle)


def _install(machine: Machine, archive: Path, version: str) -> None:
    digest = digest_of(archive)
    journal = machine.read_journal()
    if journal is not None and machine.live and is_whole(machine.root / journal.after, digest):
        machine.hand_over("start")  # an interrupted installation is repeated
        return
    current = machine.release()
    if current is not None and is_whole(machine.root / current, digest):
        return
    _wait(machine)
    name = unpack(archive, machine.root, version)
    current = machine.release()
    if current is None or not machine.live:
        machine.point_to(name)
    else:
        _begin(machine, Journal(current, name))
        _say(name, current)


def _back(machine: Machine) -> None:
    _wait(machine)
    current, previous = machine.release(CURRENT), machine.release(PREVIOUS)
    if current is None or previous is None or current == previous:
        raise CannotError(f"there is no earlier release below {machine.root}")
    if not machine.live:
        raise CannotError("systemd does not run here, and nothing else can try out a release")
    _begin(machine, Journal(current, previous, rollback=True))
    _say(previous, current)


def _say(release: str, before: str) -> None:
    print(
        f"acumat {release} is tried out for a minute. If it does not run well, {before} comes back, and acumat status says so."
    )


def _begin(machine: Machine, journal: Journal) -> None:
    """Store the switch and hand it to its service."""
    running = machine.is_running()
    ailing = machine.ailing() if running else None
    known = None if ailing is None else tuple(sorted(ailing))
    machine.write_journal(replace(journal, running=running, ailing=known))
    machine.hand_over("restart")


def _wait(machine: Machine) -> None:
    """Wait until no other switch is under way. Raises CannotError if it does not end."""
    end_s = time.monotonic() + UNDER_WAY_S
    if machine.live and machine.read_journal() is not None:
        machine.hand_over("start")  # one that could not go on, as on a full disk, may be able to by now
    while machine.read_journal() is not None:
        if time.monotonic() > end_s:
            raise CannotError(f"another switch of releases does not end; look at: systemctl status {SWITCH_SERVICE}")
        time.sleep(1.0)


def _run(machine: Machine) -> None:
    switch = Switch(machine)
    try:
        if not machine.is_running():
            switch.settle()
        _ready()
        switch.run()
    except LeavingError:
        return
    except Exception:
        machine.start()  # with whichever release is in place: a running mat is better than a waiting one
        raise


def _ready() -> None:
    """Tell systemd that the daemon may start (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b"READY=1", address.replace("@", "\0", 1) if address.startswith("@") else address)
