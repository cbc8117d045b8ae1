"""How much days resemble each other: right on average at every correlation, usual where too little is known."""

from __future__ import annotations

from random import Random

import pytest

from acumat.insight.day_correlation import MOST, USUAL, USUAL_PAIRS, day_correlation, inflation


def series(random: Random, correlation: float, count: int, slope: float) -> list[float]:
    values = [random.gauss(0.0, 1.0)]
    while len(values) < count:
        values.append(correlation * values[-1] + random.gauss(0.0, (1.0 - correlation**2) ** 0.5))
    return [value + slope * day for day, value in enumerate(values)]


@pytest.mark.parametrize("correlation", [0.3, 0.5])
@pytest.mark.parametrize("slope", [0.0, 0.1])
def test_on_average_it_is_the_true_one_drawn_towards_the_usual_one(correlation: float, slope: float) -> None:
    count, random = 60, Random(7)
    found = [day_correlation(range(count), series(random, correlation, count, slope)) for _ in range(600)]
    pairs = count - 1
    wanted = (pairs * correlation + USUAL_PAIRS * USUAL) / (pairs + USUAL_PAIRS)
    assert sum(found) / len(found) == pytest.approx(wanted, abs=0.015)


def test_only_days_next_to_each_other_are_compared() -> None:
    values = [1.0, -1.0] * 20
    assert day_correlation(range(0, 80, 2), values) == USUAL
    assert day_correlation(range(40), values) == 0.0


@pytest.mark.parametrize("values", [[3.0] * 30, [float(day) for day in range(30)]])
def test_answers_without_a_rest_say_nothing(values: list[float]) -> None:
    assert day_correlation(range(30), values) == pytest.approx(USUAL)


def test_one_answer_says_nothing() -> None:
    assert day_correlation([3], [4.0]) == USUAL


def test_it_never_gets_near_to_one() -> None:
    walk = [1.0 if day < 30 else 5.0 if day < 60 else 1.0 for day in range(90)]
    assert USUAL < day_correlation(range(90), walk) <= MOST


@pytest.mark.parametrize(
    ("correlation", "answered", "factor"), [(0.0, 1.0, 1.0), (0.5, 1.0, 3.0), (0.5, 0.5, 2.0), (0.3, 1.0, 1.3 / 0.7)]
)
def test_inflation_by_hand(correlation: float, answered: float, factor: float) -> None:
    assert inflation(correlation, answered) == pytest.approx(factor)
