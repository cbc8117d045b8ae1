"""docs/accuracy.md and its plots, made from docs/accuracy.json alone."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.accuracy import svg
from tests.accuracy.report import Report, Row, Spread, Table, from_document

HEAD = """# Accuracy

`make accuracy` writes this document from [accuracy.json](accuracy.json). [figures.md](figures.md) is a short form of it.

Strangers come first: recordings that other people made, then simulated people, things and mats unlike those that detection
was developed with. Simulated truth is the force on the sensors and whether somebody lies there. The simulator shares no
formula with detection. A layout is rows from head to foot times columns; families of strangers are dealt out to the layouts of
a group. Where nothing was seen, the 95 % upper bound is
3 / n. "Asked" is the figure that the design asks for; a row without one asks for nothing, and a miss is bold. Unless a
section says otherwise, the mat is read 10 times a second, is powered up for the first time and is not calibrated. Seeds
from 500000 on are looked at for this document alone; the tests of every commit take theirs from 300000 on.
"""
FAMILY = "strangers-"
"""The measures of families share one table."""
NOT_TESTED = (
    "A real mat with a real person on it: the [field test](field-test.md) is for that.",
    "A whole mat under a real breath: real are a strip under a mattress, pressure maps, and breath put on simulated bodies.",
    "Two people who lie there, pregnant people, wheelchair users, and anybody above 150 kg.",
    "Animals heavier than 35 kg.",
    "Somebody who leans on a box for minutes: they breathe, and the box hands it on.",
    "Heat, moisture, and the wear of sensors over years. Creep, hysteresis and drift follow the makers' data sheets.",
)
LIMITS = {
    "contact announced": 0.5,
    "lying announced": 1.0,
    "confirmed": 20.0,
    "getting up announced": 2.0,
    "session length error": 1.0,
}
PLOTTED = (*LIMITS, "lateral error", "head-foot error", "centre of pressure error")


def write(data: Mapping[str, Any], groups: Mapping[str, Sequence[str]], path: Path, code: str) -> None:
    """The document at `path`, with its plots in a folder of the same name.

    `groups` are headings with the measures below them. What was measured of other code than `code` says so.
    """
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    lines = [HEAD]
    reports = {name: (from_document(each["report"]), each) for name, each in data["measures"].items()}
    lines += missing(reports, [name for names in groups.values() for name in names])
    missed = [row for report, _ in reports.values() for row in report.rows if row.reached is False]
    lines.append(f"{summary(data['measures'])}\n")
    if missed:
        lines += [
            "Misses:\n",
            *(f"- {row.name}, {row.layout}: {figure(row)}, asked {limit(row)} (n {row.n})" for row in missed),
        ]
        lines.append("")
    for title, names in groups.items():
        found = [name for name in names if name in reports]
        lines += [f"## {title}\n"] if found else []
        families = [name for name in found if name.startswith(FAMILY)]
        lines += family_section([reports[name] for name in families], code) if families else []
        for name in found:
            lines += section(name, *reports[name], folder, code) if name not in families else []
    lines += ["## What was not tested\n", *(f"- {each}" for each in NOT_TESTED), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def missing(reports: Mapping[str, tuple[Report, Mapping[str, Any]]], names: Sequence[str]) -> list[str]:
    """What could not be measured, and what has not been yet, in bold."""
    gone = [
        f"**Not measured: {report.title}.** {report.not_measured}\n" for report, _ in reports.values() if report.not_measured
    ]
    absent = [name for name in names if name not in reports]
    return [*gone, f"**Not measured yet: {', '.join(absent)}.**\n"] if absent else gone


def taken(run: Mapping[str, Any], code: str, *, minutes: bool = True) -> str:
    """One line: what a measure was taken of, and whether that code is another one now."""
    cpu_s = run.get("cpu_s", run["seconds"] * run["jobs"])
    how_long = f", {cpu_s / 60:.1f} min of one core" if minutes else ""
    python = f", {run['python']}" if "python" in run else ""  # measures of earlier versions do not say it
    where = f"Commit {run.get('commit', 'unknown')}, scale {run['scale']:g}, seeds from {run['seed']}{python}{how_long}."
    return where if run.get("code") == code else f"{where} **The code has changed since.**"


def count_missed(measures: Mapping[str, Any]) -> tuple[int, int]:
    """How many figures miss what was asked, and of how many."""
    asked = [row for each in measures.values() for row in from_document(each["report"]).rows if row.reached is not None]
    return sum(not row.reached for row in asked), len(asked)


def summary(measures: Mapping[str, Any]) -> str:
    """One line: how many figures reach what was asked, and in which sections the others are."""
    missed, asked = count_missed(measures)
    where = {
        report.title: count
        for report in (from_document(each["report"]) for each in measures.values())
        if (count := sum(row.reached is False for row in report.rows))
    }
    sections = ", ".join(f"{title} ({count})" for title, count in where.items())
    return f"{asked - missed} of {asked} figures reach what was asked." + (f" The misses are in: {sections}." if missed else "")


def section(name: str, report: Report, run: Mapping[str, Any], folder: Path, code: str) -> list[str]:
    """One measure: rows by layout, distributions, plots, tables and sentences."""
    if report.not_measured:
        return [f"### {report.title}\n", f"**Not measured.** {report.not_measured}\n"]
    lines = [f"### {report.title}\n", f"{taken(run, code)}\n"]
    if report.rows:
        lines += table(by_layout(report.rows))
    if report.spreads:
        cells = tuple(
            (each.name, each.layout, str(each.n), *(f"{each.at(q):.3g} {each.unit}".strip() for q in (50, 95, 100)))
            for each in report.spreads
        )
        lines += table(Table("Distributions", ("what", "layout", "n", "p50", "p95", "max"), cells))
    lines += [f"![{title}]({folder.name}/{file})" for title, file in plots(name, report, folder)]
    lines.append("")
    for each in report.tables:
        lines += table(each)
    return [*lines, *(f"{text}\n" for text in report.text)]


def family_section(found: Sequence[tuple[Report, Mapping[str, Any]]], code: str) -> list[str]:
    """All families in one table, and what they were taken of."""
    of: dict[str, list[str]] = {}
    for report, run in found:
        of.setdefault(taken(run, code, minutes=False), []).append(report.title)
    minutes = sum(run["cpu_s"] for _, run in found) / 60
    lines = [f"- {where} {', '.join(titles) if len(of) > 1 else ''}".rstrip() for where, titles in of.items()]
    rows = [row for report, _ in found for row in report.rows]
    return [*lines, f"- {minutes:.0f} min of one core together.\n", *table(by_layout(rows))]


def plots(name: str, report: Report, folder: Path) -> list[tuple[str, str]]:
    """Write the plots of a measure; titles and file names."""
    made = []
    by_name: dict[str, list[Spread]] = {}
    for each in report.spreads:
        by_name.setdefault(each.name, []).append(each)
    for title, spreads in by_name.items():
        if name == "people" and title not in PLOTTED:
            continue
        file = f"{name}-{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}.svg"
        (folder / file).write_text(svg.curves(title, spreads, LIMITS.get(title)), encoding="utf-8")
        made.append((title, file))
    if report.bars:
        file = f"{name}-provisional.svg"
        (folder / file).write_text(svg.bars("Taken for a person at first", report.bars), encoding="utf-8")
        made.append(("taken for a person at first", file))
    if report.points:
        file = f"{name}.svg"
        (folder / file).write_text(svg.path(report.title, report.points, report.axes), encoding="utf-8")
        made.append((report.title, file))
    return made


def table(each: Table) -> list[str]:
    """As Markdown."""
    title = [f"{each.title}:\n"] if each.title else []
    rule = "|" + "---|" * len(each.head)
    return [*title, _line(each.head), rule, *(_line(cells) for cells in each.cells), ""]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def by_layout(rows: Sequence[Row]) -> Table:
    """A line for each figure, a column for each layout; a miss is bold."""
    layouts = list(dict.fromkeys(row.layout for row in rows))
    lines: dict[str, dict[str, Row]] = {}
    for row in rows:
        lines.setdefault(row.name, {})[row.layout] = row
    cells = []
    for name, found in lines.items():
        figures = tuple(_verdict(found[layout]) if layout in found else "" for layout in layouts)
        counts = sorted({row.n for row in found.values()})
        seeds = list(dict.fromkeys(row.seed for row in found.values()))
        limits = list(dict.fromkeys(limit(row) for row in found.values()))
        cells.append((name, " / ".join(limits), *figures, " / ".join(map(str, counts)), ", ".join(seeds)))
    return Table("", ("what", "asked", *layouts, "n", "seeds"), tuple(cells))


def _verdict(row: Row) -> str:
    return f"**{figure(row)}**" if row.reached is False else figure(row)


def figure(row: Row, *, bound: bool = True) -> str:
    """With its unit; a count with its number of cases, and where nothing was seen with the upper bound.

    A percentile that more cases never reached than it leaves out is `never`; a figure of no case is `none`.
    """
    if row.unit in ("of n", "in n h"):
        counted = f"{row.figure:g} in {row.n}{' h' if row.unit == 'in n h' else ''}"
        return f"{counted} ({row.bound})" if bound and row.bound else counted
    if math.isnan(row.figure):
        return "never" if row.n else "none"
    return f"{row.figure:.3g} {row.unit}".strip()


def limit(row: Row) -> str:
    """What was asked; empty where nothing was."""
    return "" if row.asked is None else f"{'at least ' if row.least else 'at most ' if row.asked else ''}{row.asked:g}"
