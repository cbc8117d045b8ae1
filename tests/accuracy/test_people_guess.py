"""The family is as it is described, a guess of theirs is right, and nobody's programme moves by one."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean, pstdev

import pytest

from acumat_sim.streams import stream
from tests.accuracy.corpora import GATE
from tests.accuracy.family import SESSIONS_A_DAY, STRANGERS, Session, year
from tests.accuracy.people_guess import guesses, people_guess, stepped
from tests.accuracy.runner import Runner
from tests.accuracy.trials import mat_layout

LAYOUT = "4x2"
FAMILIES = range(GATE, GATE + 4)


@pytest.fixture(scope="module")
def years() -> list[list[Session]]:
    return [year(seed, mat_layout(LAYOUT), days=150) for seed in FAMILIES]


def test_a_family_comes_on_most_days_and_bears_on_every_sensor(years: list[list[Session]]) -> None:
    for sessions in years:
        assert len(sessions) / (3 * 150) == pytest.approx(SESSIONS_A_DAY, abs=0.06)
        assert all(a.day <= b.day for a, b in pairwise(sessions))
        assert min(min(each.us) for each in sessions) >= 0.0
        assert {each.who for each in sessions} >= {0, 1, 2}
    strangers = [each.who is None for sessions in years for each in sessions]
    assert fmean(strangers) == pytest.approx(STRANGERS, abs=0.01)


def test_one_person_differs_from_day_to_day_and_people_differ_more(years: list[list[Session]]) -> None:
    totals = [[[math.log(sum(each.us)) for each in of if each.who == who] for who in (0, 1, 2)] for of in years]
    assert all(0.02 < pstdev(each) < 0.3 for of in totals for each in of)
    assert fmean(pstdev(map(fmean, of)) for of in totals) > fmean(pstdev(each) for of in totals for each in of)


def test_the_same_seed_is_the_same_family(years: list[list[Session]]) -> None:
    assert year(FAMILIES[0], mat_layout(LAYOUT), days=3) == [each for each in years[0] if each.day < 3]


def test_guesses_are_right(years: list[list[Session]]) -> None:
    found = [guesses(sessions, stream(seed, "who is told")) for seed, sessions in zip(FAMILIES, years, strict=True)]
    guessed = sum(each.guessed for each in found)
    assert sum(each.right for each in found) >= 0.95 * guessed
    assert guessed >= 0.4 * sum(each.untold for each in found)


def test_no_programme_moves_by_a_guess() -> None:
    sessions, wrong = stepped((FAMILIES[1], "2x2", 60))
    assert sessions > 100
    assert wrong == 0


def test_every_row_is_measured_on_each_layout() -> None:
    rows = people_guess(Runner(scale=0.01, jobs=1, layouts=("2x2",)), days=40).rows
    assert len({row.name for row in rows}) == len(rows) == 6
    assert {row.layout for row in rows} == {"2x2"}
