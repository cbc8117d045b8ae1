"""ADS1115 and ADS1015 at register level on an I2C bus that Adafruit's driver can use in place of busio.I2C.

Behaviour after the data sheets SBAS444 (ADS1115) and SBAS473 (ADS1015).
"""

from __future__ import annotations

import errno
import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

CONVERSION, CONFIG, LOW_THRESHOLD, HIGH_THRESHOLD = 0, 1, 2, 3
"""Values of the pointer register."""
RESET_CONFIG = 0x8583
START = 0x8000
"""The OS bit: written 1 starts a conversion, read 1 says that none is running."""
SINGLE_SHOT = 0x0100
FULL_SCALE_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)
"""By the PGA field, bits 11 to 9."""
RATES_HZ = {
    "ads1115": (8, 16, 32, 64, 128, 250, 475, 860),
    "ads1015": (128, 250, 490, 920, 1600, 2400, 3300, 3300),
}
"""By the DR field, bits 7 to 5."""
PINS: tuple[tuple[int, int | None], ...] = ((0, 1), (0, 3), (1, 3), (2, 3), (0, None), (1, None), (2, None), (3, None))
"""Positive and negative input by the MUX field, bits 14 to 12; None is ground."""
WAKE_S = 25e-6
"""From power-down to the start of a single conversion."""
BUS_TIMEOUT_S = 1.0
"""How long the Linux kernel waits for a transfer before it gives up (i2c-core's default)."""


class SleepingClock(Protocol):
    """What the bus needs of a clock."""

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class Inputs(Protocol):
    """What is wired to the chips' inputs."""

    def volts(self, address: int, channel: int, t_mono_s: float) -> float:
        """Volts against ground at one input (0 to 3) at that time; asked for at the start of each conversion."""
        ...


class SimulatedChip:
    """One converter. Its faults may be set at any time.

    `rate_error` is the deviation of its clock: the data sheet allows -0.1 to 0.1. `present` False is a chip without power or
    wire, `nack_probability` the share of transfers it refuses (drawn from `seed`), `stuck_busy` a conversion that never ends
    and `reads_zero` a data line held low while it answers. `flip_probability` is the share of reads in which one bit comes
    over wrong, as on long wires. `address` is where the chip hears itself called: by its ADDR pin, which may come loose,
    so it may move, while what is wired to its inputs stays.

    What a reader must not do is counted: starts while a conversion runs, and results read once more, while the next conversion
    runs (too early) or while none does. A conversion under way leaves the result before it in its register.
    """

    def __init__(
        self,
        address: int,
        inputs: Inputs,
        *,
        model: str = "ads1115",
        rate_error: float = 0.0,
        wake_s: float = WAKE_S,
        seed: int = 0,
    ) -> None:
        self.address = address
        self.starts_while_busy = 0
        self.early_reads = 0
        self.repeated_reads = 0
        self.flip_probability = 0.0
        self._home = address
        self._wake_s = wake_s
        self._read_since = False
        self.present = True
        self.nack_probability = 0.0
        self.stuck_busy = False
        self.reads_zero = False
        self._inputs = inputs
        self._wide = model == "ads1115"
        self._rates = RATES_HZ[model]
        self.rate_error = rate_error
        self._random = random.Random(seed)
        self._registers = [0, 0, 0, 0]
        self._pointer = CONVERSION
        self._ends_s: float | None = None
        self._code = 0
        self.brown_out()

    def brown_out(self) -> None:
        """A dip of the supply: all registers fall back to their reset values and the running conversion is lost."""
        self._registers[:] = (0, RESET_CONFIG, 0x8000, 0x7FFF)
        self._pointer = CONVERSION
        self._ends_s = None

    @property
    def rate_error(self) -> float:
        """How much faster its clock runs than its nominal rate, as a share; may be set at any time."""
        return self._rate_error

    @rate_error.setter
    def rate_error(self, rate_error: float) -> None:
        self._rate_error = rate_error
        self._periods_s = tuple(1 / (rate * (1 + rate_error)) for rate in self._rates)

    def answers(self) -> bool:
        """Whether the chip acknowledges its address this time."""
        return self.present and (not self.nack_probability or self._random.random() >= self.nack_probability)

    def write(self, data: bytes | bytearray, now_s: float) -> None:
        """A write transfer that ended at that time: the pointer, then a register's two bytes, or nothing at all."""
        if data:
            self._pointer = data[0] & 3
        if len(data) < 3 or self._pointer == CONVERSION:
            return
        word = data[1] << 8 | data[2]
        if self._pointer != CONFIG:
            self._registers[self._pointer] = word
            return
        self._settle(now_s)
        self._registers[CONFIG] = word & ~START
        self.starts_while_busy += self._ends_s is not None and bool(word & START)
        # a running conversion ends as it began; a start during it is lost
        if self._ends_s is None and (word & START or not word & SINGLE_SHOT):
            self._begin(now_s + self._wake_s)

    def read(self, length: int, now_s: float) -> bytes:
        """The bytes of the register that the pointer selects, high byte first."""
        if self.reads_zero:
            return bytes(length)
        if self._ends_s is not None:
            self._settle(now_s)
        word = self._registers[self._pointer]
        if self._pointer == CONFIG and self._ends_s is None and not self.stuck_busy:
            word |= START
        if self._pointer == CONVERSION:
            if self._read_since:
                self.early_reads += self._ends_s is not None
                self.repeated_reads += self._ends_s is None
            self._read_since = True
        if self.flip_probability and self._random.random() < self.flip_probability:
            word ^= 1 << self._random.randrange(16)
        if length == 2:
            return word.to_bytes(2, "big")
        return (word.to_bytes(2, "big") * (length // 2 + 1))[:length]

    def _begin(self, at_s: float) -> None:
        config = self._registers[CONFIG]
        self._code = self._convert(config, at_s)
        self._ends_s = at_s + self._periods_s[config >> 5 & 7]

    def _settle(self, now_s: float) -> None:
        if self._ends_s is None or now_s < self._ends_s or self.stuck_busy:
            return
        ended_s, self._ends_s = self._ends_s, None
        self._read_since = False
        self._registers[CONVERSION] = self._code & 0xFFFF
        config = self._registers[CONFIG]
        if config & SINGLE_SHOT:
            return
        period_s = self._periods_s[config >> 5 & 7]
        whole = int((now_s - ended_s) / period_s)
        if whole:
            self._registers[CONVERSION] = self._convert(config, ended_s + (whole - 1) * period_s) & 0xFFFF
        self._begin(ended_s + whole * period_s)

    def _convert(self, config: int, at_s: float) -> int:
        positive, negative = PINS[config >> 12 & 7]
        volts = self._inputs.volts(self._home, positive, at_s)
        if negative is not None:
            volts -= self._inputs.volts(self._home, negative, at_s)
        full_scale_v = FULL_SCALE_V[config >> 9 & 7]
        if self._wide:
            return max(-32768, min(32767, math.floor(volts / full_scale_v * 32768 + 0.5)))
        return max(-2048, min(2047, math.floor(volts / full_scale_v * 2048 + 0.5))) * 16


class SimulatedBus:
    """The bus with its chips, as busio.I2C offers it, and transfers of several messages as Linux offers them; each takes its
    time on the wire through `clock.sleep`.

    A chip that is not there or refuses gives OSError 121 (EREMOTEIO), as the Raspberry Pi's driver does. `hung` is a clock or
    data line held low: every transfer fails with OSError 110 (ETIMEDOUT) after `timeout_s`. For `pause_s` the machine is busy
    with something else before the last message of a transfer. Before each transfer `attend` may
    change bus and chips. Transfers are counted, and those by somebody who does not hold the lock by themselves as well.
    """

    def __init__(self, clock: SleepingClock, chips: Iterable[SimulatedChip], *, bus_hz: float = 400_000) -> None:
        self.chips = tuple(chips)
        self.hung = False
        self.timeout_s = BUS_TIMEOUT_S
        self.pause_s = 0.0
        self.transfers = 0
        self.unlocked_transfers = 0
        self.attend: Callable[[float], None] | None = None
        self._clock = clock
        self.bus_hz = bus_hz
        self._bit_s = 1 / bus_hz
        self._locked = False

    def try_lock(self) -> bool:
        if self._locked:
            return False
        self._locked = True
        return True

    def unlock(self) -> None:
        self._locked = False

    def scan(self) -> list[int]:
        """The addresses that answer now."""
        return [address for address in range(0x08, 0x78) if self._acknowledged(address)]

    def deinit(self) -> None:
        """The bus stays usable, as the chips do when a program ends."""
        self._locked = False

    def writeto(self, address: int, buffer: bytes | bytearray, *, start: int = 0, end: int | None = None) -> None:
        data = buffer[start:end]
        chip = self._transfer(address, 11 + 9 * len(data))
        chip.write(data, self._clock.monotonic())

    def readfrom_into(self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None) -> None:
        stop = len(buffer) if end is None else end
        chip = self._transfer(address, 11 + 9 * (stop - start))
        buffer[start:stop] = chip.read(stop - start, self._clock.monotonic())

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
    ) -> None:
        data = buffer_out[out_start:out_end]
        stop = len(buffer_in) if in_end is None else in_end
        # start, address, bytes out, repeated start, address, bytes in, stop
        chip = self._transfer(address, 21 + 9 * (len(data) + stop - in_start))
        now_s = self._clock.monotonic()
        chip.write(data, now_s)
        buffer_in[in_start:stop] = chip.read(stop - in_start, now_s)

    def prepare(self, address: int, writes: Sequence[bytes], answer: bytearray) -> Callable[[], None]:
        """One transfer of several messages: the writes one after the other, then a read of as many bytes as `answer` has."""
        each = [10 + 9 * len(data) for data in writes]
        bits = 1 + sum(each) + (10 + 9 * len(answer) if answer else 0)

        def transfer() -> None:
            chip = self._transfer(address, bits)
            now_s, left = self._clock.monotonic(), bits
            if answer and self.pause_s:
                self._clock.sleep(self.pause_s)
            for data, its_bits in zip(writes, each, strict=True):
                left -= its_bits
                chip.write(data, now_s - left * self._bit_s)
            if answer:
                answer[:] = chip.read(len(answer), now_s + self.pause_s)

        return transfer

    def _transfer(self, address: int, bits: int) -> SimulatedChip:
        """The chip that took part in a transfer of so many bits, nine to a byte, with start and stop."""
        self.transfers += 1
        self.unlocked_transfers += not self._locked
        if self.attend is not None:
            self.attend(self._clock.monotonic())
        if self.hung:
            self._clock.sleep(self.timeout_s)
            raise OSError(errno.ETIMEDOUT, "Connection timed out")
        for chip in self.chips:
            if chip.address == address and chip.answers():
                self._clock.sleep(bits * self._bit_s)
                return chip
        self._clock.sleep(11 * self._bit_s)
        raise OSError(errno.EREMOTEIO, "Remote I/O error")

    def _acknowledged(self, address: int) -> bool:
        try:
            self.writeto(address, b"")
        except OSError:
            return False
        return True
