"""Calibrating brings balance nearer to the true shares of force, over random people on simulated mats of uneven parts."""

from __future__ import annotations

import pytest

from acumat_hw.layout import PRESETS, grid
from tests.accuracy.calibration import measure


@pytest.mark.parametrize("preset", ["2x2", "4x2"])
def test_balance_is_nearer_to_the_truth_after_calibrating(preset: str) -> None:
    errors = measure(grid(*PRESETS[preset], rm_ohm=3300.0), range(1, 9), spread=0.25)
    assert errors.failed == []
    assert min(errors.margins) > 10
    for way in ("plain", "turned"):
        assert errors.mae(way, "lateral") < errors.mae("before", "lateral")
    assert errors.mae("turned", "head_foot") < errors.mae("before", "head_foot")
    assert errors.mae("turned", "shares") < errors.mae("before", "shares")
