"""The states of a visit and what leads from one to the next: the table that `Visit` runs on.

Documentation draws the machine from `rows()`, `STATES` and `CUES`. A pair of state and cue that is not in the table cannot
come: the rules of `Visit` never give that cue in that state. Should one come all the same, it is an error of the program, which
is raised and leaves the state as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from acumat.contract.events import EventType as E


class State(StrEnum):
    """The load on the mat, and whether a session is open."""

    EMPTY = "empty"
    CONTACT = "contact"
    PROVISIONAL = "provisional"
    UNSURE = "unsure"
    CONFIRMED = "confirmed"
    IN_SESSION = "in_session"
    RETURNED = "returned"
    RETURN_UNSURE = "return_unsure"
    LIFTED = "lifted"
    LIFTED_CONTACT = "lifted_contact"


STATES: dict[State, str] = {
    State.EMPTY: "Nothing is on the mat, or nobody knows; no session is open.",
    State.CONTACT: "Something touches the mat; no session is open.",
    State.PROVISIONAL: "Something lies there as a body does, and has not shown life yet.",
    State.UNSURE: "The same, and its time is over: it may be a person or a thing. The test goes on.",
    State.CONFIRMED: "A person lies there; no session may begin yet.",
    State.IN_SESSION: "A person lies there in a session.",
    State.RETURNED: "Something lies there again in an open session, and has not shown life yet.",
    State.RETURN_UNSURE: "The same, and its time is over: it may be the person or a thing. The test goes on.",
    State.LIFTED: "A session is open; nothing is on the mat, or nobody knows.",
    State.LIFTED_CONTACT: "A session is open; something touches the mat.",
}


class Cue(StrEnum):
    """Moves a visit on."""

    CONTACT_ON = "contact_on"
    CONTACT_OFF = "contact_off"
    LYING_ON = "lying_on"
    LYING_OFF = "lying_off"
    ALIVE = "alive"
    LIFELESS = "lifeless"
    UNDECIDED = "undecided"
    ANOTHER = "another"
    FOUND = "found"
    BEGIN = "begin"
    OVERDUE = "overdue"
    TAKEN_UP = "taken_up"
    LOST = "lost"
    STOPPED = "stopped"
    SUSPENDED = "suspended"


CUES: dict[Cue, str] = {
    Cue.CONTACT_ON: "The load reached the level of a contact, or jumped.",
    Cue.CONTACT_OFF: "The load has been gone for the dwell.",
    Cue.LYING_ON: "The load reached the level of lying and is spread as a body's, or most of the settled load is back.",
    Cue.LYING_OFF: "Two thirds of the settled load are gone for the dwell, from the mat or from its head's half.",
    Cue.ALIVE: "The evidence says that it is a person.",
    Cue.LIFELESS: "The evidence says that it is a thing, and its time is over.",
    Cue.UNDECIDED: "Its time is over and the evidence does not decide; or it leaves, and is unlike the person before.",
    Cue.ANOTHER: "What came back in an open session is a body, and not that of the person who left.",
    Cue.FOUND: "The evidence says that a load which was not announced, or was withdrawn, is a person.",
    Cue.BEGIN: "A person is confirmed, no calibration runs, and no earlier session may turn out to continue.",
    Cue.OVERDUE: "Nobody came back in time.",
    Cue.TAKEN_UP: "A session of an earlier run continues.",
    Cue.LOST: "The mat went blind.",
    Cue.STOPPED: "Measuring ends or is paused, and what is open ends with it.",
    Cue.SUSPENDED: "The daemon stops and leaves an open session to the next run.",
}


class Guard(StrEnum):
    """Decides between two transitions of one pair."""

    KNOWN = "known"


GUARDS: dict[Guard, str] = {
    Guard.KNOWN: "The same person was seen lying there when the session's earlier run ended.",
}


@dataclass(frozen=True, slots=True)
class Transition:
    """Where a cue leads if the guard holds (None: always), and the events that it emits in order."""

    next: State
    emits: tuple[E, ...] = ()
    guard: Guard | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    state: State
    cue: Cue
    transition: Transition


class ImpossibleCueError(RuntimeError):
    """A cue that the table does not know in this state."""


def _to(state: State, *emits: E) -> tuple[Transition]:
    return (Transition(state, emits),)


def _back(*emits: E) -> tuple[Transition, Transition]:
    """Lying in an open session: whoever is known need not show life again."""
    return Transition(State.IN_SESSION, emits, Guard.KNOWN), Transition(State.RETURNED, emits)


TABLE: dict[tuple[State, Cue], tuple[Transition, ...]] = {
    (State.EMPTY, Cue.CONTACT_ON): _to(State.CONTACT, E.CONTACT_STARTED),
    (State.EMPTY, Cue.TAKEN_UP): _to(State.LIFTED),
    (State.EMPTY, Cue.LOST): _to(State.EMPTY),
    (State.EMPTY, Cue.STOPPED): _to(State.EMPTY),
    (State.EMPTY, Cue.SUSPENDED): _to(State.EMPTY),
    (State.CONTACT, Cue.CONTACT_OFF): _to(State.EMPTY, E.CONTACT_ENDED),
    (State.CONTACT, Cue.LYING_ON): _to(State.PROVISIONAL, E.LYING_STARTED),
    (State.CONTACT, Cue.FOUND): _to(State.CONFIRMED, E.LYING_STARTED, E.LYING_CONFIRMED),
    (State.CONTACT, Cue.TAKEN_UP): _to(State.LIFTED_CONTACT),
    (State.CONTACT, Cue.LOST): _to(State.EMPTY),
    (State.CONTACT, Cue.STOPPED): _to(State.EMPTY),
    (State.CONTACT, Cue.SUSPENDED): _to(State.EMPTY),
    (State.PROVISIONAL, Cue.ALIVE): _to(State.CONFIRMED, E.LYING_CONFIRMED),
    (State.PROVISIONAL, Cue.LIFELESS): _to(State.CONTACT, E.LYING_WITHDRAWN),
    (State.PROVISIONAL, Cue.LYING_OFF): _to(State.CONTACT, E.LYING_WITHDRAWN),
    (State.PROVISIONAL, Cue.TAKEN_UP): _back(),
    (State.PROVISIONAL, Cue.LOST): _to(State.EMPTY, E.LYING_WITHDRAWN),
    (State.PROVISIONAL, Cue.STOPPED): _to(State.EMPTY, E.LYING_WITHDRAWN),
    (State.PROVISIONAL, Cue.SUSPENDED): _to(State.EMPTY, E.LYING_WITHDRAWN),
    (State.PROVISIONAL, Cue.UNDECIDED): _to(State.UNSURE),
    (State.UNSURE, Cue.ALIVE): _to(State.CONFIRMED, E.LYING_CONFIRMED),
    (State.UNSURE, Cue.LIFELESS): _to(State.CONTACT, E.LYING_WITHDRAWN),
    (State.UNSURE, Cue.LYING_OFF): _to(State.CONTACT, E.LYING_WITHDRAWN),
    (State.UNSURE, Cue.TAKEN_UP): _back(),
    (State.UNSURE, Cue.LOST): _to(State.EMPTY, E.LYING_WITHDRAWN),
    (State.UNSURE, Cue.STOPPED): _to(State.EMPTY, E.LYING_WITHDRAWN),
    (State.UNSURE, Cue.SUSPENDED): _to(State.EMPTY, E.LYING_WITHDRAWN),
    (State.CONFIRMED, Cue.BEGIN): _to(State.IN_SESSION, E.SESSION_STARTED),
    (State.CONFIRMED, Cue.LYING_OFF): _to(State.CONTACT, E.GOT_UP),
    (State.CONFIRMED, Cue.TAKEN_UP): _back(),
    (State.CONFIRMED, Cue.LOST): _to(State.EMPTY),
    (State.CONFIRMED, Cue.STOPPED): _to(State.EMPTY),
    (State.CONFIRMED, Cue.SUSPENDED): _to(State.EMPTY),
    (State.IN_SESSION, Cue.LYING_OFF): _to(State.LIFTED_CONTACT, E.GOT_UP),
    (State.IN_SESSION, Cue.ANOTHER): _to(State.CONFIRMED, E.SESSION_ENDED),
    (State.IN_SESSION, Cue.LOST): _to(State.LIFTED),
    (State.IN_SESSION, Cue.STOPPED): _to(State.EMPTY, E.SESSION_ENDED),
    (State.IN_SESSION, Cue.SUSPENDED): _to(State.LIFTED),
    (State.RETURNED, Cue.ALIVE): _to(State.IN_SESSION),
    (State.RETURNED, Cue.LIFELESS): _to(State.LIFTED_CONTACT, E.LYING_WITHDRAWN),
    (State.RETURNED, Cue.LYING_OFF): _to(State.LIFTED_CONTACT, E.GOT_UP),
    (State.RETURNED, Cue.LOST): _to(State.LIFTED),
    (State.RETURNED, Cue.STOPPED): _to(State.EMPTY, E.SESSION_ENDED),
    (State.RETURNED, Cue.SUSPENDED): _to(State.LIFTED),
    (State.RETURNED, Cue.UNDECIDED): _to(State.RETURN_UNSURE),
    (State.RETURNED, Cue.ANOTHER): _to(State.PROVISIONAL, E.SESSION_ENDED),
    (State.RETURN_UNSURE, Cue.ANOTHER): _to(State.UNSURE, E.SESSION_ENDED),
    (State.RETURN_UNSURE, Cue.ALIVE): _to(State.IN_SESSION),
    (State.RETURN_UNSURE, Cue.LIFELESS): _to(State.LIFTED_CONTACT, E.LYING_WITHDRAWN),
    (State.RETURN_UNSURE, Cue.LYING_OFF): _to(State.LIFTED_CONTACT, E.LYING_WITHDRAWN),
    (State.RETURN_UNSURE, Cue.LOST): _to(State.LIFTED),
    (State.RETURN_UNSURE, Cue.STOPPED): _to(State.EMPTY, E.SESSION_ENDED),
    (State.RETURN_UNSURE, Cue.SUSPENDED): _to(State.LIFTED),
    (State.LIFTED, Cue.CONTACT_ON): _to(State.LIFTED_CONTACT, E.CONTACT_STARTED),
    (State.LIFTED, Cue.OVERDUE): _to(State.EMPTY, E.SESSION_ENDED),
    (State.LIFTED, Cue.LOST): _to(State.LIFTED),
    (State.LIFTED, Cue.STOPPED): _to(State.EMPTY, E.SESSION_ENDED),
    (State.LIFTED, Cue.SUSPENDED): _to(State.LIFTED),
    (State.LIFTED_CONTACT, Cue.CONTACT_OFF): _to(State.LIFTED, E.CONTACT_ENDED),
    (State.LIFTED_CONTACT, Cue.LYING_ON): _back(E.LYING_STARTED),
    (State.LIFTED_CONTACT, Cue.FOUND): _to(State.IN_SESSION, E.LYING_STARTED, E.LYING_CONFIRMED),
    (State.LIFTED_CONTACT, Cue.ANOTHER): _to(State.CONTACT, E.SESSION_ENDED),
    (State.LIFTED_CONTACT, Cue.OVERDUE): _to(State.CONTACT, E.SESSION_ENDED),
    (State.LIFTED_CONTACT, Cue.LOST): _to(State.LIFTED),
    (State.LIFTED_CONTACT, Cue.STOPPED): _to(State.EMPTY, E.SESSION_ENDED),
    (State.LIFTED_CONTACT, Cue.SUSPENDED): _to(State.LIFTED),
}
"""Of several transitions of one pair the first counts whose guard holds."""

UNDECIDED = frozenset({State.UNSURE, State.RETURN_UNSURE})
"""Its time is over, and nobody knows whether it is a person."""
LYING = frozenset({State.PROVISIONAL, State.CONFIRMED, State.IN_SESSION, State.RETURNED, *UNDECIDED})
TOUCHED = frozenset({State.CONTACT, State.LIFTED_CONTACT})
PERSON = frozenset({State.CONFIRMED, State.IN_SESSION, State.RETURNED})
"""The load counts as a person."""
UNPROVEN = frozenset({State.PROVISIONAL, State.RETURNED, *UNDECIDED})
"""The load must still show life."""
OPEN = frozenset({State.IN_SESSION, State.RETURNED, State.RETURN_UNSURE, State.LIFTED, State.LIFTED_CONTACT})
"""A session is open."""


def transition(state: State, cue: Cue, *, known: bool = False) -> Transition:
    """The transition of a cue in a state; `known` says whether that guard holds. Raises ImpossibleCueError."""
    for each in TABLE.get((state, cue), ()):
        if each.guard is None or known:
            return each
    raise ImpossibleCueError(f"{cue} in state {state}")


def rows() -> Iterator[Row]:
    """The table line by line."""
    for (state, cue), transitions in TABLE.items():
        for each in transitions:
            yield Row(state, cue, each)
