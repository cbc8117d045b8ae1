"""Each kind of position is judged by what was reported of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acumat.contract.events import Event, EventType
from acumat.contract.state import MatState, Presence
from acumat.fieldtest.judge import Outcome, Seen, failed, judge
from acumat.fieldtest.marks import Mark
from acumat.fieldtest.script import POSITIONS

EMPTY = MatState(presence=Presence.EMPTY)
CONTACT = MatState(presence=Presence.CONTACT)
LYING = MatState(presence=Presence.LYING, confirmed=True, lateral=0.0)
PROVISIONAL = replace(LYING, confirmed=False)
UNSURE = replace(LYING, confirmed=None)
LEFT, RIGHT = replace(LYING, lateral=-20.0), replace(LYING, lateral=20.0)
SLOW, QUICK = replace(LYING, breaths_per_min=6.5), replace(LYING, breaths_per_min=12.0)
PASS, FAIL, NO_ANSWER = Outcome.PASS, Outcome.FAIL, Outcome.NO_ANSWER
SECONDS = 100


def event(event_type: EventType, t_s: float, edge_s: float | None = None) -> Event:
    return Event(event_type, t_s, "reason", "A sentence.", edge_s)


def states(first: MatState, last: MatState, at_s: float, *, from_s: float = 0.0) -> tuple[tuple[float, MatState], ...]:
    """A state a second; `last` from `at_s` on."""
    return tuple((from_s + t, last if from_s + t >= at_s else first) for t in range(SECONDS))


@pytest.mark.parametrize(
    ("name", "first", "last", "outcome", "after_s"),
    [
        ("empty", EMPTY, EMPTY, PASS, 0.0),
        ("empty", CONTACT, EMPTY, PASS, 10.0),
        ("empty", EMPTY, CONTACT, FAIL, None),
        ("stand", EMPTY, CONTACT, PASS, 10.0),
        ("stand", EMPTY, EMPTY, FAIL, None),
        ("stand", EMPTY, PROVISIONAL, PASS, 10.0),
        ("lie_down", CONTACT, LYING, PASS, 10.0),
        ("lie_down", CONTACT, PROVISIONAL, FAIL, None),
        ("lie_down", CONTACT, UNSURE, NO_ANSWER, None),
        ("lie_down", LYING, CONTACT, FAIL, 0.0),
        ("lie_still", LYING, LYING, PASS, None),
        ("lie_still", LYING, CONTACT, FAIL, 10.0),
        ("lie_still", LYING, UNSURE, PASS, None),
        ("breathe", LYING, SLOW, PASS, 45.0),
        ("breathe", LYING, QUICK, FAIL, 45.0),
        ("breathe", LYING, LYING, NO_ANSWER, None),
        ("sit_up", LYING, CONTACT, FAIL, None),
    ],
)
def test_a_position_by_its_states(name: str, first: MatState, last: MatState, outcome: Outcome, after_s: float | None) -> None:
    (finding,) = judge(Seen((), states(first, last, 10.0)), [Mark(POSITIONS[name], 0.0, 100.0)])
    assert (finding.outcome, finding.after_s) == (outcome, after_s)


@pytest.mark.parametrize("name", ["empty", "stand", "bag"])
@pytest.mark.parametrize(("edge_s", "outcome"), [(20.0, FAIL), (-1.0, PASS), (100.0, PASS)])
def test_a_session_counts_where_it_took_place_and_not_where_it_was_reported(name: str, edge_s: float, outcome: Outcome) -> None:
    last = EMPTY if name == "empty" else CONTACT
    session = event(EventType.SESSION_STARTED, 130.0, edge_s)
    (finding,) = judge(Seen((session,), states(last, last, 0.0)), [Mark(POSITIONS[name], 0.0, 100.0)])
    assert finding.outcome is outcome
    assert ("session" in finding.reported) is (outcome is FAIL)


def test_getting_up_is_judged_by_its_event() -> None:
    seen = Seen((event(EventType.GOT_UP, 7.5, 6.0),), states(LYING, EMPTY, 7.5))
    (finding,) = judge(seen, [Mark(POSITIONS["get_up"], 5.0, 100.0)])
    assert (finding.outcome, finding.after_s) == (PASS, 2.5)


@pytest.mark.parametrize(
    ("name", "now", "outcome"),
    [
        ("lean_left", LEFT, PASS),
        ("lean_left", RIGHT, FAIL),
        ("lean_left", LYING, FAIL),
        ("lean_right", RIGHT, PASS),
        ("lean_right", LEFT, FAIL),
        ("lean_right", EMPTY, NO_ANSWER),
    ],
)
def test_a_lean_is_judged_against_the_position_before(name: str, now: MatState, outcome: Outcome) -> None:
    seen = Seen((), states(LYING, now, 50.0))
    marks = [Mark(POSITIONS["lift_arm"], 0.0, 50.0), Mark(POSITIONS[name], 50.0, 100.0)]
    assert judge(seen, marks)[1].outcome is outcome
    assert judge(Seen((), states(now, now, 0.0)), marks[1:])[0].outcome is NO_ANSWER


def test_an_even_balance_has_no_sign_of_a_side() -> None:
    almost = replace(LYING, lateral=-0.3)
    marks = [Mark(POSITIONS["lift_arm"], 0.0, 50.0), Mark(POSITIONS["lean_left"], 50.0, 100.0)]
    assert judge(Seen((), states(almost, LEFT, 50.0)), marks)[1].reported == "balance from 0 to -20 (right is above 0)"


def test_positions_that_the_recording_does_not_reach_have_no_finding() -> None:
    marks = [Mark(POSITIONS["empty"], 0.0, 45.0), Mark(POSITIONS["stand"], 200.0, 240.0)]
    assert len(judge(Seen((), states(EMPTY, EMPTY, 0.0)), marks)) == 1


def test_failed_ones_have_names() -> None:
    marks = [Mark(POSITIONS["empty"], 0.0, 50.0), Mark(POSITIONS["lie_still"], 50.0, 100.0)]
    assert failed(judge(Seen((), states(EMPTY, EMPTY, 0.0)), marks)) == ["lie_still"]
