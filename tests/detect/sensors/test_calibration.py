"""The stages of a calibration: each waits for what it names, measures it, and fails with what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from acumat.contract.commands import Refusal
from acumat.contract.state import Condition
from acumat.detect.sensors.calibration import Calibration, Measured, refused_layout
from acumat.detect.sensors.calibration_stages import LOADED_TEXT, TEXTS, CalibrationStage
from acumat_hw.layout import Layout
from tests.detect.harness import layout
from tests.detect.readings import P, Us, reading

OK = Condition()
PACE_S = 0.25
EMPTY = [2.0] * 8
BODY = [152.0] * 8
Course = Callable[[int], Us]


@dataclass
class Run:
    """Readings four times a second, until it is over."""

    mat: Layout = field(default_factory=layout)
    turned: bool = False
    t_s: float = 10.0
    outcome: Measured | Refusal | None = None

    def __post_init__(self) -> None:
        self.calibration = Calibration(self.mat, P, turned=self.turned)

    @property
    def stage(self) -> str:
        return self.calibration.progress.stage

    def go(
        self,
        seconds: float,
        us: Us | Course,
        *,
        loaded: bool = False,
        saturated: Sequence[int] = (),
        conditions: tuple[Condition, ...] = (OK,) * 8,
    ) -> str | None:
        """Gives the reason if it failed."""
        for step in range(round(seconds / PACE_S)):
            if self.outcome is not None:
                break
            now = us(step) if callable(us) else us
            seen = reading(self.t_s, now, saturated=saturated)
            self.outcome = self.calibration.step(seen, loaded=loaded, conditions=conditions)
            self.t_s += PACE_S
        return self.outcome.reason if isinstance(self.outcome, Refusal) else None


def lying(*, turned: bool = False) -> Run:
    """Somebody has just lain down."""
    run = Run(turned=turned)
    run.go(P.keep_off_s + 1.0, EMPTY)
    assert run.stage == CalibrationStage.LIE_DOWN
    run.go(1.0, BODY)
    assert run.stage == CalibrationStage.LIE_STILL
    return run


def got_up(*, turned: bool = False) -> Run:
    """Somebody was measured and is asked to get up."""
    run = lying(turned=turned)
    run.go(P.landing_s + P.lie_still_s + 1.0, BODY)
    assert run.stage == CalibrationStage.GET_UP
    return run


def test_one_lying_is_measured_above_the_empty_mat() -> None:
    run = got_up()
    run.go(5.0, EMPTY)
    assert isinstance(run.outcome, Measured)
    learned = run.outcome.learned
    assert learned.baseline_us == (2.0,) * 8
    assert learned.reference_us == pytest.approx(1200.0)
    assert learned.gains == pytest.approx((1.0,) * 8)
    assert (learned.calibrated, learned.turned) == (True, False)
    assert run.outcome.margin >= P.margin_least


def test_a_turned_one_asks_for_a_second_lying() -> None:
    run = got_up(turned=True)
    stages = [run.stage]
    for seconds, us in ((4.0, EMPTY), (1.0, BODY), (P.landing_s + P.lie_still_s + 1.0, BODY), (4.0, EMPTY)):
        run.go(seconds, us)
        stages.append(run.stage)
    assert stages[:4] == [
        CalibrationStage.GET_UP,
        CalibrationStage.TURN,
        CalibrationStage.LIE_TURNED_STILL,
        CalibrationStage.GET_UP_AGAIN,
    ]
    assert isinstance(run.outcome, Measured)
    assert run.outcome.learned.turned


def test_the_margin_of_two_lyings_is_the_smaller_one() -> None:
    run = got_up(turned=True)
    run.go(4.0, [10.0] * 8)  # a cloth stays behind: 64 of 1200
    for seconds, us in ((1.0, BODY), (P.landing_s + P.lie_still_s + 1.0, BODY), (4.0, EMPTY)):
        run.go(seconds, us)
    assert isinstance(run.outcome, Measured)
    assert run.outcome.margin == pytest.approx(1200 / 64, rel=0.02)


@pytest.mark.parametrize(("size", "turned", "refused"), [((4, 2), True, False), ((1, 1), True, False), ((4, 2), False, False)])
def test_a_symmetric_layout_can_be_turned(size: tuple[int, int], turned: bool, refused: bool) -> None:
    assert (refused_layout(layout(size), turned=turned) is not None) is refused


def test_a_layout_whose_sensors_have_no_partner_end_for_end_cannot_be_turned() -> None:
    mat = layout((4, 2))
    crooked = Layout("crooked", mat.sensors[:-1])
    refusal = refused_layout(crooked, turned=True)
    assert refusal is not None
    assert refusal.reason == "layout_not_symmetric"
    assert refused_layout(crooked, turned=False) is None


def test_the_instruction_counts_down_and_names_what_it_waits_for() -> None:
    run = Run()
    assert run.calibration.progress.text == TEXTS[CalibrationStage.KEEP_OFF]
    left = []
    for _ in range(12):
        run.go(PACE_S, EMPTY)
        left.append(run.calibration.progress.seconds_left)
    assert left == sorted(left, reverse=True)
    assert left[0] == pytest.approx(P.keep_off_s)
    loaded = Run()
    loaded.go(1.0, BODY, loaded=True)
    assert loaded.calibration.progress.text == LOADED_TEXT
    assert loaded.calibration.progress.seconds_left == pytest.approx(P.keep_off_wait_s, abs=1.0)
    still = lying()
    still.go(P.landing_s + 5.0, BODY)
    assert still.calibration.progress.seconds_left == pytest.approx(P.lie_still_s - 5.0, abs=1.0)


def test_the_empty_mat_is_measured_anew_after_it_was_loaded() -> None:
    run = Run()
    run.go(4.0, EMPTY)
    run.go(2.0, BODY, loaded=True)
    run.go(4.0, EMPTY)
    assert run.stage == CalibrationStage.KEEP_OFF
    run.go(2.0, EMPTY)
    assert run.stage == CalibrationStage.LIE_DOWN


def test_a_mat_that_reads_as_much_as_somebody_lying_takes_half_a_minute_to_be_believed_empty() -> None:
    run = Run()
    heavy = [60.0] * 8
    run.go(P.keep_off_doubtful_s - 1.0, heavy)
    assert run.stage == CalibrationStage.KEEP_OFF
    run.go(3.0, heavy)
    assert run.stage == CalibrationStage.LIE_DOWN


@pytest.mark.parametrize(
    ("us", "loaded", "reason"),
    [
        (EMPTY, True, "mat_loaded"),
        ([310.0, 310.0, *[2.0] * 6], False, "mat_loaded"),  # a quarter of the dividers above their middle
        (lambda step: [2.0 + 100.0 * (step % 2)] * 8, False, "not_calm"),
    ],
)
def test_an_empty_mat_that_never_shows_ends_the_wait_with_its_cause(us: Us | Course, loaded: bool, reason: str) -> None:
    assert Run().go(P.keep_off_wait_s + 1.0, us, loaded=loaded) == reason


@pytest.mark.parametrize("code", ["stuck", "noisy", "short"])
def test_a_bad_sensor_ends_it_at_once(code: str) -> None:
    run = lying()
    bad = Condition(code, "r1c1 is odd.")
    assert run.go(PACE_S, BODY, conditions=(OK, bad, *[OK] * 6)) == f"sensor_{code}"
    assert isinstance(run.outcome, Refusal)
    assert run.outcome.text == "r1c1 is odd. Then calibrate again."


def test_nobody_came() -> None:
    run = Run()
    run.go(P.keep_off_s + 1.0, EMPTY)
    assert run.go(P.lie_down_wait_s + 1.0, EMPTY) == "nobody_came"


def test_what_lay_on_the_mat_at_the_start_and_is_taken_off_is_named() -> None:
    run = Run()
    run.go(P.keep_off_doubtful_s + 2.0, [30.0] * 8)
    assert run.go(5.0, EMPTY) == "was_loaded"


def test_who_leaves_before_the_measurement_is_over_is_reported_so() -> None:
    run = lying()
    run.go(10.0, BODY)
    assert run.go(1.0, [50.0] * 8) == "left_early"


def test_who_never_lies_still_is_reported_so() -> None:
    assert lying().go(P.lie_still_wait_s + 1.0, lambda step: [152.0 + 60.0 * (step // 4 % 2)] * 8) == "not_still"


@pytest.mark.parametrize(
    ("us", "saturated", "reason"),
    [
        ([None, *[152.0] * 7], [], "sensor_silent"),
        (BODY, [4], "sensor_saturated"),
        ([2.0, *[152.0] * 7], [], "sensor_no_load"),
        ([20.0, *[152.0] * 7], [], "sensor_weak"),
    ],
)
def test_a_sensor_that_cannot_be_told_apart_is_named(us: Us, saturated: Sequence[int], reason: str) -> None:
    run = lying()
    assert run.go(P.landing_s + P.lie_still_s + 2.0, us, saturated=saturated) == reason
    assert isinstance(run.outcome, Refusal)
    assert ("r3c1" if saturated else "r1c1") in run.outcome.text


def test_the_first_moments_of_a_lying_are_not_measured() -> None:
    run = lying()
    run.go(P.landing_s - 1.5, [90.0] * 8)
    run.go(P.lie_still_s + 5.0, BODY)
    run.go(5.0, EMPTY)
    assert isinstance(run.outcome, Measured)
    assert run.outcome.learned.reference_us == pytest.approx(1200.0)


@pytest.mark.parametrize(
    ("us", "reason"),
    [
        (BODY, "not_left"),
        ([50.0] * 8, "margin_too_small"),  # a bag
        (lambda step: [2.0 + 20.0 * (step % 2)] * 8, "not_left"),
    ],
)
def test_a_mat_that_does_not_become_empty_afterwards_ends_it(us: Us | Course, reason: str) -> None:
    assert got_up().go(P.get_up_wait_s + 1.0, us) == reason


def test_less_than_at_the_start_afterwards_means_that_something_lay_there_then() -> None:
    run = Run()
    run.go(P.keep_off_doubtful_s + 2.0, [30.0] * 8)
    run.go(1.0, [180.0] * 8)
    run.go(P.landing_s + P.lie_still_s + 1.0, [180.0] * 8)
    assert run.stage == CalibrationStage.GET_UP
    assert run.go(P.get_up_wait_s + 1.0, EMPTY) == "was_loaded"


def test_no_sound_part_needs_a_gain_beyond_the_limits() -> None:
    run = lying(turned=True)
    crooked = [152.0, 2.0 + 0.98 * P.pair_most * 150.0, *[152.0] * 6]
    for seconds, us in ((24.0, crooked), (4.0, EMPTY), (1.0, crooked), (24.0, crooked), (4.0, EMPTY)):
        run.go(seconds, us)
    assert isinstance(run.outcome, Refusal)
    assert run.outcome.reason == "gain_implausible"
    assert "r1c2" in run.outcome.text
