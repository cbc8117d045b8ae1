"""A contact that shows no life, and one so faint for so long that it was left behind."""

from __future__ import annotations

import math

import pytest

from acumat.contract.learned import Learned
from acumat.detect.parameters import Parameters
from acumat.detect.presence.rest import Rest
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.load import Load, Loads
from acumat.detect.thresholds import Thresholds
from tests.detect.harness import layout

P = Parameters()
MAT = layout()
LOADS = Loads(MAT, Learned.nothing(8), P)


def load(t_s: float, pct: float) -> Load:
    us = (pct / 100 * LOADS.default_us / 8,) * 8
    return LOADS.of(Reading(t_s, us, (False,) * 8, (False,) * 8, (0.1,) * 8), (0.0,) * 8)


def resting(pct: float, seconds: float, breath: float = 0.0) -> tuple[Rest, float]:
    """What is known of a contact of this size after so many seconds, and the time then."""
    rest = Rest(P, Thresholds.of(P))
    rest.begin(0.0)
    for index in range(round(seconds * 4)):
        t_s = index / 4
        rest.step(load(t_s, pct * (1 + breath * math.sin(2 * math.pi * 0.25 * t_s))))
    return rest, seconds


@pytest.mark.parametrize(("seconds", "lifeless"), [(P.confirm_within_s - 1, False), (P.confirm_within_s + 1, True)])
def test_what_shows_nothing_of_a_person_for_a_minute_is_lifeless(seconds: float, lifeless: bool) -> None:
    rest, t_s = resting(40.0, seconds)
    assert rest.lifeless(t_s) is lifeless


def test_what_breathes_is_not_lifeless() -> None:
    rest, t_s = resting(40.0, 90.0, breath=0.01)
    assert not rest.lifeless(t_s)


@pytest.mark.parametrize(
    ("pct", "seconds", "left"), [(8.0, P.rest_s + 1, True), (8.0, P.rest_s - 1, False), (20.0, P.rest_s + 1, False)]
)
def test_what_is_faint_and_still_for_ten_minutes_was_left_behind(pct: float, seconds: float, left: bool) -> None:
    rest, t_s = resting(pct, seconds)
    assert rest.left_behind(t_s) is left


def test_what_was_withdrawn_is_lifeless_from_its_last_movement_on_and_faint_from_now() -> None:
    rest = Rest(P, Thresholds.of(P))
    rest.withdrawn(0.0, 60.0)
    assert rest.lifeless(60.0)
    assert not rest.left_behind(P.rest_s + 59.0)
    assert rest.left_behind(P.rest_s + 60.0)


def test_what_was_touched_is_lifeless_only_a_minute_later() -> None:
    rest = Rest(P, Thresholds.of(P))
    rest.begin(0.0)
    found = []
    for index in range(round((P.confirm_within_s + 40) * 4)):
        t_s = index / 4
        rest.step(load(t_s, 40.0 if t_s < 30 else 50.0))
        found.append(rest.lifeless(t_s))
    assert found.index(True) / 4 == pytest.approx(30 + P.confirm_within_s, abs=3.0)
