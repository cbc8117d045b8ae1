"""The irregular sway of what bears on the mat: upright people balance all the time, a lying body only breathes.

Quiet sitting and standing sway with a power that falls slowly from 0.2 Hz to beyond 1 Hz (Winter 1995; Prieto 1996), with no
rate of its own. Breath is a line at 0.1 to 0.4 Hz with faint harmonics. Fourth differences over half a second pass the band of
0.5 to 1.3 Hz (gain at 0.25 Hz: 2 % of that at 1 Hz). The same over a quarter of a second hold as much of the sensors' white
noise, which is so taken off. What even the fastest breath would leave is told from the changes within a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

SAMPLE_S = 0.25
"""The loads are means over this long."""
NORMAL_MEDIAN = 0.6745
"""The median of the absolute value of a standard normal deviate."""
FOURTH_SUM = 16.0
"""Sum of the weights' absolute values (1, 4, 6, 4, 1): a swing between two values comes out as its size."""
NOISE_GAIN = math.sqrt(70.0) / FOURTH_SUM * NORMAL_MEDIAN
"""The median size of the fourth differences of white noise of deviation 1."""
BREATH_LEFT = 0.07
"""A breath of 22 a minute leaves this share of its change within a second in the fourth differences, a slower one less."""
SAMPLES_LEAST = 40
"""Ten seconds: thirty values behind a median, so that it is known to a fifth."""


def sway_pct(columns: Sequence[Sequence[float]]) -> float | None:
    """Irregular sway in percent of the load (rms, summed over the sensors); None for less than ten seconds.

    `columns` holds each sensor's loads (any unit), a sample every SAMPLE_S.
    """
    if not columns or len(columns[0]) < SAMPLES_LEAST:
        return None
    mean = sum([sum(column) for column in columns]) / len(columns[0])
    if mean <= 0:
        return None
    squares = [
        middle(fourth_differences(column, 2)) ** 2
        - middle(fourth_differences(column, 1)) ** 2
        - (BREATH_LEFT * middle(_changes(column))) ** 2
        for column in columns
    ]
    return 100.0 * sum([math.sqrt(square) for square in squares if square > 0]) / NORMAL_MEDIAN / mean


def fourth_differences(values: Sequence[float], lag: int) -> list[float]:
    """Sizes of the fourth differences over `lag` samples, as a swing."""
    parts = zip(values, values[lag:], values[2 * lag :], values[3 * lag :], values[4 * lag :], strict=False)
    return [abs(a - 4 * b + 6 * c - 4 * d + e) / FOURTH_SUM for a, b, c, d, e in parts]


def _changes(values: Sequence[float]) -> list[float]:
    """Sizes of the changes within a second."""
    return [abs(b - a) for a, b in zip(values, values[round(1 / SAMPLE_S) :], strict=False)]


def middle(sizes: Sequence[float]) -> float:
    """The median, above the middle where the number is even."""
    return sorted(sizes)[len(sizes) // 2]
