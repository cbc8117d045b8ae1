"""What readings say of a sensor: shorted, at its end, broken off, stuck or silent, and nothing of it by one frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from acumat.detect.sensors.faults import OPEN, SATURATED, SHORT, STUCK, SUSPECT, Faults
from acumat.detect.signal.resolution import COARSE_STEP, Resolution
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import Layout, grid
from tests.detect.harness import RM_OHM, code, layout
from tests.detect.readings import P, Us, load, reading

PACE_S = 0.5
END_US = 49 * 1e6 / RM_OHM
"""What the end of the divider is clamped to."""


@dataclass
class Judge:
    """Half seconds of these conductances above an empty mat of nothing; 1200 microsiemens are a person."""

    mat: Layout = field(default_factory=layout)
    t_s: float = 0.0

    def __post_init__(self) -> None:
        self.resolution = Resolution(self.mat)
        self.faults = Faults(self.mat, P, self.resolution)

    def go(
        self,
        seconds: float,
        *courses: Us,
        saturated: Sequence[int] = (),
        implausible: Sequence[int] = (),
        loaded: bool = True,
        lying: bool = False,
        known: bool = True,
    ) -> tuple[str | None, ...]:
        """The courses take turns, in thirds of one and a half seconds: nothing that looks once a second sees one alone."""
        for step in range(round(seconds / PACE_S)):
            us = courses[min(step % 3, len(courses) - 1)]
            seen = reading(self.t_s, us, saturated=saturated, implausible=implausible)
            bears = load(self.t_s, us, mat=self.mat, saturated=saturated) if known else None
            codes = tuple(None if each is None else code(each, self.mat) for each in us)
            frame = Frame(self.t_s, 0, codes, tuple(Missing.NO_ANSWER if each is None else None for each in codes))
            self.faults.step(frame, seen, bears, PACE_S, loaded=loaded, lying=lying)
            self.t_s += PACE_S
        return self.faults.codes


def bad(index: int, word: str) -> tuple[str | None, ...]:
    return tuple(word if each == index else None for each in range(8))


WELL = (None,) * 8
BODY = [150.0] * 8


@pytest.mark.parametrize(("others_us", "word"), [(0.0, SHORT), (150.0, SATURATED)])
def test_at_its_end_for_ten_seconds_it_is_a_short_where_nothing_else_bears_anything(others_us: float, word: str) -> None:
    judge = Judge()
    us = [others_us] * 7 + [END_US]
    assert judge.go(P.saturated_s - PACE_S, us, saturated=[7]) == WELL
    assert judge.go(PACE_S, us, saturated=[7]) == bad(7, word)
    assert judge.go(PACE_S, [others_us] * 8) == WELL


@pytest.mark.parametrize(("alone", "word"), [(2, SHORT), (1, SATURATED)])
def test_what_is_alone_at_its_end_for_half_of_the_time_is_a_short(alone: int, word: str) -> None:
    courses = ([[0.0] * 7 + [END_US]] * alone + [[150.0] * 7 + [END_US]] * 2)[:3]
    assert Judge().go(15.0, *courses, saturated=[7]) == bad(7, word)


def test_at_its_end_on_an_empty_mat_waits_for_a_load_unless_no_body_can_press_so() -> None:
    us = [0.0] * 7 + [END_US]
    assert Judge().go(60.0, us, saturated=[7], loaded=False) == WELL
    assert Judge().go(60.0, us, saturated=[7], implausible=[7], loaded=False) == bad(7, SHORT)


def test_a_touch_of_its_end_begins_the_count_anew() -> None:
    judge = Judge()
    for _ in range(5):
        judge.go(P.saturated_s - 2 * PACE_S, BODY, saturated=[3])
        assert judge.go(PACE_S, BODY) == WELL


@pytest.mark.parametrize(("times", "word"), [(P.beyond_times - 1, None), (P.beyond_times + 1, SATURATED)])
def test_half_shorted_is_far_beyond_what_all_others_bear_of_a_body(times: float, word: str | None) -> None:
    assert Judge().go(30.0, [150.0] * 7 + [150.0 * times]) == (bad(7, word) if word else WELL)


@pytest.mark.parametrize("others_us", [20.0, 0.0])
def test_a_lone_weight_is_no_half_short(others_us: float) -> None:
    assert Judge().go(30.0, [others_us] * 7 + [2000.0]) == WELL


BLEED_OHM = 100_000.0
BLEED_US = 1e6 / BLEED_OHM


def test_a_wire_that_is_off_shows_by_the_bleed_resistor_after_ten_seconds() -> None:
    judge = Judge(grid(4, 2, rm_ohm=RM_OHM, bleed_ohm=BLEED_OHM))
    us = [BLEED_US] * 7 + [0.0]
    assert judge.go(P.open_s - PACE_S, us, loaded=False) == WELL
    assert judge.go(PACE_S, us, loaded=False) == bad(7, OPEN)
    assert judge.go(PACE_S, [None] * 8, loaded=False) == bad(7, OPEN), "no reading is no news"
    assert judge.go(PACE_S, [BLEED_US] * 8, loaded=False) == WELL


@pytest.mark.parametrize(("gone", "supply"), [(1, False), (4, False), (5, True), (8, True)])
def test_most_bleeds_without_current_are_the_supply_and_no_wires(gone: int, supply: bool) -> None:
    judge = Judge(grid(4, 2, rm_ohm=RM_OHM, bleed_ohm=BLEED_OHM))
    us = [0.0] * gone + [BLEED_US] * (8 - gone)
    assert judge.faults.no_supply(reading(0.0, us)) is supply
    codes = judge.go(2 * P.open_s, us, loaded=False)
    assert codes == (None if supply else OPEN,) * gone + (None,) * (8 - gone)
    assert not Judge().faults.no_supply(reading(0.0, us)), "without bleed resistors nobody knows"


REST_US = 1e6 / RM_OHM * P.rest_x / (1 - P.rest_x)


@pytest.mark.parametrize(
    ("us", "beyond", "held", "says"),
    [
        (END_US, 4, False, False),
        (END_US, 5, False, True),
        (1.1 * REST_US, 0, True, True),
        (1.1 * REST_US, 0, False, False),
        (0.9 * REST_US, 0, True, False),
    ],
)
def test_a_mat_that_reads_more_than_any_body_says_so_until_it_reads_as_one_at_rest(
    us: float, beyond: int, held: bool, says: bool
) -> None:
    seen = reading(0.0, [us] * 8, implausible=range(beyond))
    assert Judge().faults.implausible(seen, held=held) is says


def session(judge: Judge, us: Us, seconds: float = 90.0) -> tuple[str | None, ...]:
    """Somebody lies there and gets up."""
    judge.go(seconds, us, [None if each is None else 1.02 * each for each in us], lying=True)
    return judge.go(5.0, [0.0] * 8, loaded=False)


def test_a_sensor_that_is_silent_under_three_bodies_in_a_row_is_suspect() -> None:
    judge, us = Judge(), [150.0] * 5 + [0.0] + [150.0] * 2
    assert [session(judge, us) for _ in range(3)] == [WELL, WELL, bad(5, SUSPECT)]
    assert judge.go(1.0, [0.0] * 5 + [5.0] + [0.0] * 2, loaded=False) == WELL, "it reads something after all"


def test_three_steps_of_a_coarse_converter_are_silence() -> None:
    judge = Judge()
    judge.resolution.step(tuple(range(COARSE_STEP, 9 * COARSE_STEP, COARSE_STEP)))
    offset_us = 1e6 / RM_OHM * 3 * COARSE_STEP * judge.mat.lsb_v / judge.mat.vcc_v
    us = [150.0] * 5 + [offset_us] + [150.0] * 2
    assert [session(judge, us) for _ in range(3)] == [WELL, WELL, bad(5, SUSPECT)]


@pytest.mark.parametrize("between", [[150.0] * 8, [150.0] * 5 + [None] + [150.0] * 2])
def test_a_session_in_which_it_was_received_or_gave_no_reading_begins_the_count_anew(between: Us) -> None:
    judge, silent = Judge(), [150.0] * 5 + [0.0] + [150.0] * 2
    session(judge, silent)
    session(judge, silent)
    session(judge, between)
    assert session(judge, silent) == WELL


def test_a_short_lie_or_a_place_that_nobody_lies_on_says_nothing() -> None:
    judge, silent = Judge(), [150.0] * 5 + [0.0] + [150.0] * 2
    assert [session(judge, silent, P.silent_least_s - 10.0) for _ in range(4)][-1] == WELL
    lies_left = [600.0, 0.0] * 2 + [10.0, 0.0] * 2
    judge = Judge()
    far = [session(judge, lies_left) for _ in range(4)][-1]
    assert far[5] is None
    assert far[7] is None


def test_a_loaded_sensor_that_stands_still_for_a_minute_while_the_others_move_is_stuck() -> None:
    judge = Judge()
    moving, moved = [150.0] * 8, [*[200.0] * 7, 150.0]
    assert judge.go(P.stuck_s - 5.0, moving, moved) == WELL
    assert judge.go(10.0, moving, moved) == bad(7, STUCK)
    assert judge.go(1.0, [*[200.0] * 7, 170.0]) == WELL


@pytest.mark.parametrize(
    ("courses", "loaded"),
    [
        (([150.0] * 8, [150.5] * 7 + [150.0]), True),  # a breath may pass one sensor by
        (([150.0] * 7 + [0.1], [200.0] * 7 + [0.1]), True),  # it bears nothing
        (([150.0] * 8, [200.0] * 7 + [150.0]), False),  # nobody is there
        (([150.0, *[0.0] * 6, 150.0], [200.0, *[0.0] * 6, 150.0]), True),  # one other alone
        (([150.0] * 8, [150.0] * 8), True),  # a box: nothing moves
        (([150.0] * 8, [300.0] * 5 + [150.0] * 3), True),  # who sits up leaves some neighbours as they were
    ],
)
def test_standing_still_is_no_fault_where_nothing_had_to_move(courses: tuple[Us, Us], loaded: bool) -> None:
    assert Judge().go(3 * P.stuck_s, *courses, loaded=loaded) == WELL


def test_before_any_load_is_known_a_sensor_at_its_end_is_alone() -> None:
    assert Judge().go(P.saturated_s, [0.0] * 7 + [END_US], saturated=[7], implausible=[7], known=False) == bad(7, SHORT)
