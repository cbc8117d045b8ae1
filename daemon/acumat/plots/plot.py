"""A plot: its picture, and the table of the same values for those who cannot see it or want the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from acumat.plots.svg import element, escaped


@dataclass(frozen=True, slots=True)
class Table:
    """Words by row and column; the first column names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """`svg` takes its colours from style.CSS. It has a mark for each row of the table, or for each value in a row.

    `note` says how to read it where the picture alone does not.
    """

    title: str
    svg: str
    table: Table
    note: str = ""


def figure(plot: Plot) -> str:
    """HTML: the title, the picture, the note, and the table, closed at first."""
    return element(
        "figure",
        element("figcaption", escaped(plot.title)),
        plot.svg,
        element("p", escaped(plot.note), class_="note") if plot.note else "",
        element(
            "details",
            element("summary", escaped(f"Table: {plot.title}")),
            element("div", table(plot.table, plot.title), class_="scroll", tabindex=0, role="region", aria_label=plot.title),
        ),
        class_="plot",
    )


def table(shown: Table, caption: str) -> str:
    """HTML of a table."""
    head = "".join(element("th", escaped(each), scope="col") for each in shown.columns)
    body = "".join(_row(each) for each in shown.rows)
    return element(
        "table", element("caption", escaped(caption)), element("thead", element("tr", head)), element("tbody", body or " ")
    )


def _row(values: Sequence[str]) -> str:
    first, *rest = values
    cells = "".join(element("td", escaped(each) or " ") for each in rest)
    return element("tr", element("th", escaped(first), scope="row"), cells)
