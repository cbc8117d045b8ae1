"""Facts about a Linux machine: its I2C bus, its pins, its disk, its clock and its power. Nothing here judges them."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import socket
import stat
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

from acumat.doctor.board import READ_ONLY, FolderFacts, GpioFacts, I2cFacts, MachineFacts
from acumat.history.files import all_of, broken_ones, check_kind, hint
from acumat.state_folder import lies_in_memory
from acumat_hw.gpio_chip import header_chip

CONFIG_TXT = ("boot/firmware/config.txt", "boot/config.txt")
GPIO_V2_GET_LINEINFO = 0xC100B405
LINE_USED = 1
"""The kernel's GPIO character device (linux/gpio.h): who uses a line, and the flag of a used one."""
COMMAND_S = 3.0
DATABASE = "acumat.db"


def i2c_facts(number: int, root: Path = Path("/")) -> I2cFacts:
    """The bus /dev/i2c-<number>."""
    device = root / f"dev/i2c-{number}"
    others = tuple(sorted(str(Path("/") / each.relative_to(root)) for each in (root / "dev").glob("i2c-*")))
    shown = f"/dev/i2c-{number}"
    if not device.exists():
        return I2cFacts(shown, there=False, others=others)
    return I2cFacts(shown, usable=os.access(device, os.R_OK | os.W_OK), hz=_bus_hz(number, root), others=others)


def _bus_hz(number: int, root: Path) -> int | None:
    """The device tree has the driver's speed, config.txt the one from the next start on; None if neither has it."""
    try:
        raw = (root / f"sys/class/i2c-dev/i2c-{number}/device/of_node/clock-frequency").read_bytes()
    except OSError:
        raw = b""
    if len(raw) == 4:
        return int.from_bytes(raw, "big")
    for place in CONFIG_TXT:
        try:
            text = (root / place).read_text("utf-8", "replace")
        except OSError:
            continue
        found = re.findall(r"^[ \t]*dtparam=(?:.*,)?i2c(?:_arm)?_baudrate=(\d+)", text, re.MULTILINE)
        if found:
            return int(found[-1])
    return None


def gpio_facts(pins: Iterable[int], dev: Path = Path("/dev")) -> GpioFacts:
    """The chip with the header's pins, and who holds these."""
    lgpio = importlib.util.find_spec("lgpio") is not None
    header = header_chip(dev)
    if header is None or not header.usable:
        return GpioFacts(None if header is None else str(header.path), usable=False, lgpio=lgpio)
    with header.path.open("rb") as chip:
        return GpioFacts(str(header.path), lgpio=lgpio, holders=_holders(chip.fileno(), pins))


def _holders(handle: int, pins: Iterable[int]) -> dict[int, str]:
    holders = {}
    for pin in pins:
        buffer = bytearray(256)
        struct.pack_into("I", buffer, 64, pin)
        fcntl.ioctl(handle, GPIO_V2_GET_LINEINFO, buffer)
        _, consumer, _, _, flags = struct.unpack_from("32s32sIIQ", buffer)
        if flags & LINE_USED:
            holders[pin] = consumer.rstrip(b"\0").decode("ascii", "replace") or "the kernel"
    return holders


def is_this_machine(host: str) -> bool:
    """Whether every address of this name is one of our own."""
    try:
        found = {(family, address) for family, _, _, _, address in socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM)}
    except (OSError, UnicodeError):
        return False
    return all(_is_ours(family, address) for family, address in found)


def _is_ours(family: int, address: object) -> bool:
    """A socket can be bound to addresses of this machine alone (bind(2), EADDRNOTAVAIL)."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(address)  # type: ignore[arg-type]  # as getaddrinfo gives it
        except OSError:
            return False
    return True


def machine_facts(state_dir: Path) -> MachineFacts:
    """Disk, clock and power."""
    return MachineFacts(_folder(state_dir), _clock_synchronised(), _throttled())


def _folder(path: Path) -> FolderFacts:
    try:
        check_kind(path / DATABASE)
    except FileExistsError as exc:
        return FolderFacts(path, hint(exc), fix="Do that while the daemon is stopped, and look again.")
    except PermissionError:
        pass  # below it is said who may know
    there = next(each for each in (path, *path.parents) if each.exists())
    broken = broken_ones(path / DATABASE)
    if not there.is_dir():
        return FolderFacts(path, f"{there} is no folder")
    if os.statvfs(there).f_flag & os.ST_RDONLY:
        return FolderFacts(path, READ_ONLY)
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        owner = there.stat().st_uid
        if os.geteuid() not in (0, owner):  # the service runs as another user
            return FolderFacts(path, owner=_user(owner))
        return FolderFacts(path, f"no right to write to {there}")
    if there == path and (found := _unusable(path)):
        return FolderFacts(path, found[0], fix=found[1])
    disk = os.statvfs(there)
    return FolderFacts(
        path,
        None,
        shutil.disk_usage(there).free,
        lies_in_memory(there),
        free_files=disk.f_favail if disk.f_files else None,  # some file systems have no such limit
        broken=tuple(each.name for each in broken),
        broken_bytes=sum(part.stat().st_size for each in broken for part in all_of(each)),
    )


def _unusable(folder: Path) -> tuple[str, str] | None:
    """What the folder's owner cannot use in it, and what helps; None if there is nothing of that kind.

    The copies beside the history are never written, and its owner may remove them whoever has made them.
    """
    facts = folder.stat()
    owner = facts.st_uid
    if facts.st_mode & 0o700 != 0o700:
        return "its owner may not use it", f"sudo chmod 700 {shlex.quote(str(folder))}"
    for each in sorted({*folder.iterdir()} - {*folder.glob(f"{DATABASE}.*")}):
        try:
            found, place = each.lstat(), shlex.quote(str(each))
        except FileNotFoundError:  # the daemon works here
            continue
        if stat.S_ISREG(found.st_mode) and owner and found.st_uid != owner:
            belongs = f"{each.name} belongs to {_user(found.st_uid)}, and the folder to {_user(owner)}"
            return belongs, f"sudo chown {shlex.quote(_user(owner).removeprefix('user '))}: {place}"
        if stat.S_ISREG(found.st_mode) and found.st_mode & 0o600 != 0o600:
            return f"{each.name} may not be read and written by its owner", f"sudo chmod 600 {place}"
    return None


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _clock_synchronised() -> bool | None:
    answer = _output("timedatectl", "show", "--property=NTPSynchronized", "--value")
    return {"yes": True, "no": False}.get(answer)


def _throttled() -> int | None:
    found = re.fullmatch(r"throttled=(0x[0-9a-fA-F]+)", _output("vcgencmd", "get_throttled"))
    return int(found[1], 16) if found else None


def _output(*command: str) -> str:
    """The output of a command; empty if it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
