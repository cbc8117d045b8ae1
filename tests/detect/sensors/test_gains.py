"""Gains make up for what a sensor reads by itself, average 1, and leave to the body what a body explains as well."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.sensors.gains import BEARING_MM, BEARING_SD_MM, can_turn, gains_of, sensitivities, solve, weak_sensor
from acumat_hw.layout import Layout
from tests.detect.harness import layout
from tests.detect.readings import P

LOADS = st.lists(st.floats(20.0, 500.0), min_size=8, max_size=8)


@given(LOADS, st.booleans())
def test_gains_average_one_and_are_the_inverse_of_the_sensitivities(us: list[float], turned: bool) -> None:
    lyings = [us, us] if turned else [us]
    gains = gains_of(layout(), lyings)
    products = [gain * each for gain, each in zip(gains, sensitivities(layout(), lyings), strict=True)]
    assert sum(gains) / len(gains) == pytest.approx(1.0)
    assert products == pytest.approx([products[0]] * 8)


@given(LOADS, st.floats(0.1, 10.0))
def test_a_heavier_person_gives_the_same_gains(us: list[float], times: float) -> None:
    assert gains_of(layout(), [[times * each for each in us]]) == pytest.approx(gains_of(layout(), [us]), rel=1e-6)


def test_a_body_that_bears_more_at_one_height_is_no_crooked_mat() -> None:
    gains = gains_of(layout(), [[80.0] * 2 + [200.0] * 4 + [120.0] * 2])
    assert gains == pytest.approx((1.0,) * 8, abs=0.02)


def test_what_goes_with_the_mat_when_the_person_turns_is_the_sensors() -> None:
    strong = [150.0 * 1.3, *[150.0] * 7]
    once, twice = gains_of(layout(), [strong]), gains_of(layout(), [strong, strong])
    assert 1.0 > once[0] > twice[0] > 1.0 / 1.3, "surer of it after two lyings, and timid all the same"


@pytest.mark.parametrize("size", [(2, 2), (4, 4), (3, 1)])
def test_a_grid_can_be_turned_and_not_without_one_of_its_corners(size: tuple[int, int]) -> None:
    assert can_turn(layout(size))
    assert not can_turn(Layout("cut", layout(size).sensors[:-1]))


@pytest.mark.parametrize(("times", "weak"), [(P.pair_most - 0.1, None), (P.pair_most + 0.1, 2)])
def test_a_sensor_far_below_its_mirrored_partner_is_weak(times: float, weak: int | None) -> None:
    us = [150.0] * 8
    us[2] = 150.0 / times
    assert weak_sensor(layout(), us, P.pair_most) == weak


def test_beside_the_bodys_ridges_a_pair_may_differ_by_anything() -> None:
    mat = layout((4, 4))
    outer = [index for index, sensor in enumerate(mat.sensors) if abs(sensor.x_mm) > BEARING_MM + BEARING_SD_MM]
    assert outer, "the layout has some"
    for index in range(16):
        us = [150.0] * 16
        us[index] = 1.0
        assert weak_sensor(mat, us, P.pair_most) == (None if index in outer else index)


@given(st.lists(st.floats(-5.0, 5.0), min_size=3, max_size=3))
def test_solving_gives_back_what_was_put_in(x: list[float]) -> None:
    matrix = [[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]]
    right = [math.fsum(a * b for a, b in zip(row, x, strict=True)) for row in matrix]
    assert solve(matrix, right) == pytest.approx(x, abs=1e-9)
