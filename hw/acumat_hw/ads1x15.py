"""Reads a mat through one to four ADS1115 or ADS1015 on an I2C bus, with Adafruit's driver objects.

The driver finds and sets up each chip. Conversions are started and collected here, over the driver's own I2C device, because
its `read()` polls without a pause and for ever. All chips convert at the same time: as soon as one has been read it is sent to
its next input. Reading the configuration back proves in one transfer that the conversion has ended, and that it was that of
the right input at the right gain, in a chip that has not restarted since.
"""

from __future__ import annotations

import contextlib
import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from adafruit_ads1x15.ads1015 import ADS1015
from adafruit_ads1x15.ads1115 import ADS1115

from acumat_hw.clock import Clock
from acumat_hw.errors import InputError, SourceUnavailableError
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import Layout

Model = Literal["ads1115", "ads1015"]

RATES_HZ: dict[str, tuple[int, ...]] = {
    "ads1115": (8, 16, 32, 64, 128, 250, 475, 860),
    "ads1015": (128, 250, 490, 920, 1600, 2400, 3300),
}
"""Data sheets SBAS444 and SBAS473; the last is the default here, for a frame must not take longer than it has to."""
PGA_BITS: dict[float, int] = {2 / 3: 0x0000, 1: 0x0200, 2: 0x0400, 4: 0x0600, 8: 0x0800, 16: 0x0A00}
OS_BIT = 0x8000
SINGLE_SHOT = 0x0100
COMPARATOR_OFF = 0x0003
SLOWEST_CLOCK = 0.9
"""The data rate is true to 10 % (data sheet)."""
WAKE_S = 120e-6
"""The data sheet says 25 us from power-down; up to 110 us after the last acknowledge have been seen."""
RETRIES = 2
OUTAGE_FRAMES = 5
"""Bad frames in a row that make an outage: it is logged, and a chip that does not answer is left alone for a while."""
FIRST_RETRY_S = 1.0
LAST_RETRY_S = 30.0

_CONVERSION = b"\x00"
_CONFIG = b"\x01"
_log = logging.getLogger(__name__)


class I2cBus(Protocol):
    """What the driver needs of a busio.I2C."""

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


class _BusTimeoutError(Exception):
    """The kernel gave up on a transfer: every further one would cost another second."""


@dataclass(slots=True)
class _Chip:
    """One converter: its inputs as (sensor's index, configuration word), and how it fares."""

    address: int
    inputs: list[tuple[int, int]]
    device: Any = None  # the driver's I2CDevice, None while the chip is absent
    fault: Missing | None = None  # why the chip is out of this frame
    unsure: bool = True  # a conversion that nobody waited for may be running
    ready_s: float = 0.0
    bad_frames: int = 0
    in_outage: bool = False
    retry_s: float = 0.0
    backoff_s: float = FIRST_RETRY_S
    buffer: bytearray = field(default_factory=lambda: bytearray(2))

    def is_out(self) -> bool:
        return self.fault is not None


class Ads1x15Reader:
    """A source of frames from real converters, or from simulated ones on a simulated bus.

    `gain` and `data_rate` are those of the driver; no rate means the chip's fastest. Raises InputError for a gain, rate or
    wiring that the chips do not have. Not for use by several threads at once.
    """

    def __init__(
        self,
        *,
        open_bus: Callable[[], I2cBus],
        clock: Clock,
        layout: Layout,
        model: Model = "ads1115",
        gain: float = 1,
        data_rate: int | None = None,
    ) -> None:
        rates = RATES_HZ[model]
        self._open_bus = open_bus
        self._clock = clock
        self._model = model
        self._gain = gain
        self._rate = rates[-1] if data_rate is None else data_rate
        if self._rate not in rates:
            raise InputError(f"data_rate {data_rate} is not one of {model}'s: {', '.join(map(str, rates))}")
        if gain not in PGA_BITS:
            raise InputError(f"gain {gain} is not one of 2/3, 1, 2, 4, 8, 16")
        self._count = len(layout.sensors)
        self._wait_s = 1 / (SLOWEST_CLOCK * self._rate) + WAKE_S
        self._bus: I2cBus | None = None
        self._chips = _chips(layout, PGA_BITS[gain] | SINGLE_SHOT | rates.index(self._rate) << 5 | COMPARATOR_OFF)
        self._longest = max(len(chip.inputs) for chip in self._chips)
        self._seq = 0
        self._empty_frames = 0

    def open(self) -> None:
        self.close()
        try:
            self._bus = self._open_bus()
        except OSError as error:
            raise SourceUnavailableError(f"the I2C bus cannot be opened: {error}") from error
        self._empty_frames = 0
        try:
            for chip in self._chips:
                chip.bad_frames, chip.backoff_s = 0, FIRST_RETRY_S
                self._probe(chip)
        except _BusTimeoutError:
            self.close()
            raise SourceUnavailableError(
                "the I2C bus hangs: a line is held low; check SDA and SCL for a short and take the converters' power away once"
            ) from None
        if all(chip.device is None for chip in self._chips):
            addresses = self._addresses()
            self.close()
            raise SourceUnavailableError(
                f"no {self._model.upper()} answers at {addresses}; check power, SDA, SCL and ADDR, then run i2cdetect -y 1"
            )

    def read(self) -> Frame:
        if self._bus is None:
            raise SourceUnavailableError("the converters are not open; call open() first")
        start_s = self._clock.monotonic()
        codes: list[int | None] = [None] * self._count
        missing: list[Missing | None] = [None] * self._count
        try:
            self._scan(codes, missing)
        except _BusTimeoutError:
            for chip in self._chips:
                if chip.fault is None:
                    chip.fault, chip.unsure = Missing.BUS_FAULT, True
        for chip in self._chips:
            for index, _ in chip.inputs:
                if codes[index] is None and missing[index] is None:
                    missing[index] = chip.fault
            self._judge(chip, missing)
        self._give_up_if_empty(codes)
        frame = Frame(start_s, self._seq, tuple(codes), tuple(missing))
        self._seq += 1
        return frame

    def close(self) -> None:
        bus, self._bus = self._bus, None
        for chip in self._chips:
            chip.device = None
        if bus is not None:
            with contextlib.suppress(OSError):
                bus.deinit()

    def _scan(self, codes: list[int | None], missing: list[Missing | None]) -> None:
        for chip in self._chips:
            self._prepare(chip)
            if not chip.is_out():
                self._start(chip, 0)
        for step in range(self._longest):
            for chip in self._chips:
                if chip.is_out() or step >= len(chip.inputs):
                    continue
                index = chip.inputs[step][0]
                result = self._collect(chip, step)
                if isinstance(result, Missing):
                    missing[index] = result
                else:
                    codes[index] = result
                if not chip.is_out() and step + 1 < len(chip.inputs):
                    self._start(chip, step + 1)

    def _prepare(self, chip: _Chip) -> None:
        """Brings the chip into the frame: an absent one is probed when it is time, an unsure one must have come to rest."""
        chip.fault = None
        if chip.device is None:
            chip.fault = Missing.ABSENT
            if self._clock.monotonic() < chip.retry_s or not self._probe(chip):
                return
            chip.fault = None
        if not chip.unsure:
            return
        give_up_s = self._clock.monotonic() + 2 * self._wait_s
        while (config := self._read_register(chip, _CONFIG)) is not None:
            # a start while the chip converts is lost, yet reads back well: the old input's result would pass for the new one's
            if config & OS_BIT or not config & SINGLE_SHOT:
                chip.unsure = False
                return
            if self._clock.monotonic() >= give_up_s:
                chip.fault = Missing.NOT_READY
                return
            self._clock.sleep(self._wait_s / 2)

    def _start(self, chip: _Chip, step: int) -> None:
        word = chip.inputs[step][1]
        message = bytes((1, word >> 8, word & 0xFF))
        for attempt in range(RETRIES + 1):
            try:
                with chip.device as device:
                    device.write(message)
            except OSError as error:
                self._refused(chip, error, last=attempt == RETRIES)
            else:
                chip.ready_s = self._clock.monotonic() + self._wait_s
                return

    def _collect(self, chip: _Chip, step: int) -> int | Missing | None:
        """The code, or why this input has none; None if the chip is out of the frame."""
        now_s = self._clock.monotonic()
        if now_s < chip.ready_s:
            self._clock.sleep(chip.ready_s - now_s)
        give_up_s = chip.ready_s + self._wait_s
        word = chip.inputs[step][1]
        mismatches = 0
        while (config := self._read_register(chip, _CONFIG)) != word:
            if config is None:
                return None
            if config == word & ~OS_BIT:
                if self._clock.monotonic() >= give_up_s:
                    chip.fault, chip.unsure = Missing.NOT_READY, True
                    return Missing.NOT_READY
                self._clock.sleep(self._wait_s / 4)
            elif mismatches:
                chip.unsure = True
                return Missing.RESET
            else:
                mismatches += 1  # a bit may have flipped on the wire: look again
        code = self._read_register(chip, _CONVERSION)
        return code if code is None or code < 0x8000 else code - 0x10000

    def _read_register(self, chip: _Chip, pointer: bytes) -> int | None:
        """The unsigned word, or None with the chip out of the frame."""
        buffer = chip.buffer
        for attempt in range(RETRIES + 1):
            try:
                with chip.device as device:
                    device.write_then_readinto(pointer, buffer)
            except OSError as error:
                self._refused(chip, error, last=attempt == RETRIES)
            else:
                return buffer[0] << 8 | buffer[1]
        return None

    def _refused(self, chip: _Chip, error: OSError, *, last: bool) -> None:
        if error.errno == errno.ETIMEDOUT:
            raise _BusTimeoutError from error
        if last:
            chip.fault, chip.unsure = Missing.NO_ANSWER, True

    def _probe(self, chip: _Chip) -> bool:
        """Lets the driver look for the chip and set it up, and says whether it did; raises _BusTimeoutError."""
        driver = ADS1115 if self._model == "ads1115" else ADS1015
        try:
            ads = driver(self._bus, gain=self._gain, data_rate=self._rate, address=chip.address)
        except (ValueError, OSError) as error:
            # the driver turns the bus error of its first look into a ValueError
            cause = error if isinstance(error, OSError) else error.__context__
            number = cause.errno if isinstance(cause, OSError) else None
            chip.retry_s = self._clock.monotonic() + chip.backoff_s
            chip.backoff_s = min(2 * chip.backoff_s, LAST_RETRY_S)
            if number == errno.ETIMEDOUT:
                raise _BusTimeoutError from error
            cure = "remove dtoverlay=ads1115" if number == errno.EBUSY else "check its power, wires and ADDR pin"
            self._report_outage(chip, f"does not answer ({error}); {cure}")
            return False
        chip.device = ads.i2c_device
        chip.unsure = True
        chip.bad_frames = 0
        chip.backoff_s = FIRST_RETRY_S
        return True

    def _judge(self, chip: _Chip, missing: list[Missing | None]) -> None:
        """Counts bad frames: a lasting fault is logged once, and its end once."""
        if chip.device is None:
            return
        reason = next((missing[index] for index, _ in chip.inputs if missing[index] is not None), None)
        if reason is None:
            chip.bad_frames = 0
            self._report_recovery(chip)
            return
        chip.bad_frames += 1
        if chip.bad_frames < OUTAGE_FRAMES:
            return
        self._report_outage(chip, f"gives no readings ({reason}); check its power, wires and pull-ups")
        if reason is Missing.NO_ANSWER:
            chip.device = None
            chip.retry_s = self._clock.monotonic() + FIRST_RETRY_S
            chip.backoff_s = 2 * FIRST_RETRY_S

    def _give_up_if_empty(self, codes: list[int | None]) -> None:
        self._empty_frames = 0 if any(code is not None for code in codes) else self._empty_frames + 1
        if self._empty_frames > OUTAGE_FRAMES:
            self.close()
            raise SourceUnavailableError(
                f"no converter at {self._addresses()} has answered for {self._empty_frames} frames; check power, SDA and SCL"
            )

    def _report_outage(self, chip: _Chip, what: str) -> None:
        if not chip.in_outage:
            chip.in_outage = True
            _log.warning("%s at 0x%02x %s", self._model.upper(), chip.address, what)

    def _report_recovery(self, chip: _Chip) -> None:
        if chip.in_outage:
            chip.in_outage = False
            _log.info("%s at 0x%02x is back", self._model.upper(), chip.address)

    def _addresses(self) -> str:
        return ", ".join(f"0x{chip.address:02x}" for chip in self._chips)


def extended_bus(number: int) -> I2cBus:
    """The bus /dev/i2c-<number>. Raises SourceUnavailableError with the remedy."""
    try:
        from adafruit_extended_bus import ExtendedI2C  # noqa: PLC0415  # only a machine with a bus needs it
    except (ImportError, NotImplementedError, RuntimeError) as error:
        raise SourceUnavailableError(f"I2C does not work on this machine ({error}); install adafruit-extended-bus") from error
    device = f"/dev/i2c-{number}"
    try:
        # Linux fixes the speed in the device tree; asking for one here only gives a warning
        bus: I2cBus = ExtendedI2C(number, frequency=None)
    except PermissionError as error:
        raise SourceUnavailableError(f"{device} may not be used; add the user to the group i2c and log in again") from error
    except (ValueError, OSError, RuntimeError) as error:
        raise SourceUnavailableError(
            f"{device} is not there or cannot be opened ({error}); switch I2C on: sudo raspi-config nonint do_i2c 0"
        ) from error
    return bus


def _chips(layout: Layout, settings: int) -> list[_Chip]:
    """The layout's chips with their inputs by channel. Raises InputError if two sensors share one or none is there."""
    chips: dict[int, dict[int, int]] = {}
    for index, sensor in enumerate(layout.sensors):
        inputs = chips.setdefault(sensor.chip, {})
        if not 0x48 <= sensor.chip <= 0x4B or not 0 <= sensor.channel <= 3 or sensor.channel in inputs:
            raise InputError(
                f"sensor {sensor.name}: chip 0x{sensor.chip:02x} channel {sensor.channel} is taken or does not exist; "
                "chips are 0x48 to 0x4b, channels 0 to 3, one sensor each"
            )
        inputs[sensor.channel] = index
    if not chips:
        raise InputError("the layout has no sensors; give it at least one")
    return [
        _Chip(address, [(index, OS_BIT | (4 + channel) << 12 | settings) for channel, index in sorted(inputs.items())])
        for address, inputs in sorted(chips.items())
    ]
