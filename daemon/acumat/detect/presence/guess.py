"""The first power-up, with nothing known of the empty mat: doubt in a mat that was taken for empty.

Cover and foam may press an empty mat's sensors as much as a light person does, so that the level alone does not tell. What
breathes or stirs does.
"""

from __future__ import annotations

import math
from collections import deque

from acumat.detect.parameters import Parameters
from acumat.detect.presence.life import LifeDetector
from acumat.detect.signal.baseline import Baseline, Origin
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.resolution import Resolution
from acumat.detect.signal.window import total_us
from acumat.detect.thresholds import Thresholds

COURSE_STEP_S = 0.5
COURSE_MOST = 1200
"""Ten minutes of the load before it was steady enough to be judged."""
DOUBT_S = 1800.0
"""A guess is doubted for so long: nobody lies for half an hour without a breath or a movement that is seen."""
ARRIVED = 0.2
"""Of the default reference, within `jump_tau_s`: somebody comes onto the mat. Who lay there before and turns over changes the
total by a tenth; creep takes minutes for a fifth."""
LOOKS_ALIKE = 5
"""So many looks in a row that find the same breath revoke a guess. Nobody has been seen coming, so that it takes two more than
for a load that came: 50 s of breath."""


class EmptyGuess:
    """Fed with every reading: with `watch` before anything is known, with `step` as long as the baseline is a guess."""

    def __init__(
        self,
        parameters: Parameters,
        thresholds: Thresholds,
        baseline: Baseline,
        resolution: Resolution,
        *,
        default_us: float,
        head_half: tuple[int, ...] = (),
    ) -> None:
        """`default_us` is the default reference, `head_half` holds the indices of the sensors in the head's half."""
        self._p = parameters
        self._thresholds = thresholds
        self._baseline = baseline
        self._resolution = resolution
        self._default_us = default_us
        self._head_half = head_half
        self._life = LifeDetector(parameters, windows_needed=parameters.unannounced_windows_needed)
        self._course: deque[tuple[float, float]] = deque(maxlen=COURSE_MOST)
        self._taken: tuple[float | None, ...] = ()
        self._taken_us = 0.0
        """What this baseline holds in all."""
        self._guessed_s = -math.inf
        self._recent_us = 0.0
        self._recent_s = 0.0
        self._before_us: float | None = None
        """What was read before somebody came; None while nobody has."""
        self.since_s = 0.0
        """Since when what was there at the guess is there: the first usable reading, if it was there by then."""

    @property
    def doubtful(self) -> bool:
        """Whether the empty mat is a guess, and reads so much that somebody may lie there."""
        if self._baseline.origin is not Origin.ASSUMED:
            return False
        if self._taken is not self._baseline.us:
            self._taken = self._baseline.us
            self._taken_us = sum([us for us in self._taken if us is not None])
        return self._taken_us >= self._default_us * self._thresholds.lying_on_pct / 100.0

    def searches(self, t_s: float) -> bool:
        """Whether somebody is looked for in what was taken for empty."""
        return t_s - self._guessed_s <= DOUBT_S and self.doubtful

    def watch(self, reading: Reading) -> None:
        """One reading before anything is known of the mat."""
        course, t_s, now_us = self._course, reading.t_mono_s, total_us(reading.us)
        if course and t_s - course[-1][0] > self._p.gap_s:
            course.clear()
        if not course or t_s - course[-1][0] >= COURSE_STEP_S - 1e-6:
            course.append((t_s, now_us))
        least_us = self._p.settled_share * now_us
        came = next((index for index in range(len(course) - 1, -1, -1) if course[index][1] < least_us), -1)
        self.since_s = course[min(came + 1, len(course) - 1)][0]
        self._guessed_s = self._recent_s = t_s
        self._recent_us = now_us

    def step(self, reading: Reading, *, looks_alike: int) -> bool:
        """One reading while nobody is known to lie there; True if somebody does: the baseline is revoked then.

        `looks_alike` is how many looks in a row found the same breath in all that the sensors read. Creep may have made the mat
        look touched meanwhile. Somebody who has come since shows life of their own, which says nothing.
        """
        t_s, now_us = reading.t_mono_s, sum([us for us in reading.us if us is not None])
        if self._somebody_came(t_s, now_us):
            self._life.reset()
            return False
        head_us = 0.0 if None in reading.us else sum([reading.us[index] or 0.0 for index in self._head_half])
        if self._resolution.coarsest == 1:  # else it swings by the converter's steps
            self._life.step(t_s, now_us, head_us)
        if not self._life.alive and looks_alike < LOOKS_ALIKE:
            return False
        self._baseline.revoke()
        self._life.reset()
        return True

    def _somebody_came(self, t_s: float, now_us: float) -> bool:
        arrived_us = ARRIVED * self._default_us
        if self._before_us is None and now_us - self._recent_us >= arrived_us:
            self._before_us = self._recent_us
        elif self._before_us is not None and now_us - self._before_us < arrived_us / 2.0:
            self._before_us = None
        self._recent_us += (now_us - self._recent_us) * min(1.0, max(0.0, t_s - self._recent_s) / self._p.jump_tau_s)
        self._recent_s = t_s
        return self._before_us is not None
