"""Whose condition health shows, and when its document is another one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from acumat.contract.state import Condition, HealthState, MatState, Presence
from acumat.service.health_report import BLIP_S, START_S, HealthReport
from acumat.service.turn import Turn
from tests.detect.harness import layout
from tests.hw.bench import JumpingClock

MAT = layout()
STARTING = MatState(reason="starting")
EMPTY = MatState(presence=Presence.EMPTY, health=HealthState.OK, reason="empty")
BAD = Condition("bad", "It is bad.")
WORSE = Condition("worse", "It is worse.")


@dataclass
class Part:
    condition: Condition = field(default_factory=Condition)


class Bench:
    def __init__(self) -> None:
        self.clock = JumpingClock()
        self.bus, self.first, self.second = Part(), Part(), Part()
        self.report = HealthReport(MAT, {"bus": (self.bus,), "store": (self.first, self.second)}, self.clock.monotonic)

    def completed(self, state: MatState = EMPTY, *, calibrated: bool = True) -> Turn:
        turn = Turn(state, sensors=(Condition(),) * len(MAT.sensors), calibrated=calibrated)
        return replace(turn, conditions=self.report.conditions(turn))


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [(Condition(), Condition(), Condition()), (BAD, WORSE, BAD), (Condition(), WORSE, WORSE), (BAD, Condition(), BAD)],
)
def test_the_first_problem_is_shown(first: Condition, second: Condition, shown: Condition) -> None:
    bench = Bench()
    bench.first.condition, bench.second.condition = first, second
    assert bench.completed().conditions["store"] == shown


def test_a_mat_that_is_looked_at_for_the_first_time_is_starting_and_not_for_long() -> None:
    bench = Bench()
    assert bench.completed(STARTING).conditions["bus"].code == "starting"
    assert bench.completed(EMPTY).conditions["bus"].code == "ok"
    bench.bus.condition = BAD
    bench.clock.sleep(BLIP_S)
    assert bench.completed(STARTING).conditions["bus"] == BAD
    bench.bus.condition = Condition()
    bench.clock.sleep(START_S)
    assert bench.completed(STARTING).conditions["bus"].code == "ok"


def test_the_document_names_every_sensor_and_part() -> None:
    bench = Bench()
    document = bench.report.document(bench.completed(calibrated=False))
    assert document["sensors"].keys() == {sensor.name for sensor in MAT.sensors}
    assert list(document) == ["health", "sensors", "bus", "store", "calibration"]
    assert document["calibration"]["code"] == "not_calibrated"


def test_a_change_is_seen_once() -> None:
    bench = Bench()
    assert bench.report.changed(bench.completed())
    assert not bench.report.changed(bench.completed())
    bench.second.condition = BAD
    assert bench.report.changed(bench.completed())
    assert not bench.report.changed(bench.completed())
    bench.clock.sleep(BLIP_S)
    assert bench.report.changed(bench.completed(replace(EMPTY, health=HealthState.DEGRADED)))
    assert bench.report.changed(bench.completed(calibrated=False))


def test_what_is_well_again_within_two_seconds_is_not_reported() -> None:
    bench = Bench()
    blind = replace(EMPTY, health=HealthState.BLIND)
    assert bench.report.document(bench.completed(blind))["health"] == "blind", "a mat that was never well is no blip"
    bench.report.changed(bench.completed())
    bench.bus.condition = BAD
    for _ in range(19):
        bench.clock.sleep(0.1)
        assert not bench.report.changed(bench.completed(blind))
    bench.bus.condition = Condition()
    assert not bench.report.changed(bench.completed())
    bench.bus.condition = BAD
    bench.clock.sleep(BLIP_S)
    lost = bench.completed(blind)
    assert bench.report.changed(lost)
    document = bench.report.document(lost)
    assert (document["health"], document["bus"]["code"]) == ("blind", "bad")
    bench.bus.condition = Condition()
    assert bench.report.changed(bench.completed()), "that it is well again is told at once"
