"""The curve counts each side by the limit."""

from __future__ import annotations

import math

from tests.accuracy.tradeoff import Point, curve, peak


def test_a_higher_limit_loses_people_and_takes_fewer_things() -> None:
    points = curve([3.0, 5.0, 9.0, math.inf], [-math.inf, 1.0, 4.0, 5.0], (2.0, 5.0, 8.0))
    assert points == [Point(2.0, 0.0, 0.5), Point(5.0, 0.25, 0.25), Point(8.0, 0.5, 0.0)]


def test_the_peak_of_a_still_person_is_above_that_of_a_box() -> None:
    assert peak("still", "4x2", 300_001, within_s=40.0) > 4.0
    assert peak("box", "4x2", 300_001, within_s=40.0) < 2.0
