"""A mat that was taken for empty and breathes is revoked; one that reads little is not even doubted."""

from __future__ import annotations

import math

import pytest

from acumat.detect.parameters import Parameters
from acumat.detect.presence.guess import EmptyGuess
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
    while not baseline.watch(reading(t_s, us)):
        t_s += 0.25
    assert baseline.origin is Origin.ASSUMED
    return EmptyGuess(P, Thresholds.of(P), baseline, DEFAULT_US), baseline


def revoked(us: float, breath: float) -> bool:
    guess, baseline = guessed(us)
    found = [guess.step(reading(t / 4, us * (1 + breath * math.sin(2 * math.pi * t / 16)))) for t in range(160)]
    assert any(found) is (baseline.origin is Origin.PRESUMED_LOADED)
    return any(found)


@pytest.mark.parametrize(("us", "doubtful"), [(17.0, False), (18.0, True)])
def test_a_guess_is_doubtful_from_the_level_of_lying_on(us: float, doubtful: bool) -> None:
    assert guessed(us)[0].doubtful is doubtful


@pytest.mark.parametrize(("us", "breath", "lives"), [(40.0, 0.02, True), (40.0, 0.0, False), (10.0, 0.02, False)])
def test_only_a_doubtful_guess_that_breathes_is_revoked(us: float, breath: float, lives: bool) -> None:
    assert revoked(us, breath) is lives


def test_what_was_stored_is_no_guess() -> None:
    baseline = Baseline((RM_OHM,) * 2, (40.0, 40.0), P)
    assert not EmptyGuess(P, Thresholds.of(P), baseline, DEFAULT_US).doubtful
