"""The routine in the running daemon: gives the coach its frames, commands and times, and keeps what comes of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from acumat.coach.coach import ask, follow
from acumat.coach.guidance import WHY
from acumat.coach.kept import DOCUMENT, from_text, to_text
from acumat.coach.moment import Moment
from acumat.coach.rules import Rules
from acumat.coach.state import CoachState, Turn
from acumat.coach.telling import routine_document
from acumat.history.rows import StepRow
from acumat.model import Command, CommandName, Event, EventType, MatState, Presence, Refusal, Response
from acumat.service.zone import MachineZone
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


class Routine:
    """The coach's state and its way through the loop. `boot` names this boot of the machine, or of the simulated one.

    `keep(events, documents, steps)` writes all of it in one transaction; `time_known` says whether the clock can be believed,
    `guest` whether somebody else lies there.
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
        time_known: Callable[[], bool] = lambda: True,
        guest: Callable[[], bool] = lambda: False,
    ) -> None:
        self._clock = clock
        self._rules = rules
        self._boot = boot
        self._keep = keep
        self._time_known = time_known
        self._guest = guest
        self._zone = MachineZone()
        self._state = CoachState()
        self._known = False
        self._mat = MatState()
        self._calendar_s = self._zone_s = clock.monotonic()
        self._events: list[Event] = []
        self._told: tuple[object, ...] = ()
        self._document: dict[str, Any] = {}
        if documents is not None:
            self.found(documents)

    def found(self, documents: Mapping[str, str]) -> None:
        """What an earlier run has kept. What has happened before it could be read goes into it."""
        if self._known:
            return
        since, kept = self._state, _read(documents.get(DOCUMENT))
        guide = None if since.guide is None else replace(since.guide, symptom=False)  # it is told once more below
        self._state = replace(kept, guide=kept.guide or guide, cool_down=since.cool_down or kept.cool_down)
        self._known = True
        if since.stops:
            turn, _ = ask(self._state, CommandName.SYMPTOM, {}, MatState(presence=Presence.LYING), self._now(), self._rules)
            self._take(turn)

    def follow(self, events: Sequence[Event], mat: MatState) -> tuple[Event, ...]:
        """One frame: what the routine has to tell, that of the commands before it included."""
        self._mat = mat
        now_s = self._clock.monotonic()
        calendar = now_s - self._calendar_s >= CALENDAR_S
        if calendar:
            self._calendar_s = now_s
        if now_s - self._zone_s >= ZONE_S:
            self._zone_s = now_s
            self._zone.refresh()
        self._take(follow(self._state, events, mat, self._now(), self._rules, calendar=calendar, guest=self._guest()))
        told, self._events = tuple(self._events), []
        return told

    def ask(self, command: Command) -> Response | None:
        """The answer to a command of the routine's; None to a press that means nothing to it."""
        name = CommandName.SYMPTOM if command.name is CommandName.HOLD else command.name
        if not self._known and name not in ANYTIME:
            return Response(command.name, ok=False, reason="history", text=WHY["history"], correlation=command.correlation)
        if name is CommandName.SCREEN and command.origin != "control":
            text = "These answers stay on the machine: give them there with acumat screen."
            return Response(command.name, ok=False, reason="local_only", text=text, correlation=command.correlation)
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
        seen = self._mat.presence is Presence.LYING or self._mat.session_id is not None
        return seen or (self._state.cool_down is not None and self._mat.presence is not Presence.EMPTY)

    @property
    def alarming(self) -> bool:
        """Whether the alarm is on and the one it is for lies there, or may do so: of a blind mat that is not known."""
        guide = self._state.guide
        there = self._mat.presence in (Presence.LYING, Presence.BLIND)
        return guide is not None and guide.sounding and there and self._mat.session_id == guide.session_id

    def document(self) -> dict[str, Any]:
        """What may be shown of the routine now; the same object as long as nothing has changed."""
        minute = None if self._mat.contact_s is None else int(self._mat.contact_s // 5.0)
        told = (self._state, self._known, minute, int(self._clock.monotonic() // 10.0))
        if told != self._told:
            self._told = told
            state = self._state if self._known else replace(self._state, why="history")
            self._document = routine_document(state, self._mat, self._now(), state.within(self._rules))
        return self._document

    def _take(self, turn: Turn) -> None:
        changed = turn.state is not self._state and turn.state != self._state
        self._state = turn.state
        if not self._known:  # the cap holds, and nothing is said of a programme that is not known
            self._events += [event for event in turn.events if event.event_type in UNKNOWN_TELLS]
            return
        self._events += turn.events
        if changed or turn.events or turn.steps:
            self._keep(turn.events, {DOCUMENT: to_text(turn.state)}, self._rows(turn))

    def _rows(self, turn: Turn) -> tuple[StepRow, ...]:
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


def _read(text: str | None) -> CoachState:
    """The kept state; a document that cannot be read counts as none, which asks everything again and guides nobody."""
    if text is None:
        return CoachState()
    try:
        return from_text(text)
    except ValueError as exc:
        # its text may quote an answer about health
        log.error("what was kept of the routine cannot be used (%s): it begins anew, with its questions", type(exc).__name__)
        return CoachState()
