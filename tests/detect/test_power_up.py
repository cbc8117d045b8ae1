"""A first power-up, with nothing known of the empty mat, soon after somebody has lain down or put something there."""

from __future__ import annotations

import math

import pytest

from acumat.contract.events import Event, EventType
from acumat.detect.pipeline import Pipeline
from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import parse_scenario
from acumat_sim.source import SimSource
from tests.accuracy.trials import mat_layout
from tests.detect.harness import PipelineHarness, one, types

PERSON: dict[str, object] = {
    "person": {"mass_kg": 78, "breaths_per_min": 14, "moves_per_min": 2},
    "step": [{"at_s": 5, "do": "lie_down", "over_s": 2}, {"at_s": 290, "do": "get_up", "over_s": 2}],
}
BOX: dict[str, object] = {"step": [{"at_s": 5, "do": "place_box", "mass_kg": 30, "over_s": 0.5}]}


ZERO_S = 1000.0
"""When the simulated clock begins."""


def powered_up(story: dict[str, object], on_s: float, until_s: float, rate_hz: float = 10.0) -> tuple[Pipeline, list[Event]]:
    scenario = parse_scenario("power-up", {"seed": 41, "duration_s": 300, **story}, mat_layout("4x2"))
    clock = SimClock(0.0, None)
    source = SimSource(SimulatedMat(scenario, scenario.layout), clock)
    source.open()
    clock.sleep(on_s)
    pipeline = Pipeline(scenario.layout)
    events: list[Event] = []
    for _ in range(round((until_s - on_s) * rate_hz)):
        clock.sleep(1 / rate_hz)
        events += pipeline.step(source.read())
    return pipeline, events


@pytest.mark.parametrize("rate_hz", [3.3, 10.0])
@pytest.mark.parametrize("on_s", [4.0, 7.0, 9.0, 12.0, 20.0, 60.0])
def test_who_lies_there_is_found_even_if_creep_alone_has_touched_the_mat(on_s: float, rate_hz: float) -> None:
    """The foam still gives way, so that the load seems to rise from nothing to a contact before anybody has breathed enough."""
    pipeline, events = powered_up(PERSON, on_s, 120.0, rate_hz)
    assert pipeline.state.presence == "lying"
    edge_s = one(events, EventType.SESSION_STARTED).edge_mono_s
    assert edge_s is not None
    came_s = max(on_s, 6.0)
    assert edge_s - ZERO_S == pytest.approx(came_s, abs=1.0), "at the first reading, or when the person came after it"


@pytest.mark.parametrize("on_s", [6.0, 12.0])
def test_a_box_that_creeps_is_nobody(on_s: float) -> None:
    _, events = powered_up(BOX, on_s, 280.0)
    assert EventType.LYING_CONFIRMED not in types(events)


def drive_on(
    level_us: float, breath: float, seconds: float = 150.0, *, rows: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
) -> PipelineHarness:
    """A first power-up on a mat whose sensors all read this, and breathe by so much of it from peak to peak, `rows` by rows."""
    drive = PipelineHarness()
    drive.go(seconds, lambda t_s: [level_us * (1 + rows[i // 2] * breath * math.sin(1.6 * t_s) / 2) for i in range(8)])
    return drive


def test_a_breath_too_faint_to_swing_is_found_by_its_rate_in_what_was_taken_for_empty() -> None:
    drive = drive_on(80.0, 0.0009, rows=(0.8, 1.0, 0.6, -0.4))
    assert one(drive.events, EventType.SESSION_STARTED).edge_mono_s == pytest.approx(100.0, abs=0.5)


@pytest.mark.parametrize("level_us", [2.0, 37.0, 80.0, 140.0])
def test_an_empty_mat_that_cover_and_foam_press_stays_empty(level_us: float) -> None:
    drive = drive_on(level_us, 0.0, 600.0)
    assert types(drive.events) == [EventType.BLIND_ENDED]
    assert drive.presence == "empty"
