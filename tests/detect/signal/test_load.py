"""Load above the baseline, its total against a reference, and whether it lies on the mat as a body does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.learned import Learned
from acumat.detect.signal.load import Loads, Shape, effective_share
from tests.detect.harness import RM_OHM, layout
from tests.detect.readings import P, Us, load, reading

BASE = (10.0,) * 8


def of(us: Us, *, gains: tuple[float, ...] = (1.0,) * 8, base: tuple[float | None, ...] = BASE) -> tuple[float | None, ...]:
    return Loads(layout(), Learned(BASE, gains, 1200.0), P).of(reading(0.0, us), base).us


def test_each_sensor_is_its_gain_times_what_is_above_its_baseline() -> None:
    found = of([5.0, 10.0, 20.0, None, 30.0, 30.0, 30.0, 30.0], gains=(1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 0.5))
    assert found == (0.0, 0.0, 20.0, None, 20.0, 20.0, 20.0, 10.0)
    assert of([30.0] * 8, base=(None, *BASE[1:]))[0] is None


def test_the_total_makes_up_for_missing_sensors_and_is_in_percent_of_the_reference() -> None:
    whole, holed = load(0.0, [150.0] * 8), load(0.0, [None] * 4 + [150.0] * 4)
    assert (whole.total_us, whole.pct, whole.all_known, whole.head_us) == (1200.0, 100.0, True, 600.0)
    assert (holed.total_us, holed.pct, holed.all_known, holed.head_us) == (1200.0, 100.0, False, 0.0)
    assert (load(0.0, [None] * 8).total_us, load(0.0, [None] * 8).pct) == (0.0, 0.0)
    assert not load(0.0, [150.0] * 8, saturated=[1]).all_known


def test_before_a_person_was_learnt_half_of_each_dividers_middle_counts_as_one() -> None:
    loads = Loads(layout(), Learned.nothing(8), P)
    found = loads.of(reading(0.0, [P.default_x_over_rm * 1e6 / RM_OHM] * 8), (0.0,) * 8)
    assert found.pct == pytest.approx(100.0)


BODY, FEET = [150.0] * 8, [400.0] * 2 + [0.0] * 6
SITS = [0.0] * 4 + [10.0] * 2 + [400.0] * 2
ONE_SIDE = [300.0, 3.0] * 4


@pytest.mark.parametrize(
    ("us", "is_body"),
    [
        (BODY, True),
        (FEET, False),
        (SITS, False),
        (ONE_SIDE, False),
        ([0.0] * 8, False),
        ([None, *BODY[1:]], True),
        ([None, None, *BODY[2:]], True),  # a zone of which nobody knows
        ([250.0, 40.0] * 4, True),  # leaning
    ],
)
def test_a_body_lies_over_zones_sides_and_halves(us: Us, is_body: bool) -> None:
    assert Shape(layout(), P).looks_like_trunk(tuple(us)) is is_body


def test_a_layout_without_rows_cannot_report_and_says_yes() -> None:
    assert Shape(layout((1, 1)), P).looks_like_trunk((5.0,))
    assert Shape(layout((1, 4)), P).looks_like_trunk((500.0, 0.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("rows", "gathered"),
    [((1, 1, 1, 1), False), ((0, 1, 1, 0), True), ((0.2, 1, 0.55, 0.05), True), ((1, 0, 0, 1), False)],
)
def test_what_is_shorter_than_a_trunk_is_gathered(rows: tuple[float, ...], gathered: bool) -> None:
    us = tuple(150.0 * rows[index // 2] for index in range(8))
    shape = Shape(layout(), P)
    share = shape.length_share(us)
    assert shape.is_concentrated(us) is gathered
    assert share is not None
    assert (share < P.length_share) is gathered


def test_length_is_not_known_with_two_rows_or_without_a_sensor_or_a_load() -> None:
    assert Shape(layout((2, 2)), P).length_share((1.0,) * 4) is None
    assert Shape(layout(), P).length_share((None, *[1.0] * 7)) is None
    assert Shape(layout(), P).length_share((0.0,) * 8) is None
    assert not Shape(layout(), P).is_concentrated((0.0,) * 8)


@given(st.lists(st.floats(0.1, 1000.0), min_size=8, max_size=8), st.floats(0.01, 100.0))
def test_the_shape_of_a_load_does_not_depend_on_its_size(us: list[float], times: float) -> None:
    shape = Shape(layout(), P)
    one, other = tuple(us), tuple(times * each for each in us)
    assert effective_share(one) == pytest.approx(effective_share(other))
    assert 1 / 8 - 1e-9 <= effective_share(one) <= 1.0 + 1e-9
    assert shape.length_share(one) == pytest.approx(shape.length_share(other))


@pytest.mark.parametrize(
    ("loads", "share"),
    [((1.0,) * 4, 1.0), ((1.0, 0.0, 0.0, 0.0), 0.25), ((1.0, 1.0, 0.0, None), 2 / 3), ((0.0, None), 0.0), ((), 0.0)],
)
def test_the_effective_share_is_hills_number_over_the_sensors(loads: tuple[float | None, ...], share: float) -> None:
    assert effective_share(loads) == pytest.approx(share)


def test_the_right_side_is_watched_only_with_two_rows() -> None:
    narrow, long = layout((2, 2)), layout()
    assert load(0.0, [10.0, 20.0, 30.0, 40.0], mat=narrow).side_us == 60.0
    assert load(0.0, BODY, mat=long).side_us == 0.0
    assert load(0.0, [10.0, 20.0, 30.0, 40.0], mat=narrow).head_us == 30.0
