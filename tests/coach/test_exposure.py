"""Since when somebody lies there: what moves it back, what ends it, and who is not guided again within it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acumat.coach.rules import FRESH_S, GONE_S, Rules
from acumat.coach.safety import Exposure
from acumat.contract.commands import CommandName
from acumat.contract.events import NOBODY_LIES, Event, EventType
from acumat.contract.state import MatState, Presence
from tests.coach.world import World

LIES = MatState(presence=Presence.LYING, confirmed=False)


def exposed(world: World) -> Exposure:
    exposure = world.state.safety.exposure
    assert exposure is not None
    return exposure


def lying(world: World, *, session_s: float | None = None, confirmed: bool = False) -> None:
    """One frame of somebody who lies there."""
    session_id = None if session_s is None else "w-s1"
    world.mat = MatState(
        presence=Presence.LYING, confirmed=confirmed, session_id=session_id, session_s=session_s, contact_s=session_s
    )
    world.frame()


def event(world: World, event_type: EventType, reason: str, *, edge_s: float | None = None) -> Event:
    return Event(event_type, world.now().mono_s, reason, "A sentence.", edge_s, {})


@pytest.mark.parametrize(("session_s", "since_s"), [(45.0, -15.0), (30.0, 0.0), (10.0, 0.0)])
def test_a_session_that_is_found_to_have_begun_earlier_moves_it_back_and_none_moves_it_on(
    session_s: float, since_s: float
) -> None:
    world = World()
    lying(world)
    began_s = world.now().mono_s
    world.t_s += 30.0
    lying(world, session_s=session_s, confirmed=True)
    assert exposed(world).since.mono_s - began_s == pytest.approx(since_s)


def test_it_begins_with_the_edge_that_lying_down_is_dated_back_to() -> None:
    world = World()
    world.mat = LIES
    edge_s = world.now().mono_s - 2.5
    world.frame(event(world, EventType.LYING_STARTED, "load_and_spread", edge_s=edge_s))
    assert exposed(world).since.mono_s == edge_s


@pytest.mark.parametrize(
    ("confirmed", "reason", "ends"),
    [*((False, reason, True) for reason in NOBODY_LIES), (False, "no_readings", False), (True, "not_alive", False)],
)
def test_a_thing_that_lay_there_was_nobody_and_a_person_stays_one(confirmed: bool, reason: str, ends: bool) -> None:
    world = World()
    lying(world, confirmed=confirmed)
    world.t_s += 60.0
    world.mat = MatState(presence=Presence.CONTACT)
    world.frame(event(world, EventType.LYING_WITHDRAWN, reason))
    assert (world.state.safety.exposure is None) is ends


@pytest.mark.parametrize(("empty_s", "ends"), [(GONE_S - 0.5, False), (GONE_S, True)])
def test_it_ends_when_the_mat_was_seen_empty_for_long_enough(empty_s: float, ends: bool) -> None:
    world = World()
    lying(world, confirmed=True)
    world.mat = MatState(presence=Presence.EMPTY)
    world.frame()
    world.t_s += empty_s
    world.frame()
    assert (world.state.safety.exposure is None) is ends


def test_a_touch_begins_the_wait_for_an_empty_mat_anew() -> None:
    world = World()
    lying(world, confirmed=True)
    for presence in (Presence.EMPTY, Presence.CONTACT, Presence.EMPTY):
        world.mat = MatState(presence=presence)
        world.frame()
        world.t_s += GONE_S - 5.0
        world.frame()
    assert world.state.safety.exposure is not None


@pytest.mark.parametrize(
    ("lain_s", "flag", "guided"),
    [
        (FRESH_S - 30.0, "", True),
        (FRESH_S + 30.0, "", False),
        (60.0, "guided", False),
        (60.0, "alarmed", False),
    ],
)
def test_a_session_is_guided_only_once_and_early_in_it(lain_s: float, flag: str, guided: bool) -> None:
    world = World(Rules(cap_min=60)).screened()
    lying(world, confirmed=True)
    exposure = replace(exposed(world), guided=flag == "guided", alarmed=flag == "alarmed")
    world.state = replace(world.state, safety=replace(world.state.safety, exposure=exposure))
    world.t_s += lain_s
    lying(world, session_s=5.0, confirmed=True)
    assert bool(world.events(EventType.CUE_START)) is guided
    assert exposed(world).guided is (guided or flag == "guided")


@pytest.mark.parametrize(("name", "lifted", "ended"), [(n, up, not up) for n in ("press", "stop") for up in (False, True)])
def test_an_alarm_that_is_silent_for_a_lift_is_not_ended_by_what_is_pressed_meanwhile(
    name: str, lifted: bool, ended: bool
) -> None:
    world = World()  # not screened: nobody is guided, and the cap holds
    world.lie_down()
    world.stay(60.0 * Rules().cap_min + 2)
    assert exposed(world).sounding
    if lifted:
        world.lying["on"] = False
        world._feel()
        world.frame()
    answer = world.ask(CommandName(name))
    assert isinstance(answer, str) is ended
    world.lying["on"] = True
    world.stay(5)
    assert exposed(world).sounding is not ended
