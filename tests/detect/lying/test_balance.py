"""How the load lies: shares that are known only with every sensor, and lopsided only when it lasts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.lying.balance import Balance, Balances, evenness
from acumat_hw.layout import Layout
from tests.detect.harness import layout
from tests.detect.readings import P, Us, load

US = st.lists(st.floats(20.0, 500.0), min_size=8, max_size=8)


def settled(us: Us, mat: Layout | None = None) -> Balance:
    mat = mat or layout()
    return Balances(mat, P).step(load(0.0, us, mat=mat))


def test_an_even_load_is_in_the_middle_and_fully_even() -> None:
    found = settled([150.0] * 8)
    assert found.lateral == pytest.approx(0.0)
    assert found.head_foot == pytest.approx(0.0)
    assert found.evenness == pytest.approx(1.0)
    assert found.cop_mm == pytest.approx((0.0, 0.0))
    assert found.shares == pytest.approx(
        {"left": 50.0, "right": 50.0, "neck": 25.0, "shoulders": 25.0, "lumbar": 25.0, "pelvis": 25.0}
    )


@given(US)
def test_lateral_is_right_against_left_and_the_sides_share_the_whole(us: list[float]) -> None:
    found = settled(us)
    right = sum(us[1::2])
    assert found.lateral == pytest.approx(100.0 * (2 * right - sum(us)) / sum(us), abs=1e-6)
    assert found.shares is not None
    assert found.shares["left"] + found.shares["right"] == pytest.approx(100.0)
    assert sum(found.shares[zone] for zone in layout().zones) == pytest.approx(100.0)
    assert found.evenness is not None
    assert 0.0 <= found.evenness <= 1.0 + 1e-9


@given(US, st.floats(1.0, 10.0))
def test_a_heavier_body_that_lies_alike_has_the_same_balance(us: list[float], times: float) -> None:
    once, again = settled(us), settled([times * each for each in us])
    assert once.lateral is not None
    assert again.lateral == pytest.approx(once.lateral, abs=1e-6)


def test_head_is_positive_and_the_middle_row_counts_for_neither() -> None:
    mat = layout((3, 2))
    assert settled([300.0] * 2 + [0.0] * 4, mat).head_foot == pytest.approx(100.0)
    assert settled([0.0] * 2 + [300.0] * 2 + [0.0] * 2, mat).head_foot == pytest.approx(0.0)
    assert settled([0.0] * 4 + [300.0] * 2, mat).head_foot == pytest.approx(-100.0)


@pytest.mark.parametrize(
    ("size", "known"),
    [((1, 1), ()), ((1, 2), ("lateral", "evenness", "cop_mm")), ((2, 1), ("head_foot", "evenness", "cop_mm"))],
)
def test_a_layout_without_a_side_knows_nothing_of_it(size: tuple[int, int], known: tuple[str, ...]) -> None:
    mat = layout(size)
    found = settled([300.0] * len(mat.sensors), mat)
    for name in ("lateral", "head_foot", "evenness", "cop_mm"):
        assert (getattr(found, name) is not None) is (name in known), name


@pytest.mark.parametrize("us", [[None] + [150.0] * 7, [14.0] * 8, [0.0] * 8])
def test_nothing_is_known_of_a_small_load_or_without_a_sensor(us: Us) -> None:
    assert settled(us) == Balance()


def test_nothing_is_known_with_a_sensor_at_its_end() -> None:
    assert Balances(layout(), P).step(load(0.0, [150.0] * 8, saturated=[3])) == Balance()


def test_shares_are_smoothed_over_a_second_and_start_anew_with_somebody_else() -> None:
    balances = Balances(layout(), P)
    left, right = [300.0, 0.0] * 4, [0.0, 300.0] * 4
    assert balances.step(load(0.0, left)).lateral == pytest.approx(-100.0)
    assert balances.step(load(P.balance_tau_s / 2, right)).lateral == pytest.approx(0.0)
    assert balances.step(load(0.0, right)).lateral == pytest.approx(0.0), "time that steps back moves nothing"
    balances.reset()
    assert balances.step(load(5.0, right)).lateral == pytest.approx(100.0)


def lopsided_course(laterals: Sequence[float | None], *, calibrated: bool = True) -> tuple[list[tuple[float, float]], Balances]:
    """One value a second: when it changed, and since when."""
    balances, changes = Balances(layout(), P), []
    for t_s, lateral in enumerate(laterals):
        edge_s = balances.hold_lopsided(float(t_s), lateral, calibrated=calibrated)
        if edge_s is not None:
            changes.append((float(t_s), edge_s))
    return changes, balances


@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize(
    ("size", "calibrated", "on"), [(20, True, True), (19.9, True, False), (44, False, False), (45, False, True)]
)
def test_lopsided_begins_after_ten_seconds_of_either_side(size: float, side: float, calibrated: bool, on: bool) -> None:
    changes, balances = lopsided_course([0.0, *[side * size] * 15], calibrated=calibrated)
    assert balances.lopsided is on
    assert changes == ([(11.0, 1.0)] if on else [])


@pytest.mark.parametrize(("size", "ends"), [(15.0, False), (14.9, True), (None, True)])
def test_lopsided_ends_below_a_lower_limit_or_where_it_is_not_known(size: float | None, ends: bool) -> None:
    changes, balances = lopsided_course([*[30.0] * 12, *[size] * 15])
    assert balances.lopsided is not ends
    assert changes == [(10.0, 0.0)] + ([(22.0, 12.0)] if ends else [])


def test_what_is_not_known_never_begins_it_and_a_glance_to_the_middle_begins_anew() -> None:
    assert lopsided_course([None] * 60)[0] == []
    assert lopsided_course([30.0] * 8 + [0.0] + [30.0] * 8)[0] == []


@pytest.mark.parametrize(("shares", "j"), [([0.5, 0.5], 1.0), ([1.0, 0.0], 0.0), ([0.5, 0.5, 0.0, 0.0], 0.5)])
def test_evenness_is_shannons_entropy_over_its_maximum(shares: list[float], j: float) -> None:
    assert evenness(shares) == pytest.approx(j)
