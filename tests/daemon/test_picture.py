"""The picture of the mat for a terminal."""

from __future__ import annotations

from acumat.cli.picture import picture
from acumat_hw.layout import grid

LAYOUT = grid(2, 2, rm_ohm=3300.0)
"""Its sensors are r1c1, r1c2 at the head, r2c1, r2c2 at the foot."""


def rows(*loads_us: float | None) -> list[str]:
    return [line.strip().strip("│") for line in picture(LAYOUT, loads_us)[1:-1]]


def test_the_darkest_is_where_most_load_is() -> None:
    assert rows(100.0, 50.0, 25.0, 0.0) == ["████▒▒▒▒", "░░░░    "]


def test_a_sensor_that_does_not_report_is_marked_and_an_empty_mat_is_blank() -> None:
    assert rows(None, 0.0, -1.0, 0.0) == ["????    ", "        "]
    assert rows(None, None, None, None) == ["????????"] * 2
