"""What a transport loses heals by the audit, and two things that lose nothing without one: in short, counts alone."""

from __future__ import annotations

import pytest

from tests.fleet import healing

MATS = 30


@pytest.mark.parametrize("run", [healing.wiped, healing.late_durable])
def test_what_the_cluster_loses_comes_again(run: healing.Run) -> None:
    healed = run(MATS, 12)
    assert healed.lost_before > 0
    assert healed.end.faults == 0, healed


def test_what_a_site_loses_comes_again() -> None:
    healed = healing.site_broker(MATS, 12, waiting=100)
    assert healed.lost_before >= 100
    assert healed.end.faults == 0, healed


@pytest.mark.parametrize("run", [healing.promoted, healing.moved])
def test_nothing_is_lost_without_an_audit(run: healing.Run) -> None:
    healed = run(MATS, 13)
    assert healed.end.acknowledged > 0
    assert healed.end.faults == 0, healed
