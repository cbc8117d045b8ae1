"""The routine in the running daemon: gives the coach its frames, commands and times, and keeps what comes of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from acumat.coach.coach import ask, follow
from acumat.coach.document import routine_document
from acumat.coach.exposure import may_lie
from acumat.coach.guidance_gate import WHY
from acumat.coach.moment import Moment, Stamp
from acumat.coach.requests import somebody_there
from acumat.coach.restore import restored
from acumat.coach.rules import LONGEST_CAP_S, Rules
from acumat.coach.safety import Safety, safety_from_text, safety_text
from acumat.coach.serialisation import DOCUMENT, from_text, to_text
from acumat.coach.state import CoachState, Update
from acumat.contract.commands import Command, CommandName, Refusal, Response
from acumat.contract.events import Event, EventType
from acumat.contract.state import MatState, Presence
from acumat.history.rows import StepRow
from acumat.service.machine_zone import MachineZone
from acumat.service.safety_file import SafetyFile, Then
from acumat_hw.clock import Clock

log = logging.getLogger(__name__)

CALENDAR_S = 0.5
"""How often it is looked up what has come due: a cool-down ends within a second of its hour."""
ZONE_S = 60.0
"""How often it is looked up whether the machine has moved to another zone."""
ANYTIME = (CommandName.STOP, CommandName.SYMPTOM, CommandName.PRESS)
"""What is taken even while it is not known what was kept: nobody may be told to wait with a symptom."""
UNKNOWN_TELLS = (EventType.CUE_CAP, EventType.SYMPTOM_STOP, EventType.GUIDANCE_STOPPED)
"""What is told meanwhile."""
EXPOSED_S = 30.0
"""While somebody lies there it is kept this often how long they have: after a power cut no more of it is in doubt."""
LOOK_S = 1.5
"""A mat that shows nothing at the start is given so long before the alarm sounds for who may lie there."""


class Routine:
    """The coach's state and its way through the loop. `boot` names this boot of the machine, or of the simulated one.

    `keep(events, documents, steps)` writes all of it in one transaction; `time_known` says whether the clock can be believed,
    `guest` whether somebody else lies there, `doubts_empty` whether a mat that shows empty may not be so. `file` keeps what
    protects the person apart from the history.
    `documents` None: what was kept could not be read yet.
    """

    def __init__(
        self,
        clock: Clock,
        rules: Rules,
        *,
        boot: str,
        documents: Mapping[str, str] | None,
        keep: Callable[[Sequence[Event], Mapping[str, str | None], Sequence[StepRow]], None],
        file: SafetyFile,
        time_known: Callable[[], bool] = lambda: True,
        guest: Callable[[], bool] = lambda: False,
        doubts_empty: Callable[[], bool] = lambda: False,
    ) -> None:
        self._clock = clock
        self._rules = rules
        self._boot = boot
        self._keep = keep
        self._file = file
        self._time_known = time_known
        self._guest = guest
        self._doubts_empty = doubts_empty
        self._zone = MachineZone()
        self._state = CoachState(safety=_read_safety(file, boot), readable=False)
        self._in_history = CoachState()
        """The state that the history was given last."""
        self._symptom_told = False
        self._mat = MatState()
        self._began_s = self._calendar_s = self._zone_s = self._exposed_s = clock.monotonic()
        self._events: list[Event] = []
        self._told: tuple[object, ...] = ()
        self._document: dict[str, Any] = {}
        if documents is not None:
            self.found(documents)
        if self._state.safety.exposure is not None or not file.path.exists():
            self._keep_apart()  # what earlier boots add up to is stored; the file has its room on the disk from the first day

    @property
    def when_stored(self) -> Callable[[Then], None]:
        """Calls back once what protects the person is on the disk, or turns out not to be writable."""
        return self._file.when_stored

    @property
    def safety_revision(self) -> int:
        """Changes with everything that is stored in the safety file."""
        return self._state.safety.revision

    def found(self, documents: Mapping[str, str]) -> None:
        """What an earlier run has kept in the history. What has happened before it could be read goes into it."""
        if self._state.readable:
            return
        kept = _read(documents.get(DOCUMENT), self._boot)
        self._in_history = kept
        self._take(restored(kept, self._state, self._now(), self._rules, told=self._symptom_told))

    def follow(self, events: Sequence[Event], mat: MatState) -> tuple[Event, ...]:
        """One frame: what the routine has to tell, that of the commands before it included."""
        if mat.presence is Presence.EMPTY and self._doubts_empty():
            mat = replace(mat, presence=Presence.BLIND)  # who lies there may have been taken for the empty mat
        self._mat = mat
        now_s = self._clock.monotonic()
        calendar = now_s - self._calendar_s >= CALENDAR_S
        if calendar:
            self._calendar_s = now_s
        if now_s - self._zone_s >= ZONE_S:
            self._zone_s = now_s
            self._zone.refresh()
        now, guest = self._now(), self._guest()
        self._take(follow(self._state, events, mat, now, self._rules, calendar=calendar, guest=guest, looked=self._looked))
        exposure = self._state.safety.exposure
        if exposure is not None and now_s - self._exposed_s >= EXPOSED_S and exposure.seconds(now) < LONGEST_CAP_S:
            self._keep_apart()
        told, self._events = tuple(self._events), []
        return told

    def ask(self, command: Command) -> Response | None:
        """The answer to a command of the routine's; None to a press that means nothing to it."""
        name = CommandName.SYMPTOM if command.name is CommandName.HOLD else command.name
        if not self._state.readable and name not in ANYTIME:
            return Response(command.name, ok=False, reason="history", text=WHY["history"], correlation=command.correlation)
        turn, answer = ask(self._state, name, command.arguments, self._mat, self._now(), self._rules)
        self._take(turn)
        if isinstance(answer, Refusal):
            if command.name is CommandName.PRESS and answer.reason == "nothing_to_stop":
                return None
            return Response(command.name, ok=False, reason=answer.reason, text=answer.text, correlation=command.correlation)
        return Response(command.name, ok=True, reason="done", text=answer, correlation=command.correlation)

    @property
    def somebody_there(self) -> bool:
        """Whether a hold of the button is about a person and not about the empty mat."""
        after = self._state.cool_down is not None and self._mat.presence is not Presence.EMPTY
        return after or somebody_there(self._state, self._mat)

    @property
    def may_be_occupied(self) -> bool:
        """Whether somebody whom the alarm is still for may lie there, unseen: what is read now is no empty mat then."""
        exposure = self._state.safety.exposure
        awaited = exposure is not None and exposure.confirmed and not exposure.up and not exposure.quiet
        return awaited and self._mat.presence is Presence.BLIND

    @property
    def alarming(self) -> bool:
        """Whether the alarm is on and the one it is for lies there, or may do so: of a blind mat that is not known."""
        exposure = self._state.safety.exposure
        return exposure is not None and exposure.sounding and may_lie(exposure, self._mat.presence, looked=self._looked)

    @property
    def _looked(self) -> bool:
        return self._clock.monotonic() - self._began_s >= LOOK_S

    def document(self) -> dict[str, Any]:
        """What may be shown of the routine now; the same object as long as nothing has changed."""
        minute = None if self._mat.contact_s is None else int(self._mat.contact_s // 5.0)
        told = (self._state, self.alarming, minute, int(self._clock.monotonic() // 10.0))
        if told != self._told:
            self._told = told
            self._document = routine_document(self._state, self._mat, self._now(), self._state.within(self._rules))
        return self._document

    def _take(self, turn: Update) -> None:
        before, self._state = self._state.safety, turn.state
        if turn.state.safety != before:
            self._keep_apart()
        events: Sequence[Event] = turn.events
        if not turn.state.readable:  # the cap holds, and nothing is said of a programme that is not known
            events = [event for event in turn.events if event.event_type in UNKNOWN_TELLS]
        self._symptom_told = self._symptom_told or any(event.event_type is EventType.SYMPTOM_STOP for event in events)
        self._events += events
        documents: dict[str, str | None] = {}
        if turn.state.readable and turn.state.kept != self._in_history:
            self._in_history = turn.state.kept
            documents = {DOCUMENT: to_text(turn.state, Stamp.at(turn.now))}
        if events or documents or turn.steps:
            self._keep(events, documents, self._rows(turn))

    def _keep_apart(self) -> None:
        now = self._now()
        self._exposed_s = now.mono_s
        self._file.keep(safety_text(self._state.safety, Stamp.at(now)))

    def _rows(self, turn: Update) -> tuple[StepRow, ...]:
        return tuple(
            StepRow(
                turn.now.wall_s,
                turn.now.mono_s,
                step.reason,
                step.text,
                step.before.planned_min(turn.rules),
                step.after.planned_min(turn.rules),
                step.before.clothing.value,
                step.after.clothing.value,
            )
            for step in turn.steps
        )

    def _now(self) -> Moment:
        return Moment(self._clock.monotonic(), self._clock.wall(), self._boot, self._zone, clock_set=self._time_known())


def _read(text: str | None, boot: str) -> CoachState:
    """The kept state; a document that cannot be read counts as none, which asks everything again and guides nobody."""
    if text is None:
        return CoachState()
    try:
        return from_text(text, boot)
    except ValueError as exc:
        log.error("what was kept of the routine cannot be used (%s): it begins anew", exc)
        return CoachState()


def _read_safety(file: SafetyFile, boot: str) -> Safety:
    """What was kept apart; what cannot be read counts as nothing, and the history's copy holds."""
    text = file.read()
    if text is None:
        return Safety()
    try:
        return safety_from_text(text, boot)
    except ValueError as exc:
        log.error("%s cannot be used (%s): the copy in the history is used", file.path, exc)
        return Safety()
