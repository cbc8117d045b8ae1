"""Colours that can be told from what is behind them, by day and by night (WCAG 2.2: 1.4.3 text, 1.4.11 marks)."""

from __future__ import annotations

import re

import pytest

from acumat.plots.style import CSS, DARK, LIGHT

TEXT, MARK = 4.5, 3.0
PAIRS = [
    ("ink", "paper", TEXT),
    ("muted", "paper", TEXT),
    ("mark", "paper", TEXT),  # the words over a table are in it, too
    ("muted", "band", TEXT),
    ("mark", "band", MARK),
    ("trend", "paper", MARK),
    ("limit", "paper", MARK),
    ("limit", "band", MARK),
]


def luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast_is_enough(colours: dict[str, str], front: str, back: str, least: float) -> None:
    one, other = sorted((luminance(colours[front]), luminance(colours[back])))
    assert (other + 0.05) / (one + 0.05) >= least


def test_every_colour_of_the_rules_is_there_by_day_and_by_night() -> None:
    used = set(re.findall(r"var\(--([a-z]+)\)", CSS))
    assert used - {"paper"} <= set(LIGHT) == set(DARK)
    assert "prefers-color-scheme:dark" in CSS
    assert "@media print" in CSS
