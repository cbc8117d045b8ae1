"""Whether a seat is still there when more came onto the mat."""

from __future__ import annotations

import pytest

from acumat.detect.presence.seat import Seat

SEAT = (0.0, 10.0, 20.0, 20.0, 300.0, 250.0, 200.0, 200.0)
BESIDE = (250.0, 300.0, 150.0, 100.0, 20.0, 10.0, 0.0, 0.0)
BOTH = tuple(a + b for a, b in zip(SEAT, BESIDE, strict=True))
HIPS = (150.0, 150.0, 250.0, 250.0, 120.0, 110.0, 450.0, 430.0)
"""Lying back: as much on the seat's sensors as before, but not where the thighs were."""


def times(by: float, loads: tuple[float, ...], only: range = range(8)) -> tuple[float, ...]:
    return tuple(by * us if i in only else us for i, us in enumerate(loads))


@pytest.mark.parametrize(
    ("bears", "after_s", "stays"),
    [
        (BOTH, 1.0, True),
        (HIPS, 1.0, False),
        (HIPS, 300.0, False),
        (times(0.85, BOTH, range(4, 8)), 1.0, False),
        (times(1.5, BOTH, range(4, 8)), 1.0, False),
        (times(1.5, BOTH, range(4, 8)), 300.0, True),
        (times(4.0, BOTH, range(4)), 1.0, False),
    ],
)
def test_a_second_person_only_adds_and_lying_back_takes_off(bears: tuple[float, ...], after_s: float, stays: bool) -> None:
    assert Seat.of(SEAT, 60.0, 100.0).stays(bears, 100.0 + after_s) is stays


def test_who_sits_for_some_seconds_alone_means_to_lie_back() -> None:
    nats = [Seat.of(SEAT, sat_s, 0.0).nats for sat_s in (1.0, 5.0, 12.0, 600.0)]
    assert nats[0] == 0.0 > nats[1] > nats[2] == nats[3]
