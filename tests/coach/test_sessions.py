"""A session hands free: when each cue comes, what pauses it, how it ends, what a restart does to it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from acumat.coach.coach import follow
from acumat.coach.rules import MISSING_S, Rules
from acumat.coach.serialisation import from_text, to_text
from acumat.coach.sessions import DROPPED
from acumat.contract.commands import CommandName, Refusal
from acumat.contract.events import Event, EventType
from acumat.contract.state import JsonScalar, MatState, Presence
from tests.coach.world import EMPTY, START_S, World

CUES = (
    EventType.CUE_START,
    EventType.CUE_HALF,
    EventType.CUE_LAST_MINUTE,
    EventType.CUE_END,
    EventType.CUE_LOUDER,
    EventType.CUE_CAP,
)
WITHIN_S = 1.0


def cues(world: World) -> list[tuple[str, float]]:
    """What was reported, and at which second of contact."""
    return [(each.event.event_type.value, float(each.event.numbers["contact_s"] or 0)) for each in world.events(*CUES)]


def assert_cues(world: World, expected: list[tuple[str, float]]) -> None:
    reported = cues(world)
    assert [name for name, _ in reported] == [name for name, _ in expected]
    for (name, at_s), (_, due_s) in zip(reported, expected, strict=True):
        assert 0 <= at_s - due_s <= WITHIN_S, (name, at_s, due_s)


LADDER: list[tuple[str, float]] = [
    ("cue_start", 0.5), ("cue_half", 300), ("cue_last_minute", 540), ("cue_end", 600), ("cue_louder", 720), ("cue_cap", 2400),
]  # fmt: skip


@pytest.mark.parametrize("cap_min", [20, 40, 60])
def test_each_cue_comes_in_its_second_and_once(cap_min: int) -> None:
    world = World(Rules(cap_min=cap_min)).screened()
    world.lie_down()
    world.stay(4200)
    assert_cues(world, [*LADDER[:5], ("cue_cap", 60.0 * cap_min)])


def test_a_lift_pauses_the_plan_and_not_the_cap() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(200)
    for _ in range(6):
        world.lift(15)
        world.stay(70)
    world.stay(2000)
    assert_cues(world, [*LADDER[:5], ("cue_cap", 2400 - 6 * 15)])
    (cap,) = world.events(EventType.CUE_CAP)
    assert cap.t_s - 0.0 == pytest.approx(2400, abs=WITHIN_S)


def test_without_guidance_there_is_the_cap_alone() -> None:
    world = World()
    world.lie_down()
    world.stay(3000)
    assert_cues(world, [("cue_cap", 2400)])
    world.get_up()
    assert world.state.last is None


def test_a_guest_is_not_guided_and_nothing_of_it_is_the_owners() -> None:
    world = World().screened()
    world.session(10)
    before = world.state
    assert before.cool_down is not None
    world.guest = True
    world.lie_down()
    world.stay(3000)
    reported = len(world.reported)
    assert not isinstance(world.ask(CommandName.SYMPTOM), Refusal)
    assert [each.event.event_type for each in world.reported[reported:]] == [EventType.SYMPTOM_STOP]
    world.get_up()
    assert [name for name, _ in cues(world)[4:]] == ["cue_cap"]
    for key in ("programme", "last", "counted", "cool_down"):
        assert getattr(world.state, key) == getattr(before, key), key
    assert not world.state.safety.stops


def test_a_guest_who_is_named_in_mid_session_ends_the_guidance() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(200)
    world.guest = True
    world.stay(3000)
    world.get_up()
    assert_cues(world, [LADDER[0], ("cue_cap", 2400)])
    assert [each.event.reason for each in world.events(EventType.GUIDANCE_STOPPED)] == ["guest"]
    assert world.state.last is None
    assert world.state.cool_down is None


@pytest.mark.parametrize(("doze_at_s", "louder_s", "cap_s"), [(400, 630, 900), (640, 640, 940), (2350, 720, 2400)])
def test_a_possible_doze_brings_the_ladder_forward_and_the_plan_stays(doze_at_s: float, louder_s: float, cap_s: float) -> None:
    world = World().screened()
    world.lie_down()
    world.stay(doze_at_s)
    world.frame(Event(EventType.POSSIBLE_DOZE, world.now().mono_s, "still", "Perhaps asleep."))
    reported = len(cues(world))
    for _ in range(6000):
        if len(cues(world)) == 6:
            break
        world.stay(0.5)
    assert reported < 6
    assert_cues(world, [*LADDER[:4], ("cue_louder", louder_s), ("cue_cap", cap_s)])


@pytest.mark.parametrize("reboot", [False, True])
@pytest.mark.parametrize(
    ("before_s", "away_s", "late"),
    [
        (100, 2, []),
        (590, 30, [("cue_end", 620)]),
        (595, 118, [("cue_end", 713)]),
        (610, 100, []),
        (660, 119, [("cue_louder", 779)]),
        (2390, 60, [("cue_cap", 2450)]),
        (290, 20, [("cue_half", 310)]),
    ],
)
def test_after_a_restart_what_came_due_comes_at_once_and_nothing_twice(
    before_s: float, away_s: float, late: list[tuple[str, float]], reboot: bool
) -> None:
    world = World().screened()
    world.lie_down()
    world.stay(before_s)
    reported = len(cues(world))
    world.stay(away_s, frames=False)
    world.restart(reboot=reboot)
    world.frame()
    assert [(name, at_s) for name, at_s in cues(world)[reported:]] == late
    world.stay(2600 - before_s - away_s)
    names = [name for name, _ in cues(world)]
    assert len(names) == len(set(names)) == 6
    assert_cues(world, [(name, dict(late).get(name, due_s)) for name, due_s in LADDER])


def test_when_several_came_due_the_last_one_speaks_for_all() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(100)
    world.stay(2400, frames=False)
    world.restart()
    world.stay(5)
    assert [name for name, _ in cues(world)] == ["cue_start", "cue_cap"]


def test_a_session_whose_end_nobody_saw_is_closed_with_what_was_known_and_steps_nobody_back() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(320)
    world.restart(reboot=True)
    world.mat, world.lying = MatState(presence=Presence.EMPTY), {}
    for _ in range(45):
        world.t_s += 0.5
        world.frame()
        if world.state.guide is None:
            break
    assert world.t_s == pytest.approx(340, abs=1.0), "the mat has been seen empty for 20 s"
    assert world.state.last is not None
    assert not world.state.last.done
    assert world.planned_min == 10
    assert world.state.cool_down is not None


def blind(world: World, seconds: float) -> None:
    """The sensors are lost: detection's figures stand still."""
    frozen = MatState(
        presence=Presence.BLIND,
        session_id=world.mat.session_id,
        session_s=world.mat.session_s,
        contact_s=world.mat.contact_s,
    )
    for _ in range(round(seconds * 2)):
        world.t_s += 0.5
        world.mat = frozen
        world.frame()


def test_the_cap_holds_while_the_sensors_cannot_report() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(2350)
    blind(world, 100)
    (cap,) = world.events(EventType.CUE_CAP)
    assert cap.t_s == pytest.approx(2400, abs=WITHIN_S)


@pytest.mark.parametrize(("lain_s", "cue"), [(200, [EventType.CUE_END]), (610, [EventType.CUE_LOUDER]), (800, [])])
def test_when_the_sensors_are_lost_for_good_nobody_waits_for_a_cue(lain_s: float, cue: list[EventType]) -> None:
    world = World().screened()
    world.lie_down()
    world.stay(lain_s)
    reported = len(cues(world))
    blind(world, 60)
    world.get_up("lost_signal")
    assert [(each.event.event_type, each.event.reason) for each in world.events(*CUES)[reported:]] == [
        (each, "sensors_lost") for each in cue
    ]
    assert world.planned_min == 10, "nobody has ended early"


def test_a_pause_of_the_mat_ends_the_waiting_as_well() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(200)
    world.get_up("paused")
    (end,) = world.events(EventType.CUE_END)
    assert end.event.reason == "paused"
    assert world.planned_min == 10, "nobody has ended early"


def test_who_lay_there_while_the_daemon_was_away_for_too_long_does_not_wait_for_a_cue() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(200)
    world.get_up("interrupted")  # by detection, at its first look: nobody can tell yet
    (end,) = world.events(EventType.CUE_END)
    assert end.event.reason == "not_seen"
    assert world.planned_min == 10, "nobody has ended early"


def test_who_is_seen_to_be_gone_after_a_restart_is_reported_nothing() -> None:
    world = World().screened()
    session_id = world.lie_down()
    world.stay(200)
    world.mat = EMPTY
    world.frame(Event(EventType.SESSION_ENDED, world.now().mono_s, "interrupted", "", None, {"session_id": session_id}))
    assert not world.events(EventType.CUE_END)


def interrupted(world: World, reason: str, away_s: float, *, lain_s: float = 1800.0) -> None:
    """Lie there until the session ends for the mat alone, and stay, unseen."""
    world.lie_down()
    world.stay(lain_s)
    world.get_up(reason)  # takes 20 s to be told
    world.mat = MatState(presence=Presence.BLIND)
    for _ in range(round((away_s - 20) * 2)):
        world.t_s += 0.5
        world.frame()


def watched(world: World, seconds: float) -> None:
    """Lie there, and have every moment looked at."""
    for _ in range(round(seconds * 2)):
        world.stay(0.5)


@pytest.mark.parametrize("reason", ["paused", "lost_signal"])
@pytest.mark.parametrize("guest", [False, True])
def test_the_cap_continues_over_a_pause_in_which_nobody_was_seen_to_get_up(reason: str, guest: bool) -> None:
    world = World().screened()
    world.guest = guest
    interrupted(world, reason, 120)
    world.mat = MatState(presence=Presence.EMPTY)  # in the first moments nobody has been found yet
    world.frame()
    world.restart()
    world.lie_down()
    watched(world, 700)
    (cap,) = world.events(EventType.CUE_CAP)
    assert cap.t_s == pytest.approx(2400, abs=WITHIN_S)
    world.get_up()
    world.lie_down()
    world.stay(2390)
    assert world.events(EventType.CUE_CAP) == [cap], "they were seen to get up: it begins anew"


def test_a_second_pause_does_not_make_the_cap_begin_again_either() -> None:
    world = World().screened()
    interrupted(world, "paused", 60, lain_s=1000)
    interrupted(world, "paused", 60, lain_s=1000)
    world.lie_down()
    watched(world, 400)
    (cap,) = world.events(EventType.CUE_CAP)
    assert cap.t_s == pytest.approx(2400, abs=WITHIN_S)


@pytest.mark.parametrize(("got_up", "alarms"), [(True, 0), (False, 1)])
def test_a_pause_right_after_getting_up_brings_no_alarm_to_an_empty_room(got_up: bool, alarms: int) -> None:
    world = World().screened()
    world.lie_down()
    world.stay(600)
    if got_up:
        world.lying["on"] = False
        world.get_up()
    world.mat = MatState(presence=Presence.BLIND)
    exposed_after(world, 2500)
    assert len(world.events(EventType.CUE_CAP)) == alarms


def exposed_after(world: World, seconds: float) -> bool:
    for _ in range(round(2 * seconds)):
        world.t_s += 0.5
        world.frame()
    return world.state.safety.exposure is not None


@pytest.mark.parametrize("away_s", [120, 3700])
def test_the_cap_begins_anew_once_the_mat_was_seen_empty_and_not_before(away_s: float) -> None:
    world = World().screened()
    interrupted(world, "paused", away_s)
    world.mat = MatState(presence=Presence.EMPTY)
    assert [exposed_after(world, seconds) for seconds in (19.0, 2.0)] == [True, False]
    reported, at_s = len(world.events(EventType.CUE_CAP)), world.t_s
    world.lie_down()
    world.stay(2500)
    (cap,) = world.events(EventType.CUE_CAP)[reported:]
    assert cap.t_s - at_s == pytest.approx(2400, abs=WITHIN_S)


def test_what_an_earlier_acumat_has_stored_can_be_read() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(100)
    values = json.loads(to_text(world.state))
    safety = values.pop("safety")
    old = {key: safety[key] for key in ("stops", "professional", "screening", "rest_day", "cap_min")}
    old |= {"version": 1, "unseen": None, "guide": {**values["guide"], "lain": None, "quiet": False}}
    found = from_text(json.dumps({**values, **old}))
    assert replace(found, safety=world.state.safety) == world.state.stored
    assert replace(found.safety, revision=world.state.safety.revision) == world.state.safety


def test_a_guest_answers_for_nobody_else() -> None:
    world = World().screened()
    world.session(10)
    world.wait(3700)
    assert world.state.question is not None
    before = world.state
    world.guest = True
    world.lie_down()
    world.stay(100)
    assert isinstance(world.ask(CommandName.PRESS), Refusal)
    assert isinstance(world.ask(CommandName.CHECK_IN, discomfort=8), Refusal)
    assert (world.state.programme, world.state.question) == (before.programme, before.question)


def test_a_stop_ends_the_cues_and_the_cap_still_holds() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(580)
    assert world.ask(CommandName.PRESS) == "The guidance has ended. Get up slowly when you like."
    world.stay(1900)
    assert [name for name, _ in cues(world)] == ["cue_start", "cue_half", "cue_last_minute", "cue_cap"]
    assert world.planned_min == 10, "the last minute may be left out"
    world.ask(CommandName.STOP)
    world.stay(600)
    assert len(world.events(EventType.CUE_CAP)) == 1
    assert isinstance(world.ask(CommandName.STOP), Refusal)
    assert len(world.events(EventType.GUIDANCE_STOPPED)) == 2


def test_what_was_really_done_is_reported_with_what_was_planned() -> None:
    world = World().screened()
    world.session(7)
    (cool_down,) = world.events(EventType.COOL_DOWN_STARTED)
    assert cool_down.event.numbers["contact_s"] == pytest.approx(420)
    assert cool_down.event.numbers["planned_min"] == 10
    (step,) = world.events(EventType.PROGRAMME_STEP)
    assert (step.event.reason, step.event.numbers["to_min"]) == ("ended_early", 8)


def test_who_gets_up_within_a_minute_has_had_no_session() -> None:
    world = World().screened()
    before = world.state
    world.session(0.9)
    assert replace(world.state.stored, safety=before.safety) == before
    assert not world.events(EventType.COOL_DOWN_STARTED, EventType.PROGRAMME_STEP)


def test_a_drop_gets_one_kind_note_afterwards_and_only_once() -> None:
    world = World().screened()
    world.frame(Event(EventType.DROPPED, world.now().mono_s, "fast", "Loaded in 0.4 s."))
    world.t_s += 5.0
    world.lie_down()
    world.frame()
    world.stay(601)
    assert "quickly" not in "".join(each.event.text for each in world.reported)
    world.get_up()
    (cool_down,) = world.events(EventType.COOL_DOWN_STARTED)
    assert "slowly" in cool_down.event.text
    assert "slowly" in (world.state.note or "")
    world.wait(86_400)
    world.session(10.1)
    assert world.state.note is None
    assert "quickly" not in world.events(EventType.COOL_DOWN_STARTED)[-1].event.text


@pytest.mark.parametrize(("reason", "alarms"), [("got_up", 0), ("lost_signal", 1)])
def test_the_alarm_on_a_blind_mat_is_for_who_may_lie_there_and_not_for_who_was_seen_to_get_up(reason: str, alarms: int) -> None:
    world = World(Rules(cap_min=20)).screened()
    session_id = world.lie_down()
    world.stay(900)
    numbers: dict[str, JsonScalar] = {"session_id": session_id, "contact_s": 900.0}
    world.mat = MatState(presence=Presence.CONTACT if reason == "got_up" else Presence.BLIND)
    world.frame(Event(EventType.SESSION_ENDED, world.now().mono_s, reason, "The session ended.", None, numbers))
    world.mat = MatState(presence=Presence.BLIND)
    for _ in range(60):
        world.t_s += 10.0
        world.frame()
    assert len(world.events(EventType.CUE_CAP)) == alarms


@pytest.mark.parametrize(("looked", "alarms"), [(False, 0), (True, 1)])
def test_a_mat_that_cannot_see_yet_alarms_nobody_before_it_had_the_time_to_look(looked: bool, alarms: int) -> None:
    world = World(Rules(cap_min=20)).screened()
    world.lie_down()
    world.stay(900)
    world.t_s += 600.0  # the daemon was away
    blind = MatState(presence=Presence.BLIND)
    turn = follow(world.state, [], blind, world.now(), world.rules, looked=looked)
    assert [event.event_type for event in turn.events].count(EventType.CUE_CAP) == alarms


@pytest.mark.parametrize(("away_s", "over"), [(MISSING_S - 10.0, False), (MISSING_S + 10.0, True)])
def test_a_session_that_is_not_found_again_is_over_after_a_while_and_its_end_was_not_seen(away_s: float, over: bool) -> None:
    world = World().screened()
    world.lie_down()
    world.stay(300.0)
    world.mat = MatState(presence=Presence.BLIND)
    world.frame()
    world.t_s += away_s
    world.frame()
    assert (world.state.guide is None) is over
    ended = world.events(EventType.COOL_DOWN_STARTED)
    assert [("not seen" in each.event.text) for each in ended] == [True] * over


@pytest.mark.parametrize(("before_s", "noted"), [(9.0, True), (11.0, False), (3600.0, False)])
def test_a_drop_is_noted_of_the_session_that_it_began_and_of_no_later_one(before_s: float, noted: bool) -> None:
    world = World().screened()
    world.frame(Event(EventType.DROPPED, world.now().mono_s, "fast", "Loaded in 0.4 s."))
    world.t_s += before_s
    world.session(10.1)
    (cool_down,) = world.events(EventType.COOL_DOWN_STARTED)
    assert (DROPPED in cool_down.event.text) is noted
    assert world.state.note == (DROPPED if noted else None)


def test_a_second_session_within_eight_hours_is_guided_reported_in_one_line_and_earns_nothing() -> None:
    world = World().screened()
    world.session(10.1)
    world.wait(7 * 3600)
    world.session(10.1)
    start = world.events(EventType.CUE_START)[-1]
    assert start.event.text.count("second session") == 1
    world.wait(9 * 3600)
    assert world.state.programme.credited == 1
    world.session(10.1)
    world.wait(9 * 3600)
    assert world.state.programme.credited == 2
    assert "second session" not in world.events(EventType.CUE_START)[-1].event.text


def test_the_clock_may_be_set_in_mid_session() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(500)
    world.off_s = -START_S
    world.stay(60)
    world.off_s = 3.0e8
    world.stay(2000)
    assert_cues(world, LADDER)
