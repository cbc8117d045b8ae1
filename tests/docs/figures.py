"""The accuracy tables of docs/figures.md and the short one of README.md, made from docs/accuracy.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from acumat_sim.strangers import FAMILIES
from tests.accuracy.document import FAMILY, count_missed, figure, limit
from tests.accuracy.report import Row, from_document
from tests.accuracy.runner import STRANGER_GROUPS
from tests.accuracy.stranger_measures import ASKED as ASKED_OF_FAMILIES
from tests.accuracy.stranger_measures import WORDS as FAMILY_WORDS
from tests.docs.costs import frame_cost
from tests.docs.figure_lines import FEW, SHORT, STRANGERS, THINGS, Line
from tests.docs.markdown import table

DOCS = Path(__file__).parents[2] / "docs"

LAYOUTS = ("2x2", "4x2", "4x3", "4x4")

NOT_MEASURED = "**not measured**"


class Accuracy:
    """The rows of accuracy.json by measure, name and layout."""

    def __init__(self) -> None:
        self.measures: dict[str, Any] = json.loads((DOCS / "accuracy.json").read_text("utf-8"))["measures"]
        self.rows = {
            (name, row.name, row.layout): readable(row)
            for name, run in self.measures.items()
            for row in from_document(run["report"]).rows
        }
        for words, what, limit_pct in (("people", "not found", 0.0), ("others", "taken for a person", 2.0)):
            # some of the families would be no figure for all of them
            for group in STRANGER_GROUPS if asked_families(what, limit_pct) <= self.taken else ():
                counted = [row for row in self._families(what) if (row.asked, row.layout) == (limit_pct, group)]
                n = sum(row.n for row in counted)
                share = sum(row.figure * row.n for row in counted) / n
                self.rows["strangers", words, group] = Row(words, group, n, "", share, limit_pct, "%")

    def layouts(self, line: Line) -> dict[str, Row]:
        """The figure of each layout that has one, or of the line's own.

        Nothing where the measure was not taken. Raises KeyError where it was, and has no such figure.
        """
        found = {
            layout: row
            for (measure, name, layout), row in self.rows.items()
            if (measure, name) == (line.measure, line.row) and line.layout in ("", layout)
        }
        if not found and line.measure in self.taken:
            raise KeyError(f"{line.measure}: {line.row}")
        return found

    @property
    def taken(self) -> set[str]:
        """The measures that have figures."""
        return {name for name, run in self.measures.items() if run["report"]["rows"]}

    def _families(self, what: str) -> list[Row]:
        return [row for row in self.rows.values() if row.name.endswith(f": {what}")]


def asked_families(what: str, limit_pct: float) -> set[str]:
    """The measures of the families of which `what` may happen at most so often."""
    person = what == "not found"
    return {
        FAMILY + name
        for name, asked in ASKED_OF_FAMILIES.items()
        if (FAMILIES[name].truth == "person") == person and (asked.lost_pct if person else asked.sessions_pct) == limit_pct
    }


def readable(row: Row) -> Row:
    """A share of 1 in percent."""
    if row.unit != "of 1":
        return row
    return replace(row, figure=100 * row.figure, asked=None if row.asked is None else 100 * row.asked, unit="%")


def asked_of(row: Row) -> str:
    """The limit with its unit; empty where nothing was asked."""
    if row.unit == "yes":
        return "yes"
    return f"{limit(row)} {row.unit}".strip() if row.asked and row.unit not in ("of n", "in n h") else limit(row)


def shown(row: Row) -> str:
    """The figure, bold where it misses what was asked."""
    text = ("yes" if row.figure else "no") if row.unit == "yes" else figure(row, bound=False)
    return f"**{text}**" if row.reached is False else text


def by_layout(lines: Iterable[Line]) -> str:
    """A line for each figure, with what was asked and each layout."""
    accuracy = Accuracy()
    cells = []
    for line in lines:
        found = accuracy.layouts(line)
        asked = " / ".join(dict.fromkeys(filter(None, (asked_of(row) for row in found.values()))))
        cells.append((line.words, asked, *(shown(found[layout]) if layout in found else "" for layout in LAYOUTS)))
    return table(("what", "asked", *LAYOUTS), cells)


def strangers() -> str:
    """Real recordings: each line has the layouts that it was measured with."""
    accuracy = Accuracy()
    cells = []
    for line in STRANGERS:
        found = accuracy.layouts(line)
        cells += [(line.words, layout, asked_of(row), shown(row), str(row.n)) for layout, row in found.items()]
        if not found:
            cells.append((line.words, "", "", NOT_MEASURED, ""))
    return table(("what", "layout or recording", "asked", "reached", "n"), cells)


def families() -> str:
    """Simulated strangers: of each family the figure that matters most, on each group of layouts."""
    accuracy = Accuracy()
    cells = []
    for name, asked in ASKED_OF_FAMILIES.items():
        what = "not found" if FAMILIES[name].truth == "person" else "taken for a person"
        found = accuracy.layouts(Line(FAMILY_WORDS[name], FAMILY + name, f"{FAMILY_WORDS[name]}: {what}"))
        limit_pct = asked.lost_pct if what == "not found" else asked.sessions_pct
        counts = " / ".join(str(n) for n in sorted({row.n for row in found.values()}))
        figures = [shown(found[layout]) if layout in found else "" for layout in STRANGER_GROUPS] if found else [NOT_MEASURED]
        figures += [""] * (len(STRANGER_GROUPS) - len(figures))
        cells.append(
            (
                FAMILY_WORDS[name],
                what,
                "" if limit_pct is None else f"{'at most ' if limit_pct else ''}{limit_pct:g} %",
                *figures,
                counts,
            )
        )
    return table(("family", "what", "asked", *STRANGER_GROUPS, "n"), cells)


def things() -> str:
    """What is no person, all layouts together."""
    accuracy = Accuracy()
    cells = []
    for key, words in THINGS.items():
        sessions, lyings, longest = (
            accuracy.rows["nuisances", f"{key}: {what}", "all"]
            for what in ("ghost sessions", "provisional lyings", "longest provisional")
        )
        cells.append((words, asked_of(sessions), shown(sessions), shown(lyings), shown(longest) if lyings.figure else ""))
    empty = accuracy.rows["empty_hours", "ghost sessions", "all"]
    cells.append(
        ("an empty mat", asked_of(empty), shown(empty), shown(accuracy.rows["empty_hours", "provisional lyings", "all"]), "")
    )
    return table(("what", "asked", "became a session", "taken for a person at first", "longest"), cells)


def runs() -> str:
    """Version, commit, size and seed of each measure."""
    cells = []
    for name, run in Accuracy().measures.items():
        title = f"strangers: {run['report']['title']}" if name.startswith(FAMILY) else run["report"]["title"]
        cells.append((title, run["version"], run.get("commit", ""), f"{run['scale']:g}", str(run["seed"])))
    return table(("measure", "version", "commit", "part of its full size", "first seed"), cells)


def short() -> str:
    """Five lines for README.md, strangers first, and what a frame costs."""
    accuracy = Accuracy()
    cells = []
    for line in SHORT:
        row = accuracy.rows.get((line.measure, line.row, line.layout))
        cells.append((line.words, "", NOT_MEASURED) if row is None else (line.words, asked_of(row), shown(row)))
    missed, asked = count_missed(accuracy.measures)
    few = [accuracy.rows.get(("strangers", words, FEW)) for words in ("people", "others")]
    fewer = "" if None in few else f"With 3 or 4 sensors the last two are {' and '.join(shown(row) for row in few if row)}. "
    whole = f"{fewer}In all, {asked - missed} of {asked} figures reach what was asked; misses are bold. {frame_cost()}"
    return f"{table(('what', 'asked', 'reached'), cells)}\n\n{whole}"
