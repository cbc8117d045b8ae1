"""The paired answer and the weekly trend: when they speak, in which direction, and in which words."""

from __future__ import annotations

from random import Random

import pytest

from acumat.insight import helped, measures
from acumat.insight.helped import (
    PAIR_LOOKS,
    PAIRS_LEAST,
    PAIRS_MOST,
    Change,
    Pair,
    Rating,
    Z,
    paired_answer,
    pairs_wanted,
    trend_line,
    weekly_trend,
)
from acumat.insight.measures import CALM, DISCOMFORT, WEEKLY_LOOK, Measure
from acumat.insight.rank_statistics import kendall, signed_rank_z

CALMER = Pair(2.0, 4.0)
SAME = Pair(3.0, 3.0)
END = "That is the most common finding."


def ratings(*values: float, first: int = 0) -> list[Rating]:
    return [Rating(first + day, value) for day, value in enumerate(values)]


UPWARD = [1.0 + 4.0 * day / 99.0 for day in range(100)]
WAVY = [3.0, 2.0, 4.0, 3.0, 2.0, 3.0, 4.0, 3.0] * 20


@pytest.mark.parametrize(("count", "change"), [(1, Change.TOO_EARLY), (9, Change.TOO_EARLY), (10, Change.BETTER)])
def test_it_speaks_from_the_tenth_pair_on(count: int, change: Change) -> None:
    assert paired_answer([CALMER] * count).change is change


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        ([CALMER] * 9, "After one more session with an answer before and after, a pattern can show."),
        ([CALMER] * 7, "After 3 more sessions with an answer before and after, a pattern can show."),
        ([CALMER] * 12, "In 12 of your last 12 sessions you were calmer afterwards than before, in 0 less calm."),
        (
            [CALMER, Pair(4.0, 2.0)] * 6,
            f"No clear change yet: in 6 of your last 12 sessions you were calmer afterwards than before, in 6 less calm. {END}",
        ),
    ],
)
def test_the_sentence_counts_the_sessions(pairs: list[Pair], text: str) -> None:
    assert paired_answer(pairs).text == text


@pytest.mark.parametrize(("measure", "change"), [(CALM, Change.WORSE), (DISCOMFORT, Change.BETTER)])
def test_less_is_worse_for_calm_and_better_for_discomfort(measure: Measure, change: Change) -> None:
    assert paired_answer([Pair(4.0, 2.0)] * PAIRS_LEAST, measure).change is change


def test_sessions_without_a_difference_are_no_finding() -> None:
    found = paired_answer([SAME] * 30)
    assert (found.change, found.z) == (Change.NONE, 0.0)


def test_only_the_last_thirty_sessions_count() -> None:
    found = paired_answer([CALMER] * 50 + [SAME] * PAIRS_MOST)
    assert (found.change, found.n) == (Change.NONE, PAIRS_MOST)


@pytest.mark.parametrize(("today", "change"), [(27, Change.TOO_EARLY), (28, Change.BETTER)])
def test_the_first_look_is_on_day_28_after_the_first_answer(today: int, change: Change) -> None:
    assert weekly_trend(ratings(*UPWARD, first=500), 500 + today).change is change


def test_nothing_is_looked_for_without_answers() -> None:
    assert weekly_trend([], 1000).change is Change.TOO_EARLY


def test_between_two_looks_nothing_changes() -> None:
    findings = [weekly_trend(ratings(*UPWARD[: day + 1]), day) for day in range(28, 42)]
    assert len(set(findings[:7])) == 1
    assert len(set(findings[7:])) == 1
    assert findings[6].n == 28
    assert findings[7].n == 35


@pytest.mark.parametrize(
    ("values", "measure", "change"),
    [
        (UPWARD, CALM, Change.BETTER),
        (UPWARD[::-1], CALM, Change.WORSE),
        (UPWARD, measures.HEADACHES, Change.WORSE),
        (WAVY[:100], CALM, Change.NONE),
        ([3.0] * 100, CALM, Change.NONE),
    ],
)
def test_a_trend_has_the_direction_of_its_measure(values: list[float], measure: Measure, change: Change) -> None:
    assert weekly_trend(ratings(*values), 84, measure).change is change


def test_days_that_resemble_each_other_are_no_trend() -> None:
    drifting = [float(each) for each in "432233343333223332212333344345444344443454"]
    assert kendall(range(42), drifting).z() > 3.5
    assert weekly_trend(ratings(*drifting), 42).change is Change.NONE


def test_a_look_sees_twelve_weeks_at_most() -> None:
    found = weekly_trend(ratings(*UPWARD, *WAVY[:84]), 184)
    assert (found.change, found.n) == (Change.NONE, 84)


def test_too_few_answers_are_no_series() -> None:
    weekly = [Rating(day, value) for day, value in zip(range(0, 77, 7), UPWARD[::9], strict=False)]
    assert weekly_trend(weekly, 80).change is Change.NONE


@pytest.mark.parametrize(("week", "limit"), [(4, 3.5), (5, 3.5), (6, 2.36), (7, 2.6), (8, 2.6), (9, 3.4), (200, 3.4)])
def test_how_clear_a_trend_has_to_be(week: int, limit: float) -> None:
    assert helped._limit(week) == limit


@pytest.mark.parametrize(
    ("said", "z", "change"),
    [
        (Change.NONE, 2.9, Change.NONE),
        (Change.NONE, 3.0, Change.BETTER),
        (Change.NONE, -3.0, Change.WORSE),
        (Change.BETTER, 2.1, Change.BETTER),
        (Change.BETTER, 1.9, Change.NONE),
        (Change.BETTER, -2.1, Change.NONE),
        (Change.WORSE, -2.1, Change.WORSE),
    ],
)
def test_what_was_said_stands_until_the_answers_lean_no_more(said: Change, z: float, change: Change) -> None:
    assert helped._after_look(said, z, 3.0) is change


def test_a_trend_that_has_ended_is_said_until_it_leaves_the_answers() -> None:
    values = [*[2.0, 1.0, 3.0, 2.0] * 7, *[4.0, 3.0, 5.0, 4.0] * 40]
    said = [weekly_trend(ratings(*values[:day]), day).change for day in range(28, 180, 7)]
    begun, ended = said.index(Change.BETTER), len(said) - said[::-1].index(Change.BETTER)
    assert set(said[begun:ended]) == {Change.BETTER}
    assert said[-1] is Change.NONE


def test_the_trend_in_words() -> None:
    assert weekly_trend(ratings(*UPWARD), 60).text == (
        "Over 8 weeks your answers about calm have moved towards calmer (56 answers). "
        "Much else changes in such a time, so this does not say why."
    )
    assert weekly_trend(ratings(*WAVY), 30).text == (
        f"No clear change yet in your answers about calm: over 4 weeks 28 of them go up and down. {END}"
    )


def test_the_line_to_draw_goes_through_the_answers() -> None:
    line = trend_line(ratings(*(1.0 + 0.1 * day for day in range(30))), 30)
    assert line is not None
    assert line == pytest.approx((0.1, 1.0))
    assert trend_line(ratings(3.0), 30) is None


def test_the_weekly_look_has_four_taps_of_one_scale() -> None:
    assert [each.name for each in WEEKLY_LOOK] == ["stiffness", "ease", "headaches", "sleep"]
    assert {(each.least, each.most) for each in WEEKLY_LOOK} == {(1, 5)}


LESS = Pair(4.0, 2.0)


def test_between_two_looks_nothing_new_is_said() -> None:
    clear = [SAME] * 4 + [CALMER] * 8
    assert [paired_answer(clear[:count]).change for count in (10, 12)] == [Change.BETTER] * 2
    late = [SAME] * 8 + [CALMER] * 9
    assert [paired_answer(late[:count]).change for count in (13, 14, 17)] == [Change.NONE, Change.BETTER, Change.BETTER]
    assert signed_rank_z([0.0] * 8 + [2.0] * 5) < Z < signed_rank_z([0.0] * 8 + [2.0] * 6)


def test_later_looks_are_stricter_and_what_stands_falls_when_the_answers_turn() -> None:
    balanced = [CALMER, LESS] * 15
    weak = [CALMER] * 6
    assert paired_answer(balanced + weak + [SAME] * 24).change is Change.NONE
    assert signed_rank_z([2.0] * 6 + [0.0] * 24) > Z
    found = [CALMER] * 30
    assert paired_answer(found + [SAME] * 25).change is Change.BETTER
    assert paired_answer(found + [SAME] * 26 + [LESS] * 2).change is Change.NONE


@pytest.mark.parametrize("count", [10, 29, 149, 150, 151, 163, 365, 7300])
def test_the_last_pairs_that_are_wanted_say_what_all_of_them_say(count: int) -> None:
    wanted = pairs_wanted(count)
    assert wanted <= 160
    assert wanted % 10 == count % 10
    random = Random(count)
    pairs = [Pair(3.0, float(random.choice((2, 3, 4, 4)))) for _ in range(count)]
    assert paired_answer(pairs[-wanted:]) == paired_answer(pairs)


def test_a_year_of_looks_seldom_says_something_false() -> None:
    random, people, false = Random(11), 120, 0
    for _ in range(people):
        pairs = [Pair(3.0, 3.0 + round(random.gauss(0.0, 0.9))) for _ in range(365)]
        counts = (*PAIR_LOOKS, *range(40, 366, 10))
        false += any(paired_answer(pairs[max(0, n - pairs_wanted(n)) : n]).change is not Change.NONE for n in counts)
    assert 0 < false <= 12
