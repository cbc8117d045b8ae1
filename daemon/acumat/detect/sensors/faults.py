"""Faults that show in a sensor's readings: shorted, at its end or far beyond the others, broken off, or stuck.

None of it is judged by one frame. An empty sensor may rightly stand still for hours and read nothing, so that stuck and silent
are judged under load, and against what the other sensors do.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import cast

from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import Reading, median
from acumat.detect.signal.load import Load
from acumat.detect.signal.resolution import Resolution
from acumat.detect.thresholds import Thresholds
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout

SHORT = "short"
SATURATED = "saturated"
OPEN = "open"
SUSPECT = "suspect"
STUCK = "stuck"
SECOND_S = 1.0


@dataclass(slots=True)
class _Sensor:
    """One sensor's course: loaded seconds at its end, seconds without the bleed's current, loaded seconds standing still."""

    at_end_s: float = 0.0
    alone_s: float = 0.0
    no_bleed_s: float = 0.0
    low: int = 0
    high: int = 0
    still_s: float = 0.0
    stuck: bool = False
    heard_s: float = 0.0
    load_us_s: float = 0.0
    silent_sessions: int = 0


class Faults:
    """Judges all sensors, frame by frame; `codes` is what is wrong with each now, or None."""

    def __init__(
        self, layout: Layout, parameters: Parameters, resolution: Resolution, thresholds: Thresholds | None = None
    ) -> None:
        """`thresholds` are those of the parameters unless others are given."""
        self._p = parameters
        self._thresholds = thresholds or Thresholds.of(parameters)
        self._sensors = tuple(_Sensor() for _ in layout.sensors)
        self._x_per_code = layout.lsb_v / layout.vcc_v
        self._loaded_code = parameters.stuck_least_v / layout.lsb_v
        self._resolution = resolution
        self._fine_silent_us = [1e6 * parameters.silent_codes * self._x_per_code / sensor.rm_ohm for sensor in layout.sensors]
        self._no_bleed_us = 1e6 * parameters.no_bleed_share / layout.bleed_ohm if layout.bleed_ohm else 0.0
        rest = parameters.rest_x / (1.0 - parameters.rest_x)
        self._rest_us = [1e6 * rest / sensor.rm_ohm for sensor in layout.sensors]
        far, around = _by_distance(layout), max(3, len(layout.sensors) // 3)
        self._neighbours = [[other for mm, other in others if mm <= 1.5 * others[0][0]] for others in far]
        """The nearest ones, up to half as far again as the nearest of all."""
        self._around = [[other for _, other in others[:around]] for others in far]
        """The third of the mat around each, three others at least."""
        self._seconds: deque[tuple[float, tuple[int | None, ...]]] = deque()
        self._lying_s = 0.0
        self._some_at_end = False
        self._some_silent = False
        self._some_unbled = False
        self._some_stuck = False
        self._none: tuple[str | None, ...] = (None,) * len(layout.sensors)
        self.codes: tuple[str | None, ...] = self._none

    def no_supply(self, reading: Reading) -> bool:
        """Whether most bleed resistors carry no current at once: no wire of one sensor's own can do that."""
        present = [us for us in reading.us if us is not None]
        if not present or min(present) >= self._no_bleed_us:  # as nearly always
            return False
        gone = sum(us < self._no_bleed_us for us in present)
        return gone > 1 and gone > len(present) / 2

    def implausible(self, reading: Reading, *, held: bool) -> bool:
        """Whether most sensors read more than a body can press; once `held`, until most of them read as on a mat at rest."""
        present = len(reading.us) - reading.us.count(None)
        if 2 * sum(reading.implausible) > present:
            return True
        if not held:
            return False
        above = sum([us is not None and us > rest for us, rest in zip(reading.us, self._rest_us, strict=True)])
        return 2 * above >= present

    def step(self, frame: Frame, reading: Reading, load: Load | None, dt_s: float, *, loaded: bool, lying: bool) -> None:
        """One frame with what detection made of it; `reading` holds the bad sensors too."""
        self._at_end(reading, load, dt_s, loaded=loaded)
        if load is not None:
            self._silent(reading, load, dt_s, lying=lying)
        self._broken_off(reading, dt_s)
        self._stand_still(frame, dt_s if loaded else 0.0)
        suspicious = self._some_at_end or self._some_unbled or self._some_stuck or self._some_silent
        self.codes = tuple([self._code(sensor) for sensor in self._sensors]) if suspicious else self._none

    def _code(self, sensor: _Sensor) -> str | None:
        if sensor.at_end_s >= self._p.saturated_s:
            return SHORT if 2 * sensor.alone_s >= sensor.at_end_s else SATURATED
        if sensor.no_bleed_s >= self._p.open_s:
            return OPEN
        if sensor.stuck:
            return STUCK
        return SUSPECT if sensor.silent_sessions >= self._p.silent_sessions else None

    def _at_end(self, reading: Reading, load: Load | None, dt_s: float, *, loaded: bool) -> None:
        """A short stays at the end when nothing else bears anything; a load does not. What no body can press needs no load."""
        beyond = self._beyond(reading, load) if loaded and load is not None else None
        if beyond is None and True not in reading.saturated and True not in reading.implausible:
            if self._some_at_end:
                self._some_at_end = False
                for sensor in self._sensors:
                    sensor.at_end_s = sensor.alone_s = 0.0
            return
        self._some_at_end = True
        ends = [
            a or b or index == beyond for index, (a, b) in enumerate(zip(reading.saturated, reading.implausible, strict=True))
        ]
        alone = self._alone(load, ends)
        for sensor, at_end, implausible in zip(self._sensors, ends, reading.implausible, strict=True):
            counted_s = dt_s if loaded or implausible else 0.0
            sensor.at_end_s = sensor.at_end_s + counted_s if at_end else 0.0
            sensor.alone_s = sensor.alone_s + counted_s * alone if at_end else 0.0

    def _beyond(self, reading: Reading, load: Load) -> int | None:
        """The sensor that reads far more than all others where these alone bear a lying body: half shorted, it is no load."""
        us = [each or 0.0 for each in reading.us]
        highest = us.index(max(us))
        rest = tuple([None if index == highest else each for index, each in enumerate(load.us)])
        known = [each for each in rest if each is not None]
        if len(load.shape.zones) < 3 or not known or us[highest] <= self._p.beyond_times * sum(known) / len(known):
            return None
        others_pct = 100.0 * sum(known) * len(rest) / len(known) / load.reference_us
        lies = others_pct >= self._thresholds.lying_on_pct and (load.shape.nats(rest) or 0.0) > 0.0
        return highest if lies else None

    def _alone(self, load: Load | None, ends: list[bool]) -> bool:
        """Whether the sensors that are not at their end bear nothing to speak of. Without a load nobody is known there."""
        if load is None:
            return True
        others_us = [us for us, at_end in zip(load.us, ends, strict=True) if us is not None and not at_end]
        return bool(others_us) and sum(others_us) < load.reference_us * self._thresholds.contact_on_pct / 100.0

    def _broken_off(self, reading: Reading, dt_s: float) -> None:
        if not self._no_bleed_us:
            return
        if not self._some_unbled and None not in reading.us and min(cast("tuple[float, ...]", reading.us)) >= self._no_bleed_us:
            return
        lost = self.no_supply(reading)
        for sensor, us in zip(self._sensors, reading.us, strict=True):
            if us is not None:
                sensor.no_bleed_s = sensor.no_bleed_s + dt_s if us < self._no_bleed_us and not lost else 0.0
        self._some_unbled = any(sensor.no_bleed_s > 0.0 for sensor in self._sensors)

    @property
    def _silent_us(self) -> list[float]:
        return [us * self._resolution.coarsest for us in self._fine_silent_us]

    def _silent(self, reading: Reading, load: Load, dt_s: float, *, lying: bool) -> None:
        """Whether a sensor reads nothing at all while somebody lies on its neighbours, session after session."""
        if lying:
            self._lying_s += dt_s
            for sensor, us, load_us, least in zip(self._sensors, reading.us, load.us, self._silent_us, strict=True):
                sensor.heard_s += dt_s if us is None or us > least else 0.0
                sensor.load_us_s += dt_s * (load_us or 0.0)
            return
        if self._lying_s:
            self._count_silent()
        if not self._some_silent:
            return
        for sensor, us, least in zip(self._sensors, reading.us, self._silent_us, strict=True):
            if sensor.silent_sessions and us is not None and us > 2 * least:
                sensor.silent_sessions = 0  # it reads something after all

    def _count_silent(self) -> None:
        """The session is over: which sensors were silent in it."""
        if self._lying_s >= self._p.silent_least_s:
            mean = sum(sensor.load_us_s for sensor in self._sensors) / len(self._sensors)
            for sensor, neighbours in zip(self._sensors, self._neighbours, strict=True):
                around = sum(self._sensors[index].load_us_s for index in neighbours) / max(1, len(neighbours))
                if sensor.heard_s > self._p.silent_share * self._lying_s:
                    sensor.silent_sessions = 0
                elif around >= self._p.silent_around * mean:
                    sensor.silent_sessions += 1
        self._lying_s = 0.0
        for sensor in self._sensors:
            sensor.heard_s = sensor.load_us_s = 0.0
        self._some_silent = any(sensor.silent_sessions for sensor in self._sensors)

    def _stand_still(self, frame: Frame, loaded_s: float) -> None:
        t_s, band = frame.t_mono_s, self._p.stuck_codes
        if not loaded_s:  # an empty mat says nothing, and what it read before the load came neither
            self._seconds.clear()
        for sensor, code in zip(self._sensors, frame.codes, strict=True):
            if code is None:
                continue
            if code < sensor.low:
                sensor.low = code
            elif code > sensor.high:
                sensor.high = code
            if sensor.high - sensor.low > band:
                sensor.low = sensor.high = code
                sensor.still_s, sensor.stuck = 0.0, False
            else:
                sensor.still_s = sensor.still_s + loaded_s if loaded_s else 0.0
        if loaded_s and not (self._seconds and 0.0 <= t_s - self._seconds[-1][0] < SECOND_S):
            self._judge_stuck(t_s, frame.codes)

    def _judge_stuck(self, t_s: float, codes: tuple[int | None, ...]) -> None:
        """Once a second under load."""
        self._seconds.append((t_s, codes))
        while t_s - self._seconds[0][0] > self._p.stuck_s:
            self._seconds.popleft()
        for index, sensor in enumerate(self._sensors):
            if sensor.still_s >= self._p.stuck_s and not sensor.stuck and sensor.low > self._loaded_code:
                sensor.stuck = self._should_have_moved(index, sensor)
                self._some_stuck |= sensor.stuck

    def _should_have_moved(self, index: int, sensor: _Sensor) -> bool:
        """By how much more than half of the other loaded sensors moved, and two around it, in proportion to their loads.

        Who sits up takes the load off half of the mat and may leave the other half as it was.
        """
        moves: dict[int, float] = {}
        for other, column in enumerate(zip(*(codes for _, codes in self._seconds), strict=True)):
            xs = [code * self._x_per_code for code in column if code is not None]
            if other == index or not xs or max(xs) <= self._loaded_code * self._x_per_code:
                continue
            gs = [x / (1.0 - x) if x < self._p.x_max else math.inf for x in xs if x > 0.0]
            if gs and max(gs) < math.inf:
                moves[other] = (max(gs) - min(gs)) / max(gs)
        if len(moves) < 2:
            return False
        around = sorted([moves[other] for other in self._around[index] if other in moves])
        moved = min(median(list(moves.values())), around[-2] if len(around) > 1 else math.inf)
        x = sensor.low * self._x_per_code
        # dx = x (1 - x) dG / G
        return moved * x * (1.0 - x) / self._x_per_code >= self._p.stuck_over * self._p.stuck_codes


def _by_distance(layout: Layout) -> list[list[tuple[float, int]]]:
    """For each sensor the others with their distance in millimetres, the nearest first."""
    return [
        sorted(
            (math.hypot(there.x_mm - here.x_mm, there.y_mm - here.y_mm), other)
            for other, there in enumerate(layout.sensors)
            if other != index
        )
        for index, here in enumerate(layout.sensors)
    ]
