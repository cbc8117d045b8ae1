"""The doctor's view of a board and its machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from acumat_hw.clock import Clock
from acumat_hw.layout import Layout
from acumat_hw.source import FrameSource


class Bus(Protocol):
    """An I2C bus, as the converters' driver uses it too."""

    def try_lock(self) -> bool: ...

    def unlock(self) -> None: ...

    def deinit(self) -> None: ...

    def writeto(self, address: int, buffer: bytes | bytearray) -> None: ...

    def writeto_then_readfrom(self, address: int, buffer_out: bytes | bytearray, buffer_in: bytearray) -> None: ...


@dataclass(frozen=True, slots=True)
class I2cFacts:
    """The bus as the system shows it; `hz` is None where nothing states its speed, `others` are the buses that there are."""

    path: str
    there: bool = True
    usable: bool = True
    hz: int | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GpioFacts:
    """The chip with the header's pins; `holders` names by BCM number what uses a pin already."""

    path: str | None
    usable: bool = True
    lgpio: bool = True
    holders: Mapping[int, str] = field(default_factory=dict)


READ_ONLY = "its file system is read-only"


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """The folder of the history; `problem` says why it cannot be written, None if it can; `fix` what helps then, None for the
    usual. `vanishes`: gone after a power-off.

    `owner` is set if the folder belongs to another user than the one who asks: only its owner knows more. `free_files` are
    those that its disk still takes, None if it has no such limit. `broken` names damaged histories there, the newest last.
    """

    path: Path
    problem: str | None = None
    free_bytes: int = 0
    vanishes: bool = False
    owner: str | None = None
    free_files: int | None = None
    broken: tuple[str, ...] = ()
    broken_bytes: int = 0
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """The machine: None if unknown. `throttled` are the bits of `vcgencmd get_throttled`."""

    folder: FolderFacts
    clock_synchronised: bool | None = None
    throttled: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """Converters on a bus. `source` reads frames as the daemon does; `hand` presses on a simulated mat and nowhere else."""

    layout: Layout
    model: str
    rate_hz: float
    facts: I2cFacts
    open_bus: Callable[[], Bus]
    source: FrameSource
    clock: Clock
    hand: Callable[[str | None], None]
