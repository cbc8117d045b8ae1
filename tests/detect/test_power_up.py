"""A first power-up, with nothing known of the empty mat, soon after somebody has lain down or put something there."""

from __future__ import annotations

import pytest

from acumat.contract.events import EventType
from acumat.detect.pipeline import Pipeline
from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import parse_scenario
from acumat_sim.source import SimSource
from tests.accuracy.trials import mat_layout

PERSON: dict[str, object] = {
    "person": {"mass_kg": 78, "breaths_per_min": 14, "moves_per_min": 2},
    "step": [{"at_s": 5, "do": "lie_down", "over_s": 2}, {"at_s": 290, "do": "get_up", "over_s": 2}],
}
BOX: dict[str, object] = {"step": [{"at_s": 5, "do": "place_box", "mass_kg": 30, "over_s": 0.5}]}


def powered_up(
    story: dict[str, object], on_s: float, until_s: float, rate_hz: float = 10.0
) -> tuple[Pipeline, list[EventType]]:
    scenario = parse_scenario("power-up", {"seed": 41, "duration_s": 300, **story}, mat_layout("4x2"))
    clock = SimClock(0.0, None)
    source = SimSource(SimulatedMat(scenario, scenario.layout), clock)
    source.open()
    clock.sleep(on_s)
    pipeline = Pipeline(scenario.layout)
    reported: list[EventType] = []
    for _ in range(round((until_s - on_s) * rate_hz)):
        clock.sleep(1 / rate_hz)
        reported += [event.event_type for event in pipeline.step(source.read())]
    return pipeline, reported


@pytest.mark.parametrize("rate_hz", [3.3, 10.0])
@pytest.mark.parametrize("on_s", [4.0, 7.0, 9.0, 12.0, 20.0, 60.0])
def test_who_lies_there_is_found_even_if_creep_alone_has_touched_the_mat(on_s: float, rate_hz: float) -> None:
    """The foam still gives way, so that the load seems to rise from nothing to a contact before anybody has breathed enough."""
    pipeline, reported = powered_up(PERSON, on_s, 120.0, rate_hz)
    assert pipeline.state.presence == "lying"
    assert reported.count(EventType.SESSION_STARTED) == 1


@pytest.mark.parametrize("on_s", [6.0, 12.0])
def test_a_box_that_creeps_is_nobody(on_s: float) -> None:
    _, reported = powered_up(BOX, on_s, 280.0)
    assert EventType.LYING_CONFIRMED not in reported
