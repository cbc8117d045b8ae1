"""Values to nats."""

from __future__ import annotations

import pytest

from acumat.detect.signal.worth import worth

TABLE = ((1.0, -2.0), (2.0, 0.0), (4.0, 3.0))


@pytest.mark.parametrize(
    ("value", "nats"), [(0.0, -2.0), (1.0, -2.0), (1.5, -1.0), (2.0, 0.0), (3.0, 1.5), (4.0, 3.0), (9.0, 3.0)]
)
def test_straight_lines_between_the_values_and_the_ends_beyond(value: float, nats: float) -> None:
    assert worth(TABLE, value) == pytest.approx(nats)
