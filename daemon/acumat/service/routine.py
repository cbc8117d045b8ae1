"""The routine in the running daemon: gives the coach its frames, commands and times, and records the results."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from acumat.coach.coach import ask, follow, name_person
from acumat.coach.exposure import sounds
from acumat.coach.forgetting import forget, without_before
from acumat.coach.guidance_gate import WHY
from acumat.coach.journal import UNKNOWN
from acumat.coach.moment import Moment, Stamp
from acumat.coach.pace import Pace
from acumat.coach.people import assign
from acumat.coach.persons import with_people
from acumat.coach.requests import somebody_there
from acumat.coach.restore import restored
from acumat.coach.rules import LONGEST_CAP_S, Rules
from acumat.coach.safety import Safety, safety_from_text, safety_text
from acumat.coach.state import CoachState, Update
from acumat.commands.table import COMMANDS
from acumat.contract.commands import Command, CommandName, Refusal, Response
from acumat.contract.events import Event, EventType
from acumat.contract.state import MatState, Presence
from acumat.history.questions import Along
from acumat.history.rows import StepRow
from acumat.service.along import documents_of, forgotten_before, read_state, step_rows, with_assigned, without_person
from acumat.service.machine_zone import MachineZone
from acumat.service.people import People
from acumat.service.request import done, refused
from acumat.service.safety_file import SafetyFile, Then
from acumat.service.shown_routine import ShownRoutine, whose_now
from acumat.service.turn import Turn
from acumat.state_folder import is_seen
from acumat_hw.clock import Clock

log = logging.getLogger(__name__)

CALENDAR_S = 0.4
"""Seconds between two looks at the calendar, at least: less than between two frames that are reported while nothing happens, so
that each of these has its look. A cool-down ends within a second of its hour."""
REPORTED_UNREAD = (EventType.CUE_CAP, EventType.SYMPTOM_STOP, EventType.GUIDANCE_STOPPED)
"""What is reported until the history has been read."""
EXPOSED_S = 30.0
"""While somebody lies there, their time on the mat is stored this often: a power cut leaves no more than this in doubt."""
LOOK_S = 1.5
"""At a start, a mat that shows nothing has this long until the alarm sounds for a person who may lie there."""
HISTORY_UNREAD = Refusal("history", WHY["history"])

RecordRoutine = Callable[[Sequence[Event], Mapping[str, str | None], Sequence[StepRow]], None]
"""Writes events, documents by name and steps of the programme in one transaction."""


class TimeKnown(Protocol):
    """Knows whether the wall clock can be believed."""

    @property
    def known(self) -> bool: ...


class Routine:
    """Holds the coach's state and steps it in the loop. `boot` names this boot of the machine, or of the simulated one.

    `file` stores the safety state apart from the history. `asks_health`: the open question about health is shown.
    """

    def __init__(
        self,
        clock: Clock,
        rules: Rules,
        *,
        boot: str,
        time_of_day: TimeKnown,
        record: RecordRoutine,
        file: SafetyFile,
        people: People,
        asks_health: bool = False,
    ) -> None:
        self._clock = clock
        self._rules = rules
        self._boot = boot
        self._record = record
        self._file = file
        self._time = time_of_day
        self._zone = MachineZone()
        self._state = CoachState(readable=False)
        self._in_history = CoachState()
        """The state that the history got last."""
        self._compared: CoachState | None = None
        """The state that was compared with it last: the same object needs no further comparison."""
        self.people = people
        self._before: tuple[str, int, bool] | None = None
        """The session that an earlier run left open, its person as stored by that run, and whether that is a guess."""
        self._documents: tuple[Mapping[str, str], CoachState] | None = None
        """What an earlier run has left, and what it says."""
        self._symptom_reported = False
        self._mat = MatState()
        self._guest = False
        self._began_s = self._calendar_s = self._exposed_s = clock.monotonic()
        self._events: list[Event] = []
        self._asks_health = asks_health
        self._shown = ShownRoutine(people, asks_health=asks_health)

    def know(self, documents: Mapping[str, str]) -> None:
        """Set whose an earlier run's session is, before it may be closed."""
        state = self._read(documents)
        if state.guide is not None and state.person is not None:
            self._before = (state.guide.session_id, *whose_now(state))

    def _read(self, documents: Mapping[str, str]) -> CoachState:
        """Once, since what is damaged is logged."""
        if self._documents is None or self._documents[0] is not documents:
            self._documents = documents, read_state(documents, self._boot)
        return self._documents[1]

    def start(self, documents: Mapping[str, str] | None) -> None:
        """Restore, before the first frame, the safety file and the documents of the history (None: not read yet)."""
        self._state = replace(self._state, safety=_read_safety(self._file, self._boot))
        if documents is not None:
            self.restore_late(documents)
        if self._state.safety.exposure is not None or not is_seen(self._file.path):
            self._save_safety()  # stores the sum of earlier boots, and reserves the file's room on the disk

    @property
    def when_stored(self) -> Callable[[Then], None]:
        """Calls `then` once the safety state is on the disk, or turns out not to be writable."""
        return self._file.when_stored

    @property
    def safety_revision(self) -> int:
        """A number that changes with everything stored in the safety file."""
        return self._state.safety.revision

    def restore_late(self, documents: Mapping[str, str]) -> None:
        """Restore late what an earlier run has stored in the history, and add what has happened since the start."""
        if self._state.readable:
            return
        stored = self._read(documents)
        self._in_history, self._compared = stored, None
        update = restored(stored, self._state, self._now(), self._rules, reported=self._symptom_reported)
        update.state = with_people(update.state, self.people.names, update.rules)
        self._take(update)

    def on_people(self, names: Mapping[int, str]) -> None:
        """The people of the mat, or their names, have changed."""
        self.people.names = names
        if self._state.readable:
            update = Update(self._state, self._now(), self._rules)
            update.state = with_people(update.state, names, update.rules)
            self._take(update)
            self._save_safety(everywhere=True)
        self._shown = ShownRoutine(self.people, asks_health=self._asks_health)

    def on_assigned(self, session_id: str, person: int) -> None:
        """The history has stored that this session is this person's, and the steps that follow from it."""
        update = Update(self._state, self._now(), self._rules)
        assign(update, session_id, person)
        update.steps.clear()
        self._take(update)

    def without_person(self, person: int) -> Along:
        """What to store when a person is removed."""
        return without_person(self._state, self.people.names, person, self._now(), self._rules)

    def forgotten_before(self, wall_s: float) -> Along:
        """What to store when everything before this Unix time is forgotten."""
        return forgotten_before(self._state, wall_s, self._now(), self._rules)

    def with_assigned(self, session: str, person: int) -> Along:
        """What to store when a session is assigned to a person."""
        return with_assigned(self._state, session, person, self._now(), self._rules)

    def whose(self, session_id: str) -> tuple[int | None, bool]:
        """The person of a session that ends, and whether that is a guess; None for the one owner or a guest."""
        guide = self._state.guide
        if self._state.person is None and not self.people.several:
            return None, False
        if guide is not None and guide.session_id == session_id:
            return (None, False) if guide.guest else whose_now(self._state)
        if self._before is not None and self._before[0] == session_id:
            return self._before[1:]
        return UNKNOWN, False

    @property
    def labels(self) -> tuple[str, ...]:
        """The published names to choose from; empty if no people are set up."""
        return self.people.labels if self._state.person is not None else ()

    @property
    def person(self) -> int | None:
        """The person whom the routine is about; None for the one owner."""
        return self._state.person

    @property
    def same_body(self) -> bool:
        """Whether the sessions that teach what the mat's sensors do are of one person: the first one."""
        return self._state.person is None or self._state.person == min(self.people.names, default=None)

    def follow(self, turn: Turn) -> tuple[Event, ...]:
        """Step the routine by one reported frame. Returns its events, those of the commands before the frame included."""
        mat = turn.state
        if mat.presence is Presence.EMPTY and turn.doubts_empty:
            mat = replace(mat, presence=Presence.BLIND)  # a person who lies there may have been taken for the empty mat
        self._mat, self._guest = mat, turn.guest
        now_s = self._clock.monotonic()
        calendar = now_s - self._calendar_s >= CALENDAR_S
        if calendar:
            self._calendar_s = now_s
        now, state = self._now(), self._state
        self._take(
            follow(
                state,
                turn.events,
                mat,
                now,
                self._rules,
                calendar=calendar,
                guest=turn.guest,
                looked=self._looked,
                settled_us=turn.settled_us,
            )
        )
        exposure = self._state.safety.exposure
        if exposure is not None and now_s - self._exposed_s >= EXPOSED_S and exposure.seconds(now) < LONGEST_CAP_S:
            self._save_safety()
        events, self._events = tuple(self._events), []
        return events

    def ask(self, command: Command) -> Response | None:
        """The answer to a command for the routine; None for a press that means nothing to it."""
        name = CommandName.SYMPTOM if command.name is CommandName.HOLD else command.name
        if not self._state.readable and not COMMANDS[name].urgent:  # a symptom must not wait
            return refused(command, HISTORY_UNREAD)
        update, answer = ask(self._state, name, command.arguments, self._mat, self._now(), self._rules)
        self._take(update)
        if command.name is CommandName.PRESS and isinstance(answer, Refusal) and answer.reason == "nothing_to_stop":
            return None
        return _response(command, answer)

    def name_person(self, command: Command, person: int) -> Response:
        """Set who lies there, or who comes next."""
        if not self._state.readable:
            return refused(command, HISTORY_UNREAD)
        update, answer = name_person(self._state, person, self._mat, self._now(), self._rules)
        self._take(update)
        return _response(command, answer)

    def forget(self) -> None:
        """Forget everything about the person except for the safety state."""
        update = Update(self._state, self._now(), self._rules)
        forget(update)
        self._take(update)
        self._save_safety(everywhere=True)

    def forget_before(self, wall_s: float) -> None:
        """The history has deleted everything before this Unix time."""
        update = Update(self._state, self._now(), self._rules)
        update.state = without_before(update.state, wall_s, update.rules)
        self._take(update)

    @property
    def somebody_there(self) -> bool:
        """Whether a hold of the button is about a person and not about the empty mat."""
        after = self._state.cool_down is not None and self._mat.presence is not Presence.EMPTY
        return after or somebody_there(self._state, self._mat)

    @property
    def may_be_occupied(self) -> bool:
        """Whether a person whom the alarm still protects may lie there unseen, so that the readings must not count as empty."""
        exposure = self._state.safety.exposure
        awaited = exposure is not None and exposure.confirmed and not exposure.up and not exposure.quiet
        return awaited and self._mat.presence is Presence.BLIND

    @property
    def alarming(self) -> bool:
        """Whether the alarm is on and its person lies there or, on a blind mat, may lie there."""
        exposure = self._state.safety.exposure
        return exposure is not None and sounds(exposure, self._mat.presence, looked=self._looked)

    @property
    def pace(self) -> Pace | None:
        """The breath to follow now; None while the pacer is off."""
        pacer = self._state.pacer
        return None if pacer is None else pacer.pace

    @property
    def _looked(self) -> bool:
        return self._clock.monotonic() - self._began_s >= LOOK_S

    def document(self) -> dict[str, Any]:
        """The routine as it may be shown now; the same object as long as nothing has changed."""
        return self._shown.document(self._state, self._mat, self._now(), self._rules, alarming=self.alarming, guest=self._guest)

    @property
    def plan_min(self) -> int | None:
        """The minutes that the present session is planned for; None where nobody is guided."""
        guide = self._state.guide
        return None if guide is None else guide.planned_min

    def _take(self, update: Update) -> None:
        before, self._state = self._state.safety, update.state
        if update.state.safety is not before and update.state.safety != before:
            self._save_safety()
        events: Sequence[Event] = update.events
        if not update.state.readable:  # the cap holds, and nothing is reported of a programme that is not known
            events = [event for event in update.events if event.event_type in REPORTED_UNREAD]
        self._symptom_reported |= any(event.event_type is EventType.SYMPTOM_STOP for event in events)
        self._events += events
        documents: dict[str, str | None] = {}
        if update.state.readable and update.state is not self._compared:
            self._compared = update.state
            if update.state.stored != self._in_history:
                documents = documents_of(update.state, update.now, self._in_history.journals)
                self._in_history = update.state.stored
        if events or documents or update.steps:
            self._record(events, documents, step_rows(update.steps, update.now, update.rules))

    def _save_safety(self, *, everywhere: bool = False) -> None:
        now = self._now()
        self._exposed_s = now.mono_s
        self._file.save(safety_text(self._state.safety, Stamp.at(now)), everywhere=everywhere)

    def _now(self) -> Moment:
        return Moment(self._clock.monotonic(), self._clock.wall(), self._boot, self._zone, clock_set=self._time.known)


def _response(command: Command, answer: str | Refusal) -> Response:
    return refused(command, answer) if isinstance(answer, Refusal) else done(command, answer)


def _read_safety(file: SafetyFile, boot: str) -> Safety:
    """The state from the safety file; None if it cannot be read, so that the history's copy is used."""
    text = file.read()
    if text is None:
        return Safety()
    try:
        return safety_from_text(text, boot)
    except ValueError as exc:
        log.error("%s cannot be used (%s): the copy in the history is used", file.path, exc)
        return Safety()
