"""The table of the visit's states: every pair of state and cue is a decision, and the events follow from the states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.events import EventType as E
from acumat.detect.presence.machine import (
    CUES,
    GUARDS,
    LYING,
    OPEN,
    PERSON,
    STATES,
    TABLE,
    TOUCHED,
    UNDECIDED,
    Cue,
    Guard,
    ImpossibleCueError,
    Row,
    State,
    rows,
    transition,
)

ENDS = {Cue.LOST, Cue.STOPPED, Cue.SUSPENDED}
"""What may come at any time."""
POSSIBLE = {
    State.EMPTY: {Cue.CONTACT_ON, Cue.TAKEN_UP},
    State.CONTACT: {Cue.CONTACT_OFF, Cue.LYING_ON, Cue.FOUND, Cue.TAKEN_UP},
    State.PROVISIONAL: {Cue.LYING_OFF, Cue.ALIVE, Cue.LIFELESS, Cue.UNDECIDED, Cue.TAKEN_UP},
    State.UNSURE: {Cue.LYING_OFF, Cue.ALIVE, Cue.LIFELESS, Cue.TAKEN_UP},
    State.CONFIRMED: {Cue.LYING_OFF, Cue.BEGIN, Cue.TAKEN_UP},
    State.IN_SESSION: {Cue.LYING_OFF, Cue.ANOTHER},
    State.RETURNED: {Cue.LYING_OFF, Cue.ALIVE, Cue.LIFELESS, Cue.UNDECIDED, Cue.ANOTHER},
    State.RETURN_UNSURE: {Cue.LYING_OFF, Cue.ALIVE, Cue.LIFELESS, Cue.ANOTHER},
    State.LIFTED: {Cue.CONTACT_ON, Cue.OVERDUE},
    State.LIFTED_CONTACT: {Cue.CONTACT_OFF, Cue.LYING_ON, Cue.FOUND, Cue.ANOTHER, Cue.OVERDUE},
}
ROWS = list(rows())


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("cue", Cue)
@pytest.mark.parametrize("known", [False, True])
def test_each_pair_leads_somewhere_or_is_an_error(state: State, cue: Cue, known: bool) -> None:
    if cue in POSSIBLE[state] | ENDS:
        assert transition(state, cue, known=known).next in State
    else:
        with pytest.raises(ImpossibleCueError, match=f"{cue} in state {state}"):
            transition(state, cue, known=known)


def named(row: Row) -> str:
    return f"{row.state}, {row.cue} -> {row.transition.next}"


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_what_is_emitted_follows_from_the_states(row: Row) -> None:
    before, after, emits = row.state, row.transition.next, row.transition.emits
    assert (E.CONTACT_STARTED in emits) is (row.cue is Cue.CONTACT_ON)
    assert (E.CONTACT_ENDED in emits) is (row.cue is Cue.CONTACT_OFF)
    assert (E.LYING_STARTED in emits) is (before not in LYING and after in LYING)
    assert (E.LYING_CONFIRMED in emits) is (row.cue is Cue.FOUND or (row.cue is Cue.ALIVE and before not in OPEN))
    assert (E.GOT_UP in emits) is (row.cue is Cue.LYING_OFF and before in PERSON)
    ends_provisional = before in LYING - PERSON and after not in LYING and not (row.cue in ENDS and before in OPEN)
    assert (E.LYING_WITHDRAWN in emits) is (ends_provisional or row.cue is Cue.LIFELESS)
    begins_open, ends_open = before not in OPEN and after in OPEN, before in OPEN and after not in OPEN
    assert (E.SESSION_STARTED in emits) is (begins_open and row.cue is not Cue.TAKEN_UP)
    assert (E.SESSION_ENDED in emits) is ends_open
    assert not {E.LYING_WITHDRAWN, E.GOT_UP} <= set(emits)


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_where_a_cue_leads_is_where_it_says(row: Row) -> None:
    after = row.transition.next
    match row.cue:
        case Cue.CONTACT_ON | Cue.LYING_OFF | Cue.LIFELESS:
            assert after in TOUCHED
        case Cue.LYING_ON | Cue.ALIVE | Cue.FOUND | Cue.BEGIN:
            assert after in LYING
        case Cue.UNDECIDED:
            assert after in UNDECIDED
        case Cue.CONTACT_OFF | Cue.LOST | Cue.STOPPED | Cue.SUSPENDED:
            assert after in {State.EMPTY, State.LIFTED}
        case Cue.OVERDUE | Cue.TAKEN_UP | Cue.ANOTHER:
            assert ((after in LYING), (after in TOUCHED)) == ((row.state in LYING), (row.state in TOUCHED))


def test_whoever_is_known_need_not_show_life_again() -> None:
    for state, cue in (
        (State.PROVISIONAL, Cue.TAKEN_UP),
        (State.UNSURE, Cue.TAKEN_UP),
        (State.CONFIRMED, Cue.TAKEN_UP),
        (State.LIFTED_CONTACT, Cue.LYING_ON),
    ):
        assert transition(state, cue, known=True).next is State.IN_SESSION
        assert transition(state, cue, known=False).next is State.RETURNED


def test_every_state_cue_and_guard_is_explained_and_used() -> None:
    assert set(STATES) == set(State) == {row.state for row in ROWS} == {row.transition.next for row in ROWS}
    assert set(CUES) == set(Cue) == {row.cue for row in ROWS}
    assert set(GUARDS) == set(Guard) == {row.transition.guard for row in ROWS} - {None}


def test_of_the_transitions_of_a_pair_the_last_has_no_guard() -> None:
    for transitions in TABLE.values():
        assert [each.guard is None for each in transitions] == [False] * (len(transitions) - 1) + [True]


@given(st.lists(st.tuples(st.sampled_from(Cue), st.booleans()), max_size=60))
def test_whatever_comes_the_events_report_the_same_story_as_the_state(cues: list[tuple[Cue, bool]]) -> None:
    state, session, lying = State.EMPTY, False, False
    for cue, known in cues:
        try:
            taken = transition(state, cue, known=known)
        except ImpossibleCueError:
            assert cue not in POSSIBLE[state] | ENDS
            continue
        session = session or cue is Cue.TAKEN_UP
        for event_type in taken.emits:
            match event_type:
                case E.SESSION_STARTED | E.SESSION_ENDED:
                    assert session is (event_type is E.SESSION_ENDED)
                    session = not session
                case E.LYING_STARTED:
                    assert not lying
                    lying = True
                case E.GOT_UP | E.LYING_WITHDRAWN:
                    assert lying
                    lying = False
                case E.LYING_CONFIRMED:
                    assert lying
        lying = lying and cue not in ENDS
        state = taken.next
        assert (session, lying) == (state in OPEN, state in LYING)
