"""What a load leaves behind goes as it came, with the logarithm of time; what still bears somebody does not."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.detect.presence.recovery import FIRST_S, LEFT_MOST, LEFT_MOST_UNSURE, Recovering, Recovery
from acumat.detect.signal.resolution import Resolution
from tests.detect.harness import layout
from tests.detect.readings import load, reading

MAT = layout()
LAIN_S = 300.0
PACE_S = 0.1
Course = Callable[[float], list[float]]


def watched(left: Course, *, seconds: float = 120.0, sure: bool = True, us: float = 150.0) -> Recovering | None:
    """Somebody lies for five minutes and is off within a tenth of a second; then the sensors bear `left` at so many seconds."""
    recovery = Recovery(Resolution(MAT))
    recovery.begin(0.0)
    for step in range(round((LAIN_S + seconds) / PACE_S)):
        t_s = step * PACE_S
        now = [us * (1 + 0.01 * math.sin(1.6 * t_s))] * 8 if t_s < LAIN_S else left(t_s - LAIN_S)
        found = recovery.step(load(t_s, now), reading(t_s, now), sure=sure)
        if found is not None:
            return found
    return None


def recovers(t_s: float, of_us: float = 20.0) -> float:
    return of_us * math.log1p(LAIN_S / max(t_s, 1.0)) / math.log1p(LAIN_S)


def test_what_goes_with_the_logarithm_is_known_after_two_doublings_and_dated_back() -> None:
    found = watched(lambda t_s: [recovers(t_s)] * 8, seconds=4 * FIRST_S + 3.0)
    assert found is not None
    assert found.left_s == pytest.approx(LAIN_S, abs=2.1)
    assert found.loaded_s == pytest.approx(LAIN_S, abs=2.1)


@pytest.mark.parametrize("exponent", [0.55, 1.0, 1.3])
@pytest.mark.parametrize("tau_s", [3.0, 10.0, 100.0])
def test_foam_of_any_kind_recovers(exponent: float, tau_s: float) -> None:
    def left(t_s: float) -> list[float]:
        return [150.0 * (0.02 * math.exp(-t_s / tau_s) + recovers(t_s, 0.1)) ** exponent] * 8

    assert watched(left) is not None


@pytest.mark.parametrize(
    "stays",
    [
        lambda t_s: [30.0 * (1 + 0.02 * math.log10(1 + t_s))] * 2 + [0.0] * 6,  # somebody small, or a thing
        lambda t_s: [30.0 * (1 + 0.01 * math.sin(3.0 * t_s))] * 2 + [0.0] * 6,  # it breathes
        lambda t_s: [recovers(t_s) * (1 + 0.05 * (math.floor(t_s / 6) % 2))] * 8,  # something stirs
        lambda t_s: [100.0 + recovers(t_s, 30.0)] * 8,  # too much of it is left
    ],
)
@pytest.mark.parametrize("sure", [True, False])
def test_what_still_bears_somebody_does_not_recover(stays: Course, sure: bool) -> None:
    assert watched(stays, sure=sure) is None


def test_a_paw_on_one_sensor_beside_what_recovers_keeps_the_contact() -> None:
    assert watched(lambda t_s: [recovers(t_s)] * 7 + [20.0 + recovers(t_s)]) is None


@settings(max_examples=10)
@given(share=st.floats(0.55, 0.95), us=st.floats(5.0, 60.0))
def test_a_load_that_is_more_than_half_of_what_is_left_keeps_the_contact(share: float, us: float) -> None:
    def left(t_s: float) -> list[float]:
        return [us * (share * (1 + 0.02 * math.log10(1 + t_s)) + (1 - share) * recovers(t_s, 1.0))] * 2 + [0.0] * 6

    assert watched(left, seconds=25.0) is None


def test_a_cover_that_presses_is_left_over_only_where_the_empty_mat_is_not_known() -> None:
    def left(t_s: float) -> list[float]:
        return [0.5 * (LEFT_MOST + LEFT_MOST_UNSURE) * 150.0 + recovers(t_s, 10.0)] * 8

    assert watched(left) is None
    assert watched(left, sure=False) is not None


def test_another_load_that_came_on_and_went_counts_from_its_own_leaving() -> None:
    found = watched(lambda t_s: [150.0 if 10.0 < t_s < 20.0 else recovers(t_s if t_s < 10.0 else t_s - 19.0)] * 8)
    assert found is not None
    assert found.left_s == pytest.approx(LAIN_S + 20.0, abs=2.1)
