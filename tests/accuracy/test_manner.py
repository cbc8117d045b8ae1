"""The short form of the figures on posture, loading and mode, on the gate's seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.accuracy.corpora import GATE
from tests.accuracy.figures import Figure
from tests.accuracy.manner import loading_figures, mode_figures, shift_figures


# so many that two of them drop onto the mat: of nobody no figure is reached
@pytest.mark.parametrize(("measure", "people"), [(loading_figures, 10), (mode_figures, 5), (shift_figures, 3)])
def test_how_the_load_came_and_lies_and_what_the_mat_is_used_for(
    measure: Callable[[str, Iterable[int]], list[Figure]], people: int
) -> None:
    figures = measure("4x2", range(GATE, GATE + people))
    assert not [str(figure) for figure in figures if not figure.reached]
