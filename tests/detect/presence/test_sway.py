"""Sway of upright people against breath, noise and creep."""

from __future__ import annotations

import math
from random import Random

import pytest

from acumat.detect.presence.sway import SAMPLE_S, sway_pct

COUNT = 60


def course(size: float, periods_s: tuple[float, ...], seed: int = 1) -> list[float]:
    """A sum of sines of these periods, each of this size as a share of 100."""
    phases = [Random(seed * 100 + i).uniform(0, 6.28) for i in range(len(periods_s))]
    return [
        100
        + sum(
            100 * size * math.sin(2 * math.pi * k * SAMPLE_S / period + at)
            for period, at in zip(periods_s, phases, strict=True)
        )
        for k in range(COUNT)
    ]


@pytest.mark.parametrize("per_min", [6, 12, 18, 22])
def test_a_deep_breath_is_no_sway(per_min: float) -> None:
    swayed = sway_pct([course(0.01, (60 / per_min,))])
    assert swayed is not None
    assert swayed < 0.02


def test_balance_between_half_a_second_and_two_is_sway() -> None:
    quiet, swaying = (sway_pct([course(size, (0.8, 1.1, 1.6))]) or 0.0 for size in (0.0002, 0.002))
    assert swaying == pytest.approx(10 * quiet, rel=0.01)
    assert 0.1 < swaying < 0.6


def test_white_noise_is_taken_off() -> None:
    random_ = Random(3)
    noise = [[random_.gauss(100, 0.1) for _ in range(COUNT)] for _ in range(8)]
    alone = [sway_pct([column]) or 0.0 for column in noise]
    assert sum(alone) / len(alone) < 0.04


def test_creep_is_no_sway() -> None:
    assert sway_pct([[100 * (1 + 0.05 * math.log10(1 + k)) for k in range(COUNT)]]) == pytest.approx(0, abs=0.01)


def test_sensors_add_up_though_their_total_stands_still() -> None:
    one = course(0.002, (0.8, 1.1, 1.6))
    other = [200 - value for value in one]
    assert sway_pct([one, other]) == pytest.approx(sway_pct([one]), rel=0.02)


@pytest.mark.parametrize("columns", [[], [[100.0] * 39], [[0.0] * COUNT]])
def test_too_little_says_nothing(columns: list[list[float]]) -> None:
    assert sway_pct(columns) is None
