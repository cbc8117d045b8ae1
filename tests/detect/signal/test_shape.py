"""What the place of a load says: a body along the mat, or feet, a seat, people on the edge."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.parameters import Parameters
from acumat.detect.signal.shape import Shape, effective_share, reach
from tests.detect.harness import layout

P = Parameters()
Us = Sequence[float | None]
BODY: Us = [150.0] * 8
FEET: Us = [0.0, 0.0, 400.0, 400.0, 300.0, 300.0, 0.0, 0.0]
SEAT: Us = [0.0] * 4 + [100.0] * 2 + [400.0] * 2
ONE_SIDE: Us = [300.0, 3.0] * 4
HEAVY_HIPS: Us = [40.0, 40.0, 60.0, 60.0, 20.0, 20.0, 330.0, 330.0]
CROSSTALK: Us = [20.0, 20.0, 210.0, 210.0, 240.0, 240.0, 30.0, 30.0]


@pytest.mark.parametrize(
    ("us", "least", "most"),
    [
        (BODY, 2.3, 2.3),
        (FEET, -3.0, -3.0),
        (SEAT, -3.0, -3.0),
        (CROSSTALK, -3.0, -2.0),
        (ONE_SIDE, -2.5, -2.0),
        (HEAVY_HIPS, 0.0, 2.3),
        ([None, *BODY[1:]], 3.0, 4.5),
        ([250.0, 40.0] * 4, -1.0, 0.0),
    ],
)
def test_a_body_reaches_over_the_mat_and_bears_on_both_sides(us: Us, least: float, most: float) -> None:
    nats = Shape(layout(), P).nats(us)
    assert nats is not None
    assert least <= nats <= most


@pytest.mark.parametrize(
    ("preset", "us"), [((4, 2), [0.0] * 8), ((4, 2), [None, None, *BODY[2:]]), ((1, 1), [5.0]), ((1, 4), [5.0] * 4)]
)
def test_without_a_load_a_row_or_two_rows_nobody_can_say(preset: tuple[int, int], us: Us) -> None:
    shape = Shape(layout(preset), P)
    assert shape.nats(us) is None
    assert not shape.is_concentrated(us)


@pytest.mark.parametrize(("us", "sign"), [([20.0, 20.0, 30.0, 30.0], 1), ([2.0, 2.0, 50.0, 50.0], -1)])
def test_on_two_rows_the_heavier_one_decides(us: Us, sign: int) -> None:
    assert sign * (Shape(layout((2, 2)), P).nats(us) or 0.0) > 0


@pytest.mark.parametrize(
    ("rows", "gathered"),
    [((1, 1, 1, 1), False), ((0, 1, 1, 0), True), ((0.2, 1, 0.55, 0.05), True), ((1, 0, 0, 1), False)],
)
def test_what_is_shorter_than_a_body_is_concentrated(rows: tuple[float, ...], gathered: bool) -> None:
    us = tuple(150.0 * rows[index // 2] for index in range(8))
    assert Shape(layout(), P).is_concentrated(us) is gathered


@pytest.mark.parametrize(("us", "spread"), [(BODY, True), (SEAT, True), ([400.0] * 2 + [0.0] * 6, False), ([0.0] * 8, False)])
def test_a_body_bears_on_more_than_a_corner(us: Us, spread: bool) -> None:
    assert Shape(layout(), P).looks_like_trunk(tuple(us)) is spread


def test_a_layout_without_rows_says_yes() -> None:
    assert Shape(layout((1, 4)), P).looks_like_trunk((500.0, 0.0, 0.0, 0.0))


@pytest.mark.parametrize("count", [3, 4, 6])
def test_an_even_load_reaches_over_the_mat(count: int) -> None:
    assert reach([1 / count] * count) == pytest.approx(1.0)
    assert reach([1.0, *[0.0] * (count - 1)]) == pytest.approx(0.0)


@given(st.lists(st.floats(0.1, 1000.0), min_size=8, max_size=8), st.floats(0.01, 100.0))
def test_the_shape_of_a_load_does_not_depend_on_its_size(us: list[float], times: float) -> None:
    shape = Shape(layout(), P)
    one, other = tuple(us), tuple(times * each for each in us)
    assert effective_share(one) == pytest.approx(effective_share(other))
    assert 1 / 8 - 1e-9 <= effective_share(one) <= 1.0 + 1e-9
    assert shape.nats(one) == pytest.approx(shape.nats(other), abs=1e-6)


@pytest.mark.parametrize(
    ("loads", "share"),
    [((1.0,) * 4, 1.0), ((1.0, 0.0, 0.0, 0.0), 0.25), ((1.0, 1.0, 0.0, None), 2 / 3), ((0.0, None), 0.0), ((), 0.0)],
)
def test_the_effective_share_is_hills_number_over_the_sensors(loads: tuple[float | None, ...], share: float) -> None:
    assert effective_share(loads) == pytest.approx(share)
