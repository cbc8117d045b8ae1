"""How likely each rate of breathing is by all that the last looks showed: a recursive Bayesian estimate over a grid of rates.

One look's evidence is that of a sinusoid of unknown size and phase in white noise (Bretthorst, Bayesian Spectrum Analysis and
Parameter Estimation, 1988, chapter 2): with a sinusoid of this rate explaining the share e of the power, the chance of the rate
goes with (1 - e) to the power of -n/2, n being the number of independent values. Changes instead of the course make the wander
of a resting body white enough for that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from acumat.detect.lying.breath_parameters import BreathParameters


class Likely(NamedTuple):
    """The most likely rate a minute, and the chance (0 to 1) that the true one lies near it."""

    per_min: float
    chance: float


class RateTracker:
    """Fed with a course of changes at each look; between looks the rate may drift."""

    def __init__(self, parameters: BreathParameters) -> None:
        self._p = parameters
        count = round((parameters.fastest_per_min - parameters.slowest_per_min) / parameters.grid_per_min) + 1
        self._rates = [parameters.slowest_per_min + i * parameters.grid_per_min for i in range(count)]
        spread = parameters.prior_spread
        self._prior = _scaled(
            [math.exp(-0.5 * (math.log(rate / parameters.prior_per_min) / spread) ** 2) for rate in self._rates]
        )
        self._chances = self._prior

    def reset(self) -> None:
        """Somebody else may lie there."""
        self._chances = self._prior

    def pass_on(self) -> None:
        """One look's time goes by: the rate may have drifted by a step of the grid, and now and then it is another one."""
        drift, anew, chances = self._p.drift, self._p.anew, self._chances
        beside = [a + b for a, b in zip([*chances[1:], chances[-1]], [chances[0], *chances[:-1]], strict=True)]
        self._chances = [
            (1 - anew) * ((1 - 2 * drift) * here + drift * near) + anew * prior
            for here, near, prior in zip(chances, beside, self._prior, strict=True)
        ]

    def see(self, course: Sequence[float]) -> None:
        """One look at the last changes; those longer ago belong to the looks before."""
        p = self._p
        shares = explained(course[-round(p.track_s / p.sample_s) :], self._rates, p.sample_s)
        likely = [math.pow(1.0 - min(share, p.explained_most), -p.track_weight) for share in shares]
        self._chances = _scaled([a * b for a, b in zip(self._chances, likely, strict=True)])

    @property
    def likely(self) -> Likely:
        """The most likely rate, averaged over those near it, and how likely it is to be one of these."""
        top = self._chances.index(max(self._chances))
        reach = round(self._p.near_per_min / self._p.grid_per_min)
        low = max(0, top - reach)
        near = self._chances[low : top + reach + 1]
        chance = sum(near)
        return Likely(sum([a * b for a, b in zip(near, self._rates[low:], strict=False)]) / chance, chance)


def explained(course: Sequence[float], rates_per_min: Sequence[float], sample_s: float) -> list[float]:
    """The share of a course's power that a sinusoid of each rate explains, under a Hann window (Goertzel's recursion)."""
    count = len(course)
    mean = sum(course) / count
    windowed = [(a - mean) * (0.5 - 0.5 * math.cos(2 * math.pi * (i + 0.5) / count)) for i, a in enumerate(course)]
    power = sum([a * a for a in windowed])
    if power <= 0:
        return [0.0] * len(rates_per_min)
    shares = []
    for rate in rates_per_min:
        twice = 2 * math.cos(2 * math.pi * rate / 60 * sample_s)
        now = last = 0.0
        for a in windowed:
            now, last = a + twice * now - last, now
        # the window's sum is half of its length, and that of its squares three eighths
        shares.append(3 * (now * now + last * last - twice * now * last) / (count * power))
    return shares


def _scaled(chances: list[float]) -> list[float]:
    """Chances that add up to 1."""
    whole = sum(chances)
    return [each / whole for each in chances]
