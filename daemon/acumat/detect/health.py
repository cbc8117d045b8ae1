"""Which sensors can be relied on: those that stay away, sit at an end, are broken off or stuck cannot. Beside calibration."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from acumat.detect.conductance import Reading
from acumat.detect.faults import OPEN, SATURATED, SHORT, STUCK, SUSPECT, Faults
from acumat.detect.load import Load
from acumat.detect.parameters import Parameters
from acumat.model import Condition
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import Layout, Sensor

CURES: dict[str, str] = {
    Missing.ABSENT: "is not there: check the chip's supply, its wires SDA and SCL, and its address pin",
    Missing.NO_ANSWER: "does not answer: check the chip's supply and its wires SDA and SCL",
    Missing.BUS_FAULT: "is lost with the bus: look for a short between SDA, SCL and ground, then switch the supply off and on",
    Missing.NOT_READY: "gives no value in time: check the chip's supply",
    Missing.RESET: "loses its settings: its chip restarts, so check the supply and its wires for loose contacts",
    SHORT: "stays at the end of its range with nothing on it: look for a short to the supply, or for its resistor to ground",
    SATURATED: "stays at its end, or far beyond the others, under load: look for a short, or fit a smaller resistor to ground",
    OPEN: "is broken off: check the wire from the converter to the sensor",
    SUSPECT: "read nothing in the last sessions while its neighbours were lain on: check its wire, and press it by hand",
    STUCK: "does not move while the others do: check the sensor for damage and its wire for a short to another one",
}
"""By reason code. A recording that has no value (`no_data`) says nothing of a sensor."""
DISTRUSTED = frozenset({SHORT, SATURATED, OPEN, STUCK})
"""What such a sensor reads is no load. Of one that is only suspect nobody knows."""


@dataclass(frozen=True, slots=True)
class Change:
    """A sensor that failed or recovered; `condition` is what holds from now on."""

    sensor: Sensor
    condition: Condition


@dataclass(slots=True)
class _Watch:
    """One sensor: since when it is away, and since when it is well."""

    away_since_s: float | None = None
    well_since_s: float | None = None
    condition: Condition = field(default_factory=Condition)
    told: bool = False


class Health:
    """Judges each sensor frame by frame. A failure is told once, and only while the mat as a whole can see."""

    def __init__(self, layout: Layout, parameters: Parameters) -> None:
        self._p = parameters
        self._sensors = layout.sensors
        self._watches = tuple(_Watch() for _ in layout.sensors)
        self._faults = Faults(layout, parameters)
        self._last_s: float | None = None

    def retune(self, parameters: Parameters) -> None:
        """Go on with other thresholds."""
        self._p = parameters
        self._faults.retune(parameters)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """In the order of the layout."""
        return tuple(watch.condition for watch in self._watches)

    @property
    def all_ok(self) -> bool:
        return all(watch.condition.code == "ok" for watch in self._watches)

    def trusted(self, reading: Reading) -> Reading:
        """The reading without the sensors that say nothing of the load; all of it where too few are left: so many do not fail,
        somebody is too heavy for them.
        """
        out = [watch.condition.code in DISTRUSTED for watch in self._watches]
        if True not in out:
            return reading
        us = tuple(None if dead else us for us, dead in zip(reading.us, out, strict=True))
        left = sum(each is not None for each in us)
        if left < max(1, self._p.usable_share * len(us)):
            return reading
        return replace(reading, us=us)

    def no_supply(self, reading: Reading) -> bool:
        """Whether the sensors' common supply must be gone."""
        return self._faults.no_supply(reading)

    def step(
        self,
        frame: Frame,
        reading: Reading | None = None,
        load: Load | None = None,
        *,
        loaded: bool,
        lying: bool = False,
        telling: bool,
    ) -> list[Change]:
        """One frame, and the reading and the load that came of it, if any did; `telling` is False while the whole mat is blind
        or has only just come back.
        """
        dt_s = 0.0 if self._last_s is None else min(max(frame.t_mono_s - self._last_s, 0.0), self._p.gap_s)
        self._last_s = frame.t_mono_s
        if reading is not None:
            self._faults.step(frame, reading, load, dt_s, loaded=loaded, lying=lying)
        changes = []
        for index, (sensor, watch) in enumerate(zip(self._sensors, self._watches, strict=True)):
            self._judge(sensor, watch, frame, index)
            failed = watch.condition.code != "ok"
            if failed != watch.told and (telling or not failed):
                watch.told = failed
                changes.append(Change(sensor, watch.condition))
        return changes

    def _judge(self, sensor: Sensor, watch: _Watch, frame: Frame, index: int) -> None:
        t_s, reason, fault = frame.t_mono_s, frame.missing[index], self._faults.codes[index]
        if frame.codes[index] is None:
            if reason is None or reason not in CURES:
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
    return Condition(str(code), f"{sensor.where} {CURES[code]}.")
