"""Children, dogs and guests through the whole of detection: who becomes a session, and whose it is."""

from __future__ import annotations

import math

import pytest

from acumat.contract.events import EventType
from acumat.contract.learned import Learned
from acumat.contract.state import Mode
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import parse_scenario
from acumat_sim.source import SimSource
from tests.detect.harness import PipelineHarness, layout, one, types

PERIOD_S = 0.1


def simulated(data: dict[str, object], sensitivity: str) -> tuple[list[EventType], Mode]:
    """Events of a scenario, and the mode in its middle."""
    scenario = parse_scenario("bodies", data, None)
    mat, clock = SimulatedMat(scenario, scenario.layout), SimClock(0.0)
    source = SimSource(mat, clock, period_s=PERIOD_S)
    source.open()
    pipeline = Pipeline(mat.layout, parameters=Parameters().with_sensitivity(sensitivity))
    found: list[EventType] = []
    mode = Mode.UNKNOWN
    count = round(scenario.duration_s / PERIOD_S)
    for index in range(count):
        found += [event.event_type for event in pipeline.step(source.read())]
        if index == count // 2:
            mode = pipeline.state.mode
        clock.sleep(PERIOD_S)
    return found, mode


@pytest.mark.parametrize("sensitivity", ["high", "normal"])
def test_a_child_is_found_where_light_people_are_expected(sensitivity: str) -> None:
    person = {"mass_kg": 30, "height_m": 1.35, "build": 0.7, "breaths_per_min": 20, "moves_per_min": 0.7}
    steps = [{"at_s": 20, "do": "lie_down", "over_s": 3}, {"at_s": 130, "do": "get_up", "over_s": 3}]
    data = {"seed": 21, "duration_s": 150, "layout": "4x2", "surface": "bed", "person": person, "step": steps}
    found, _ = simulated(data, sensitivity)
    assert (EventType.SESSION_STARTED in found) is (sensitivity == "high")


@pytest.mark.parametrize(("mat", "mass_kg", "size"), [("2x2", 30, 2.5), ("4x2", 45, 3.0)])
def test_a_dog_that_walks_about_before_it_lies_down_is_no_person(mat: str, mass_kg: float, size: float) -> None:
    step = {"at_s": 20, "do": "cat", "mass_kg": mass_kg, "size": size, "for_s": 120, "over_s": 1.0}
    found, _ = simulated({"seed": 21, "duration_s": 145, "layout": mat, "surface": "bed", "step": [step]}, "normal")
    assert EventType.SESSION_STARTED not in found


def light(drive: PipelineHarness, seconds: float, per_min: float) -> None:
    """Somebody who bears a third of what the person of this mat does."""
    drive.go(seconds, lambda t_s: [55.0 * min(1.0, t_s / 2) * (1 + 0.01 * math.sin(2 * math.pi * per_min / 60 * t_s))] * 8)


@pytest.mark.parametrize(("per_min", "guest"), [(14.0, False), (23.5, True)])
def test_who_is_light_and_breathes_fast_is_a_guest_who_teaches_nothing(per_min: float, guest: bool) -> None:
    mat = layout()
    drive = PipelineHarness(mat, learned=Learned((0.5,) * 8, (1.0,) * 8, 1200.0))
    drive.empty(6)
    light(drive, 150, per_min)
    drive.empty(30)
    (record,) = drive.pipeline.take_records()
    assert record.guest is guest
    assert (drive.pipeline.learned.reference_us == 1200.0) is guest
    assert (EventType.GUEST_FOUND in types(drive.events)) is guest
    if guest:
        event = one(drive.events, EventType.GUEST_FOUND)
        assert event.reason == "guest_or_pet"
        assert event.numbers["breaths_per_min"] == pytest.approx(per_min, abs=1.0)


def test_a_guest_is_found_once_a_session() -> None:
    drive = PipelineHarness(layout(), learned=Learned((0.5,) * 8, (1.0,) * 8, 1200.0))
    drive.empty(6)
    light(drive, 200, 23.5)
    one(drive.events, EventType.GUEST_FOUND)


def test_who_takes_the_warm_place_does_not_make_the_owner_a_guest() -> None:
    drive = PipelineHarness(layout(), learned=Learned((0.5,) * 8, (1.0,) * 8, 1200.0))
    drive.empty(6)
    drive.person(60)
    drive.empty(5)
    light(drive, 150, 23.5)
    drive.empty(30)
    assert [record.guest for record in drive.pipeline.take_records()] == [False, True]
