"""Which way each sensor moves: bodies move load inside, what shakes a thing moves all of it along."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

import pytest

from acumat.detect.presence.pattern import Look, look_at

PACE_S = 0.25
MEANS = (120.0, 80.0, 200.0, 150.0, 90.0, 60.0, 170.0, 140.0)
INSIDE = (0.5, 0.4, 1.0, 0.9, 0.2, 0.3, -0.4, -0.3)
OUTSIDE = (0.1, 0.3, 0.6, 1.0, 0.9, 0.5, 0.2, 0.1)
Course = Callable[[float], float]


def seen(
    course: Course,
    couplings: Sequence[float],
    *,
    seconds: float = 40.0,
    noise: float = 1e-4,
    means: Sequence[float] = MEANS,
    pace_s: float = PACE_S,
    steps: Course = lambda t_s: 0.0,
    seed: int = 3,
) -> Look:
    """A look at loads that creep, move by `course` times each coupling, and change places by `steps` from the first pad on."""
    random, samples = Random(seed), []
    for index in range(round(seconds / pace_s)):
        t_s = index * pace_s
        creep = 1 + 0.05 * math.log10(t_s + 5.0)
        moved = [m * creep * (1 + c * course(t_s) + random.gauss(0, noise)) for m, c in zip(means, couplings, strict=True)]
        samples.append([moved[0] + steps(t_s), moved[1] - steps(t_s), *moved[2:]] if len(moved) > 1 else moved)
    look = look_at(samples, pace_s, 5.0, [0.0] * len(means), math.inf)
    assert look is not None
    return look


def breath(swing: float, per_min: float = 15.0) -> Course:
    return lambda t_s: swing / 2 * math.sin(2 * math.pi * per_min / 60 * t_s)


def still(_: float) -> float:
    return 0.0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("means", [MEANS, MEANS[:4], MEANS[:2]])
def test_noise_and_creep_stay_below_chance(seed: int, means: tuple[float, ...]) -> None:
    look = seen(still, INSIDE[: len(means)], means=means, seed=seed)
    assert look.strength < look.chance
    assert look.stepped_s is None


@pytest.mark.parametrize("per_min", [6.0, 12.0, 20.0])
def test_a_breath_inside_goes_against_the_rest_and_a_shaken_thing_goes_along(per_min: float) -> None:
    body, thing = (seen(breath(0.002, per_min), each) for each in (INSIDE, OUTSIDE))
    assert min(body.strength, thing.strength) > 4 * body.chance
    assert body.opposed > 0.15
    assert thing.opposed == 0.0
    assert max(body.passing, thing.passing) < 0.4
    assert set(body.moved) == set(body.borne) == set(range(8))
    assert body.moved[2] * body.moved[6] < 0 < thing.moved[2] * thing.moved[6]


def test_the_swing_is_the_deviation_of_the_changes_of_the_whole_load() -> None:
    look = seen(breath(0.01, 15.0), (1.0,) * 8)
    assert look.swing == pytest.approx(0.01 / 2 / math.sqrt(2) * 1.4, rel=0.2)


def test_two_movements_are_two() -> None:
    one, two = seen(breath(0.004), INSIDE), seen(breath(0.004), INSIDE, steps=lambda t_s: 0.4 * math.sin(0.7 * t_s))
    assert one.second < one.chance < two.second


def test_somebody_who_walks_by_passes_and_a_step_of_the_shares_lasts() -> None:
    passes = seen(still, INSIDE, steps=lambda t_s: 1.0 * math.exp(-(((t_s - 18) / 1.5) ** 2)))
    stays = seen(still, INSIDE, steps=lambda t_s: 1.0 * (t_s > 18))
    assert passes.passing > 0.55
    assert passes.stepped_s is None
    assert stays.stepped_s == pytest.approx(21.0, abs=2.0)


def test_what_steps_at_the_very_end_may_still_pass() -> None:
    assert seen(still, INSIDE, steps=lambda t_s: 1.0 * (t_s > 37)).stepped_s is None


def test_a_knock_that_shifts_all_of_it_is_no_swing_and_no_step() -> None:
    look = seen(lambda t_s: 0.04 * (t_s > 15), (1.0,) * 8)
    assert look.stepped_s is None
    assert look.swing < 0.001


def test_what_the_converter_cannot_show_is_no_movement() -> None:
    samples = [[mean * (1 + 0.0005 * math.sin(1.5 * i * PACE_S)) for mean in MEANS] for i in range(160)]
    fine = look_at(samples, PACE_S, 5.0, [0.0] * 8, math.inf)
    coarse = look_at(samples, PACE_S, 5.0, [1.0] * 8, math.inf)
    assert fine is not None
    assert coarse is not None
    assert coarse.strength < coarse.chance < fine.strength
    assert coarse.limit < fine.limit


def test_where_samples_are_far_apart_breath_is_not_taken_for_noise() -> None:
    slow = [[mean * (1 + 0.002 * math.sin(1.6 * i)) for mean in MEANS] for i in range(40)]
    free, bounded = (look_at(slow, 1.0, 5.0, [0.0] * 8, most) for most in (math.inf, 5e-4))
    assert free is not None
    assert bounded is not None
    assert bounded.strength > free.strength


def test_too_few_moments_and_no_load_show_nothing() -> None:
    assert look_at([[1.0, 2.0]] * 12, PACE_S, 5.0, [0.0] * 2, math.inf) is None
    assert look_at([[0.0, 0.0]] * 80, PACE_S, 5.0, [0.0] * 2, math.inf) is None
