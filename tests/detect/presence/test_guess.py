"""A mat that was taken for empty and breathes is revoked; one that reads little is not even doubted."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from acumat.detect.parameters import Parameters
from acumat.detect.presence.guess import DOUBT_S, LOOKS_ALIKE, EmptyGuess
from acumat.detect.signal.baseline import Baseline, Origin
from acumat.detect.signal.conductance import Reading
from acumat.detect.thresholds import Thresholds
from tests.detect.harness import RM_OHM

P = Parameters()
DEFAULT_US = 100.0


def reading(t_s: float, us: float) -> Reading:
    return Reading(t_s, (us,) * 2, (False,) * 2, (False,) * 2, (0.1,) * 2)


def guessed(us: float) -> tuple[EmptyGuess, Baseline]:
    """A baseline that was assumed at this conductance a sensor."""
    baseline = Baseline((RM_OHM,) * 2, (None, None), P)
    t_s = 0.0
    guess = EmptyGuess(P, Thresholds.of(P), baseline, default_us=DEFAULT_US)
    guess.watch(reading(t_s, us))
    while not baseline.watch(reading(t_s, us)):
        t_s += 0.25
        guess.watch(reading(t_s, us))
    assert baseline.origin is Origin.ASSUMED
    return guess, baseline


def revoked(us: float, breath: float, *, looks_alike: int = 0, seconds: float = 60.0) -> bool:
    guess, baseline = guessed(us)
    found = [
        guess.step(reading(6 + t / 4, us * (1 + breath * math.sin(2 * math.pi * t / 16))), looks_alike=looks_alike)
        for t in range(round(4 * seconds))
    ]
    assert any(found) is (baseline.origin is Origin.PRESUMED_LOADED)
    return any(found)


@pytest.mark.parametrize(("us", "doubtful"), [(17.0, False), (18.0, True)])
def test_a_guess_is_doubtful_and_searched_from_the_level_of_lying_on(us: float, doubtful: bool) -> None:
    guess, _ = guessed(us)
    assert guess.doubtful is doubtful
    assert guess.searches(10.0) is doubtful
    assert not guess.searches(10.0 + DOUBT_S)


@pytest.mark.parametrize(("breath", "lives"), [(0.02, True), (0.0, False)])
def test_a_guess_that_breathes_is_revoked(breath: float, lives: bool) -> None:
    assert revoked(40.0, breath) is lives


@pytest.mark.parametrize(("looks_alike", "lives"), [(LOOKS_ALIKE - 1, False), (LOOKS_ALIKE, True)])
def test_a_breath_that_keeps_its_rate_revokes_it_however_faint(looks_alike: int, lives: bool) -> None:
    assert revoked(40.0, 0.0, looks_alike=looks_alike) is lives


def test_chest_against_hips_revokes_it_where_the_total_stands_still() -> None:
    _, baseline = guessed(40.0)
    guess = EmptyGuess(P, Thresholds.of(P), baseline, default_us=DEFAULT_US, head_half=(1,))
    guess.watch(reading(5.0, 40.0))
    swings = [math.sin(2 * math.pi * t / 16) for t in range(240)]
    assert any(
        guess.step(replace(reading(6 + t / 4, 40.0), us=(40.0 + us, 40.0 - us)), looks_alike=0) for t, us in enumerate(swings)
    )


def test_somebody_who_comes_and_sits_says_nothing_of_what_was_there_before() -> None:
    guess, _ = guessed(40.0)
    seats = [40.0 + (30.0 + math.sin(2 * math.pi * t / 16) if 40 < t < 400 else 0.0) for t in range(480)]
    assert not any(
        guess.step(reading(6 + t / 4, us), looks_alike=LOOKS_ALIKE if 200 < t < 400 else 0) for t, us in enumerate(seats)
    )
    breath = [40.0 + math.sin(2 * math.pi * t / 16) for t in range(160)]
    assert any(guess.step(reading(126 + t / 4, us), looks_alike=0) for t, us in enumerate(breath)), "it is searched again"


@pytest.mark.parametrize(
    ("before", "since_s"),
    [
        ([40.0] * 40, 0.0),  # it was there from the first reading on
        ([0.5] * 20 + [40.0] * 40, 10.0),  # it came
        ([0.5] * 20 + [40.0] * 20 + [0.5] * 10 + [40.0] * 40, 25.0),  # it left in between
        ([30.0] * 10 + [60.0] * 10 + [40.0] * 40, 0.0),  # it moved
    ],
)
def test_since_when_it_was_there(before: list[float], since_s: float) -> None:
    guess = EmptyGuess(P, Thresholds.of(P), Baseline((RM_OHM,) * 2, (None, None), P), default_us=DEFAULT_US)
    for step, us in enumerate(before):
        guess.watch(reading(step / 2, us))
    assert guess.since_s == since_s


def test_a_hole_begins_anew() -> None:
    guess = EmptyGuess(P, Thresholds.of(P), Baseline((RM_OHM,) * 2, (None, None), P), default_us=DEFAULT_US)
    for t_s in (0.0, 1.0, 2.0 + P.gap_s, 3.0 + P.gap_s):
        guess.watch(reading(t_s, 40.0))
    assert guess.since_s == 2.0 + P.gap_s


def test_what_was_stored_is_no_guess() -> None:
    baseline = Baseline((RM_OHM,) * 2, (40.0, 40.0), P)
    assert not EmptyGuess(P, Thresholds.of(P), baseline, default_us=DEFAULT_US).doubtful
