"""What the empty mat reads: learnt when steady, followed slowly when it is surely empty, and never learnt from a person."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.signal.baseline import Baseline, Origin
from tests.detect.harness import RM_OHM
from tests.detect.readings import P, Us, reading

HALF_US = 1e6 / RM_OHM
"""A divider at its middle."""


def baseline(*stored_us: float | None, sensors: int = 4) -> Baseline:
    return Baseline((RM_OHM,) * sensors, stored_us or (None,) * sensors, P)


def watched(
    us: Us, seconds: float = 6.0, *, made: Baseline | None = None, start_s: float = 0.0
) -> tuple[Baseline, float | None]:
    """Steady readings at 10 Hz; gives when it settled, if it did."""
    made = made or baseline(sensors=len(us))
    for step in range(round(seconds * 10)):
        if made.watch(reading(start_s + step / 10, us)):
            return made, start_s + step / 10
    return made, None


def followed(made: Baseline, us: Us, seconds: float, *, empty_for_s: float | None, start_s: float = 0.0) -> None:
    for step in range(round(seconds * 10) + 1):
        made.follow(reading(start_s + step / 10, us), empty_for_s=empty_for_s)


def test_a_stored_baseline_is_known_at_once_and_one_with_a_hole_is_none() -> None:
    stored = baseline(1.0, 2.0, 3.0, 4.0)
    assert (stored.known, stored.sure, stored.origin) == (True, True, Origin.STORED)
    assert stored.kept_us == (1.0, 2.0, 3.0, 4.0)
    holed = baseline(1.0, None, 3.0, 4.0)
    assert (holed.known, holed.sure, holed.us) == (False, False, (None,) * 4)


def test_steady_readings_are_taken_for_empty_after_five_seconds_and_are_a_guess() -> None:
    made, settled_s = watched([1.0, 2.0, 3.0, 4.0])
    assert settled_s == pytest.approx(P.steady_s)
    assert made.us == (1.0, 2.0, 3.0, 4.0)
    assert (made.origin, made.sure) == (Origin.ASSUMED, False)
    assert made.kept_us == (None,) * 4, "a guess outlives no restart"


@pytest.mark.parametrize(("high", "origin"), [(0, Origin.ASSUMED), (1, Origin.PRESUMED_LOADED), (4, Origin.PRESUMED_LOADED)])
def test_a_quarter_of_the_dividers_above_half_of_the_supply_is_a_loaded_mat(high: int, origin: Origin) -> None:
    made, _ = watched([1.2 * HALF_US] * high + [1.0] * (4 - high))
    assert made.origin is origin
    assert (made.us == (0.0,) * 4) is bool(high)


def test_readings_that_swing_settle_nothing_and_a_hole_begins_anew() -> None:
    made = baseline()
    swinging = [made.watch(reading(step / 10, [60.0 if step % 20 < 10 else 100.0] * 4)) for step in range(300)]
    assert not any(swinging)
    made, settled_s = watched([1.0] * 4, 4.0)
    assert settled_s is None
    _, settled_s = watched([1.0] * 4, made=made, start_s=4.0 + P.gap_s + 0.1)
    assert settled_s == pytest.approx(4.0 + P.gap_s + 0.1 + P.steady_s)


def test_the_last_bits_of_a_converter_with_nearly_no_load_are_steady() -> None:
    made = baseline()
    assert any(made.watch(reading(step / 10, [0.01 * (step % 20)] * 4)) for step in range(60))


@pytest.mark.parametrize(("empty_for_s", "rises"), [(None, False), (P.follow_after_s - 1, False), (P.follow_after_s, True)])
def test_it_rises_only_after_the_mat_has_been_empty_for_a_minute(empty_for_s: float | None, rises: bool) -> None:
    made = baseline(10.0, 10.0, 10.0, 10.0)
    followed(made, [20.0] * 4, P.follow_tau_s, empty_for_s=empty_for_s)
    # one time constant: 1 - 1/e of the way
    assert made.us == pytest.approx([16.3 if rises else 10.0] * 4, abs=0.1)


@pytest.mark.parametrize("empty_for_s", [None, 1000.0])
def test_it_falls_at_once_and_a_guess_falls_fast(empty_for_s: float | None) -> None:
    sure = baseline(10.0, 10.0, 10.0, 10.0)
    followed(sure, [5.0] * 4, P.fall_tau_s, empty_for_s=empty_for_s)
    assert sure.us == pytest.approx([5 + 5 / 2.718] * 4, abs=0.1)
    guess, _ = watched([10.0] * 4)
    followed(guess, [5.0] * 4, 10.0, empty_for_s=None, start_s=100.0)
    assert guess.us == pytest.approx([5.0] * 4, abs=0.1)


def test_a_hole_in_time_moves_it_by_a_few_seconds_at_most() -> None:
    made = baseline(10.0, 10.0, 10.0, 10.0)
    made.follow(reading(0.0, [20.0] * 4), empty_for_s=100.0)
    made.follow(reading(50_000.0, [20.0] * 4), empty_for_s=50_000.0)
    assert made.us == pytest.approx([10 + 10 * P.gap_s / P.follow_tau_s] * 4)


def test_a_saturated_or_missing_sensor_teaches_nothing_and_a_new_one_waits_for_an_empty_mat() -> None:
    made = baseline(10.0, 10.0, 10.0, 10.0)
    made.follow(reading(0.0, [1.0, None, 1.0, 1.0], saturated=[0]), empty_for_s=100.0)
    made.follow(reading(2.0, [1.0, None, 1.0, 1.0], saturated=[0]), empty_for_s=100.0)
    assert made.us[:2] == (10.0, 10.0)
    assert made.us[2] is not None
    assert made.us[2] < 10.0
    made.carry_on((None, 10.0, 10.0, 10.0), Origin.STORED, sure=True)
    made.follow(reading(3.0, [7.0] * 4), empty_for_s=None)
    assert made.us[0] is None
    made.follow(reading(4.0, [7.0] * 4), empty_for_s=100.0)
    assert made.us[0] == 7.0


@pytest.mark.parametrize(
    ("stored_us", "us", "lost"),
    [
        ((40.0,) * 4, [1.0, 1.0, 40.0, 40.0], True),  # two of four
        ((40.0,) * 4, [1.0, 40.0, 40.0, 40.0], False),  # a loose wire of its own
        ((40.0,) * 4, [3.0] * 4, False),  # a twentieth is the most
        ((5.0,) * 4, [0.0] * 4, False),  # nothing firm to lose
        ((40.0, 40.0, 1e4, 1e4), [40.0, 40.0, 1.0, 1.0], False),  # at their end before: that is a recovery
        ((40.0,) * 4, [None, None, 1.0, 1.0], True),
    ],
)
def test_a_supply_is_gone_when_half_of_the_firm_sensors_read_nothing_at_once(
    stored_us: tuple[float, ...], us: Us, lost: bool
) -> None:
    assert baseline(*stored_us).lost(reading(0.0, us)) is lost


def test_a_guess_can_lose_no_supply_for_a_person_may_have_left() -> None:
    guess, _ = watched([40.0] * 4)
    assert not guess.lost(reading(10.0, [0.0] * 4))
    guess.settle(person=False)
    assert (guess.origin, guess.sure) == (Origin.MEASURED, False)
    guess.settle(person=True)
    assert guess.lost(reading(10.0, [0.0] * 4))


def test_a_single_sensor_loses_its_supply_alone() -> None:
    assert baseline(40.0, sensors=1).lost(reading(0.0, [1.0]))


def test_what_was_presumed_empty_and_breathes_is_known_to_be_loaded() -> None:
    made, _ = watched([30.0] * 4)
    made.revoke()
    assert (made.origin, made.us, made.sure) == (Origin.PRESUMED_LOADED, (0.0,) * 4, False)


def test_a_tare_is_somebodys_word_and_leaves_silent_sensors_alone() -> None:
    made, _ = watched([30.0] * 4)
    made.tare(reading(10.0, [1.0, None, 3.0, 4.0]))
    assert made.us == (1.0, 30.0, 3.0, 4.0)
    assert (made.origin, made.sure, made.kept_us) == (Origin.MEASURED, True, made.us)


@pytest.mark.parametrize(
    ("us", "origin"),
    [((1.0, 2.0, 3.0, 4.0), Origin.MEASURED), ((None, 2.0, None, None), Origin.MEASURED), ((None,) * 4, Origin.ASSUMED)],
)
def test_what_was_stored_elsewhere_is_taken_over_sensor_by_sensor(us: tuple[float | None, ...], origin: Origin) -> None:
    made, _ = watched([30.0] * 4)
    made.adopt(us)
    assert made.us == tuple(30.0 if each is None else each for each in us)
    assert made.origin is origin


def test_a_sensor_that_works_again_is_taken_for_unloaded() -> None:
    made = baseline(10.0, 10.0, 10.0, 10.0)
    made.take(2, 55.0)
    made.take(1, None)
    assert made.us == (10.0, 10.0, 55.0, 10.0)


@given(
    start=st.lists(st.floats(0.0, 500.0), min_size=4, max_size=4),
    course=st.lists(st.lists(st.floats(0.0, 2000.0), min_size=4, max_size=4), min_size=1, max_size=20),
    empty_for_s=st.one_of(st.none(), st.floats(0.0, 1000.0)),
)
def test_it_stays_between_what_it_was_and_what_is_read(
    start: list[float], course: list[list[float]], empty_for_s: float | None
) -> None:
    made = baseline(*start)
    for step, us in enumerate(course):
        before = made.us
        made.follow(reading(step * 1.0, us), empty_for_s=empty_for_s)
        for old, now, new in zip(before, us, made.us, strict=True):
            assert old is not None
            assert new is not None
            assert min(old, now) - 1e-9 <= new <= max(old, now) + 1e-9
            if empty_for_s is None:
                assert new <= old


LEFT_S = 1000.0
BARE: Us = [1.0, 2.0, 3.0, 4.0]


def residue(left_us: float, loaded_s: float = 300.0) -> Baseline:
    """A mat ten seconds after somebody left it, with so much left on each sensor."""
    made = baseline(*BARE)
    made.leave(reading(LEFT_S + 10.0, [(us or 0.0) + left_us for us in BARE]), loaded_s=loaded_s, left_s=LEFT_S)
    return made


@pytest.mark.parametrize("loaded_s", [10.0, 300.0, 30_000.0])
@pytest.mark.parametrize("since_s", [20.0, 100.0, 1000.0])
def test_what_is_left_goes_with_the_logarithm_and_is_no_load_meanwhile(loaded_s: float, since_s: float) -> None:
    made = residue(20.0, loaded_s)
    assert made.us == (21.0, 22.0, 23.0, 24.0)
    share = math.log(1 + loaded_s / since_s) / math.log(1 + loaded_s / 10.0)
    made.follow(reading(LEFT_S + since_s, [30.0] * 4), empty_for_s=None)
    assert made.us == pytest.approx([(us or 0.0) + 20.0 * share for us in BARE], abs=0.5)


def test_what_does_not_go_is_a_load_again_and_what_goes_sooner_is_followed() -> None:
    made = residue(20.0)
    stays: Us = [1.0, 2.0, 3.0, 24.0]
    for step in range(20 * 60):
        made.follow(reading(LEFT_S + 10.0 + step, stays), empty_for_s=None)
    assert made.us == pytest.approx(BARE, abs=1.5)


def test_somebody_else_who_leaves_leaves_on_top_of_it() -> None:
    made = residue(20.0)
    made.leave(reading(LEFT_S + 60.0, [44.0] * 4), loaded_s=30.0, left_s=LEFT_S + 50.0)
    made.follow(reading(LEFT_S + 50_000.0, [44.0] * 4), empty_for_s=None)
    assert made.us == pytest.approx(BARE, abs=0.5)


@pytest.mark.parametrize("how", ["tare", "adopt", "carry_on", "revoke", "take"])
def test_a_baseline_that_is_set_has_no_residue(how: str) -> None:
    made = residue(20.0)
    now = reading(LEFT_S + 60.0, [50.0] * 4)
    changes: dict[str, Callable[[], None]] = {
        "tare": lambda: made.tare(now),
        "adopt": lambda: made.adopt(now.us),
        "carry_on": lambda: made.carry_on(now.us, Origin.STORED, sure=True),
        "revoke": made.revoke,
        "take": lambda: made.take(0, 50.0),
    }
    changes[how]()
    before = made.us
    made.follow(reading(LEFT_S + 5000.0, [60.0] * 4), empty_for_s=None)
    assert made.us == before
