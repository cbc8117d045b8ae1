"""What a measure reports: rows of figures with what was asked, tables, and distributions; to and from JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.accuracy.figures import Figure, percentile, zero_bound

QUANTILES = (0, 1, 5, *range(10, 91, 5), 95, 99, 100)
"""Percent; a distribution is kept as these."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one layout (or `all`): n values behind it from seeds on, and what is asked (None: nothing, it is reported).

    `least` turns the limit round: the figure must be at least as much. `bound` is the 95 % upper bound of a zero.
    """

    name: str
    layout: str
    n: int
    seed: str
    figure: float
    asked: float | None
    unit: str
    least: bool = False
    bound: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether what was asked is kept; None where nothing is asked."""
        if self.asked is None:
            return None
        if self.n <= 0 or math.isnan(self.figure):
            return False
        return self.figure >= self.asked if self.least else self.figure <= self.asked

    def fallen_behind(self, before: Row) -> bool:
        """Whether it is clearly worse than it was: by a tenth, and by more than the last digit that is printed."""
        worse = before.figure - self.figure if self.least else self.figure - before.figure
        return math.isnan(self.figure) or worse > max(0.1 * abs(before.figure), 0.05 if self.unit in ("s", "points") else 0.004)


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution over a layout's values, as quantiles."""

    name: str
    layout: str
    unit: str
    n: int
    quantiles: tuple[float, ...]

    def at(self, percent: int) -> float:
        return self.quantiles[QUANTILES.index(percent)]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the document, all cells as text."""

    title: str
    head: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Report:
    """All that one measure has found; `text` are sentences, `bars` are counts for a plot (name, layout, share in percent).

    `points` are those of one curve (x, y, and what is written beside it), `axes` what x and y are. `not_measured` says what is
    missing where nothing could be measured.
    """

    title: str
    rows: list[Row] = field(default_factory=list)
    spreads: list[Spread] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    bars: list[tuple[str, str, float]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    points: list[tuple[float, float, str]] = field(default_factory=list)
    axes: tuple[str, str] = ("", "")
    not_measured: str = ""

    def add(self, figures: Iterable[Figure], layout: str, seed: str) -> None:
        """Figures of a layout as rows; a count of nothing seen gets its bound."""
        for each in figures:
            counted = each.unit == "of n"
            bound = f"{zero_bound(0, each.n)} of the cases" if counted and each.value == 0 and each.n else ""
            self.rows.append(Row(each.name, layout, each.n, seed, each.value, each.limit, each.unit, bound=bound))

    def spread(self, name: str, layout: str, unit: str, values: Sequence[float]) -> None:
        """Keep the distribution of values, if there are any."""
        if values:
            quantiles = tuple(percentile(values, max(q, 0.001) / 100) for q in QUANTILES)
            self.spreads.append(Spread(name, layout, unit, len(values), quantiles))


def count_row(
    name: str, layout: str, count: float, n: float, seed: str, *, asked: float | None = 0.0, unit: str = "of n"
) -> Row:
    """A count of things that should not be, with the bound of a zero; `n` may be hours."""
    per = "an hour" if unit == "in n h" else "of the cases"
    return Row(
        name, layout, round(n), seed, float(count), asked, unit, bound=f"{zero_bound(0, n)} {per}" if not count and n else ""
    )


def document(report: Report) -> dict[str, Any]:
    return asdict(report)


def from_document(data: dict[str, Any]) -> Report:
    return Report(
        data["title"],
        [Row(**{**row, "figure": math.nan if row["figure"] is None else row["figure"]}) for row in data["rows"]],
        [Spread(**{**each, "quantiles": tuple(each["quantiles"])}) for each in data["spreads"]],
        [Table(each["title"], tuple(each["head"]), tuple(tuple(row) for row in each["cells"])) for each in data["tables"]],
        [tuple(each) for each in data["bars"]],
        list(data["text"]),
        [tuple(each) for each in data.get("points", ())],
        tuple(data.get("axes", ("", ""))),
        data.get("not_measured", ""),
    )
