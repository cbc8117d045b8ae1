"""What a load leaves behind: foam, cover and sensors recover for minutes, and that is no contact.

They recover as they crept, with the logarithm of time: after a load of T seconds, what is left at t seconds goes as
ln(1 + T / t) (Boltzmann's superposition; Interlink's 400 series guide for the creep). Each sensor loses ln 2 / ln(1 + T / t) of
what is left or more while t doubles, and never gains. What bears a person, a child or an animal does not: it creeps the
other way (4 to 20 % a decade), breathes and stirs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.load import Load
from acumat.detect.signal.resolution import Resolution

Us = tuple[float, ...]

PACE_S = 1.0
"""A sample is the mean over this long: most of the noise and of the mains' hum is averaged out, a breath is not."""
SAMPLES_MOST = 240
"""Then every other one is dropped: a course of any length is known to a two hundredth of it."""
FELL = 0.1
"""A sample that is less than the last one by more than this part shows that the load is still being taken off."""
FIRST_S = 4.0
"""The first look back ends so long after: the last limb has left by then, and the quickest foam (3 s) has recovered."""
LEFT_MOST = 1 / 3
"""Each sensor has lost two thirds of the most that it bore: creep and hysteresis leave 10 to 20 % (Interlink), and where
conductance grows with the root of the force a third."""
BEARS = 0.1
"""A sensor with less of what is left than this part says nothing."""
LOSES = 0.45
"""And each loses this part of what the logarithm says, or more: conductance that grows with force to the power of 0.55 loses so
much less. With a load that stays and makes up half of what is left it loses less than this."""
ROSE_MOST = 0.005
"""No sample of a sensor lies above the one before by more than this part, a step of its converter apart: a second's noise is a
tenth of it, a breath brings more."""
LOSES_UNSURE = 0.01
"""Where the empty mat is not known, cover and foam may press the sensors as well, and that part does not recover: the total
loses so much in each doubling, and no sensor gains. A load that stays gains 1 to 6 %."""
LEFT_MOST_UNSURE = 0.6
"""And more may be left: 0.7 N of a cover beside 4 N of a person keep a third and more of the conductance."""


@dataclass(frozen=True, slots=True)
class Recovering:
    """All that is left only recovers: after a load of `loaded_s`, which was taken off at `left_s`."""

    loaded_s: float
    left_s: float


class Recovery:
    """Fed with every load while something is on the mat. Loads are in microsiemens, times monotonic seconds."""

    def __init__(self, resolution: Resolution) -> None:
        self._resolution = resolution
        self.begin(0.0)

    def begin(self, t_s: float) -> None:
        """A contact begins."""
        self._began_s = self._left_s = self._from_s = t_s
        self._second: list[tuple[float | None, ...]] = []
        """Loads of the second under way."""
        self._samples: list[tuple[float, Us]] = []
        self._most: Us = ()
        self._silent: tuple[bool, ...] = ()
        """Which sensors had no reading in the last sample: they are taken to bear what they did."""

    def step(self, load: Load, reading: Reading, *, sure: bool) -> Recovering | None:
        """One load, the reading that it was made of, and whether the empty mat is known."""
        t_s, found = load.t_mono_s, None
        if self._second and t_s - self._from_s >= PACE_S - 1e-6:
            step_us = self._resolution.step_us(reading.us)
            if self._add(t_s, self._sample(), step_us) and self._recovers(t_s, step_us, sure=sure):
                found = Recovering(max(self._left_s - self._began_s, PACE_S), self._left_s)
            self._second = []
        if not self._second:
            self._from_s = t_s
        self._second.append(load.us)
        return found

    def _sample(self) -> Us:
        """The mean of each sensor over the second."""
        known = [[us for us in column if us is not None] for column in zip(*self._second, strict=True)]
        last = self._samples[-1][1] if self._samples else (0.0,) * len(known)
        self._silent = tuple([not values for values in known])
        return tuple([sum(values) / len(values) if values else us for values, us in zip(known, last, strict=True)])

    def _add(self, t_s: float, us: Us, step_us: Us) -> bool:
        """One sample; whether it may be one of a recovery."""
        last = self._samples[-1][1] if self._samples else us
        self._most = tuple(map(max, us, self._most)) if self._most else us
        least = BEARS * sum(us)
        rose = any(
            now > least and now > (1.0 + ROSE_MOST) * then + step for now, then, step in zip(us, last, step_us, strict=True)
        )
        if rose or sum(us) < (1.0 - FELL) * sum(last):
            self._samples.clear()
            self._left_s = t_s
        self._samples.append((t_s, us))
        if len(self._samples) > SAMPLES_MOST:
            del self._samples[1::2]
        return not rose

    def _recovers(self, t_s: float, step_us: Us, *, sure: bool) -> bool:
        """Whether every sensor has lost enough over the last two doublings of the time since the load was taken off."""
        age_s = t_s - self._left_s
        if age_s < 4.0 * FIRST_S:
            return False
        first, middle, now = (self._at(self._left_s + part * age_s) for part in (0.25, 0.5, 1.0))
        loaded_s = max(self._left_s - self._began_s, PACE_S)
        early, late = (LOSES * math.log(2.0) / math.log1p(loaded_s / (part * age_s)) if sure else 0.0 for part in (0.25, 0.5))
        all_lose = 0.0 if sure else LOSES_UNSURE
        if not 0.0 < sum(now) <= (1.0 - all_lose) * sum(middle) <= (1.0 - all_lose) ** 2 * sum(first):
            return False
        least, left_most = BEARS * sum(now), LEFT_MOST if sure else LEFT_MOST_UNSURE
        return all(
            silent or c < least or (c < left_most * most and b <= (1.0 - early) * a + step and c <= (1.0 - late) * b + step)
            for silent, a, b, c, most, step in zip(self._silent, first, middle, now, self._most, step_us, strict=True)
        )

    def _at(self, t_s: float) -> Us:
        return min(self._samples, key=lambda sample: abs(sample[0] - t_s))[1]
