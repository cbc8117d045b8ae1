"""Blind, looking, seen: when each begins, and why the mat is blind."""

from __future__ import annotations

import pytest

from acumat.contract.events import EventType as E
from acumat.detect.frame_log import FrameLog
from acumat.detect.narration import Narration
from acumat.detect.parameters import Parameters
from acumat.detect.presence.machine import State
from acumat.detect.sensors.health import SensorHealth
from acumat.detect.sight import Sight
from acumat.detect.signal.baseline import Baseline
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.resolution import Resolution
from tests.detect.harness import RM_OHM, PipelineHarness, layout, types

P = Parameters()
MAT = layout((2, 2))
BASE_US = 20.0


class Bench:
    """Sight alone, over sensors in order and a sure baseline."""

    def __init__(self) -> None:
        self.log = FrameLog()
        baseline = Baseline((RM_OHM,) * 4, (BASE_US,) * 4, P)
        self.sight = Sight(P, SensorHealth(MAT, P, Resolution(MAT)), baseline, Narration(self.log))

    def read(self, t_s: float, us: float = BASE_US) -> bool:
        reading = Reading(t_s, (us,) * 4, (False,) * 4, (False,) * 4, (0.1,) * 4)
        return self.sight.usable(reading, reading)

    def seen(self, t_s: float = 0.0) -> Bench:
        assert self.read(t_s)
        self.sight.regain(t_s)
        return self


def test_it_goes_blind_once_when_nothing_usable_came_for_the_gap() -> None:
    bench = Bench().seen()
    assert bench.sight.goes_blind(P.gap_s) is None
    assert bench.sight.goes_blind(P.gap_s + 0.1) == 0.0
    assert bench.sight.goes_blind(P.gap_s + 0.2) is None
    assert (bench.log.reason[0], bench.sight.blind) == ("no_readings", True)
    assert types(bench.log.events) == [E.BLIND_ENDED, E.BLIND_STARTED]
    assert bench.log.events[-1].edge_mono_s == 0.0


def test_a_mat_without_its_supply_says_nothing_and_is_blind_for_that_reason() -> None:
    bench = Bench().seen()
    assert not bench.read(1.0, 0.1)
    assert (bench.sight.supply_lost, bench.sight.blind, bench.sight.usable_s) == (True, False, 0.0)
    assert bench.sight.goes_blind(3.0) == 0.0
    assert bench.log.reason[0] == "no_supply"


def test_a_cause_is_forgotten_where_readings_fail_altogether() -> None:
    bench = Bench().seen()
    assert not bench.read(1.0, 0.1)
    bench.sight.too_few()
    assert bench.sight.goes_blind(3.0) == 0.0
    assert bench.log.reason[0] == "no_readings"


def test_a_cause_that_shows_while_the_mat_is_blind_becomes_its_reason() -> None:
    bench = Bench()
    assert not bench.read(0.0, 0.1)
    assert (bench.log.reason[0], bench.log.events) == ("no_supply", ())


@pytest.mark.parametrize("blind", [False, True])
def test_a_pause_is_reported_as_blindness_only_where_the_mat_was_seen(blind: bool) -> None:
    bench = Bench() if blind else Bench().seen()
    before = len(bench.log.events)
    bench.sight.pause(0.0)
    assert types(bench.log.events[before:]) == ([] if blind else [E.BLIND_STARTED])
    assert (bench.log.reason[0], bench.sight.blind) == ("paused", True)


@pytest.mark.parametrize(("t_s", "blames"), [(P.missing_s - 0.1, False), (P.missing_s, True), (P.missing_s + 1.0, False)])
def test_no_sensor_is_blamed_just_after_the_readings_came_back_or_while_they_stay_away(t_s: float, blames: bool) -> None:
    bench = Bench().seen()
    bench.read(P.missing_s)
    assert bench.sight.blames(t_s) is blames


def test_an_empty_mat_is_looked_at_before_it_is_called_empty() -> None:
    drive = PipelineHarness()
    sight, visit = Bench().seen().sight, drive.pipeline._steps.visit
    assert visit.state is State.EMPTY
    looking = []
    for t_s in (0.0, P.look_s - 0.1, P.look_s):
        sight.look(t_s, visit)
        looking.append(sight.looking)
    assert looking == [True, True, False]
