"""Load above the baseline, its total against a reference, and whether it lies on the mat as a body does."""

from __future__ import annotations

import pytest

from acumat.contract.learned import Learned
from acumat.detect.signal.load import Loads
from tests.detect.harness import RM_OHM, layout
from tests.detect.readings import P, Us, load, reading

BASE = (10.0,) * 8
BODY = [150.0] * 8
LEARNT = Learned(BASE, (1.0,) * 8, 1200.0)


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


def test_what_does_not_lie_is_no_trunk_however_it_is_spread() -> None:
    loads = Loads(layout(), Learned.nothing(8), P)
    found = [loads.of(reading(0.0, BODY), BASE, lies=lies).looks_like_trunk for lies in (True, False)]
    assert found == [True, False]


def test_the_usual_load_is_that_which_was_learnt() -> None:
    assert [Loads(layout(), each, P).of(reading(0.0, BODY), BASE).usual_us for each in (Learned.nothing(8), LEARNT)] == [
        None,
        1200.0,
    ]


def test_before_a_person_was_learnt_half_of_each_dividers_middle_counts_as_one() -> None:
    loads = Loads(layout(), Learned.nothing(8), P)
    found = loads.of(reading(0.0, [P.default_x_over_rm * 1e6 / RM_OHM] * 8), (0.0,) * 8)
    assert found.pct == pytest.approx(100.0)


def test_the_right_side_is_watched_only_with_two_rows() -> None:
    narrow, long = layout((2, 2)), layout()
    assert load(0.0, [10.0, 20.0, 30.0, 40.0], mat=narrow).side_us == 60.0
    assert load(0.0, BODY, mat=long).side_us == 0.0
    assert load(0.0, [10.0, 20.0, 30.0, 40.0], mat=narrow).head_us == 30.0
