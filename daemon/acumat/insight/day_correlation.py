"""How much a day's answer resembles the day before, and how much that widens the spread of a trend."""

from __future__ import annotations

from collections.abc import Sequence

USUAL = 0.3
"""Where the correlation is taken to be before anything is known: ratings of feelings gave 0.20 to 0.33 in 79 people (Kuppens et
al. 2010, Psychol Sci 21:984, table 1), rounded up because too small a value reports changes that are none."""
USUAL_PAIRS = 40
"""The usual value counts as so many pairs of days. Who answers on three days in four has 16 such pairs at the first look and 47
after twelve weeks: alone they would be off by 0.25 and 0.15, and an error to the low side shows as false changes."""
MOST = 0.8
"""A correlation above this is indistinguishable from a trend within twelve weeks."""
FEWEST_PAIRS = 6
"""Below this the correction for the bias is larger than what it corrects."""


def day_correlation(days: Sequence[int], values: Sequence[float]) -> float:
    """The correlation between answers of neighbouring days, 0 to 0.8, without the trend in them. `days` ascend.

    A straight line taken off makes the estimate too small, to first order by (2 + 4 rho) / n. That is put right before the
    estimate is drawn towards the usual value.
    """
    residuals = _detrended(days, values)
    power = sum(each * each for each in residuals) / len(residuals)
    products = [a * b for a, b, d, e in zip(residuals, residuals[1:], days, days[1:], strict=False) if e - d == 1]
    pairs = len(products)
    if pairs < FEWEST_PAIRS or power <= 0.0:
        return USUAL
    measured = (sum(products) / power + 2.0) / (pairs - 4.0)
    return min(MOST, max(0.0, (pairs * measured + USUAL_PAIRS * USUAL) / (pairs + USUAL_PAIRS)))


def inflation(correlation: float, answered: float) -> float:
    """By how much the variance of a trend grows when answers on a share `answered` of the days resemble their neighbours.

    1 + 2 sum of the correlations with all later answers: rho^k over k days, of which a share is answered. With every day
    answered it is (1 + rho) / (1 - rho), the limit of Yue & Wang's n / n* (2004, Water Resour Manage 18:201).
    """
    return 1.0 + 2.0 * answered * correlation / (1.0 - correlation)


def _detrended(days: Sequence[int], values: Sequence[float]) -> list[float]:
    """What least squares leave of the values."""
    n = len(days)
    day, value = sum(days) / n, sum(values) / n
    square = sum((each - day) ** 2 for each in days)
    slope = sum((d - day) * (v - value) for d, v in zip(days, values, strict=True)) / square if square else 0.0
    return [v - value - slope * (d - day) for d, v in zip(days, values, strict=True)]
