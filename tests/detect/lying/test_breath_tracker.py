"""The chances of rates: what one look makes likely, what looks make certain, and what time takes away again."""

from __future__ import annotations

import math
from random import Random

import pytest

from acumat.detect.lying.breath_parameters import BreathParameters
from acumat.detect.lying.breath_tracker import RateTracker, explained

P = BreathParameters()


def course(per_min: float, noise: float, seed: int, seconds: float = P.track_s) -> list[float]:
    """A wave of one unit in white noise of so many."""
    random_ = Random(seed)
    phase = random_.random()
    return [
        math.sin(2 * math.pi * (per_min / 60 * i * P.sample_s + phase)) + random_.gauss(0, noise)
        for i in range(round(seconds / P.sample_s))
    ]


@pytest.mark.parametrize("per_min", [6.0, 15.0, 30.0, 42.0])
def test_a_wave_is_explained_by_its_rate_and_by_no_other(per_min: float) -> None:
    at, beside = explained(course(per_min, 0.0, 1, 50.0), [per_min, per_min + 6.0], P.sample_s)
    assert at == pytest.approx(1.0, abs=0.02)
    assert beside < 0.05


def test_a_flat_course_is_explained_by_nothing() -> None:
    assert explained([2.0] * 80, [6.0, 15.0], P.sample_s) == [0.0, 0.0]


@pytest.mark.parametrize("per_min", [7.0, 15.0, 24.0, 38.0])
def test_a_faint_breath_becomes_certain_over_some_looks(per_min: float) -> None:
    tracker, chances = RateTracker(P), []
    for look in range(8):
        tracker.pass_on()
        tracker.see(course(per_min, 1.0, look))
        chances.append(tracker.likely.chance)
    assert chances[-1] > P.chance_least
    assert tracker.likely.per_min == pytest.approx(per_min, abs=1.0)


def test_white_noise_makes_no_rate_certain_more_often_than_one_look_in_fifty() -> None:
    certain = 0
    for seed in range(20):
        tracker = RateTracker(P)
        for look in range(20):
            tracker.pass_on()
            tracker.see(course(0.0, 1.0, 1000 * seed + look))
            certain += tracker.likely.chance > P.chance_least
    assert certain <= 8


def test_what_is_not_seen_again_becomes_uncertain_and_a_reset_forgets_it_at_once() -> None:
    tracker = RateTracker(P)
    before = tracker.likely
    for look in range(4):
        tracker.pass_on()
        tracker.see(course(20.0, 0.3, look))
    assert tracker.likely.chance > 0.99
    for _ in range(20):
        tracker.pass_on()
    assert tracker.likely.chance < P.chance_least
    tracker.reset()
    assert tracker.likely == before


def test_another_rate_is_followed_within_a_quarter_of_a_minute() -> None:
    tracker = RateTracker(P)
    for look, per_min in enumerate([12.0] * 12 + [18.0] * 3):
        tracker.pass_on()
        tracker.see(course(per_min, 0.3, look))
    assert tracker.likely.per_min == pytest.approx(18.0, abs=0.7)
