"""How a load came on: from 10 to 90 % of what then rests there, decided once, and only for a course that was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from acumat.detect.presence.landing import GAP_S, Landing, LoadingCourse, loading_kind
from tests.detect.readings import P, load

CAME_S = 50.0


def course_of(
    us: Callable[[float], float],
    *,
    hole_s: float = 0.0,
    bare: bool = True,
    silent: Callable[[float], int] = lambda _t_s: 0,
) -> LoadingCourse | None:
    """A load on each sensor over the seconds since the first touch, with a hole after one; `silent` sensors give nothing."""
    pace_s = 0.1
    landing = Landing(P)
    if bare:
        landing.bare(CAME_S - pace_s)
    landing.begin(CAME_S)
    for step in range(round((P.loading_after_s + 2.0) / pace_s)):
        t_s, missing = step * pace_s, silent(step * pace_s)
        if not 1.0 < t_s < 1.0 + hole_s:
            landing.note(load(CAME_S + t_s, [None] * missing + [us(t_s)] * (8 - missing)))
        found = landing.decide(CAME_S + t_s, CAME_S)
        if found is not None:
            assert landing.course is found
            assert landing.decide(CAME_S + t_s + pace_s, CAME_S) is None, "it is decided once"
            return found
    return None


@pytest.mark.parametrize("seconds", [0.5, 2.0, 5.0])
def test_a_steady_rise_takes_eight_tenths_of_it_from_10_to_90_percent(seconds: float) -> None:
    found = course_of(lambda t_s: 150.0 * min(1.0, t_s / seconds))
    assert found is not None
    assert found.loading_s == pytest.approx(0.8 * seconds, abs=0.21)
    assert found.from_s == pytest.approx(CAME_S + 0.1 * seconds, abs=0.11)
    assert found.t60_s == pytest.approx(CAME_S + 0.6 * seconds, abs=0.11)


def test_it_is_decided_when_it_has_lasted_and_measured_against_what_rests_there_then() -> None:
    bounced = course_of(lambda t_s: 300.0 if 1.0 < t_s < 1.3 else 150.0 * min(1.0, t_s / 2.0))
    assert bounced is not None
    assert bounced.until_s == pytest.approx(CAME_S + 1.1, abs=0.11), "the first moment at which it was nearly all there"


def test_who_sits_first_lies_down_later() -> None:
    found = course_of(lambda t_s: 10.0 if t_s < 5.0 else 150.0)
    assert found is not None
    assert found.loading_s <= 0.2
    assert found.from_s == pytest.approx(CAME_S + 4.9, abs=0.11)


def sits_then_lies(sits_s: float) -> LoadingCourse | None:
    """Somebody who weighs as much sitting on the foot half as lying, and lies back within a second."""
    landing = Landing(P)
    landing.bare(CAME_S - 0.1)
    landing.begin(CAME_S)
    for step in range(round((sits_s + P.loading_after_s + 1.0) * 10)):
        t_s = CAME_S + step / 10
        back = min(1.0, max(0.0, t_s - CAME_S - sits_s))
        landing.note(load(t_s, [150.0 * back] * 4 + [300.0 - 150.0 * back] * 4))
        if t_s >= CAME_S + sits_s:
            landing.decide(t_s, CAME_S + sits_s)
    return landing.course


def test_who_sits_before_lying_back_is_not_dropped() -> None:
    found = sits_then_lies(10.0)
    assert found is not None
    assert found.from_s == pytest.approx(CAME_S, abs=0.11)
    assert found.loading_s == pytest.approx(10.8, abs=0.21)


@pytest.mark.parametrize("sits_s", [61.0, 90.0, 600.0])
def test_of_who_sat_for_long_nobody_knows_how_the_load_came_on(sits_s: float) -> None:
    assert sits_then_lies(sits_s) is None


@pytest.mark.parametrize("late_s", [70.0, 300.0])
def test_of_a_person_who_is_found_late_nobody_knows_how_the_load_came_on(late_s: float) -> None:
    landing = Landing(P)
    landing.bare(CAME_S - 0.1)
    landing.begin(CAME_S)
    for step in range(round(late_s * 10)):
        landing.note(load(CAME_S + step / 10, [150.0] * 8))
    assert landing.decide(CAME_S + late_s, CAME_S) is None


@pytest.mark.parametrize(
    ("hole_s", "bare", "silent"),
    [
        (0.0, False, lambda _: 0),  # nobody saw the empty mat before
        (GAP_S + 0.05, True, lambda _: 0),  # nobody saw it go on
        (0.0, True, lambda t_s: int(t_s < 1.0)),  # a sensor joined in mid-course
        (0.0, True, lambda t_s: int(t_s > 1.0)),  # or was lost
    ],
)
def test_a_course_that_was_not_seen_whole_gives_nothing(hole_s: float, bare: bool, silent: Callable[[float], int]) -> None:
    assert course_of(lambda t_s: 150.0 * min(1.0, t_s / 2.0), hole_s=hole_s, bare=bare, silent=silent) is None


def test_a_short_hole_hides_nothing() -> None:
    assert course_of(lambda t_s: 150.0 * min(1.0, t_s / 2.0), hole_s=GAP_S - 0.15) is not None


def test_a_sensor_that_is_missing_all_the_time_hides_nothing() -> None:
    assert course_of(lambda t_s: 150.0 * min(1.0, t_s / 2.0), silent=lambda _: 2) is not None


@pytest.mark.parametrize(
    ("loading_s", "word"),
    [(P.dropped_s - 0.01, "dropped"), (P.dropped_s, "medium"), (P.slow_s, "medium"), (P.slow_s + 0.1, "slow")],
)
def test_a_word_for_it(loading_s: float, word: str) -> None:
    assert loading_kind(loading_s, P) == word


def rested(course: Callable[[float], Sequence[float]], seconds: float) -> Landing:
    """Loads by the seconds since the first touch, none of which has been said to lie."""
    landing = Landing(P)
    landing.bare(CAME_S - 0.1)
    landing.begin(CAME_S)
    for step in range(round(seconds * 10)):
        landing.note(load(CAME_S + step / 10, course(step / 10)))
    return landing


SEAT, BODY = [150.0] * 2 + [10.0] * 6, [100.0] * 8


def test_how_it_came_is_known_of_what_is_only_recognised_much_later() -> None:
    landing = rested(lambda t_s: [min(1.0, t_s / 2.0) * us for us in BODY], 200.0)
    assert landing.onset_s(tuple(1.1 * us for us in BODY)) == pytest.approx(1.0, abs=0.11), "it has crept meanwhile"
    assert landing.decide(CAME_S + 200.0, CAME_S + 190.0) is None, "it has been forgotten how it came in all"


def test_how_a_seat_came_says_nothing_of_the_body_that_lies_there_later() -> None:
    assert rested(lambda t_s: SEAT if t_s < 90.0 else BODY, 120.0).onset_s(tuple(BODY)) is None
    sat_s = 20.0
    soon = rested(lambda t_s: SEAT if t_s < sat_s else BODY, 40.0)
    assert soon.onset_s(tuple(BODY)) == pytest.approx(sat_s, abs=0.11), "from the seat on"


def test_of_what_came_unseen_it_is_not_known_how() -> None:
    landing = Landing(P)
    landing.begin(CAME_S)
    for step in range(200):
        landing.note(load(CAME_S + step / 10, BODY))
    assert landing.onset_s(tuple(BODY)) is None
