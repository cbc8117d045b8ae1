"""Which sensors can be relied on: those that stay away, sit at an end, are broken off, stuck or noisy cannot.

Whether the mat as a whole can be: too few such sensors, no supply, or more than any body presses leave it blind.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from acumat.contract.state import Condition
from acumat.detect.parameters import Parameters
from acumat.detect.sensors.faults import OPEN, SATURATED, SHORT, STUCK, SUSPECT, Faults
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.load import Load
from acumat.detect.signal.noise import INTERMITTENT, NOISY, SPIKES, Noise
from acumat.detect.signal.resolution import Resolution
from acumat.detect.thresholds import Thresholds
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import Layout, Sensor

FIXES: dict[str, str] = {
    Missing.ABSENT: "is not there: check the chip's supply, its wires SDA and SCL, and its address pin",
    Missing.NO_ANSWER: "does not answer: check the chip's supply and its wires SDA and SCL",
    Missing.BUS_FAULT: "is lost with the bus: look for a short between SDA, SCL and ground, then switch the supply off and on",
    Missing.NOT_READY: "gives no value in time: check the chip's supply",
    Missing.RESET: "loses its settings: its chip restarts, so check the supply and its wires for loose contacts",
    Missing.LATE: "is not read in time: the machine is too busy, so look at what else runs on it (top)",
    SHORT: "stays at the end of its range with nothing on it: look for a short to the supply, or for its resistor to ground",
    SATURATED: (
        "stays at its end, or far beyond the others, under load: look for a short or a gain that is too high, "
        "or fit a smaller resistor to ground"
    ),
    OPEN: "is broken off: check the wire from the converter to the sensor",
    SUSPECT: "read nothing in the last sessions while its neighbours were lain on: check its wire, and press it by hand",
    STUCK: "does not move while the others do: check the sensor for damage and its wire for a short to another one",
    NOISY: "jumps about as no load does: look for a loose plug or crimp, or a resistor to ground that is off",
    INTERMITTENT: "breaks off and comes back under load: look for a loose plug, crimp or wire",
    SPIKES: "shows single odd readings, which are filtered out: look for a loose plug or crimp, or a wire beside mains",
}
"""By reason code. A recording that has no value (`no_data`) says nothing of a sensor."""
DISTRUSTED = frozenset({SHORT, SATURATED, OPEN, STUCK, NOISY, INTERMITTENT})
"""The readings of such a sensor are no load. A suspect sensor may be sound, and spikes are filtered out."""
WORKING = frozenset({"ok", SPIKES})
"""A sensor whose spikes are filtered out is named in the health, and nothing is lost by it."""
NO_SUPPLY = "no_supply"
IMPLAUSIBLE = "implausible"
TOO_FEW = "too_few_sensors"
BLIND_TEXTS: dict[str, str] = {
    NO_SUPPLY: "Most sensors read nothing: check the sensors' common supply wire. If it is sound, take the tare.",
    IMPLAUSIBLE: (
        "Most sensors read more than any body presses. Check the dividers: each sensor belongs between supply and input, "
        "and each input needs its resistor to ground."
    ),
    TOO_FEW: "Too few sensors can be relied on. The health of each sensor says what to check.",
}
"""Why the mat is blind although there are readings, by reason code."""


@dataclass(frozen=True, slots=True)
class SensorChange:
    """A sensor that failed or recovered; `condition` is what holds from now on, `before` the code of what held."""

    sensor: Sensor
    condition: Condition
    index: int
    before: str


@dataclass(slots=True)
class _Watch:
    """One sensor: since when it is away, and since when it is well."""

    away_since_s: float | None = None
    well_since_s: float | None = None
    condition: Condition = field(default_factory=Condition)
    reported: bool = False
    reported_code: str = "ok"


class SensorHealth:
    """Judges each sensor frame by frame. A failure is reported once, and only while the mat as a whole can see."""

    def __init__(
        self, layout: Layout, parameters: Parameters, resolution: Resolution, thresholds: Thresholds | None = None
    ) -> None:
        """`thresholds` are those of the parameters unless others are given."""
        self._p = parameters
        self._sensors = layout.sensors
        self._watches = tuple(_Watch() for _ in layout.sensors)
        self._faults = Faults(layout, parameters, resolution, thresholds)
        self._noise = Noise(layout, parameters, resolution)
        self._last_s: float | None = None
        self.conditions = tuple([watch.condition for watch in self._watches])
        """In the order of the layout."""
        self.codes: tuple[str, ...] = ("ok",) * len(layout.sensors)
        """Their reason codes."""
        self._well = False
        """Whether all sensors are well and reported so: as long as all give values without a fault, nothing can change."""

    @property
    def all_ok(self) -> bool:
        return self.codes.count("ok") == len(self.codes)

    def note(self, reading: Reading) -> None:
        """One more reading, before anything is made of it: how the sensors' signals behave."""
        self._noise.step(reading)

    def trusted(self, reading: Reading) -> Reading:
        """The reading without the sensors that say nothing of the load.

        Where too few are left, those that are merely at the end of their range count again: so many do not fail, somebody is
        too heavy for them.
        """
        codes = self.codes
        gone = self._noise.gone
        if gone is None and True not in reading.implausible and self.all_ok:
            return reading
        out = [code in DISTRUSTED for code in codes]
        for others in (reading.implausible if True in reading.implausible else None, gone):
            if others is not None:
                out = [dead or each for dead, each in zip(out, others, strict=True)]
        if True not in out:
            return reading
        us = tuple(None if dead else us for us, dead in zip(reading.us, out, strict=True))
        if not self.suffices(us):
            heavy = [code == SATURATED for code in codes]
            us = tuple(full if high else us for us, full, high in zip(us, reading.us, heavy, strict=True))
        return replace(reading, us=us)

    def suffices(self, us: tuple[float | None, ...]) -> bool:
        """Whether enough sensors have a reading."""
        left = len(us) - us.count(None)
        return left > 0 and left >= self._p.usable_share * len(us)

    def blinded_by(self, reading: Reading, trusted: Reading, *, implausible: bool, lost: bool) -> str | None:
        """Why nothing can be said of the mat at this reading; None if something can.

        `implausible` says whether it is blind for that reason already, `lost` whether the baseline finds its supply gone.
        """
        if self._faults.implausible(reading, held=implausible):
            return IMPLAUSIBLE
        if lost or self._faults.no_supply(reading):
            return NO_SUPPLY
        return None if self.suffices(trusted.us) else TOO_FEW

    def step(
        self,
        frame: Frame,
        reading: Reading | None = None,
        load: Load | None = None,
        *,
        loaded: bool,
        lying: bool = False,
        reporting: bool,
    ) -> list[SensorChange]:
        """One frame, and the reading and the load that came of it, if any did.

        `reporting` is False while the whole mat is blind or has only just come back.
        """
        dt_s = 0.0 if self._last_s is None else min(max(frame.t_mono_s - self._last_s, 0.0), self._p.gap_s)
        self._last_s = frame.t_mono_s
        if reading is not None:
            self._faults.step(frame, reading, load, dt_s, loaded=loaded, lying=lying)
        faults, noise = self._faults.codes, self._noise.codes
        flawless = faults.count(None) == noise.count(None) == len(faults)
        if self._well and flawless and None not in frame.codes:
            return []
        changes = self._changes(frame, reporting=reporting)
        self.conditions = tuple([watch.condition for watch in self._watches])
        self.codes = tuple([condition.code for condition in self.conditions])
        reported = any(watch.reported for watch in self._watches)
        self._well = flawless and self.all_ok and not reported and None not in frame.codes
        return changes

    def _changes(self, frame: Frame, *, reporting: bool) -> list[SensorChange]:
        changes = []
        for index, (sensor, watch) in enumerate(zip(self._sensors, self._watches, strict=True)):
            before = watch.reported_code
            self._judge(sensor, watch, frame, index)
            failed = watch.condition.code not in WORKING
            if failed != watch.reported and (reporting or not failed):
                watch.reported = failed
                watch.reported_code = watch.condition.code
                changes.append(SensorChange(sensor, watch.condition, index, before))
        return changes

    def _judge(self, sensor: Sensor, watch: _Watch, frame: Frame, index: int) -> None:
        t_s, reason, fault = frame.t_mono_s, frame.missing[index], self._faults.codes[index] or self._noise.codes[index]
        if frame.codes[index] is None:
            if reason is None or reason not in FIXES:
                return
            watch.well_since_s = None
            watch.away_since_s = t_s if watch.away_since_s is None else watch.away_since_s
            if t_s - watch.away_since_s >= self._p.missing_s - 1e-9 and watch.condition.code != reason:
                watch.condition = _condition(sensor, reason)
            return
        watch.away_since_s = None
        if fault is not None:
            watch.well_since_s = None
            if watch.condition.code != fault:
                watch.condition = _condition(sensor, fault)
            return
        watch.well_since_s = t_s if watch.well_since_s is None else watch.well_since_s
        if t_s - watch.well_since_s >= self._p.missing_s - 1e-9 and watch.condition.code != "ok":
            watch.condition = Condition()


def _condition(sensor: Sensor, code: str) -> Condition:
    return Condition(str(code), f"{sensor.where} {FIXES[code]}.")
