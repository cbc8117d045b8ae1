"""The short form of the figures for breathing, on the gate's seeds."""

from __future__ import annotations

import pytest

from tests.accuracy.breath import breath_figures, measure, silence_figures
from tests.accuracy.corpora import GATE

PEOPLE = 10


@pytest.mark.parametrize("layout", ["2x2", "4x4"])
def test_breathing_is_right_and_reported_most_of_the_time(layout: str) -> None:
    figures = breath_figures(measure(layout, range(GATE, GATE + PEOPLE)))
    assert not [str(figure) for figure in figures if not figure.reached]


@pytest.mark.parametrize("layout", ["2x2", "4x2"])
def test_no_breath_is_reported_of_what_is_no_still_person(layout: str) -> None:
    figures = silence_figures(layout, range(GATE, GATE + 2))
    assert not [str(figure) for figure in figures if not figure.reached]
