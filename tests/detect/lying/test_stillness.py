"""Movement in epochs of ten seconds, settled after half a minute without, and how far the visit has come."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from acumat.contract.state import Phase
from acumat.detect.lying.stillness import Stillness
from tests.detect.readings import P

RATE_HZ = 10


def lain(still: Stillness, seconds: float, *, swing: float = 0.0, start_s: float = 0.0) -> list[float]:
    """A load that jumps to and fro once a second by so much of itself; gives when it settled."""
    settled = []
    for step in range(round(seconds * RATE_HZ)):
        t_s = start_s + step / RATE_HZ
        if still.step(t_s, 1000.0 * (1 + swing * (int(t_s) % 2))):
            settled.append(t_s)
    return settled


def test_before_the_first_epoch_nothing_is_known() -> None:
    still = Stillness(P)
    lain(still, P.epoch_s - 0.5)
    assert (still.still, still.moved_pct, still.restlessness_pct, still.epoch_mean) == (None, None, None, None)


# ten jumps an epoch: 0.6 % each are 6 % in all
@pytest.mark.parametrize(("swing", "is_still"), [(0.0, True), (0.005, True), (0.0072, False), (0.1, False)])
def test_an_epoch_is_still_below_six_percent_of_movement(swing: float, is_still: bool) -> None:
    still = Stillness(P)
    lain(still, 3 * P.epoch_s + 0.1, swing=swing)
    assert still.still is is_still
    assert still.moved_pct == pytest.approx(1000 * swing, rel=0.12, abs=0.01)
    assert still.restlessness_pct == (0.0 if is_still else 100.0)


def test_it_settles_once_after_half_a_minute_of_still_epochs() -> None:
    still = Stillness(P)
    assert lain(still, 200.0) == pytest.approx([P.settle_window_s])
    assert still.settled_at_s == pytest.approx(P.settle_window_s)


def test_movement_begins_the_wait_anew() -> None:
    still = Stillness(P)
    lain(still, 20.0)
    assert lain(still, 20.0, swing=0.1, start_s=20.0) == []
    (settled_s,) = lain(still, 60.0, start_s=40.0)
    assert 40.0 + P.settle_window_s - 0.1 <= settled_s <= 40.0 + P.settle_window_s + P.epoch_s


def test_what_settled_in_an_earlier_run_does_not_settle_again() -> None:
    still = Stillness(P)
    still.settled_before(0.0)
    assert lain(still, 100.0) == []
    assert still.phase(100.0, 0.0) is Phase.SETTLED


def test_restlessness_is_the_share_of_the_last_five_minutes_alone() -> None:
    still = Stillness(P)
    lain(still, 100.0, swing=0.1)
    assert still.restlessness_pct == 100.0
    lain(still, 100.0, start_s=100.0)
    assert still.restlessness_pct == pytest.approx(50.0, abs=8.0)
    lain(still, P.restless_epochs * P.epoch_s + 20.0, start_s=200.0)
    assert still.restlessness_pct == 0.0
    still.reset()
    assert still.restlessness_pct is None


@pytest.mark.parametrize(("lain_s", "phase"), [(29.9, Phase.SHARP), (30.0, Phase.SETTLED)])
def test_the_first_half_minute_is_sharp_whoever_is_still(lain_s: float, phase: Phase) -> None:
    still = Stillness(P)
    still.settled_before(0.0)
    assert still.phase(1000.0 + lain_s, 1000.0) is phase
    assert Stillness(P).phase(1000.0 + lain_s, 1000.0) in (Phase.SHARP, Phase.SETTLING)


@given(st.lists(st.floats(0.0, 5000.0), min_size=1, max_size=400), st.sampled_from([0.1, 0.5, 3.0, 20.0]))
@example([2501.0, 5e-324, 0.0], 20.0)
def test_any_load_gives_finite_percentages(loads: list[float], pace_s: float) -> None:
    still = Stillness(P)
    for index, total in enumerate(loads):
        still.step(index * pace_s, total)
        assert still.moved_pct is None or 0.0 <= still.moved_pct <= 10_000.0
        assert still.restlessness_pct is None or 0.0 <= still.restlessness_pct <= 100.0
