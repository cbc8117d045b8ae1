"""The GPIO chip with a Raspberry Pi's header. Its number depends on board and kernel (0, 4, 11 to 15), its label does not."""

from __future__ import annotations

import fcntl
import re
import struct
from dataclasses import dataclass
from pathlib import Path

HEADER_LINES = 28
"""GPIO 0 to 27 are on a Raspberry Pi's header."""
GPIO_GET_CHIPINFO = 0x8044B401
"""The kernel's GPIO character device (linux/gpio.h): what a chip is."""


@dataclass(frozen=True, slots=True)
class GpioChip:
    """A chip's device; `usable` is False for one that this user may not open, which may be the header's or another."""

    path: Path
    usable: bool = True

    @property
    def number(self) -> int:
        """That of /dev/gpiochip<number>."""
        return _number(self.path)


def header_chip(dev: Path = Path("/dev")) -> GpioChip | None:
    """The header's chip, or else the first that may not be opened; None where there is neither."""
    refused: GpioChip | None = None
    for path in sorted(dev.glob("gpiochip*"), key=_number):
        try:
            with path.open("rb") as chip:
                if _is_header(chip.fileno()):
                    return GpioChip(path)
        except PermissionError:
            refused = refused or GpioChip(path, usable=False)
        except OSError:
            continue
    return refused


def _number(path: Path) -> int:
    return int(re.sub(r"\D", "", path.name) or 0)


def _is_header(handle: int) -> bool:
    """The chips of a Raspberry Pi are called pinctrl-...; others are expanders."""
    buffer = bytearray(68)
    fcntl.ioctl(handle, GPIO_GET_CHIPINFO, buffer)
    _, label, lines = struct.unpack("32s32sI", buffer)
    return bool(label.startswith(b"pinctrl-") and lines >= HEADER_LINES)
