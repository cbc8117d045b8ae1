"""What each step saw is shown beside the limit that it was held against, and agrees with what was decided."""

from __future__ import annotations

import pytest

from acumat.detect.explanation import Explanation
from tests.detect.harness import PipelineHarness
from tests.detect.readings import P


def seen(drive: PipelineHarness) -> Explanation:
    return drive.pipeline.inspect()


def lying(right: float = 0.5) -> PipelineHarness:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(40, right=right)
    return drive


def test_before_any_reading_nothing_is_claimed() -> None:
    found = seen(PipelineHarness())
    assert found.blind
    assert found.spread is None
    assert (found.load_pct, found.load_us, found.usable_s, found.session_id) == (None, None, None, None)
    assert {each.us for each in found.sensors} == {None}
    assert found.life.moved_s is None


def test_a_lying_is_explained_by_its_load_its_spread_and_its_life() -> None:
    drive = lying(right=0.7)
    found, state = seen(drive), drive.pipeline.state
    assert (found.contact, found.lying, found.confirmed) == (True, True, True)
    assert (found.load_pct, found.lateral, found.session_id) == (state.load, state.lateral, state.session_id)
    assert sum(each.share_pct or 0.0 for each in found.sensors) == pytest.approx(100.0)
    assert found.sensors[1].share_pct == pytest.approx(100 * 0.7 / 4, abs=0.5)
    assert found.spread is not None
    assert found.spread.looks_like_trunk
    assert found.spread.effective_share.value == pytest.approx(0.92, abs=0.02)
    assert found.spread.effective_share.limit == P.effective_share
    assert (found.spread.lying_nats.value or 0.0) > found.spread.lying_nats.limit == 0.0
    assert sum(each or 0.0 for each in found.spread.zones_pct.values()) == pytest.approx(100.0)
    assert found.life.nats.value is not None
    assert found.life.nats.value >= found.life.nats.limit
    assert found.settled_share.value == pytest.approx(1.0, abs=0.03)


def test_the_limit_for_lying_is_the_one_that_holds_in_this_state() -> None:
    drive = lying()
    assert seen(drive).settled_share.limit == P.settled_share
    drive.go(3, lambda _: [20.0] * 8)
    found = seen(drive)
    assert not found.lying
    assert found.settled_share.limit == P.settled_share_again
    assert found.lifts == 0
    assert found.session_since_s is not None


def test_a_lost_sensor_is_missing_in_its_own_row_alone() -> None:
    drive = lying()
    drive.go(2, lambda _: [150.0] * 8, lost=frozenset({2}))
    found = seen(drive)
    assert [each.us is None for each in found.sensors] == [index == 2 for index in range(8)]
    assert found.sensors[2].share_pct is None
    assert found.lateral is None


def test_a_blind_mat_compares_nothing() -> None:
    drive = lying()
    drive.go(5, lambda _: [150.0] * 8, lost=frozenset(range(8)))
    found = seen(drive)
    assert found.blind
    assert (found.load_pct, found.spread, found.settled_share.value) == (None, None, None)
