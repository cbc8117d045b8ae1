"""The short form of the figures on posture, loading and mode, on seeds that nobody tunes on."""

from __future__ import annotations

import pytest

from tests.accuracy.corpora import PUBLISHED
from tests.accuracy.manner import loading_figures, mode_figures


@pytest.mark.parametrize("measure", [loading_figures, mode_figures])
def test_how_the_load_came_and_what_the_mat_is_used_for(measure: object) -> None:
    assert callable(measure)
    figures = measure("4x2", range(PUBLISHED, PUBLISHED + 5))
    assert not [str(figure) for figure in figures if not figure.reached]
