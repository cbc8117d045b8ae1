"""The kill run in short: counts alone. Its long form is in `make soak`."""

from __future__ import annotations

from tests.fleet.kill_run import kill_run


def test_a_fleet_loses_nothing_whatever_is_killed() -> None:
    outcome = kill_run(100, 60.0, seed=11)
    assert outcome.done == {"nodes killed": 6, "collectors killed": 2, "primary databases killed": 1}
    assert outcome.fleet.acknowledged == outcome.made > 500
    assert outcome.daemons.acknowledged > 0
    assert outcome.faults == 0, f"fleet: {outcome.fleet}, daemons: {outcome.daemons}"
