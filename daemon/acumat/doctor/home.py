"""Examines what the daemon needs beside the mat: its folder, the machine's clock and its power."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from acumat.doctor.board import READ_ONLY, FolderFacts, MachineFacts
from acumat.doctor.finding import Finding, fail, ok, warn

LEAST_FREE_BYTES = 50 * 1024**2
"""Ten years of sessions take less; below this the system itself gets into trouble."""
LEAST_FREE_FILES = 100
"""SQLite makes two beside the history, and each stored document one."""
LOW_VOLTAGE_NOW, THROTTLED_NOW, LOW_VOLTAGE_BEFORE = 1 << 0, 1 << 2, 1 << 16
"""Bits of `vcgencmd get_throttled` (Raspberry Pi documentation, vcgencmd)."""


def check_machine(facts: MachineFacts) -> Iterator[Finding]:
    """Store, clock and power."""
    yield _folder(facts.folder)
    yield from _broken(facts.folder)
    yield from _clock(facts.clock_synchronised)
    yield from _power(facts.throttled)


def _folder(folder: FolderFacts) -> Finding:
    what = "history"
    if folder.problem is not None:
        usual = "Let its owner be the user of the daemon (sudo chown -R acumat: on it), or set daemon.state_dir."
        hint = folder.fix or usual
        if folder.problem == READ_ONLY:
            hint = "Set daemon.state_dir to a folder on a disk that can be written, or have this one mounted so."
        return fail(what, "store_not_writable", f"{folder.path} cannot be written ({folder.problem}).", hint)
    if folder.owner is not None:
        return ok(
            what, f"{folder.path} belongs to {folder.owner}; whether it can be written only root can tell: sudo acumat doctor."
        )
    if folder.free_bytes < LEAST_FREE_BYTES:
        cause = f"Only {folder.free_bytes / 1024**2:.0f} MB are free at {folder.path}."
        return fail(what, "store_full", cause, "Make room: sudo apt-get clean; sudo journalctl --vacuum-size=50M.")
    if folder.free_files is not None and folder.free_files < LEAST_FREE_FILES:
        cause = f"The disk of {folder.path} takes only {folder.free_files} more files, whatever room it has."
        hint = "Delete small files that nobody needs: df -i shows the disk, and sudo du --inodes -xd2 / where they are."
        return fail(what, "store_full", cause, hint)
    if folder.vanishes:
        cause = f"{folder.path} lies in memory or on an overlay: history is gone after a power-off."
        return warn(
            what,
            "store_vanishes",
            cause,
            "Set daemon.state_dir to a place on a disk, or switch the overlay off (raspi-config).",
        )
    return ok(what, f"{folder.path} can be written, {folder.free_bytes / 1024**3:.1f} GB are free.")


def _broken(folder: FolderFacts) -> Iterator[Finding]:
    if not folder.broken:
        return
    count, last = len(folder.broken), folder.broken[-1]
    kept = "A damaged history is" if count == 1 else f"{count} damaged histories are"
    size = f"{folder.broken_bytes / 1024**2:.1f} MB"
    cause = f"{kept} kept in {folder.path}, {size}, the newest as {last}. What could be read of it is in the present history."
    files = f"{shlex.quote(str(folder.path))}/acumat.db.broken-*"
    delete = f"sudo sh -c {shlex.quote(f'rm {files}')}"
    hint = f"When you miss nothing (acumat sessions), delete it: {delete}."
    again = " So many mean that the card or the power supply fails: make a backup (acumat backup), and replace both."
    yield warn("history", "store_was_damaged", cause, hint if count == 1 else hint + again)


def _clock(synchronised: bool | None) -> Iterator[Finding]:
    if synchronised is None:
        yield ok("clock", "the system does not say whether it is synchronised.")
    elif synchronised:
        yield ok("clock", "synchronised.")
    else:
        cause = "The clock is not synchronised: sessions are dated wrongly, and TLS may fail."
        yield warn("clock", "clock_not_set", cause, "Give the machine a network, and look at: timedatectl status.")


def _power(throttled: int | None) -> Iterator[Finding]:
    hint = "Use the power supply that is made for this Raspberry Pi, and a short cable."
    if throttled is None:
        return
    if throttled & LOW_VOLTAGE_NOW:
        yield fail("power", "low_voltage", "The Raspberry Pi gets too low a voltage now.", hint)
    elif throttled & LOW_VOLTAGE_BEFORE:
        yield warn("power", "low_voltage_before", "The Raspberry Pi has had too low a voltage since it was started.", hint)
    elif throttled & THROTTLED_NOW:
        yield warn("power", "too_hot", "The Raspberry Pi runs slowed down, since it is too hot.", "Give it air or a heat sink.")
    else:
        yield ok("power", "no low voltage since the start.")
