"""Signed ranks, Kendall's S and Sen's slope: against tables worked out by hand, and what must hold for all numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.insight.rank_statistics import kendall, sen_slope, signed_rank_z

answers = st.lists(st.integers(1, 5), min_size=3, max_size=30)
steps = st.lists(st.integers(-4, 4), max_size=30)


@pytest.mark.parametrize(
    ("differences", "rank_sum", "variance"),
    [
        ((1, 2, 3), 6.0, 14.0),
        ((-1, 2, 3), 4.0, 14.0),
        ((1, 1, 1, 1), 10.0, 25.0),  # four ties share rank 2.5
        ((0, 1, -1, 2), 4.0, 28.5),  # the zero takes rank 1: the ones have 2.5, the two has 4
        ((0, 0, 0, 0, 0, 0, 0, 1, 1, 1), 27.0, 243.0),  # Pratt: seven zeros put the ones at rank 9
    ],
)
def test_signed_ranks_by_hand(differences: tuple[int, ...], rank_sum: float, variance: float) -> None:
    assert signed_rank_z(differences) == pytest.approx(rank_sum / math.sqrt(variance))


@pytest.mark.parametrize("differences", [(), (0,), (0, 0, 0)])
def test_where_nothing_differs_nothing_leans(differences: tuple[int, ...]) -> None:
    assert signed_rank_z(differences) == 0.0


@given(steps)
def test_signed_ranks_turn_round_with_the_signs_and_keep_no_order(differences: list[int]) -> None:
    z = signed_rank_z(differences)
    assert signed_rank_z([-each for each in differences]) == pytest.approx(-z)
    assert signed_rank_z(sorted(differences)) == pytest.approx(z)
    assert signed_rank_z([10 * each for each in differences]) == pytest.approx(z)
    assert abs(z) <= math.sqrt(len(differences)) + 1e-9


@pytest.mark.parametrize(
    ("xs", "ys", "s", "variance"),
    [
        ((1, 2, 3, 4), (1, 2, 3, 4), 6, 156 / 18),
        ((1, 2, 3, 4), (1, 2, 2, 3), 5, (156 - 18) / 18),
        ((1, 2, 3, 4), (3, 2, 2, 1), -5, (156 - 18) / 18),
        ((1, 2, 3, 4), (2, 2, 2, 2), 0, 0.0),
        # Mann-Whitney: U = 5.5 of 6, its variance 2.85 with the tie; S = 2 U - 6, its variance four times as much
        ((0, 0, 1, 1, 1), (1, 2, 2, 3, 4), 5, 11.4),
        # ties of three on one side and two on the other: (300 - 66 - 18) / 18 + 6 * 2 / 40
        ((1, 1, 1, 2, 3), (1, 2, 2, 3, 4), 7, 12.3),
        # ties of three on both sides: (300 - 66 - 66) / 18 + 6 * 6 / 40 + 6 * 6 / 540
        ((1, 1, 1, 2, 3), (1, 1, 1, 2, 3), 7, 168 / 18 + 0.9 + 1 / 15),
        ((1, 2), (1, 2), 1, 0.0),
    ],
)
def test_kendall_by_hand(xs: tuple[int, ...], ys: tuple[int, ...], s: int, variance: float) -> None:
    found = kendall(xs, ys)
    assert found.s == s
    assert found.variance == pytest.approx(variance)


@given(answers, st.data())
def test_kendall_knows_order_alone(ys: list[int], data: st.DataObject) -> None:
    xs = data.draw(st.lists(st.integers(0, 6), min_size=len(ys), max_size=len(ys)))
    z = kendall(xs, ys).z()
    assert kendall(ys, xs).z() == pytest.approx(z)
    assert kendall(xs, [-each for each in ys]).z() == pytest.approx(-z)
    assert kendall(xs, [each**3 for each in ys]).z() == pytest.approx(z)


def test_a_variance_that_is_four_times_as_large_halves_z() -> None:
    found = kendall(range(10), range(10))
    assert found.z(4.0) == pytest.approx(found.z() / 2)


@pytest.mark.parametrize(
    ("xs", "ys", "slope"),
    [((0, 1, 2, 3), (1, 3, 5, 7), 2.0), ((0, 1, 2), (1, 1, 4), 1.5), ((0, 2, 4), (5, 5, 5), 0.0), ((3, 3), (1, 2), None)],
)
def test_sen_slope_by_hand(xs: tuple[int, ...], ys: tuple[int, ...], slope: float | None) -> None:
    assert sen_slope(xs, ys) == slope
