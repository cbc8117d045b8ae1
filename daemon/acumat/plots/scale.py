"""The axes of a plot: round numbers as ticks, and ticks on days."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from acumat.plots.wording import ENGLISH, Wording

MOST_TICKS = 6
MULTIPLES = (1, 2, 5, 10)
WIDE_CHARS = len("Nov 2026")
"""Words of so many characters have room for one tick fewer."""
NARROWEST = 1e-6
"""A span below this, or below this part of its numbers, is widened: floats do not tell its ticks apart."""
WEEK_DAYS = 7
YEAR_MONTHS = 12

DayTick = tuple[date, str]


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from its first tick to its last."""

    ticks: tuple[float, ...]
    digits: int
    """Digits after the point that tell the ticks apart."""

    def place(self, value: float, start: float, end: float) -> float:
        """Where the value lies if the first tick lies at `start` and the last one at `end`."""
        low, high = self.ticks[0], self.ticks[-1]
        return start + (value - low) / (high - low) * (end - start)

    def words(self, tick: float) -> str:
        """The number beside a tick."""
        return f"{tick:.{self.digits}f}"


def linear(low: float, high: float, most: int = MOST_TICKS) -> Scale:
    """Ticks at multiples of 1, 2 or 5 times a power of ten, from at or below `low` to at or above `high`.

    There are `most` of them, or one more or two where the ends round outwards. Raises ValueError for what is not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("an axis needs finite numbers")
    low, high = min(low, high), max(low, high)
    size = max(1.0, abs(low), abs(high))
    if high - low <= NARROWEST * size:
        widen = max(0.5, NARROWEST * size)
        low, high = low - widen, high + widen
    rough = (high - low) / (most - 1)
    power = math.floor(math.log10(rough))
    multiple = next(each for each in MULTIPLES if each * 10.0**power >= rough * (1 - 1e-9))
    unit = 10.0 ** abs(power)  # whole, so that 3 * 0.1 is 0.3
    step = multiple * unit if power >= 0 else multiple / unit
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = (float(each * multiple * unit if power >= 0 else each * multiple / unit) for each in range(first, last + 1))
    return Scale(tuple(ticks), max(0, -power - (multiple == MULTIPLES[-1])))


def day_ticks(first: date, last: date, most: int = MOST_TICKS, wording: Wording = ENGLISH) -> tuple[DayTick, ...]:
    """At most so many days of a range with their words, evenly apart: days, Mondays, or first days of months or years."""
    for ticks in _finer_first(first, last, wording):
        wide = any(len(words) >= WIDE_CHARS for _, words in ticks)
        if 0 < len(ticks) <= most - wide:
            return tuple(ticks)
    return ((first, f"{first.year}"),)


def day_words(day: date) -> str:
    """Such as 24 Nov."""
    return ENGLISH.day(day)


def _finer_first(first: date, last: date, wording: Wording) -> Iterator[Sequence[DayTick]]:
    start, end = first.toordinal(), last.toordinal()
    for every, offset in ((1, 0), (2, 0), (WEEK_DAYS, 1), (2 * WEEK_DAYS, 1)):  # ordinal 1 is a Monday
        days = range(start + (offset - start) % every, end + 1, every)
        yield _worded(map(date.fromordinal, days[: MOST_TICKS * 2]), wording.day)
    start, end = _month(first) + (first.day > 1), _month(last)
    for every in (1, 2, 3, 6):
        yield _worded(_firsts(range(start + -start % every, end + 1, every)), wording.month)
    for power in range(4):
        for multiple in MULTIPLES[:-1]:
            every = YEAR_MONTHS * multiple * 10**power
            yield _worded(_firsts(range(start + -start % every, end + 1, every)), lambda day: f"{day.year}")


def _month(day: date) -> int:
    return day.year * YEAR_MONTHS + day.month - 1


def _firsts(months: range) -> Iterator[date]:
    return (date(each // YEAR_MONTHS, each % YEAR_MONTHS + 1, 1) for each in months[: MOST_TICKS * 2])


def _worded(days: Iterator[date], words: Callable[[date], str]) -> Sequence[DayTick]:
    return [(day, words(day)) for day in days]
