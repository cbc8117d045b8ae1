"""Reads a mat through one to four ADS1115 or ADS1015 on an I2C bus, which Adafruit's driver looks for and sets up.

Conversions are started and collected below the driver, because its `read()` polls endlessly without a pause. All chips convert
at the same time: with the transfer that reads one input a chip is sent to its next, and, when frames are asked for one right
after the other, to its first input for the next frame.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from adafruit_ads1x15.ads1015 import ADS1015
from adafruit_ads1x15.ads1115 import ADS1115
from adafruit_bus_device.i2c_device import I2CDevice

from acumat_hw.ads1x15_chip import COMPARATOR_OFF, OS_BIT, SINGLE_SHOT, BusTimeoutError, Chip
from acumat_hw.ads1x15_facts import PGA_BITS, RATES_HZ, Model
from acumat_hw.ads1x15_transfers import MARK, Transfers
from acumat_hw.clock import Clock
from acumat_hw.errors import BUS_HANGS, InputError, SourceUnavailableError
from acumat_hw.frame import Frame, Missing
from acumat_hw.frame_rate import FASTEST_CLOCK, conversion_s
from acumat_hw.i2c import I2cBus
from acumat_hw.layout import FIRST_ADDRESS, MAX_CHIPS, Layout
from acumat_hw.remarks import Remarks

OUTAGE_FRAMES = 5
"""Bad frames in a row that make an outage: it is logged, and a chip that does not answer is left alone for a while."""
FIRST_RETRY_S = 1.0
LAST_RETRY_S = 30.0
CHECK_EVERY_S = 0.5
"""How often a chip is asked whether it has restarted, and whether its conversions end in time: its clock drifts with warmth and
supply, in seconds at the least."""
MOST_WAKE_UPS = 20
"""A frame is made of as many scans as come with so many: each transfer is one, and each wait for a conversion. That is less
than one scan of sixteen sensors takes, and buys one of eight and two of four. A breath's figures are those of single scans."""
MAINS_S = 0.02
"""A period of 50 Hz: scans spread over it evenly average mains hum out."""
SLOT_SHARE = 0.5
"""The part of the time between two frames that reading may take, for `budget_s`; the rest is for everything else."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Fate:
    """How one chip has fared: for how many frames it is bad, when it is looked for again, and when it is checked."""

    bad_frames: int = 0
    in_outage: bool = False
    retry_s: float = 0.0
    backoff_s: float = FIRST_RETRY_S
    check_s: float = -math.inf


@dataclass(slots=True)
class _Sums:
    """What the scans of one frame give, by sensor."""

    totals: list[int]
    counts: list[int]
    missing: list[Missing | None]

    @classmethod
    def of(cls, sensors: int) -> _Sums:
        return cls([0] * sensors, [0] * sensors, [None] * sensors)

    def codes(self) -> tuple[int | None, ...]:
        """The mean of each, rounded: a half of a converter's last bit is less than its noise."""
        return tuple([(2 * total + n) // (2 * n) if n else None for total, n in zip(self.totals, self.counts, strict=True)])


class Ads1x15Reader:
    """A source of frames from real converters, or from simulated ones on a simulated bus.

    `gain` and `data_rate` are those of the driver; no rate means the chip's fastest. A frame is the mean of up to `scans`
    scans of the mat (None: as many as MOST_WAKE_UPS allows), as long as another one fits into `budget_s`. `bus_number` is
    for messages. Raises InputError for a gain, rate or wiring that the chips do not have. Not for use by several threads at
    once.
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
        scans: int | None = 1,
        budget_s: float = math.inf,
        bus_number: int = 1,
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
        self._wait_s = conversion_s(self._rate)
        self._bus: I2cBus | None = None
        settings = PGA_BITS[gain] | SINGLE_SHOT | rates.index(self._rate) << 5 | COMPARATOR_OFF
        quickest_s = 1 / (FASTEST_CLOCK * self._rate)
        self._chips = _chips(layout, partial(Chip, clock=clock, least_s=self._wait_s, quickest_s=quickest_s), settings)
        self._fates = {chip.address: _Fate() for chip in self._chips}
        self._longest = max(len(chip.inputs) for chip in self._chips)
        fitting = (MOST_WAKE_UPS - len(self._chips)) // (self._count + self._longest)
        self._scans = max(1, fitting) if scans is None else scans
        self._budget_s = budget_s
        self._scan_s = self._longest * self._wait_s
        self._bus_number = bus_number
        self._seq = 0
        self._empty_frames = 0
        self._ended_s = -math.inf
        self.remarks = Remarks(model, clock)
        self._averages = True

    @property
    def frame_s(self) -> float:
        """How long a frame takes at most while nothing is wrong, at 100 kHz."""
        return self._scans * self._longest * max(self._wait_s + 1e-3, 1.5e-3 * len(self._chips))

    def open(self) -> None:
        self.close()
        try:
            self._bus = bus = self._open_bus()
        except OSError as error:
            raise SourceUnavailableError(f"the I2C bus cannot be opened: {error}") from error
        self._empty_frames = 0
        try:
            for chip in self._chips:
                fate = self._fates[chip.address]
                fate.bad_frames, fate.backoff_s = 0, FIRST_RETRY_S
                self._probe(chip, bus)
        except BusTimeoutError:
            self.close()
            raise SourceUnavailableError(BUS_HANGS) from None
        if not any(chip.present for chip in self._chips):
            addresses = self._addresses()
            self.close()
            raise SourceUnavailableError(
                f"no {self._model.upper()} answers at {addresses}; "
                f"check power, SDA, SCL and ADDR, then run i2cdetect -y {self._bus_number}"
            )

    def read(self) -> Frame:
        bus = self._bus
        if bus is None:
            raise SourceUnavailableError("the converters are not open; call open() first")
        start_s = self._clock.monotonic()
        sums = _Sums.of(self._count)
        try:
            self._find(bus, start_s)
            while not bus.try_lock():  # the bus for us alone, as Adafruit's devices lock it for each transfer
                time.sleep(0)
            try:
                self._scan_all(sums, start_s)
            finally:
                bus.unlock()
        except BusTimeoutError:
            for chip in self._chips:
                chip.ahead = False
                if chip.fault is None:
                    chip.fault, chip.unsure = Missing.BUS_FAULT, True
        for chip in self._chips:
            for _ in range(chip.restarts):
                self.remarks.restart(chip.address)
            chip.restarts = 0
        codes = sums.codes()
        missing = self._missing(codes, sums)
        self.remarks.tick()
        self._ended_s = self._clock.monotonic()
        self._give_up_if_empty(codes, missing)
        frame = Frame(start_s, self._seq, codes, tuple(missing))
        self._seq += 1
        return frame

    def average(self, wanted: bool) -> None:
        """Whether the next frames are the mean of several scans; else each is one scan. Any thread may call it."""
        self._averages = wanted

    def close(self) -> None:
        bus, self._bus = self._bus, None
        for chip in self._chips:
            chip.present = False
        if bus is not None:
            with contextlib.suppress(OSError):
                bus.deinit()

    def _find(self, bus: I2cBus, now_s: float) -> None:
        """Look for absent chips when it is time."""
        for chip in self._chips:
            if not chip.present and now_s >= self._fates[chip.address].retry_s:
                self._probe(chip, bus)

    def _scan_all(self, sums: _Sums, start_s: float) -> None:
        """As many scans as are wanted and fit."""
        # a caller who comes back within one conversion takes frames one after the other: let none of the time pass unused
        hurried = start_s - self._ended_s <= self._wait_s
        wrong = self._begin(start_s)
        scans = max(1, int(min(self._scans, self._budget_s / self._scan_s))) if self._averages else 1
        steps = scans * self._longest
        # spread over a period of the mains, if there is time for that
        step_s = MAINS_S / steps if scans > 1 and self._budget_s >= MAINS_S else 0.0
        for step in range(steps):
            if not hurried:
                self._clock.sleep(max(start_s + (step + 1) * step_s, self._ready_s()) - self._clock.monotonic())
            last = step >= steps - self._longest
            self._step(sums, step % self._longest, {} if step else wrong, last=last, ahead=hurried or not last)
        # bus speed and delays differ by machine: the next frame goes by how long this one took; with no chip there, by none
        self._scan_s = max(self._longest * self._wait_s, (self._clock.monotonic() - start_s) / scans)

    def _ready_s(self) -> float:
        """When all chips can be read one after the other without a wait between them, each of which would be a wake-up.

        The transfers with the chips before one last at least as long as the read of a register.
        """
        ready_s, place = 0.0, 0
        for chip in self._chips:
            if chip.fault is None:
                ready_s = max(ready_s, chip.started_s + chip.wait_s - place * chip.read_s)
                place += 1
        return ready_s

    def _begin(self, start_s: float) -> dict[int, Missing]:
        """Start the first conversion of each chip, and see it end where a check is due; what is wrong with it, by address."""
        checks = [self._prepare(chip, start_s) for chip in self._chips]
        due, unasked = [], []
        for chip, check in zip(self._chips, checks, strict=True):
            if chip.fault is None and not chip.ahead:
                chip.begin(check=check)
            if check and chip.fault is None:
                due.append(chip)
                unasked += [chip] * chip.ahead
            chip.ahead = False
        wrong = {}
        for chip in due:
            if (reason := chip.check()) is not None:
                wrong[chip.address] = reason
            if chip.checked:
                self._fates[chip.address].check_s = start_s + CHECK_EVERY_S
        for chip in unasked:
            chip.examine()
        return wrong

    def _step(self, sums: _Sums, step: int, wrong: dict[int, Missing], *, last: bool, ahead: bool) -> None:
        """One input of each chip, read and sent on; `last`: it is of the last scan; `ahead`: another scan follows."""
        fine = self.remarks.fine
        for chip in self._chips:
            end = len(chip.inputs) - 1
            if chip.fault is not None or step > end:
                continue
            index = chip.inputs[step][0]
            then = step + 1 if step < end else 0 if ahead else None
            result = chip.collect(step, then)
            if wrong:
                result = wrong.get(chip.address, result)
            if isinstance(result, int):
                sums.totals[index] += result
                sums.counts[index] += 1
                if chip.address not in fine:
                    self.remarks.code(chip.address, result)
            else:
                sums.missing[index] = result
            chip.ahead = last and then == 0 and chip.fault is None

    def _prepare(self, chip: Chip, now_s: float) -> bool:
        """Brings the chip into the frame, where an unsure one must have come to rest; whether it is to be checked."""
        chip.fault, chip.checked = None, False
        fate = self._fates[chip.address]
        if not chip.present:
            chip.fault = Missing.ABSENT
            return False
        if chip.unsure:
            fate.check_s = -math.inf
            chip.come_to_rest()
        elif chip.ahead and now_s - self._ended_s > chip.wait_s:
            chip.ahead = False  # the caller did pause: that conversion ended long ago and is no part of now
        return now_s >= fate.check_s

    def _probe(self, chip: Chip, bus: I2cBus) -> bool:
        """Lets the driver look for the chip and set it up, and says whether it did; raises BusTimeoutError."""
        driver = ADS1115 if self._model == "ads1115" else ADS1015
        fate = self._fates[chip.address]
        try:
            driver(
                bus,
                gain=self._gain,
                data_rate=self._rate,
                address=chip.address,
                comparator_low_threshold=MARK - 0x10000,
            )
        except (ValueError, OSError) as error:
            number = _errno(error)
            fate.retry_s = self._clock.monotonic() + fate.backoff_s
            fate.backoff_s = min(2 * fate.backoff_s, LAST_RETRY_S)
            if number == errno.ETIMEDOUT:
                raise BusTimeoutError from error
            elsewhere = self._found_elsewhere(bus)
            hint = "remove dtoverlay=ads1115" if number == errno.EBUSY else "check its power, wires and ADDR pin"
            if elsewhere:
                hint = f"0x{elsewhere:02x} answers instead: check its ADDR pin"
            self.remarks.moved(chip.address, elsewhere)
            self._report_outage(chip, f"does not answer ({error}); {hint}")
            return False
        chip.found(Transfers.of(bus, chip.address, [word for _, word in chip.inputs]))
        fate.bad_frames, fate.backoff_s = 0, FIRST_RETRY_S
        self.remarks.moved(chip.address, None)
        return True

    def _found_elsewhere(self, bus: I2cBus) -> int | None:
        """An address of these converters that answers and that the layout does not know."""
        for address in range(FIRST_ADDRESS, FIRST_ADDRESS + MAX_CHIPS):
            if address not in self._fates:
                try:
                    I2CDevice(bus, address)
                except (ValueError, OSError) as error:
                    if _errno(error) == errno.ETIMEDOUT:
                        raise BusTimeoutError from error
                else:
                    return address
        return None

    def _missing(self, codes: tuple[int | None, ...], sums: _Sums) -> list[Missing | None]:
        """Why each sensor has no code, and what that says of its chip."""
        missing: list[Missing | None] = [None] * self._count
        whole = None not in codes
        for chip in self._chips:
            fate = self._fates[chip.address]
            if whole and not fate.bad_frames and not fate.in_outage:  # nothing to judge, as nearly always
                continue
            for index, _ in chip.inputs:
                if codes[index] is None:
                    missing[index] = sums.missing[index] or chip.fault
            self._judge(chip, missing)
        return missing

    def _judge(self, chip: Chip, missing: list[Missing | None]) -> None:
        """Counts bad frames: a lasting fault is logged once, and its end once."""
        if not chip.present:
            return
        fate = self._fates[chip.address]
        reason = next((missing[index] for index, _ in chip.inputs if missing[index] is not None), None)
        if reason is None:
            fate.bad_frames = 0
            self._report_recovery(chip)
            return
        fate.bad_frames += 1
        if fate.bad_frames < OUTAGE_FRAMES:
            return
        self._report_outage(chip, f"gives no readings ({reason}); check its power, wires and pull-ups")
        if reason is Missing.NO_ANSWER:
            chip.present = False
            fate.retry_s = self._clock.monotonic() + FIRST_RETRY_S
            fate.backoff_s = 2 * FIRST_RETRY_S

    def _give_up_if_empty(self, codes: tuple[int | None, ...], missing: list[Missing | None]) -> None:
        self._empty_frames = 0 if codes.count(None) < self._count else self._empty_frames + 1
        if self._empty_frames > OUTAGE_FRAMES:
            self.close()
            if all(reason is Missing.BUS_FAULT for reason in missing):
                raise SourceUnavailableError(BUS_HANGS)
            raise SourceUnavailableError(
                f"no converter at {self._addresses()} has answered for {self._empty_frames} frames; check power, SDA and SCL"
            )

    def _report_outage(self, chip: Chip, what: str) -> None:
        fate = self._fates[chip.address]
        if not fate.in_outage:
            fate.in_outage = True
            _log.warning("%s at 0x%02x %s", self._model.upper(), chip.address, what)

    def _report_recovery(self, chip: Chip) -> None:
        fate = self._fates[chip.address]
        if fate.in_outage:
            fate.in_outage = False
            _log.info("%s at 0x%02x is back", self._model.upper(), chip.address)

    def _addresses(self) -> str:
        return ", ".join(f"0x{chip.address:02x}" for chip in self._chips)


def _errno(error: Exception) -> int | None:
    """The driver turns the bus error of its first look into a ValueError."""
    cause = error if isinstance(error, OSError) else error.__context__
    return cause.errno if isinstance(cause, OSError) else None


def _chips(layout: Layout, chip_of: Callable[..., Chip], settings: int) -> list[Chip]:
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
        chip_of(address, [(index, OS_BIT | (4 + channel) << 12 | settings) for channel, index in sorted(inputs.items())])
        for address, inputs in sorted(chips.items())
    ]
