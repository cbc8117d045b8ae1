"""Breathing on real recordings that are not in the repository; skipped loudly without them."""

from __future__ import annotations

import pytest

from tests.accuracy.data_folder import folder
from tests.accuracy.real_breath import belts, figures, strips

pytestmark = pytest.mark.data


def test_the_real_strip_reports_the_ecgs_rate() -> None:
    found = figures(strips(folder("fsr408_bed")), what="strip", answered_pct=40.0, error_per_min=None)
    assert not [str(figure) for figure in found if not figure.reached]


def test_pads_that_swing_with_a_real_belt_report_its_rate() -> None:
    found = figures(belts(folder("li2024_resp_belt")), what="belts", answered_pct=60.0, error_per_min=0.6)
    assert not [str(figure) for figure in found if not figure.reached]
