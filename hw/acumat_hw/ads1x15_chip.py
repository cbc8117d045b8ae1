"""One ADS1115 or ADS1015: starts a conversion, collects its result, and knows whether the result can be that conversion's.

The configuration is read back where it proves something, not after each conversion: a conversion that never ran or has not
ended leaves the register as it was last read, and a restarted chip leaves it at zero, so any other value is new. Reading the
configuration back proves in one transfer that the conversion has ended, and that it was that of the right input at the right
gain. A mark in the comparator's low threshold, which nothing here uses otherwise, is gone after each restart of the chip.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import Any

from acumat_hw.clock import Clock
from acumat_hw.frame import Missing

OS_BIT = 0x8000
SINGLE_SHOT = 0x0100
COMPARATOR_OFF = 0x0003
MARK = 0x8010
"""In the low threshold; the ADS1015 holds only the upper 12 bits of it."""
RESET_THRESHOLD = 0x8000
"""Its value after a restart (data sheets, Lo_thresh register)."""
RETRIES = 2

_CONVERSION = b"\x00"
_CONFIG = b"\x01"
_LOW_THRESHOLD = b"\x02"


class BusTimeoutError(Exception):
    """The kernel gave up on a transfer: every further one would cost another second."""


@dataclass(slots=True)
class Chip:
    """One converter with its inputs as (sensor's index, configuration word), and how it fares."""

    address: int
    inputs: list[tuple[int, int]]
    clock: Clock
    wait_s: float
    """The longest time that a conversion takes from its start on."""
    device: Any = None  # the driver's I2CDevice, None while the chip is absent
    fault: Missing | None = None  # why the chip is out of this frame
    unsure: bool = True  # a conversion that nobody waited for may be running
    ahead: bool = False  # the first input of the next scan converts already
    ready_s: float = 0.0
    last_word: int | None = None  # the result read last, as the register holds it
    _buffer: bytearray = field(default_factory=lambda: bytearray(2))
    _starts: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts = [bytes((1, word >> 8, word & 0xFF)) for _, word in self.inputs]

    def is_out(self) -> bool:
        """Of the frame under way."""
        return self.fault is not None

    def found(self, device: object) -> None:
        """The driver has set it up; what it did before is not known."""
        self.device, self.fault = device, None
        self.unsure, self.ahead, self.last_word = True, False, None

    def come_to_rest(self) -> None:
        """Wait for a conversion that may be running: a start meanwhile is lost, yet reads back well."""
        self.ahead = False
        give_up_s = self.clock.monotonic() + 2 * self.wait_s
        while (config := self._register(_CONFIG)) is not None:
            if config & OS_BIT or not config & SINGLE_SHOT:
                self.unsure = False
                return
            if self.clock.monotonic() >= give_up_s:
                self.fault = Missing.NOT_READY
                return
            self.clock.sleep(self.wait_s / 2)

    def start(self, step: int) -> None:
        """Convert the input of this step."""
        for attempt in range(RETRIES + 1):
            try:
                with self.device as device:
                    device.write(self._starts[step])
            except OSError as error:
                self._refused(error, last=attempt == RETRIES)
            else:
                self.ready_s = self.clock.monotonic() + self.wait_s
                return

    def collect(self, step: int, *, proof: bool) -> int | Missing | None:
        """The signed code, or why this input has none; None if the chip is out of the frame.

        With `proof` the configuration is read back in any case, else only if the result may be an old one.
        """
        now_s = self.clock.monotonic()
        if now_s < self.ready_s:
            self.clock.sleep(self.ready_s - now_s)
        expected = self.inputs[step][1]
        if proof and (wrong := self._wrong(expected)):
            return wrong
        word = self._register(_CONVERSION)
        if word is not None and (word == 0 or (word == self.last_word and not proof)):
            if wrong := self._wrong(expected):
                return wrong
            word = self._register(_CONVERSION)  # it may have ended between the two
        if word is None:
            return self.fault
        self.last_word = word
        return word if word < 0x8000 else word - 0x10000

    def restarted(self) -> bool:
        """Whether the chip has lost its settings since they were made; its mark is set again then."""
        if (mark := self._register(_LOW_THRESHOLD)) == MARK or mark is None:
            return False
        # a bit may have flipped on the wire: look again
        if self._register(_LOW_THRESHOLD) != RESET_THRESHOLD:
            return False
        try:
            with self.device as device:
                device.write(bytes((2, MARK >> 8, MARK & 0xFF)))
        except OSError as error:
            self._refused(error, last=False)  # the next look finds it gone still
        return True

    def _wrong(self, expected: int) -> Missing | None:
        """What is wrong with the conversion, by the configuration read back; waits for one that has not ended."""
        give_up_s = self.ready_s + self.wait_s
        mismatches = 0
        while (config := self._register(_CONFIG)) != expected:
            if config is None:
                return self.fault
            if config == expected & ~OS_BIT:
                if self.clock.monotonic() >= give_up_s:
                    self.fault, self.unsure = Missing.NOT_READY, True
                    return Missing.NOT_READY
                self.clock.sleep(self.wait_s / 4)
            elif mismatches:
                self.unsure = True
                # nothing but a data line held low reads as zero, for every word of ours has bits that never change
                reason = Missing.RESET if config else Missing.BUS_FAULT
                if not config & OS_BIT:
                    self.fault = reason
                return reason
            else:
                mismatches += 1  # a bit may have flipped on the wire: look again
        return None

    def _register(self, pointer: bytes) -> int | None:
        """The unsigned word, or None with the chip out of the frame."""
        buffer = self._buffer
        for attempt in range(RETRIES + 1):
            try:
                with self.device as device:
                    device.write_then_readinto(pointer, buffer)
            except OSError as error:
                self._refused(error, last=attempt == RETRIES)
            else:
                return buffer[0] << 8 | buffer[1]
        return None

    def _refused(self, error: OSError, *, last: bool) -> None:
        if error.errno == errno.ETIMEDOUT:
            raise BusTimeoutError from error
        if last:
            self.fault, self.unsure, self.ahead = Missing.NO_ANSWER, True, False
