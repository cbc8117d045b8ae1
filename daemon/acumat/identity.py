"""Identifies the machine: its boot, and the mat's stable id, which depends on no name that may change."""

from __future__ import annotations

import socket
import uuid
from pathlib import Path
from typing import NamedTuple

from acumat_hw.digest import sha256

MACHINE_ID = Path("/etc/machine-id")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
TIMESYNC = Path("/run/systemd/timesync")
"""systemd-timesyncd's folder; a file `synchronized` appears in it when the clock was set (systemd-timesyncd.service(8))."""
SERIAL = Path("/sys/firmware/devicetree/base/serial-number")
"""The serial number of a Raspberry Pi, which a copied card does not have."""
RTC = Path("/sys/class/rtc/rtc0")
"""The battery clock's folder, where there is one."""


class Machine(NamedTuple):
    """Which boot this is, and where it shows that the clock was set (None: it is right from the start, as a simulated one)."""

    boot_id: str
    timesync: Path | None = TIMESYNC
    rtc: Path | None = RTC


def this_machine() -> Machine:
    """The machine we run on. The boot id changes at every boot (random(4)); without one every start counts as a boot."""
    try:
        return Machine(BOOT_ID.read_text("ascii").strip())
    except (OSError, UnicodeDecodeError):
        return Machine(uuid.uuid4().hex)


def machine_mat_id() -> str:
    """Eight hex digits that stay the same on this machine.

    Hashed, since the machine's id itself must not be published (machine-id(5)); from the host name if there is none.
    """
    return sha256(f"acumat mat {_read(MACHINE_ID) or socket.gethostname()}".encode()).hex()[:8]


def machine_mark() -> str:
    """Sixteen hex digits that differ on another machine: by its system's id, and the board's serial number if there is one.

    Hashed, as the mat's id. Copies of one virtual machine have the same, unless they got new ids.
    """
    return sha256(f"acumat machine {_read(MACHINE_ID)} {_read(SERIAL)}".encode()).hex()[:16]


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii").strip("\0\n ")
    except (OSError, UnicodeDecodeError):
        return ""
