"""A backlog goes out in one burst and then at a steady rate, however long nothing went before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.history.send_rate import BURST, RATE_HZ, SendRate
from tests.hw.bench import JumpingClock


def spent(pace: SendRate) -> int:
    """As many as may go now."""
    count = 0
    while pace.allows():
        pace.spend()
        count += 1
    return count


@pytest.mark.parametrize(
    ("idle_s", "count"), [(0.0, 0), (0.99 / RATE_HZ, 0), (1.01 / RATE_HZ, 1), (10.01 / RATE_HZ, 10), (1e6, BURST)]
)
def test_after_a_burst_it_fills_with_time_up_to_a_burst(idle_s: float, count: int) -> None:
    clock = JumpingClock()
    pace = SendRate(clock.monotonic)
    assert spent(pace) == BURST
    clock.sleep(idle_s)
    assert spent(pace) == count


@given(st.lists(st.floats(0.0, 100.0), max_size=20))
def test_no_stretch_of_time_brings_more_than_a_burst_and_the_rate(pauses_s: list[float]) -> None:
    clock = JumpingClock()
    pace = SendRate(clock.monotonic)
    total = spent(pace)
    for pause_s in pauses_s:
        clock.sleep(pause_s)
        assert pace.room <= BURST
        total += spent(pace)
    assert total <= BURST + RATE_HZ * sum(pauses_s) + 1
