"""The people whose answers the statistics are measured on are as they are described, and every row is measured."""

from __future__ import annotations

import itertools
from random import Random
from statistics import fmean, pstdev

import pytest

from acumat.insight.helped import Change
from tests.accuracy.helped import ANSWERED, CORRELATIONS, PAIR_COUNTS, SPREAD, Person, ever, helped, share
from tests.accuracy.runner import Runner


@pytest.mark.parametrize("correlation", CORRELATIONS)
def test_days_stray_and_resemble_each_other_as_described(correlation: float) -> None:
    states = Person(1, correlation).states(Random(1), 20_000)
    assert pstdev(states) == pytest.approx(SPREAD, rel=0.03)
    product = fmean(a * b for a, b in itertools.pairwise(states))
    assert product / SPREAD**2 == pytest.approx(correlation, abs=0.03)


def test_people_answer_on_most_days_and_change_by_so_much() -> None:
    moved = [Person(seed, 0.3, 2.0).ratings() for seed in range(200)]
    days = moved[0][-1].day + 1
    assert fmean(len(each) for each in moved) / days == pytest.approx(ANSWERED, abs=0.03)
    before, after = (
        fmean(each.value for ratings in moved for each in ratings if first <= each.day < last)
        for first, last in ((0, 4), (60, 90))
    )
    assert after - before == pytest.approx(2.0, abs=0.2)


def test_what_a_session_does_is_seen_in_its_pair() -> None:
    pairs = [pair for seed in range(200) for pair in Person(seed, 0.3, 1.0).pairs()]
    assert len(pairs) == 200 * max(PAIR_COUNTS)
    assert fmean(pair.after - pair.before for pair in pairs) == pytest.approx(1.0, abs=0.1)


def test_shares_and_what_was_ever_said() -> None:
    said = [[Change.NONE, Change.BETTER], [Change.NONE, Change.NONE], [Change.WORSE, Change.NONE], [Change.NONE, Change.WORSE]]
    assert share(said[0], Change.BETTER) == 0.5
    assert ever(said, 2, Change.BETTER, Change.WORSE) == 0.75
    assert ever(said, 1, Change.BETTER, Change.WORSE) == 0.25


def test_every_row_is_measured_for_each_correlation() -> None:
    rows = helped(Runner(scale=0.005, jobs=1)).rows
    assert {row.layout for row in rows} == {"phi 0", "phi 0.3", "phi 0.5"}
    assert len(rows) == 3 * len({row.name for row in rows}) == 3 * 16
    surely = [row.figure for row in rows if row.name == "1 point calmer: said after 30 sessions"]
    assert surely == [1.0, 1.0, 1.0]
