"""The visit on its table: stories that walk each of its lines, and what holds in whatever state it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from acumat.contract.sessions import SessionSnapshot
from acumat.detect.presence import visit as visit_module
from acumat.detect.presence.machine import OPEN, Cue, State, Transition, rows, transition
from tests.detect.harness import PipelineHarness
from tests.detect.streams import check_visit

Walk = set[tuple[State, Cue, State]]
CONCENTRATED = (0.2, 1.0, 0.55, 0.05)
"""Load by row from head to foot as under a box, too short for a trunk."""


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> Walk:
    """The lines of the table that a visit has walked."""
    found: Walk = set()

    def noted(state: State, cue: Cue, *, known: bool = False) -> Transition:
        taken = transition(state, cue, known=known)
        found.add((state, cue, taken.next))
        return taken

    monkeypatch.setattr(visit_module, "transition", noted)
    return found


def ready() -> PipelineHarness:
    drive = PipelineHarness()
    drive.empty(8)
    return drive


def state_of(drive: PipelineHarness) -> State:
    check_visit(drive.pipeline)
    return drive.pipeline._steps.visit.state


def sits(drive: PipelineHarness, seconds: float) -> None:
    drive.go(seconds, lambda _: [0.5] * 4 + [100.0] * 4)


def concentrated_person(drive: PipelineHarness, seconds: float) -> None:
    """Somebody who is taken for a box at first."""

    def course(t_s: float) -> list[float]:
        level = 250.0 * (1 + 0.01 * math.sin(2 * math.pi * 0.25 * t_s))
        return [level * CONCENTRATED[index // 2] for index in range(8)]

    drive.go(seconds, course)


def lighter(drive: PipelineHarness, us: float, breath_hz: float) -> None:
    """Too little for the person of the open session, and alive: somebody much lighter, who is another one."""
    drive.go(20, lambda t_s: [us * (1 + 0.01 * math.sin(2 * math.pi * breath_hz * t_s))] * 8)
    assert state_of(drive) is State.IN_SESSION


def earlier(drive: PipelineHarness, *, lay: bool) -> SessionSnapshot:
    """The session of an earlier run that ended a moment ago."""
    other = ready()
    other.person(60)
    snapshot = other.pipeline.snapshot
    assert snapshot is not None
    snapshot = snapshot.shifted(drive.t_s - other.t_s - 1.0)
    return snapshot if lay else replace(snapshot, lying_since_mono_s=None)


def contact(drive: PipelineHarness) -> None:
    sits(drive, 3)


def provisional(drive: PipelineHarness) -> None:
    drive.box(5)


def confirmed(drive: PipelineHarness) -> None:
    """Whoever lies down for a calibration has no session."""
    assert drive.pipeline.start_calibration() is None
    drive.empty(7)
    drive.person(18)


def in_session(drive: PipelineHarness) -> None:
    drive.person(40)


def lifted(drive: PipelineHarness) -> None:
    in_session(drive)
    drive.empty(4)


def lifted_contact(drive: PipelineHarness) -> None:
    in_session(drive)
    sits(drive, 4)


def undecided(drive: PipelineHarness, seconds: float = 66.0) -> None:
    """It came at once and breathes a little, all of it alike, as a thing may beside which somebody sleeps."""
    drive.person(seconds, breath=0.003, rise_s=0.1)


def another(drive: PipelineHarness, seconds: float, *, breath: float = 0.01) -> None:
    """Somebody lighter, who lies elsewhere."""
    drive.person(seconds, us=80.0, right=0.8, breath=breath, rise_s=0.1)


def unsure(drive: PipelineHarness) -> None:
    undecided(drive)


def return_unsure(drive: PipelineHarness) -> None:
    lifted(drive)
    undecided(drive)


def returned(drive: PipelineHarness) -> None:
    lifted(drive)
    drive.box(5)


WAYS: dict[State, Callable[[PipelineHarness], None]] = {
    State.EMPTY: lambda drive: None,
    State.CONTACT: contact,
    State.PROVISIONAL: provisional,
    State.UNSURE: unsure,
    State.CONFIRMED: confirmed,
    State.IN_SESSION: in_session,
    State.RETURNED: returned,
    State.RETURN_UNSURE: return_unsure,
    State.LIFTED: lifted,
    State.LIFTED_CONTACT: lifted_contact,
}


def at(state: State) -> PipelineHarness:
    """A mat whose visit is in this state."""
    drive = ready()
    WAYS[state](drive)
    assert state_of(drive) is state
    return drive


def ended(state: State) -> None:
    """The three ends that may come in any state."""
    drive = at(state)
    drive.skip(4.0)
    drive.empty(0.2)
    state_of(drive)
    for close in (True, False):
        drive = at(state)
        drive.pipeline.finish("daemon_stopped", close=close)
        assert drive.pipeline._steps.visit.session_open is (not close and state in OPEN)


def test_each_line_of_the_table_is_walked_by_some_story(walked: Walk) -> None:
    for state in State:
        ended(state)
    for state in (State.EMPTY, State.CONTACT, State.PROVISIONAL, State.UNSURE, State.CONFIRMED):
        for lay in (True, False):
            drive = at(state)
            assert drive.pipeline.resume(earlier(drive, lay=lay))
            drive.person(5, rise_s=0.1)  # from an empty mat: the earlier person comes back, or is still there
            state_of(drive)
    for leaves_from in set(State) - {State.EMPTY, State.IN_SESSION, State.LIFTED}:
        drive = at(leaves_from)
        drive.empty(25)
        assert state_of(drive) is State.EMPTY
    for open_still in (State.UNSURE, State.RETURN_UNSURE):
        drive = at(open_still)
        drive.person(40, rise_s=0.1)
        assert state_of(drive) is State.IN_SESSION
        drive = at(open_still)
        drive.box(120)
        assert state_of(drive) is State.CONTACT
    sits(at(State.LIFTED_CONTACT), 25)
    drive = at(State.EMPTY)
    drive.person(40, us=400.0)
    lighter(drive, 120.0, 0.3)
    drive = at(State.EMPTY)
    drive.person(40, us=400.0)
    lower = [0.28] * 4 + [1.4] * 4  # the same body, with little on the head's half
    drive.go(20, lambda t_s: [400.0 * row * (1 + 0.01 * math.sin(2 * math.pi * 0.3 * t_s)) for row in lower])
    assert state_of(drive) is State.IN_SESSION
    assert not drive.pipeline.take_records()
    drive = at(State.EMPTY)
    drive.person(40, us=400.0)
    drive.empty(4)
    for seconds, hz in ((30, 0.42), (80, 0.5)):  # breathes as a pet does
        drive.go(seconds, lambda t_s, hz=hz: [300.0 * (1 + 0.01 * math.sin(2 * math.pi * hz * t_s))] * 8)  # type: ignore[misc]
    assert [record.guest for record in drive.pipeline.take_records()] == [False]
    assert drive.pipeline.guest_lies_there
    drive = at(State.LIFTED)
    another(drive, 40)
    assert state_of(drive) is State.IN_SESSION
    drive = at(State.LIFTED)
    another(drive, 66, breath=0.003)
    another(drive, 40)
    assert state_of(drive) is State.IN_SESSION
    drive = at(State.LIFTED)
    drive.box(75)
    drive = at(State.EMPTY)
    drive.box(75)
    assert state_of(drive) is State.CONTACT
    concentrated_person(drive, 90)
    assert state_of(drive) is State.IN_SESSION
    drive = at(State.LIFTED)
    in_session(drive)
    assert state_of(drive) is State.IN_SESSION
    assert walked == {(row.state, row.cue, row.transition.next) for row in rows()}


def test_a_person_who_was_found_late_and_sits_up_has_got_up_once() -> None:
    drive = ready()
    concentrated_person(drive, 90)
    assert state_of(drive) is State.IN_SESSION
    began = [str(event.event_type) for event in drive.events]
    # heavy on two rows: less than a third of the person's load on the head's half, but as much as a person's in all
    drive.go(6, lambda _: [30.0, 30.0, 60.0, 60.0, 350.0, 350.0, 60.0, 60.0])
    assert state_of(drive) is State.LIFTED_CONTACT
    assert [str(event.event_type) for event in drive.events[len(began) :]] == ["got_up"]


def test_an_earlier_session_is_taken_up_once_though_its_person_was_found_late() -> None:
    other = ready()
    other.person(60, us=400.0)
    session = other.pipeline.snapshot
    assert session is not None
    drive = PipelineHarness(learned=other.pipeline.learned)
    drive.t_s = other.t_s + 3.0
    drive.pipeline.carry_on(session)
    assert drive.pipeline.resume(session)
    lighter(drive, 150.0, 0.29)
    drive.empty(4)
    drive.person(4, us=400.0, rise_s=0.1)
    assert state_of(drive) is State.RETURNED, "whoever comes now must show life"
