"""The transfers with one ADS1115 or ADS1015, each made once and used for every frame.

A start and the read of the result before it go in one transfer: the conversion register keeps the last result until the next
one is complete (data sheet SBAS444, conversion register), so what is read is of the conversion that has ended. They lie below
Adafruit's driver, whose calls make two transfers of it and their buffers anew each time; who uses them holds the bus's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from acumat_hw.i2c import I2cBus

MARK = 0x8010
"""In the low threshold; the ADS1015 holds only the upper 12 bits of it."""

_CONVERSION = b"\x00"
_CONFIG = b"\x01"
_LOW_THRESHOLD = b"\x02"
_SET_MARK = bytes((2, MARK >> 8, MARK & 0xFF))

Transfer = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Transfers:
    """All transfers with a chip. `starts` and `start_then_result` are by input; the others read or write one register."""

    starts: tuple[Transfer, ...]
    start_then_result: tuple[Transfer, ...]
    start_then_mark: Transfer
    """Starts the first input."""
    result: Transfer
    config: Transfer
    mark: Transfer
    set_mark: Transfer
    answer: bytearray
    """The register's two bytes that were read last."""

    @classmethod
    def of(cls, bus: I2cBus, address: int, words: Sequence[int]) -> Transfers:
        """`words` are the configurations that start a conversion of each input."""
        answer, nothing = bytearray(2), bytearray()
        starts = [bytes((1, word >> 8, word & 0xFF)) for word in words]

        def prepared(*writes: bytes, reads: bool = True) -> Transfer:
            return bus.prepare(address, writes, answer if reads else nothing)

        return cls(
            tuple(prepared(start, reads=False) for start in starts),
            tuple(prepared(start, _CONVERSION) for start in starts),
            prepared(starts[0], _LOW_THRESHOLD),
            prepared(_CONVERSION),
            prepared(_CONFIG),
            prepared(_LOW_THRESHOLD),
            prepared(_SET_MARK, reads=False),
            answer,
        )
