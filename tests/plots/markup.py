"""Plots read again by an XML parser, for the tests of what they hold."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from acumat.plots.frame import GAP, LEFT
from acumat.plots.plot import Plot

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "g", "path", "rect", "circle", "text"}
"""Nothing among them runs or asks for something else."""
ATTRIBUTES = set(
    "class id role aria-labelledby viewBox x y cx cy r d width height text-anchor".split()  # no style: pages may forbid it
)


def parsed(plot: Plot) -> ET.Element:
    """The picture, which is well-formed, names itself, and asks for nothing."""
    root = ET.fromstring(plot.svg)
    ids = [each.get("id") for each in root.iter() if each.get("id") is not None]
    assert len(ids) == len(set(ids))
    named = root.get("aria-labelledby", "").split()
    title, description = (next(each for each in root if each.get("id") == name) for name in named)
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert title.text == plot.title
    assert description.text
    assert root.get("role") == "img"
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= TAGS
    assert {name for each in root.iter() for name in each.attrib} <= ATTRIBUTES
    assert all(len(row) == len(plot.table.columns) for row in plot.table.rows)
    return root


def tips(root: ET.Element) -> list[str]:
    """What the marks say of themselves."""
    return [title.text or "" for mark in root for title in mark.findall(f"{SVG}title")]


def numbers_outside(root: ET.Element) -> list[str]:
    """Coordinates of marks and words that lie outside of the picture."""
    width, height = map(float, root.get("viewBox", "").split()[2:])
    found = []
    for each in root.iter():
        for name, most in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            value = each.get(name)
            if value is not None and not -0.1 <= float(value) <= most + 0.1:
                found.append(f"{each.tag} {name}={value}")
    return found


def heights(root: ET.Element) -> dict[str, float]:
    """Where the lines of the vertical axis lie, by the number beside each."""
    lines = [each.get("d", "") for each in root if each.get("class") == "grid"]
    numbers = [each.text or "" for each in root if each.get("text-anchor") == "end" and each.get("x") == f"{LEFT - GAP}"]
    return {number: float(line.partition(" ")[2].partition("H")[0]) for number, line in zip(numbers, lines, strict=True)}
