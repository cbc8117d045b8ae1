"""The I2C bus that the converters are read over: what it must offer, and the one of this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from acumat_hw.errors import SourceUnavailableError


class I2cBus(Protocol):
    """What the driver needs of a busio.I2C, and `prepare` for what the driver has no call for."""

    def try_lock(self) -> bool: ...

    def unlock(self) -> None: ...

    def deinit(self) -> None: ...

    def writeto(self, address: int, buffer: bytes | bytearray, *, start: int = 0, end: int | None = None) -> None: ...

    def readfrom_into(self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None) -> None: ...

    def writeto_then_readfrom(
        self,
        address: int,
        buffer_out: bytes | bytearray,
        buffer_in: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None: ...

    def prepare(self, address: int, writes: Sequence[bytes], answer: bytearray) -> Callable[[], None]:
        """A transfer for many uses, by who holds the lock: the writes one after the other with repeated starts, then a read of
        as many bytes as `answer` has.
        """
        ...


def extended_bus(number: int) -> I2cBus:
    """The bus /dev/i2c-<number>. Raises SourceUnavailableError with a hint."""
    try:
        from acumat_hw.linux_i2c import LinuxI2C  # noqa: PLC0415  # only a machine with a bus needs it
    except (ImportError, NotImplementedError, RuntimeError) as error:
        raise SourceUnavailableError(f"I2C does not work on this machine ({error}); install adafruit-extended-bus") from error
    device = f"/dev/i2c-{number}"
    try:
        bus: I2cBus = LinuxI2C(number)
    except PermissionError as error:
        raise SourceUnavailableError(f"{device} may not be used; add the user to the group i2c and log in again") from error
    except (ValueError, OSError, RuntimeError) as error:
        raise SourceUnavailableError(
            f"{device} is not there or cannot be opened ({error}); switch I2C on: sudo raspi-config nonint do_i2c 0"
        ) from error
    return bus
