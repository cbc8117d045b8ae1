"""Lying is more than weight: what is concentrated must live first, what was withdrawn may still turn out to be somebody."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from acumat.contract.events import EventType
from acumat.contract.state import Presence
from acumat.detect.parameters import Parameters
from acumat.detect.presence.life import SwingWatch, jolt_of
from tests.detect.harness import PipelineHarness, layout, one, types

CONCENTRATED = (0.2, 1.0, 0.55, 0.05)
"""Load by row from head to foot as under a box that is shorter than the mat."""


def concentrated(drive: PipelineHarness, seconds: float, *, us: float = 250.0, breath: float = 0.0) -> None:
    def course(t_s: float) -> list[float]:
        level = us * (1 + breath * math.sin(2 * math.pi * 0.25 * t_s)) * (1 + 0.035 * math.log10(1 + t_s))
        return [level * CONCENTRATED[index // 2] for index in range(len(drive.mat.sensors))]

    drive.go(seconds, course)


def ready(preset: tuple[int, int] = (4, 2)) -> PipelineHarness:
    drive = PipelineHarness(layout(preset))
    drive.empty(6)
    return drive


def test_a_concentrated_load_is_contact_and_not_announced_however_heavy() -> None:
    drive = ready()
    concentrated(drive, 120)
    assert EventType.LYING_STARTED not in types(drive.events)
    assert drive.pipeline.state.presence is Presence.CONTACT
    assert drive.pipeline.state.load is not None
    assert drive.pipeline.state.load > Parameters().lying_on_pct


def test_a_concentrated_load_that_breathes_is_a_person_from_its_beginning_on() -> None:
    drive = ready()
    came_s = drive.t_s
    concentrated(drive, 120, breath=0.01)
    began = one(drive.events, EventType.SESSION_STARTED)
    assert one(drive.events, EventType.LYING_STARTED).reason == "alive"
    assert began.edge_mono_s == pytest.approx(came_s, abs=0.5)
    assert began.t_mono_s - came_s < 100, "a minute of looks, each of 15 s, says that it lies across; then it must live"


def test_with_two_rows_nothing_is_too_concentrated() -> None:
    drive = ready((2, 2))
    drive.person(20)
    assert one(drive.events, EventType.LYING_STARTED).reason == "load_and_spread"


def test_somebody_who_lay_dead_still_and_moves_later_becomes_a_session_from_the_first_moment() -> None:
    drive = ready()
    came_s = drive.t_s
    drive.box(90)
    assert one(drive.events, EventType.LYING_WITHDRAWN).reason == "not_alive"
    assert not {EventType.SESSION_STARTED} & set(types(drive.events))
    drive.go(60, lambda t_s: [163.0 * (1 + 0.01 * math.sin(2 * math.pi * 0.25 * t_s))] * 8)
    assert one(drive.events, EventType.SESSION_STARTED).edge_mono_s == pytest.approx(came_s, abs=0.5)
    drive.empty(30)
    (record,) = drive.pipeline.take_records()
    assert record.wall_s == pytest.approx(150, abs=2)


def test_a_thing_put_there_right_after_getting_up_does_not_go_on_with_the_session() -> None:
    drive = ready()
    drive.person(90)
    left_s = drive.t_s
    drive.empty(10)
    drive.box(120)
    (record,) = drive.pipeline.take_records()
    assert record.end_reason == "got_up"
    assert record.end_mono_s == pytest.approx(left_s, abs=1.0)
    assert record.lifts == 0
    assert record.contact_s == pytest.approx(record.wall_s)
    assert one(drive.events, EventType.LYING_WITHDRAWN).reason == "not_alive"
    assert drive.pipeline.state.session_id is None


def test_somebody_back_in_time_continues_with_the_session() -> None:
    drive = ready()
    drive.person(60)
    drive.empty(10)
    drive.person(90)
    drive.empty(30)
    (record,) = drive.pipeline.take_records()
    assert record.lifts == 1
    assert record.wall_s == pytest.approx(160, abs=2)
    assert EventType.LYING_WITHDRAWN not in types(drive.events)


def knocked(times_s: list[float], *, for_s: float, by: float, stays: bool) -> list[EventType]:
    drive = ready()

    def course(t_s: float) -> list[float]:
        level = 150.0 * (1 + 0.035 * math.log10(1 + t_s))
        for at_s in times_s:
            level *= 1 + by * (t_s >= at_s and (stays or t_s < at_s + for_s))
        return [level] * 8

    drive.go(100, course)
    return types(drive.events)


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("by", [0.002, 0.01, 0.04])
def test_two_knocks_on_a_box_are_no_life(by: float, stays: bool) -> None:
    reported = knocked([14.0, 27.0], for_s=0.4, by=by, stays=stays)
    assert EventType.SESSION_STARTED not in reported
    assert EventType.LYING_WITHDRAWN in reported


INSIDE = (0.5, 1.0, 0.3, -0.4)
"""How far each row goes along with the breath, from head to foot: the hips go against the chest."""


@pytest.mark.parametrize(("breath", "lives"), [(0.0006, True), (0.0, False)])
def test_a_breath_too_faint_for_a_single_look_is_life_by_what_goes_against_the_rest(breath: float, lives: bool) -> None:
    drive = ready()

    def course(t_s: float) -> list[float]:
        level = 150.0 * min(1.0, (t_s + 0.1) / 0.9)
        swing = breath * math.sin(2 * math.pi * 0.25 * t_s) / 2
        return [level * (1 + swing * INSIDE[index // 2]) for index in range(8)]

    drive.go(75, course)
    assert (EventType.SESSION_STARTED in types(drive.events)) is lives
    assert (EventType.LYING_WITHDRAWN in types(drive.events)) is not lives
    if lives:
        assert "against the rest" in one(drive.events, EventType.LYING_CONFIRMED).text


def test_what_breathes_all_alike_and_little_is_unsure_and_its_leaving_says_so() -> None:
    drive = ready()
    came_s = drive.t_s
    drive.person(65, breath=0.003, rise_s=0.1)
    state = drive.pipeline.state
    assert (state.presence, state.confirmed, state.reason, state.session_id) == ("lying", None, "unsure", None)
    drive.person(20, breath=0.003, rise_s=0.1)
    drive.empty(5)
    left = one(drive.events, EventType.LYING_WITHDRAWN)
    assert left.reason == "unsure"
    assert left.edge_mono_s == pytest.approx(came_s, abs=1.0)
    assert left.numbers["lay_s"] == pytest.approx(85.0, abs=1.0)
    assert EventType.SESSION_STARTED not in types(drive.events)


def test_an_unsure_lying_that_shows_more_begins_where_its_load_came_on() -> None:
    drive = ready()
    came_s = drive.t_s
    drive.person(90, breath=0.003, rise_s=0.1)
    drive.person(40, breath=0.02, rise_s=0.1)
    assert one(drive.events, EventType.SESSION_STARTED).edge_mono_s == pytest.approx(came_s, abs=1.0)
    assert drive.pipeline.state.confirmed


def points(value_at: Callable[[float], float]) -> list[tuple[float, float]]:
    return [(i / 4, value_at(i / 4)) for i in range(40)]


@pytest.mark.parametrize("breaths_per_min", [5, 13, 20, 25])
def test_a_breath_is_no_jolt(breaths_per_min: float) -> None:
    assert jolt_of(points(lambda t_s: math.sin(2 * math.pi * breaths_per_min / 60 * t_s)), 0.85, 0.1) is None


def test_a_jolt_is_found_where_it_is_also_on_creep() -> None:
    assert jolt_of(points(lambda t_s: 0.05 * t_s + (t_s >= 5)), 0.85, 0.1) in (20, 21)
    assert jolt_of(points(lambda t_s: 0.05 * t_s + (5 <= t_s < 5.5)), 0.85, 0.1) in (20, 21, 22, 23)
    assert jolt_of(points(lambda t_s: 0.05 * t_s + 0.01 * (t_s >= 5)), 0.85, 0.1) is None  # too small to matter


def test_who_sways_on_two_rows_is_not_taken_for_a_body_at_rest() -> None:
    def feet(drive: PipelineHarness, seconds: float, sway: float) -> None:
        def course(t_s: float) -> list[float]:
            side = sway * math.sin(2 * math.pi * 0.4 * t_s)
            breath = 1 + 0.01 * math.sin(2 * math.pi * 0.25 * t_s)
            return [200 * breath * (1 + (side if s.x_mm > 0 else -side)) for s in drive.mat.sensors]

        drive.go(seconds, course)

    drive = ready((2, 2))
    feet(drive, 50, 0.03)
    assert EventType.LYING_CONFIRMED not in types(drive.events)
    drive = ready((2, 2))
    feet(drive, 50, 0.001)
    assert EventType.LYING_CONFIRMED in types(drive.events)


def test_life_asks_for_as_many_looks_as_it_is_reported() -> None:
    found_s = []
    for needed in (2, 4):
        life = SwingWatch(Parameters(), least_pct=0.05, most_pct=6.0, windows_needed=needed)
        t_s = 0.0
        while not life.alive:
            life.step(t_s, 100 * (1 + 0.005 * math.sin(2 * math.pi * 0.25 * t_s)))
            t_s += 0.1
        found_s.append(t_s)
    assert found_s[1] > found_s[0] + 5
