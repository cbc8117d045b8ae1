"""Sections of the report in HTML."""

from __future__ import annotations

from collections.abc import Iterable

from acumat.plots.plot import Plot, figure
from acumat.plots.svg import element, escaped


def section(title: str, *parts: str) -> str:
    """A heading and what belongs to it, already in HTML."""
    return element("section", element("h2", escaped(title)), *parts)


def sentences(*texts: str | None) -> str:
    """A paragraph each; None is none."""
    return "".join(element("p", escaped(each)) for each in texts if each)


def listed(texts: Iterable[str]) -> str:
    """A list of sentences; nothing without any."""
    items = "".join(element("li", escaped(each)) for each in texts)
    return element("ul", items) if items else ""


def figures(*plots: Plot | None) -> str:
    """The plots that there are, side by side where there is room."""
    drawn = [figure(each) for each in plots if each]
    return element("div", *drawn, class_="figures") if drawn else ""
