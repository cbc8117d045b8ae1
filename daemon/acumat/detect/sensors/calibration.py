"""Calibration without weights: the person's own lying tells the sensors apart. Stages, what they wait for, what they measure.

It sees readings and says what was learnt or why not; who asked for it, and what becomes of it, is the pipeline's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from acumat.contract.commands import Refusal
from acumat.contract.learned import CalibrationProgress, Learned
from acumat.contract.state import Condition
from acumat.detect.parameters import Parameters
from acumat.detect.sensors import calibration_stages as say
from acumat.detect.sensors.calibration_stages import LOADED_TEXT, NEXT, TEXTS, TIMEOUTS, CalibrationStage
from acumat.detect.sensors.gains import can_turn, gains_of, weak_sensor
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.window import Window, total_us
from acumat_hw.layout import Layout


def refused_layout(layout: Layout, *, turned: bool) -> Refusal | None:
    """Why these sensors cannot be calibrated so, if they cannot."""
    if turned and not can_turn(layout):
        text = "For a turned calibration each sensor needs another end for end of it. Calibrate without turning."
        return Refusal("layout_not_symmetric", text)
    return None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a calibration found: to be learnt, and how far the person stands out above the empty mat."""

    learned: Learned
    margin: float


class Calibration:
    """One run. Feed it readings until it answers with what was measured or why it failed."""

    def __init__(self, layout: Layout, parameters: Parameters, *, turned: bool) -> None:
        self._layout = layout
        self._p = parameters
        self._turned = turned
        self._full_us = sum(1e6 / sensor.rm_ohm for sensor in layout.sensors)
        """The total with every divider at its middle."""
        self._stage = CalibrationStage.KEEP_OFF
        self._since_s: float | None = None
        self._now_s = 0.0
        self._clear_since_s: float | None = None
        self._window = Window(parameters.keep_off_s, parameters.gap_s)
        self._empty_us: tuple[float, ...] = ()
        self._noise_us = 0.0
        self._lyings_us: list[tuple[float, ...]] = []
        self._peak_us = 0.0
        self._margin = math.inf
        """The smallest at which a getting up was accepted."""

    @property
    def progress(self) -> CalibrationProgress:
        """The instruction of the moment."""
        p, stage = self._p, self._stage
        elapsed_s = 0.0 if self._since_s is None else self._now_s - self._since_s
        loaded = stage is CalibrationStage.KEEP_OFF and self._since_s is not None and self._clear_since_s is None
        if stage is CalibrationStage.KEEP_OFF and not loaded:
            left_s = p.keep_off_s - self._window.covered_s
        elif stage in (CalibrationStage.LIE_STILL, CalibrationStage.LIE_TURNED_STILL):
            left_s = p.lie_still_s - self._window.covered_s + max(0.0, p.landing_s - elapsed_s)
        else:
            left_s = self._wait_s - elapsed_s
        return CalibrationProgress(stage, LOADED_TEXT if loaded else TEXTS[stage], max(0.0, left_s))

    def step(self, reading: Reading, *, loaded: bool, conditions: tuple[Condition, ...]) -> Measured | Refusal | None:
        """One reading; `loaded` says whether somebody or something counts as on the mat, `conditions` how each sensor is."""
        bad = next((each for each in conditions if each.code != "ok"), None)
        if bad is not None:
            return Refusal(f"sensor_{bad.code}", f"{bad.text} Then calibrate again.")
        self._now_s = reading.t_mono_s
        if self._since_s is None:
            self._since_s = reading.t_mono_s
        self._window.add(reading)
        outcome = self._step_stage(reading, loaded=loaded)
        if outcome is None and self._now_s - self._since_s >= self._wait_s:
            still = self._stage is CalibrationStage.KEEP_OFF and self._clear_since_s is None
            return say.STILL_LOADED if still else self._too_late()
        return outcome

    def _step_stage(self, reading: Reading, *, loaded: bool) -> Measured | Refusal | None:
        match self._stage:
            case CalibrationStage.KEEP_OFF:
                return self._keep_off(reading, loaded=loaded)
            case CalibrationStage.LIE_DOWN | CalibrationStage.TURN:
                return self._lie_down(reading)
            case CalibrationStage.LIE_STILL | CalibrationStage.LIE_TURNED_STILL:
                return self._lie_still(reading)
            case CalibrationStage.GET_UP | CalibrationStage.GET_UP_AGAIN:
                return self._get_up()

    @property
    def _wait_s(self) -> float:
        p = self._p
        return {
            CalibrationStage.KEEP_OFF: p.keep_off_wait_s,
            CalibrationStage.LIE_DOWN: p.lie_down_wait_s,
            CalibrationStage.LIE_STILL: p.lie_still_wait_s,
            CalibrationStage.GET_UP: p.get_up_wait_s,
            CalibrationStage.TURN: p.lie_down_wait_s,
            CalibrationStage.LIE_TURNED_STILL: p.lie_still_wait_s,
            CalibrationStage.GET_UP_AGAIN: p.get_up_wait_s,
        }[self._stage]

    def _go(self, stage: CalibrationStage, span_s: float) -> None:
        self._stage, self._since_s = stage, self._now_s
        self._window = Window(span_s, self._p.gap_s)

    def _above_us(self, us: tuple[float | None, ...]) -> tuple[float | None, ...]:
        return tuple(None if now is None else now - empty for now, empty in zip(us, self._empty_us, strict=True))

    # one stage each

    def _keep_off(self, reading: Reading, *, loaded: bool) -> Refusal | None:
        p = self._p
        high = sum(us is not None and us > 1e6 / s.rm_ohm for us, s in zip(reading.us, self._layout.sensors, strict=True))
        if loaded or 4 * high >= len(reading.us):
            self._clear_since_s = None
            self._window.clear()
            return None
        if self._clear_since_s is None:
            self._clear_since_s = self._now_s
        doubtful = total_us(reading.us) >= self._full_us * p.default_x_over_rm * p.lying_on_pct / 100.0
        clear_s = self._now_s - self._clear_since_s
        calm = self._window.full and self._window.spread_us() <= p.calm_spread_x * self._full_us
        if not calm or (doubtful and clear_s < p.keep_off_doubtful_s):
            return None
        known = self._all_known()
        if isinstance(known, Refusal):
            return known
        self._empty_us, self._noise_us = known, self._window.spread_us()
        self._go(CalibrationStage.LIE_DOWN, p.off_s)
        return None

    def _lie_down(self, reading: Reading) -> Refusal | None:
        least_us = self._full_us * self._p.default_x_over_rm * self._p.landed_pct / 100.0
        load_us = total_us(self._above_us(reading.us))
        if load_us < -least_us:
            return say.WAS_LOADED
        if load_us >= max(least_us, 10.0 * self._noise_us):
            self._peak_us = 0.0
            self._go(NEXT[self._stage], self._p.lie_still_s)
        return None

    def _lie_still(self, reading: Reading) -> Refusal | None:
        p = self._p
        load_us = total_us(self._above_us(reading.us))
        self._peak_us = max(self._peak_us, load_us)
        if load_us < p.left_early_share * self._peak_us:
            return say.LEFT_EARLY
        if self._since_s is not None and self._now_s - self._since_s < p.landing_s:
            self._window.clear()
        if not self._window.full:
            return None
        known = self._all_known()
        if isinstance(known, Refusal):
            return known
        loads_us = tuple(now - empty for now, empty in zip(known, self._empty_us, strict=True))
        if self._window.spread_us() > p.lie_still_spread * sum(loads_us):
            return None
        wrong = self._wrong_sensor(loads_us)
        if wrong is None:
            self._lyings_us.append(loads_us)
            self._go(NEXT[self._stage], p.off_s)
        return wrong

    def _get_up(self) -> Measured | Refusal | None:
        if not self._window.full:
            return None
        settled_us = sum(self._lyings_us[-1])
        spread_us = self._window.spread_us()
        left_us = total_us(self._above_us(self._window.medians_us()))
        margin = self._margin_of(settled_us, left_us, spread_us)
        if spread_us > self._p.off_spread_share * settled_us or margin < self._p.margin_least:
            return None
        self._margin = min(margin, self._margin)
        if self._turned and self._stage is CalibrationStage.GET_UP:
            self._go(CalibrationStage.TURN, self._p.off_s)
            return None
        return self._result(self._margin)

    def _margin_of(self, settled_us: float, left_us: float, spread_us: float) -> float:
        """Settled load over what the empty mat shows: what stayed behind, and how much it varied before and after."""
        return settled_us / max(abs(left_us) + self._noise_us + spread_us, 1e-6 * self._full_us)

    # what was found, or what was wrong

    def _all_known(self) -> tuple[float, ...] | Refusal:
        """The window's medians, or the first sensor that has none."""
        found = []
        for sensor, us in zip(self._layout.sensors, self._window.medians_us(), strict=True):
            if us is None:
                return say.no_readings(sensor)
            found.append(us)
        return tuple(found)

    def _wrong_sensor(self, loads_us: tuple[float, ...]) -> Refusal | None:
        least_us = self._p.sensor_least_share * sum(loads_us) / len(loads_us)
        for sensor, load_us, saturated in zip(self._layout.sensors, loads_us, self._window.saturated(), strict=True):
            if saturated:
                return say.saturated(sensor)
            if load_us <= least_us:
                return say.no_load(sensor)
        weak = weak_sensor(self._layout, loads_us, self._p.pair_most)
        return None if weak is None else say.weak(self._layout.sensors[weak])

    def _too_late(self) -> Refusal:
        if self._stage not in (CalibrationStage.GET_UP, CalibrationStage.GET_UP_AGAIN) or not self._window.full:
            return TIMEOUTS[self._stage]
        settled_us = sum(self._lyings_us[-1])
        left_us, spread_us = total_us(self._above_us(self._window.medians_us())), self._window.spread_us()
        if left_us < -settled_us / self._p.margin_least:
            return say.WAS_LOADED
        if left_us > self._p.left_early_share * settled_us or spread_us > self._p.off_spread_share * settled_us:
            return TIMEOUTS[self._stage]
        return say.margin_too_small(self._margin_of(settled_us, left_us, spread_us), self._p.margin_least)

    def _result(self, margin: float) -> Measured | Refusal:
        gains = gains_of(self._layout, self._lyings_us)
        if not self._p.gain_least <= min(gains) <= max(gains) <= self._p.gain_most:
            worst = max(range(len(gains)), key=lambda index: abs(math.log(gains[index])))
            return say.implausible(self._layout.sensors[worst], gains[worst])
        totals = [sum(gain * us for gain, us in zip(gains, lying, strict=True)) for lying in self._lyings_us]
        reference_us = sum(totals) / len(totals)
        return Measured(Learned(self._empty_us, gains, reference_us, calibrated=True, turned=self._turned), margin)
