"""Calibration by the person's own weight, tare, adopt and finish: courses of conductance in, what was learnt out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.contract.events import Event, EventType
from acumat.contract.learned import CalibrationResult, Learned
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.detect.sensors.calibration_stages import NEXT, TEXTS, TIMEOUTS, CalibrationStage
from acumat.detect.sensors.gains import gains_of, solve
from acumat.wiring.simulated import preset_layout, simulation
from acumat_hw.layout import Layout, Sensor
from tests.detect.harness import PipelineHarness, layout, one, types

T = EventType
PRESETS = [(2, 2), (4, 2), (4, 3), (4, 4)]
CROOKED = (1.2, 0.85, 0.8, 1.1, 0.9, 1.25, 1.1, 0.85)
"""Sensitivities of the eight sensors of a 4x2 mat, as crooked on one side as on the other."""


def body(mat: Layout, *, us: float = 150.0, lean: float = 0.0, head: float = 0.3, turned: bool = False) -> list[float]:
    """Conductance of nominal sensors under a body: more towards its head by `head`, more on its own right by `lean`."""
    sign = -1 if turned else 1

    def load(sensor: Sensor) -> float:
        side = 0.0 if abs(sensor.x_mm) < 1 else math.copysign(1.0, sensor.x_mm)
        return us * (1 + sign * head * sensor.y_mm / (mat.length_mm / 2)) * (1 + sign * lean * side)

    return [load(sensor) for sensor in mat.sensors]


def lie(drive: PipelineHarness, seconds: float, loads_us: Sequence[float], breath: float = 0.01) -> list[Event]:
    """Lie down within 2 s and breathe 15 times a minute."""

    def course(t_s: float) -> list[float]:
        level = min(1.0, (t_s + 0.1) / 2) * (1 + breath * math.sin(2 * math.pi * 0.25 * t_s) / 2)
        return [0.5 + level * each for each in loads_us]

    return drive.go(seconds, course)


def times(loads_us: Sequence[float], sensitivities: Sequence[float]) -> list[float]:
    return [load * each for load, each in zip(loads_us, sensitivities, strict=True)]


def begun(
    mat: Layout | None = None, *, turned: bool = False, rate_hz: float = 10.0, learned: Learned | None = None
) -> PipelineHarness:
    """A calibration that has just been asked for."""
    drive = PipelineHarness(mat, rate_hz=rate_hz, learned=learned)
    drive.empty(8)
    assert drive.pipeline.start_calibration(turned=turned) is None
    return drive


def calibrated(
    drive: PipelineHarness, sensitivities: Sequence[float], *, turned: bool = False, lean: float = 0.0
) -> CalibrationResult:
    """Go through all stages with a body on these sensors."""
    drive.empty(8)
    lie(drive, 30, times(body(drive.mat, lean=lean), sensitivities))
    drive.empty(10)
    if turned:
        lie(drive, 30, times(body(drive.mat, lean=lean, turned=True), sensitivities))
        drive.empty(10)
    result = drive.pipeline.take_calibration()
    assert result is not None, drive.events[-1]
    return result


def crookedness(sensitivities: Sequence[float]) -> float:
    """Root mean square of the logarithms around their mean."""
    logs = [math.log(each) for each in sensitivities]
    middle = sum(logs) / len(logs)
    return math.sqrt(sum((each - middle) ** 2 for each in logs) / len(logs))


# the stages


def test_every_stage_has_a_text_and_a_way_to_fail() -> None:
    assert set(TEXTS) == set(TIMEOUTS) == set(CalibrationStage)
    assert set(NEXT) == set(CalibrationStage) - {CalibrationStage.GET_UP_AGAIN}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("turned", [False, True])
def test_a_calibration_reports_its_stages_in_order_and_takes_less_than_ninety_seconds_in_all(
    preset: tuple[int, int], turned: bool
) -> None:
    drive = begun(layout(preset), turned=turned)
    seen: list[str] = []
    left_s: list[float] = []

    def until(stage: str | None, us: Sequence[float]) -> None:
        for _ in range(600):
            progress = drive.pipeline.calibration
            if (progress.stage if progress else None) == stage:
                return
            assert progress is not None
            assert progress.text
            left_s.append(progress.seconds_left)
            if not seen or seen[-1] != progress.stage:
                seen.append(progress.stage)
            drive.go(0.1, lambda _: us)
        raise AssertionError(f"never came to {stage}")

    nothing, lying = [0.5] * len(drive.mat.sensors), body(drive.mat)
    began_s = drive.t_s
    until("lie_down", nothing)
    until("get_up", lying)
    until("turn" if turned else None, nothing)
    assert drive.t_s - began_s < 45
    if turned:
        until("get_up_again", lying)
        until(None, nothing)
    assert drive.t_s - began_s < 90
    assert seen == list(CalibrationStage)[: 7 if turned else 4]
    assert all(0 <= each <= 60 for each in left_s)
    one(drive.events, T.CALIBRATION_DONE)


# what is learnt


def test_one_lying_reports_crooked_sensors_apart_and_leaves_no_session() -> None:
    drive = begun()
    result = calibrated(drive, CROOKED)
    assert crookedness(times(result.after.gains, CROOKED)) < 0.5 * crookedness(CROOKED)
    assert sum(result.after.gains) == pytest.approx(8)
    assert (result.after.calibrated, result.after.turned) == (True, False)
    assert result.margin > 50
    assert result.before.gains == (1.0,) * 8
    learned = drive.pipeline.learned
    assert (learned.gains, learned.reference_us) == (result.after.gains, result.after.reference_us)
    assert learned.baseline_us == pytest.approx(result.after.baseline_us, abs=0.1)
    assert drive.pipeline.take_calibration() is None
    assert drive.pipeline.calibration is None
    done = one(drive.events, T.CALIBRATION_DONE)
    assert done.numbers["gain_max"] == max(result.after.gains)
    assert done.numbers["gain_min"] == min(result.after.gains)
    assert done.numbers["margin"] == result.margin
    assert T.LYING_CONFIRMED in types(drive.events)
    assert T.GOT_UP in types(drive.events)
    drive.empty(30)
    assert T.SESSION_STARTED not in types(drive.events)
    assert drive.pipeline.take_records() == ()
    lie(drive, 40, times(body(drive.mat), CROOKED))
    assert drive.pipeline.state.load == pytest.approx(100, abs=2)
    assert T.SESSION_STARTED in types(drive.events)


def test_a_second_lying_end_for_end_reports_a_crooked_mat_from_a_crooked_body() -> None:
    lopsided = (0.85, 1.15) * 4
    results = []
    for lean in (-0.15, 0.0, 0.15):
        drive = begun(turned=True)
        result = calibrated(drive, lopsided, turned=True, lean=lean)
        assert result.after.turned
        assert crookedness(times(result.after.gains, lopsided)) < 0.9 * crookedness(lopsided)
        results.append(result.after.gains)
    assert results[0] == pytest.approx(results[1], abs=0.01)
    assert results[2] == pytest.approx(results[1], abs=0.01)
    # one lying alone takes the body's leaning for the mat's, or sees neither
    plain = gains_of(layout(), [times(body(layout(), lean=-0.15), lopsided)])
    assert crookedness(times(plain, lopsided)) > 0.95 * crookedness(lopsided)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("lean", [-0.1, 0.1])
def test_a_body_that_leans_makes_a_sound_mat_little_crooked_and_none_when_turned(preset: tuple[int, int], lean: float) -> None:
    mat = layout(preset)
    once, again = body(mat, lean=lean), body(mat, lean=lean, turned=True)
    assert crookedness(gains_of(mat, [once])) < 0.7 * abs(lean)
    assert crookedness(gains_of(mat, [once, again])) < 0.1 * abs(lean)


def test_head_and_foot_are_told_apart_by_turning_alone() -> None:
    mat = layout()
    headstrong = [1.15] * 4 + [0.85] * 4
    lyings = [times(body(mat, turned=turned), headstrong) for turned in (False, True)]
    assert gains_of(mat, lyings[:1]) == pytest.approx([1.0] * 8, abs=0.02)
    assert crookedness(times(gains_of(mat, lyings), headstrong)) < 0.8 * crookedness(headstrong)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_body_15_mm_beside_the_middle_makes_a_sound_mat_hardly_crooked(preset: tuple[int, int]) -> None:
    mat = layout(preset)
    ridges = [sum(math.exp(-(((s.x_mm - 15 - side * 75) / 60) ** 2) / 2) for side in (-1, 1)) for s in mat.sensors]
    gains = gains_of(mat, [[150 * each for each in ridges]])
    assert max(gains) / min(gains) < 1.045


factors = st.floats(0.75, 1.3)
"""What parts of one kind may differ by."""


@settings(deadline=None, max_examples=40)
@given(preset=st.sampled_from(PRESETS), data=st.data())
def test_whatever_the_sensors_are_calibrating_makes_them_no_worse_and_scale_does_not_matter(
    preset: tuple[int, int], data: st.DataObject
) -> None:
    mat = layout(preset)
    crooked = data.draw(st.lists(factors, min_size=len(mat.sensors), max_size=len(mat.sensors)))
    lyings = [times(body(mat, turned=turned), crooked) for turned in (False, True)]
    for loads in (lyings[:1], lyings):
        gains = gains_of(mat, loads)
        assert sum(gains) == pytest.approx(len(gains))
        assert crookedness(times(gains, crooked)) <= crookedness(crooked) + 0.003
        assert gains_of(mat, [[3.0 * us for us in lying] for lying in loads]) == pytest.approx(gains)


def test_elimination_solves_what_it_is_given() -> None:
    assert solve([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]], [6.0, 10.0, 8.0]) == pytest.approx([1.0, 2.0, 3.0])


@pytest.mark.parametrize("rate_hz", [2.0, 50.0, 200.0])
def test_the_pace_of_frames_does_not_matter(rate_hz: float) -> None:
    usual = calibrated(begun(), CROOKED)
    result = calibrated(begun(rate_hz=rate_hz), CROOKED)
    assert result.after.gains == pytest.approx(usual.after.gains, abs=0.01)
    assert result.after.reference_us == pytest.approx(usual.after.reference_us, rel=0.01)


# what makes it fail: nothing is changed, and the sentence says what to do


def failing(course: Callable[[float], list[float]], seconds: float, *, lost: frozenset[int] = frozenset()) -> Event:
    """The end of a calibration over this course, which must change nothing."""
    drive = begun()
    before = drive.pipeline.learned
    drive.go(seconds, course, lost=lost)
    assert drive.pipeline.calibration is None
    assert drive.pipeline.take_calibration() is None
    after = drive.pipeline.learned
    assert (after.gains, after.reference_us, after.calibrated) == (before.gains, before.reference_us, before.calibrated)
    # a visit makes a guessed baseline an observed one; what it reads is the empty mat's all the same
    assert all(us is None or us == pytest.approx(0.5, abs=1.0) for us in after.baseline_us)
    assert before.baseline_us == (None,) * 8
    assert T.CALIBRATION_DONE not in types(drive.events)
    assert drive.pipeline.take_records() == ()
    failed = one(drive.events, T.CALIBRATION_FAILED)
    assert failed.text.endswith(".")
    return failed


def scene(*parts: tuple[float, float], wave: float = 0.0, on: Sequence[float] = (1.0,) * 8) -> Callable[[float], list[float]]:
    """A course in parts of (seconds, microsiemens a sensor); `wave` is the share by which a load swings within 2 s."""

    def course(t_s: float) -> list[float]:
        left_s = t_s
        for seconds, us in parts:
            if left_s < seconds:
                return [0.5 + us * each * (1 + wave * math.sin(math.pi * t_s)) for each in on]
            left_s -= seconds
        return [0.5 + parts[-1][1] * each for each in on]

    return course


@pytest.mark.parametrize(
    ("reason", "course", "seconds"),
    [
        ("mat_loaded", scene((90, 40)), 90),
        ("not_calm", lambda t_s: [3.0 + 3.0 * math.sin(2 * t_s)] * 8, 90),
        ("nobody_came", scene((90, 0)), 90),
        ("left_early", scene((8, 0), (12, 150), (20, 0)), 60),
        ("not_still", scene((8, 0), (90, 150), wave=0.4), 120),
        ("not_left", scene((8, 0), (110, 150)), 120),
        ("margin_too_small", scene((8, 0), (30, 150), (80, 25)), 120),
        ("sensor_no_load", scene((8, 0), (40, 150), on=(1, 1, 1, 1, 1, 0, 1, 1)), 60),
        ("sensor_saturated", scene((8, 0), (40, 150), on=(1, 1, 1, 400, 1, 1, 1, 1)), 60),
        ("sensor_weak", scene((8, 0), (30, 150), (20, 0), on=(1, 1, 1, 1, 1, 0.05, 1, 1)), 60),
    ],
)
def test_a_calibration_that_goes_wrong_says_why_and_changes_nothing(
    reason: str, course: Callable[[float], list[float]], seconds: float
) -> None:
    failed = failing(course, seconds)
    assert failed.reason == reason
    if reason.startswith("sensor"):
        name, chip, channel = {"sensor_saturated": ("r2c2", 0x48, 3)}.get(reason, ("r3c2", 0x49, 1))
        assert f"{name} on chip 0x{chip:02x} channel {channel}" in failed.text


def test_gains_beyond_what_sound_parts_differ_by_fail_it_by_name() -> None:
    drive = PipelineHarness(parameters=Parameters(gain_most=1.1))
    drive.empty(8)
    assert drive.pipeline.start_calibration() is None
    drive.empty(8)
    lie(drive, 30, times(body(drive.mat), CROOKED))
    drive.empty(10)
    failed = one(drive.events, T.CALIBRATION_FAILED)
    assert failed.reason == "gain_implausible"
    assert " on chip 0x" in failed.text


def test_a_sensor_that_is_away_fails_it_by_name_and_all_of_them_as_lost() -> None:
    assert failing(scene((20, 0)), 20, lost=frozenset({5})).text.startswith("r3c2 on chip 0x49 channel 1")
    assert failing(scene((20, 0)), 20, lost=frozenset(range(8))).reason == "no_readings"


def test_a_load_that_was_on_the_mat_from_the_start_is_never_learnt_as_empty() -> None:
    drive = PipelineHarness()
    drive.go(10, lambda _: [40.0] * 8)
    assert drive.presence == "empty"
    assert drive.pipeline.start_calibration() is None
    drive.go(40, lambda _: [40.0] * 8)
    drive.go(5, lambda _: [0.5] * 8)
    assert one(drive.events, T.CALIBRATION_FAILED).reason == "was_loaded"


def test_a_mat_that_reads_like_a_light_person_is_watched_for_longer() -> None:
    drive = PipelineHarness()
    drive.go(10, lambda _: [70.0] * 8)
    assert drive.pipeline.start_calibration() is None
    drive.go(20, lambda _: [70.0] * 8)
    progress = drive.pipeline.calibration
    assert progress is not None
    assert progress.stage == "keep_off"
    drive.go(15, lambda _: [70.0] * 8)
    progress = drive.pipeline.calibration
    assert progress is not None
    assert progress.stage == "lie_down"


def test_a_sensor_that_answers_now_and_then_is_not_calibrated_by_its_few_answers() -> None:
    drive = begun()
    for _ in range(3):
        drive.go(2.5, lambda _: [0.5] * 8, lost=frozenset({4}))
        drive.go(0.3, lambda _: [0.5] * 8)
    failed = one(drive.events, T.CALIBRATION_FAILED)
    assert failed.reason == "sensor_silent"
    assert failed.text.startswith("r3c1 on chip 0x49 channel 0")


def test_a_loaded_mat_is_reported_and_waited_for() -> None:
    drive = begun()
    drive.go(5, lambda _: [40.0] * 8)
    progress = drive.pipeline.calibration
    assert progress is not None
    assert progress.stage == "keep_off"
    assert progress.text.startswith("Something is on the mat")
    calibrated(drive, CROOKED)


# what is asked between frames


def test_calibrating_is_refused_with_a_reason_when_it_makes_no_sense() -> None:
    drive = PipelineHarness()

    def refused(*, turned: bool = False) -> str:
        refusal = drive.pipeline.start_calibration(turned=turned)
        assert refusal is not None
        assert refusal.text.endswith(".")
        return refusal.reason

    assert refused() == "blind"
    drive.empty(8)
    lie(drive, 40, body(drive.mat))
    assert refused() == "session_open"
    drive.empty(30)
    drive.go(5, lambda _: [0.5] * 8, lost=frozenset({2}))
    assert refused() == "sensor_no_answer"
    drive.empty(5)
    assert drive.pipeline.start_calibration() is None
    assert refused() == "calibrating"
    assert refused(turned=True) == "calibrating"


def test_a_layout_without_partners_end_for_end_can_be_calibrated_but_not_turned() -> None:
    mat = layout()
    lone = Layout("7", mat.sensors[:7])
    drive = PipelineHarness(lone)
    drive.empty(8)
    refusal = drive.pipeline.start_calibration(turned=True)
    assert refusal is not None
    assert refusal.reason == "layout_not_symmetric"
    assert drive.pipeline.calibration is None
    assert drive.pipeline.start_calibration() is None
    assert sum(calibrated(drive, CROOKED[:7]).after.gains) == pytest.approx(7)


def test_cancelling_changes_nothing_and_is_reported_once() -> None:
    drive = PipelineHarness()
    assert drive.pipeline.cancel_calibration() is False
    drive = begun()
    drive.empty(8)
    before = drive.pipeline.learned.gains
    lie(drive, 10, times(body(drive.mat), CROOKED))
    assert drive.pipeline.cancel_calibration() is True
    assert drive.pipeline.cancel_calibration() is False
    drive.empty(30)
    assert one(drive.events, T.CALIBRATION_FAILED).reason == "cancelled"
    assert drive.pipeline.learned.gains == before
    assert T.SESSION_STARTED not in types(drive.events)


def test_no_session_begins_in_the_very_frame_after_calibrating_was_asked_for() -> None:
    def lain(seconds: float) -> PipelineHarness:
        drive = PipelineHarness()
        drive.empty(8)
        drive.person(seconds)
        return drive

    confirmed_s = one(lain(40).events, T.LYING_CONFIRMED).t_mono_s
    drive = lain(0.0)
    drive = lain(confirmed_s - drive.t_s)
    assert T.LYING_CONFIRMED not in types(drive.events)
    assert drive.pipeline.start_calibration() is None
    drive.person(20, rise_s=0.01)
    assert T.LYING_CONFIRMED in types(drive.events)
    assert T.SESSION_STARTED not in types(drive.events)


def test_who_stays_long_after_a_calibration_was_cancelled_has_a_session_from_then_on() -> None:
    drive = begun()
    drive.empty(8)
    lie(drive, 40, body(drive.mat))
    assert drive.pipeline.cancel_calibration() is True
    cancelled_s = drive.t_s
    drive.person(100, rise_s=0.01)
    started = one(drive.events, T.SESSION_STARTED)
    assert started.edge_mono_s == pytest.approx(cancelled_s, abs=0.2)
    drive.empty(30)
    (record,) = drive.pipeline.take_records()
    assert record.wall_s == pytest.approx(100, abs=2)


def test_a_tare_takes_what_is_read_for_empty() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.go(8, lambda _: [12.0] * 8)
    assert drive.presence == "contact"
    assert drive.pipeline.tare() is None
    drive.go(2, lambda _: [12.0] * 8)
    assert drive.presence == "empty"
    assert one(drive.events, T.TARE_DONE).text
    assert drive.pipeline.learned.baseline_us == pytest.approx([12.0] * 8, abs=0.5)


def test_a_tare_is_refused_on_a_load_a_person_a_moving_and_a_blind_mat() -> None:
    def reason(drive: PipelineHarness) -> str:
        before = drive.pipeline.learned
        refusal = drive.pipeline.tare()
        assert refusal is not None
        assert refusal.text.endswith(".")
        assert drive.pipeline.learned == before
        return refusal.reason

    drive = PipelineHarness()
    assert reason(drive) == "blind"
    drive.empty(8)
    drive.go(6, lambda _: [48.0] * 8)
    assert reason(drive) == "mat_loaded"
    drive.go(6, lambda t_s: [6.0 + 5.0 * math.sin(3 * t_s)] * 8)
    assert reason(drive) == "not_calm"
    drive.person(40)
    assert reason(drive) == "occupied"
    drive.empty(6)
    assert reason(drive) == "occupied"
    drive.empty(30)
    drive.pipeline.start_calibration()
    assert reason(drive) == "calibrating"


def test_adopting_takes_gains_and_reference_and_only_the_baselines_that_are_given() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    gains = (1.2, 0.8) * 4
    drive.pipeline.adopt(Learned((None,) * 7 + (0.4,), gains, 900.0, calibrated=True, turned=True))
    learned = drive.pipeline.learned
    assert (learned.gains, learned.reference_us, learned.calibrated, learned.turned) == (gains, 900.0, True, True)
    assert learned.baseline_us[:7] == pytest.approx([0.5] * 7, abs=0.1)
    assert learned.baseline_us[7] == 0.4
    fresh = PipelineHarness()
    fresh.pipeline.adopt(Learned((0.5,) * 8, gains, None, calibrated=True))
    fresh.go(1, lambda _: [0.5] * 8)
    assert fresh.presence == "empty"


def test_an_undone_calibration_leaves_no_trace() -> None:
    drive = begun()
    result = calibrated(drive, CROOKED)
    drive.pipeline.adopt(result.before)
    after = drive.pipeline.learned
    assert (after.gains, after.reference_us, after.calibrated, after.turned) == ((1.0,) * 8, None, False, False)


# the daemon stops


def test_finishing_closes_the_session_at_the_last_frame_that_saw_it() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    came_s = drive.t_s
    lie(drive, 60, body(drive.mat))
    events = drive.pipeline.finish("stopped")
    ended = one(events, T.SESSION_ENDED)
    (record,) = drive.pipeline.take_records()
    assert ended.reason == record.end_reason == "stopped"
    assert record.end_mono_s == pytest.approx(drive.t_s - 0.1)
    assert record.contact_s == pytest.approx(record.end_mono_s - came_s, abs=2.0)
    assert drive.pipeline.finish("stopped") == ()


def test_finishing_after_getting_up_closes_the_session_there() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    lie(drive, 60, body(drive.mat))
    left_s = drive.t_s
    drive.empty(10)
    drive.pipeline.finish("stopped")
    (record,) = drive.pipeline.take_records()
    assert record.end_mono_s == pytest.approx(left_s, abs=0.5)


def test_finishing_cancels_a_calibration_and_leaves_nothing_of_an_unconfirmed_lying() -> None:
    drive = begun()
    drive.empty(8)
    lie(drive, 5, body(drive.mat))
    assert types(drive.pipeline.finish("stopped")) == [T.CALIBRATION_FAILED, T.LYING_WITHDRAWN]
    assert drive.pipeline.take_records() == ()
    assert drive.pipeline.calibration is None


# through the simulator


@pytest.mark.parametrize("preset", ["2x2", "4x2", "4x3", "4x4"])
@pytest.mark.parametrize(("scenario", "turned"), [("calibration", False), ("calibration-turned", True)])
def test_the_simulated_calibrations_succeed_and_leave_no_session(scenario: str, turned: bool, preset: str) -> None:
    simulated = simulation(scenario, layout=preset_layout(preset), fast=True)
    pipeline = Pipeline(simulated.layout)
    simulated.source.open()
    events: list[Event] = []
    for slot in range(int(simulated.duration_s * 10) - 1):
        if slot == 100:
            assert pipeline.start_calibration(turned=turned) is None
        events += pipeline.step(simulated.source.read())
        simulated.clock.sleep(0.1)
    result = pipeline.take_calibration()
    assert result is not None, events[-1]
    assert result.after.turned is turned
    assert result.margin > 15
    assert 0.7 < min(result.after.gains) < max(result.after.gains) < 1.3
    assert T.CALIBRATION_DONE in types(events)
    assert T.SESSION_STARTED not in types(events)
