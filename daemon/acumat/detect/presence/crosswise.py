"""Whether what reaches no further along the mat than a seat is a body that lies across it.

Back or shoulders of somebody who lies across load a row or two, as a seat does: the shape along the mat tells nothing. What
tells is what a trunk at rest does in minutes, and somebody upright does not:

| evidence | lies across | upright |
|---|---|---|
| irregular sway (`sway`) | 0.01 to 0.05 % | 0.05 to 0.2 %; who sits as still as people can 0.03 to 0.08 % |
| tremor, sample to sample (0.05 to 0.25 % on strips under people at rest, 0.26 to 0.48 % under upright ones) | less | more |
| looks in which a breath is found | most | one in ten, for sway hides it |
| asymmetry of the sides: a trunk's halves differ, who sits has a middle | 0.15 to 0.5 | 0 to 0.3 |

Each table is the rounded logarithm of the ratio of how often simulated people show such values. Restless liers with a faint
breath, and people who sit cross-legged and very still, overlap: see docs/detection.md for both error rates.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from acumat.detect.presence.sway import NOISE_GAIN, fourth_differences, middle
from acumat.detect.signal.worth import Table, worth

LOOKS_LEAST, LOOKS = 12, 36
"""Values are medians and means over a minute of looks at least, and three at most: single looks stray by a third."""
AGAINST = -1.5
"""Nats before anything is seen: of loads that bear like a seat, one in five or so lies across (estimate)."""
SWAY: Table = ((0.015, 4.0), (0.025, 2.5), (0.03, 1.4), (0.04, -0.2), (0.05, -1.1), (0.07, -2.2), (0.1, -4.0))
TREMOR: Table = ((0.02, 2.0), (0.03, 1.5), (0.05, 0.5), (0.06, 0.0), (0.08, -0.5), (0.1, -0.8))
"""Both in percent of the load."""
BREATH: Table = ((0.0, -1.2), (0.1, -0.8), (0.25, 0.0), (0.4, 1.5), (0.6, 3.0))
"""By the share of the looks in which a breath is found."""
TILT: Table = ((0.0, -0.5), (0.12, 0.0), (0.2, 0.5), (0.35, 1.0))
"""By the asymmetry of the sides. No more, since somebody may sit to one side."""


class Crosswise:
    """The looks of one posture. Bounded: a few numbers a look."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, float, bool]] = deque(maxlen=LOOKS)

    def reset(self) -> None:
        """Another posture."""
        self._looks.clear()

    def add(self, columns: Sequence[Sequence[float]], sway_pct: float, *, breathes: bool) -> None:
        """A look: each sensor's loads (any unit), a sample every `sway.SAMPLE_S`, their sway, and whether a breath is found."""
        totals = list(map(sum, zip(*columns, strict=True)))
        self._looks.append((sway_pct, tremor_pct(totals), breathes))

    def nats(self, tilt: float | None) -> float | None:
        """For a body across the mat against somebody upright, with this asymmetry of the sides.

        None before there was a minute, and without any breath: what is only still may be a thing.
        """
        if len(self._looks) < LOOKS_LEAST:
            return None
        sways, tremors, breaths = zip(*self._looks, strict=True)
        if True not in breaths:
            return None
        still = worth(SWAY, middle(sways)) + worth(TREMOR, middle(tremors))
        return AGAINST + still + worth(BREATH, sum(breaths) / len(breaths)) + (0.0 if tilt is None else worth(TILT, tilt))


def tremor_pct(totals: Sequence[float]) -> float:
    """What the load changes from sample to sample, in percent of it (rms, of what is white)."""
    return 100.0 * middle(fourth_differences(totals, 1)) / NOISE_GAIN * len(totals) / sum(totals)
