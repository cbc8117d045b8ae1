"""Rates of annotated breaths, and which reported rates they are held against."""

from __future__ import annotations

import pytest

from tests.accuracy.bidmc import LIES_AT_S, WINDOW_S, Person, errors, rate, rows, truth
from tests.accuracy.stranger_trials import Session, StrangerTrial

EVEN = [4.0 * index for index in range(60)]  # 15 a minute for 4 minutes
FASTER = [3.0 * index for index in range(80)]


@pytest.mark.parametrize(
    ("breaths_s", "from_s", "to_s", "per_min"),
    [(EVEN, 0.0, 40.0, 15.0), (EVEN, 10.0, 50.0, 15.0), (EVEN, 300.0, 340.0, None), ([0.0, 4.0], 0.0, 40.0, None)],
)
def test_a_rate_is_that_of_the_breaths_between_two_times(
    breaths_s: list[float], from_s: float, to_s: float, per_min: float | None
) -> None:
    assert rate(breaths_s, from_s, to_s) == (None if per_min is None else pytest.approx(per_min))


def test_annotators_who_differ_are_no_truth() -> None:
    assert truth(Person("a", 240.0, (EVEN, EVEN)), 0.0, 40.0) == pytest.approx(15.0)
    assert truth(Person("a", 240.0, (EVEN, FASTER)), 0.0, 40.0) is None


def trial(said: float | None) -> StrangerTrial:
    made = StrangerTrial("real_breath", 2, "4x2", 0.1, stays=1, found=1, sessions=(Session(30.0, 240.0, guest=False),))
    made.breaths = [(LIES_AT_S + second, said) for second in (WINDOW_S - 5, WINDOW_S + 5, WINDOW_S + 10, 300.0)]
    return made


def test_a_reported_rate_counts_once_a_window_has_passed_and_as_long_as_the_recording_lasts() -> None:
    who = Person("a", 240.0, (EVEN, EVEN))
    off, known = errors(who, trial(16.5))
    assert off == pytest.approx([1.5, 1.5])
    assert known == 2
    assert errors(who, trial(None)) == ([], 2)


def test_figures_of_a_swing() -> None:
    who = Person("a", 240.0, (EVEN, EVEN))
    found = {row.name: row.figure for row in rows("0.3 %", "4x2", [(who, trial(16.5)), (who, trial(None))], "1-2")}
    assert found["breath of 0.3 %: one session"] == 100.0
    assert found["breath of 0.3 %: rate within 2/min"] == 100.0
    assert found["breath of 0.3 %: time with a rate"] == 50.0
    wrong = {row.name: row.reached for row in rows("0.3 %", "4x2", [(who, trial(30.0))], "1-2")}
    assert wrong["breath of 0.3 %: rate within 2/min"] is False
