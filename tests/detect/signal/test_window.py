"""What must be steady to be believed is looked at over a window without holes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.signal.window import Window, total_us
from tests.detect.readings import Us, reading


def filled(*readings: tuple[float, Us], span_s: float = 2.0, gap_s: float = 1.0) -> Window:
    window = Window(span_s, gap_s)
    for t_s, us in readings:
        window.add(reading(t_s, us))
    return window


def test_it_is_full_once_it_reaches_back_over_its_span_and_no_longer_than_it_must() -> None:
    window = Window(2.0, 1.0)
    full = []
    for step in range(60):
        window.add(reading(step / 10, [1.0]))
        full.append(window.full)
        assert window.covered_s <= 2.1
    assert full.index(True) == 20
    assert all(full[20:])


@pytest.mark.parametrize("then_s", [3.1, 1.9, -50.0])
def test_a_hole_or_time_that_steps_back_empties_it(then_s: float) -> None:
    window = filled((0.0, [1.0]), (1.0, [1.0]), (2.0, [1.0]))
    assert window.full
    window.add(reading(then_s, [9.0]))
    assert window.covered_s == 0.0
    assert window.medians_us() == (9.0,)


@pytest.mark.parametrize(
    ("values", "middle"),
    [([1.0, 2.0, 3.0], 2.0), ([None, 2.0, 3.0, 5.0], 3.0), ([None, None, 3.0, 5.0], 3.0), ([None, None, 3.0], None)],
)
def test_a_sensor_has_a_median_with_readings_in_half_of_them(values: Us, middle: float | None) -> None:
    window = filled(*[(0.5 * n, [each]) for n, each in enumerate(values)])
    assert window.medians_us() == (middle,)


@pytest.mark.parametrize(("often", "is_at_end"), [(0, False), (1, False), (2, True), (20, True)])
def test_a_sensor_in_a_tenth_of_them_at_its_end_is_saturated(often: int, is_at_end: bool) -> None:
    window = Window(9.9, 1.0)
    for step in range(20):
        window.add(reading(step / 2, [1.0, 1.0], saturated=[1] if step < often else []))
    assert window.saturated() == (False, is_at_end)


@given(st.lists(st.floats(0.0, 1000.0), min_size=11, max_size=40), st.floats(0.0, 100.0))
def test_the_spread_leaves_out_the_outer_tenths_and_knows_no_level(totals: list[float], level: float) -> None:
    window = filled(*[(n / 100, [each]) for n, each in enumerate(totals)])
    assert 0.0 <= window.spread_us() <= max(totals) - min(totals)
    lifted = filled(*[(n / 100, [each + level]) for n, each in enumerate(totals)])
    assert lifted.spread_us() == pytest.approx(window.spread_us(), abs=1e-6)


def test_one_odd_reading_in_twenty_is_no_spread() -> None:
    window = filled(*[(n / 100, [500.0 if n == 7 else 10.0]) for n in range(20)])
    assert window.spread_us() == 0.0


@pytest.mark.parametrize(("us", "total"), [((1.0, 2.0), 3.0), ((1.0, None), 2.0), ((None, None), 0.0), ((4.0, None, 2.0), 9.0)])
def test_a_missing_sensor_counts_as_the_mean_of_the_others(us: tuple[float | None, ...], total: float) -> None:
    assert total_us(us) == total
