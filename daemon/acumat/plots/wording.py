"""The words on plots: English ones, or those of a page's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Wording:
    """Texts by their keys, those of ENGLISH; {name} in a text stands for a value."""

    texts: Mapping[str, str]

    def text(self, key: str, **values: object) -> str:
        """A text with its values."""
        return self.texts[key].format(**values)

    def counted(self, count: int, unit: str) -> str:
        """Such as 1 session, 2 sessions. `unit` is day, month, session or value."""
        return f"{count} {self.texts[f'{unit}.one' if count == 1 else f'{unit}.more']}"

    def day(self, day: date) -> str:
        """Such as 24 Nov."""
        return self.text("date", day=day.day, month=self.months[day.month - 1])

    def month(self, day: date) -> str:
        """Such as Nov 2026."""
        return f"{self.months[day.month - 1]} {day.year}"

    @property
    def months(self) -> list[str]:
        """Twelve short names. Not strftime's: they must not depend on the machine's language."""
        return self.texts["months"].split()

    @property
    def weekdays(self) -> list[str]:
        """Seven short names, from Monday on."""
        return self.texts["weekdays"].split()


ENGLISH = Wording(
    {
        "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "weekdays": "Mon Tue Wed Thu Fri Sat Sun",
        "date": "{day} {month}",
        "day.one": "day",
        "day.more": "days",
        "month.one": "month",
        "month.more": "months",
        "session.one": "session",
        "session.more": "sessions",
        "value.one": "value",
        "value.more": "values",
        "week": "week",
        "year": "year",
        "minute": "minute",
        "minutes": "minutes",
        "by_day": "Minutes by day, {days}",
        "by_month": "Minutes by month, {months}",
        "bars": "{count} with minutes on the mat; most in {at}: {most} min.",
        "bars.none": "No {unit} has minutes on the mat.",
        "day_by_day": "Day by day, {days}",
        "lain": "{lain} of {days} with minutes on the mat.",
        "under": "under {least}",
        "from_to": "{least} to {most}",
        "and_more": "{least} min and more",
        "week_from": "week from",
        "before": "before",
        "after": "after",
        "pair": "{day}: {before} before, {after} after",
        "pairs": "{sessions}: the answer after is higher in {higher}, lower in {lower}, the same in {same}.",
        "median": "median, {head}",
        "lower": "lower quartile",
        "upper": "upper quartile",
        "middle": "middle half {low} to {high}, n {count}",
        "dots": "Dots: the median of each {by}. Lines: its middle half.",
        "dashed": "Dashed: {name}.",
        "course": "{head}. {values} from {first} to {last}: median {middle}, lowest {low}, highest {high}.",
    }
)
