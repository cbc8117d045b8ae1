"""Examines what the daemon needs beside the mat: its folder, the machine's clock and its power."""

from __future__ import annotations

from collections.abc import Iterator

from acumat.doctor.board import READ_ONLY, FolderFacts, MachineFacts
from acumat.doctor.finding import Finding, fail, ok, warn

LEAST_FREE_BYTES = 50 * 1024**2
"""Ten years of sessions take less; below this the system itself gets into trouble."""
LOW_VOLTAGE_NOW, THROTTLED_NOW, LOW_VOLTAGE_BEFORE = 1 << 0, 1 << 2, 1 << 16
"""Bits of `vcgencmd get_throttled` (Raspberry Pi documentation, vcgencmd)."""


def check_machine(facts: MachineFacts) -> Iterator[Finding]:
    """Store, clock and power."""
    yield _folder(facts.folder)
    yield from _clock(facts.clock_synchronised)
    yield from _power(facts.throttled)


def _folder(folder: FolderFacts) -> Finding:
    what = "history"
    if folder.problem is not None:
        hint = "Let its owner be the user of the daemon (sudo chown -R acumat: on it), or set daemon.state_dir."
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
    if folder.vanishes:
        cause = f"{folder.path} lies in memory or on an overlay: history is gone after a power-off."
        return warn(
            what,
            "store_vanishes",
            cause,
            "Set daemon.state_dir to a place on a disk, or switch the overlay off (raspi-config).",
        )
    return ok(what, f"{folder.path} can be written, {folder.free_bytes / 1024**3:.1f} GB are free.")


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
