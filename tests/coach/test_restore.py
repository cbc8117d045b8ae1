"""What the history and the file apart from it know, as one: the newer holds, and no symptom is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.coach.guidance_gate import why_off
from acumat.coach.moment import Moment, Stamp
from acumat.coach.restore import restored
from acumat.coach.safety import Exposure, Safety, safety_from_text, safety_text
from acumat.coach.serialisation import from_text, to_text
from acumat.coach.state import CoachState
from acumat.contract.commands import CommandName
from acumat.contract.events import EventType
from acumat.contract.state import MatState, Presence
from tests.coach.world import BERLIN, World

VERSION_1 = (Path(__file__).parent / "routine_1.json").read_text()
"""The routine as acumat 0.2.0 stored it: a second session under way, all questions answered, a symptom in it."""


def apart(world: World) -> CoachState:
    """What a start knows before the history is read."""
    text = safety_text(world.state.safety, Stamp.at(world.now()))
    return CoachState(safety=safety_from_text(text, world.now().boot), readable=False)


def test_a_symptom_that_the_history_has_missed_does_what_the_command_would_have_done() -> None:
    world = World().screened()
    world.state = replace(world.state, programme=replace(world.state.programme, minutes=20, credited=9))
    world.lie_down()
    world.stay(300)
    history = to_text(world.state)
    world.ask(CommandName.SYMPTOM)
    turn = restored(from_text(history), apart(world), world.now(), world.rules, reported=False)
    state = turn.state
    assert (state.programme.minutes, state.programme.credited) == (10, 0)
    assert state.why == "symptom"
    assert state.guide is not None
    assert not state.guide.guided
    assert [event.event_type for event in turn.events] == [
        EventType.SYMPTOM_STOP, EventType.PROGRAMME_STEP, EventType.GUIDANCE_CHANGED,
    ]  # fmt: skip
    again = restored(from_text(to_text(state)), apart(world), world.now(), world.rules, reported=False)
    assert (again.events, again.state.safety.stops) == ([], state.safety.stops), "once"


def test_a_stop_that_the_history_has_missed_brings_no_cue_any_more() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(200)
    history = to_text(world.state)
    world.ask(CommandName.STOP)
    world.state = restored(from_text(history), apart(world), world.now(), world.rules, reported=False).state
    world.stay(900)
    assert [each.event.event_type for each in world.events(EventType.CUE_HALF, EventType.CUE_END)] == []


def test_a_day_of_rest_that_the_history_has_missed_answers_its_question() -> None:
    world = World().screened()
    world.session(10.1)
    world.wait(4000)
    history = to_text(world.state)
    world.ask(CommandName.REDNESS, answer="still_red")
    state = restored(from_text(history), apart(world), world.now(), world.rules, reported=False).state
    assert state.safety.rest_day == world.state.safety.rest_day
    assert state.question is None
    assert state.programme.comfortable == 0


@pytest.mark.parametrize("flag", ["confirmed", "guided", "alarmed", "quiet", "stopped"])
@pytest.mark.parametrize("longer_has_it", [False, True])
def test_of_two_accounts_of_who_lies_there_the_longer_holds_with_what_either_knows(flag: str, longer_has_it: bool) -> None:
    world = World()
    now = world.now()._replace(mono_s=2000.0)

    def lain(seconds: float, *, known: bool) -> Exposure:
        since = Stamp.at(now, now.mono_s - seconds)
        return replace(Exposure(since), **{flag: known})  # type: ignore[arg-type]

    history = CoachState(safety=Safety(revision=9, exposure=lain(900.0, known=longer_has_it)))
    ours = CoachState(safety=Safety(revision=3, exposure=lain(300.0, known=not longer_has_it)))
    exposure = restored(history, ours, now, world.rules, reported=False).state.safety.exposure
    assert exposure is not None
    assert exposure.seconds(now) == 900.0
    assert getattr(exposure, flag)


def test_without_a_history_what_protects_still_holds() -> None:
    """Its place was taken by a fresh one."""
    world = World().screened(heart="yes")
    world.lie_down()
    world.stay(300)
    turn = restored(CoachState(), apart(world), world.now(), world.rules, reported=False)
    assert turn.state.safety == world.state.safety
    assert turn.state.safety.exposure is not None


def test_a_file_that_was_lost_takes_nothing_from_what_the_history_knows() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(90)
    world.ask(CommandName.SYMPTOM)
    world.get_up()
    known = from_text(to_text(world.state))
    state = restored(known, CoachState(readable=False), world.now(), world.rules, reported=False).state
    assert state.safety.stops == world.state.safety.stops
    assert state.safety.screening == world.state.safety.screening


@pytest.mark.parametrize("revision", [0, 3])
def test_what_acumat_0_2_stored_holds_beside_what_happened_before_it_was_read(revision: int) -> None:
    """0.2 counted no revisions; a run that cannot read the history counts from nothing."""
    world = World()
    now = Moment(1900.0, 1795956842.0, "first-boot", BERLIN)
    seen = Exposure(Stamp.at(now, 1890.0), confirmed=True)
    since = CoachState(safety=Safety(revision, exposure=seen if revision else None), readable=False)
    kept = from_text(VERSION_1, "first-boot")
    update = restored(kept, since, now, world.rules, reported=False)
    safety = update.state.safety
    assert (len(safety.stops), safety.professional, safety.screening.complete) == (1, False, True)
    assert why_off(update.state, now, world.rules) == "symptom"
    assert safety.exposure is not None
    assert (safety.exposure.seconds(now), safety.exposure.quiet) == (1900.0 - 1701.5, True)
    assert (update.events, update.state.guide) == ([], kept.guide)
    later = replace(safety.changed(cap_min=25), exposure=None)
    again = restored(kept, CoachState(safety=later, readable=False), now, world.rules, reported=False)
    assert again.state.safety == later, "what was stored apart since then is newer"


def test_two_symptoms_of_which_either_side_knows_one_call_for_a_professional() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(90)
    world.ask(CommandName.SYMPTOM)
    world.get_up()
    known = from_text(to_text(world.state))
    world.wait(2 * 86_400.0)
    ours = CoachState(safety=Safety(1, stops=(Stamp.at(world.now()),)), readable=False)
    state = restored(known, ours, world.now(), world.rules, reported=True).state
    assert len(state.safety.stops) == 2
    assert state.safety.professional
    assert state.why == "symptom"


def test_an_exposure_of_yesterday_is_over_where_this_run_has_seen_the_mat_empty() -> None:
    world = World()
    world.lie_down()
    world.stay(90)
    known = replace(world.state, safety=replace(world.state.safety, revision=50))
    for emptied in (False, True):
        since = CoachState(emptied=emptied, readable=False)
        exposure = restored(known, since, world.now(), world.rules, reported=False).state.safety.exposure
        assert (exposure is None) is emptied


CANARY = "canary-in-the-text"


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"version": 7}', '{"version": 1, "safety": 3}', "[" * 3000])
def test_a_text_that_is_no_safety_is_reported_without_quoting_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"damaged|another version"):
        safety_from_text(text, "boot")


BAD: list[Any] = [None, CANARY, -1, 10**400, 1e308, float("inf"), True, [], {}, "2026-13-45"]


def damaged(values: Any, data: st.DataObject) -> Any:
    """One value somewhere in it, at whatever depth, is another."""
    if not isinstance(values, dict | list) or not values or data.draw(st.integers(0, 3)) == 0:
        return data.draw(st.sampled_from(BAD))
    if isinstance(values, list):
        place = data.draw(st.integers(0, len(values) - 1))
        return [*values[:place], damaged(values[place], data), *values[place + 1 :]]
    key = data.draw(st.sampled_from(sorted(values)))
    return {**values, key: damaged(values[key], data)}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_of_a_stored_text_does_more_than_be_reported(data: st.DataObject) -> None:
    """Any character, any value: read as another good state, or refused in words that quote nothing."""
    world = World().screened(heart="yes")
    world.lie_down()
    world.stay(90)
    world.ask(CommandName.SYMPTOM)
    text = to_text(world.state, Stamp.at(world.now()))
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(text) - 1))
        text = text[:place] + data.draw(st.characters(min_codepoint=32, max_codepoint=126)) + text[place + 1 :]
    else:
        text = json.dumps(damaged(json.loads(text), data))
    try:
        found = from_text(text, "another boot")
    except ValueError as exc:
        assert not [word for word in (CANARY, "heart") if word in str(exc)]  # noqa: PT017  either end will do
        return
    turn = restored(found, CoachState(readable=False), world.now(), world.rules, reported=False)
    world.state = turn.state
    world.stay(5)


def test_the_exposure_counts_what_is_certain_over_boots_without_a_clock() -> None:
    exposure = Exposure(Stamp(100.0, 50.0, "one", known=False))
    exposure = exposure.over_boot(Stamp(160.0, 110.0, "one", known=False))
    assert exposure.over_boot(Stamp(400.0, 70.0, "two", known=False)).before_s == 60.0, "nobody has looked in that boot"
    exposure = exposure.looked(Moment(10.0, 340.0, "two", BERLIN, clock_set=False))
    exposure = exposure.over_boot(Stamp(400.0, 70.0, "two", known=False))
    world = World()
    world.booted_s = world.t_s - 5000.0  # as the clock of a simulated machine, which does not begin at zero
    assert exposure.seconds(world.now()) == 60.0 + 60.0
    exposure = exposure.looked(world.now())
    world.t_s += 25.0
    assert exposure.looked(world.now()).seconds(world.now()) == 60.0 + 60.0 + 25.0


def test_a_session_of_yesterday_is_not_ended_for_who_lies_there_today() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(300)
    known, file = from_text(to_text(world.state)), apart(world)
    world.state, world.mat, world.lying = file, MatState(presence=Presence.EMPTY), {}
    for _ in range(50):  # without its history the daemon sees them gone
        world.t_s += 0.5
        world.frame()
    world.wait(86_400.0)
    reported = len(world.reported)
    world.state = restored(known, world.state, world.now(), world.rules, reported=False).state
    world.lie_down()
    world.stay(30)
    assert [each.event.event_type for each in world.events(EventType.CUE_END, EventType.CUE_LOUDER)] == []
    assert [each.event.event_type for each in world.reported[reported:]].count(EventType.CUE_START) == 1
