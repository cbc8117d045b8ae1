"""One calibration at a time: what excuses a load, up to when lying belongs to it, and what becomes of the result."""

from __future__ import annotations

import math
from dataclasses import replace

from acumat.contract.commands import Refusal
from acumat.contract.learned import Learned
from acumat.contract.state import Condition
from acumat.detect.parameters import Parameters
from acumat.detect.sensors.calibration import Measured
from acumat.detect.sensors.calibrator import Calibrator
from acumat.detect.signal.conductance import Reading
from acumat.detect.thresholds import Thresholds
from tests.detect.harness import layout
from tests.detect.sensors.test_permission import FREE

P = Parameters()
MAT = layout((2, 2))
SOUND = replace(FREE, conditions=(Condition(),) * 4)
THING = replace(SOUND, touched=True, lifeless=True)


def calibrator() -> Calibrator:
    return Calibrator(MAT, P, Thresholds.of(P))


def reading(t_s: float, us: float = 1.0) -> Reading:
    return Reading(t_s, (us,) * 4, (False,) * 4, (False,) * 4, (0.1,) * 4)


def stage_after(seconds: float, what: Calibrator, now: object = SOUND) -> str:
    for index in range(round(seconds * 10)):
        assert what.step(reading(index / 10), index / 10, now) is None  # type: ignore[arg-type]
    assert what.progress is not None
    return what.progress.stage


def test_only_one_runs_and_it_can_be_stopped_once() -> None:
    what = calibrator()
    assert (what.running, what.progress, what.stop()) == (False, None, False)
    assert what.start(SOUND, turned=False) is None
    again = what.start(SOUND, turned=False)
    assert again is not None
    assert again.reason == "calibrating"
    assert (what.running, what.stop(), what.running, what.stop()) == (True, True, False, False)


def test_what_is_refused_does_not_run() -> None:
    what = calibrator()
    refusal = what.start(replace(SOUND, guest=True), turned=False)
    assert refusal is not None
    assert refusal.reason == "guest"
    assert not what.running


def test_a_thing_that_lay_there_without_life_is_excused_until_something_else_comes() -> None:
    what = calibrator()
    assert what.start(THING, turned=False) is None
    assert stage_after(6, what, THING) == "lie_down"
    what = calibrator()
    what.start(THING, turned=False)
    what.on_contact()
    assert stage_after(6, what, THING) == "keep_off"
    what = calibrator()
    what.start(SOUND, turned=False)
    assert stage_after(6, what, THING) == "keep_off", "it came after the calibration was asked for"


def test_lying_belongs_to_a_calibration_up_to_now_and_then_up_to_its_last_frame() -> None:
    what = calibrator()
    assert what.last_s == -math.inf
    assert what.until_s(50.0) == -math.inf
    what.start(SOUND, turned=False)
    assert what.until_s(50.0) == 50.0
    what.step(reading(7.0), 7.5, SOUND)
    what.stop()
    assert (what.last_s, what.until_s(50.0)) == (7.5, 7.5)


def test_a_failure_ends_it() -> None:
    what = calibrator()
    what.start(SOUND, turned=False)
    bad = replace(SOUND, conditions=(Condition("open", "Sensor r1c1 is broken off."), *SOUND.conditions[1:]))
    outcome = what.step(reading(1.0), 1.0, bad)
    assert isinstance(outcome, Refusal)
    assert outcome.reason == "sensor_open"
    assert not what.running
    assert what.step(reading(1.1), 1.1, SOUND) is None


def test_a_result_is_given_out_once() -> None:
    what, before, after = calibrator(), Learned.nothing(4), replace(Learned.nothing(4), calibrated=True)
    assert what.take_result() is None
    what.finish(before, Measured(after, 25.0))
    result = what.take_result()
    assert result is not None
    assert (result.before, result.after, result.margin) == (before, after, 25.0)
    assert what.take_result() is None
