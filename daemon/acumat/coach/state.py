"""The state of the coach, and the update in which it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from acumat.coach.cues import GuidedSession
from acumat.coach.journal import UNKNOWN, Entry, Journal, Kind, Last, Standing
from acumat.coach.moment import Moment, Stamp
from acumat.coach.pace import Pacer
from acumat.coach.programme import Programme, Step
from acumat.coach.rules import HOLD_S, Rules
from acumat.coach.safety import Safety
from acumat.coach.screening import OneByOne
from acumat.contract.events import Event, EventType
from acumat.contract.state import JsonScalar

STANDING = tuple(Standing.__dataclass_fields__)
"""The fields of one person."""


@dataclass(frozen=True, slots=True)
class CoachState:
    """Everything that outlives a restart; what protects the person is in `safety`.

    `cool_down` is when the last session ended, `question` when the question about redness was put. `drop`: somebody came down
    fast, and no session has begun since. `missing`: since when detection has not known the session that is being guided. `why`
    is the reason for which guidance is off as it was last reported. `lain` is the last session that has ended.

    Where people are set up, `person` is the number of whom the routine is about, and `others` how far the others have come.
    `named` is when somebody said so, or when a session of theirs ended; `chosen`: they were named for the session that comes
    next. `guess` is who lies in this session to all likelihood while nobody has said so. `journals` are everybody's.

    Not stored: `asked` are answers about health that are not complete. `pacer` leads the breath, `empty` is since when the mat
    has been seen empty, `emptied` whether that has been long enough in this run; `readable` is False while the history that
    knows the programme cannot be read.
    """

    programme: Programme = field(default_factory=Programme)
    safety: Safety = field(default_factory=Safety)
    guide: GuidedSession | None = None
    last: Last | None = None
    counted: Stamp | None = None
    pause_weeks: int = 0
    cool_down: Stamp | None = None
    question: Stamp | None = None
    drop: Stamp | None = None
    missing: Stamp | None = None
    note: str | None = None
    why: str | None = None
    lain: str | None = None
    person: int | None = None
    others: Mapping[int, Standing] = field(default_factory=dict)
    named: Stamp | None = None
    chosen: bool = False
    guess: int | None = None
    journals: Mapping[int, Journal] = field(default_factory=dict)
    asked: OneByOne = field(default_factory=OneByOne)
    pacer: Pacer | None = None
    empty: Stamp | None = None
    emptied: bool = False
    readable: bool = True

    @property
    def stored(self) -> CoachState:
        """The state without the fields of this run."""
        return replace(self, asked=OneByOne(), pacer=None, empty=None, emptied=False, readable=True)

    @property
    def standing(self) -> Standing:
        """The progress of the person whom the routine is about."""
        return Standing(**{name: getattr(self, name) for name in STANDING})

    def with_standing(self, standing: Standing) -> CoachState:
        """The state with this person's progress."""
        return replace(self, **{name: getattr(standing, name) for name in STANDING})

    def within(self, rules: Rules) -> Rules:
        """The configured rules with the present cap. It may come earlier than configured, never later."""
        cap_min = self.safety.cap_min
        return rules if cap_min is None else replace(rules, cap_min=min(cap_min, rules.cap_min))

    def redated(self, now: Moment) -> CoachState:
        """The same after the clock was set.

        The journals follow where anything else has: whatever they hold of this boot has left its time in a programme.
        """
        state = replace(
            self,
            safety=self.safety.redated(now),
            guide=None if self.guide is None else replace(self.guide, started=self.guide.started.redated(now)),
            last=None if self.last is None else replace(self.last, ended=self.last.ended.redated(now)),
            counted=_redated(self.counted, now),
            cool_down=_redated(self.cool_down, now),
            question=_redated(self.question, now),
            drop=_redated(self.drop, now),
            missing=_redated(self.missing, now),
            named=_redated(self.named, now),
            others={person: each.redated(now) for person, each in self.others.items()},
        )
        if state == self:
            return self
        return replace(state, journals={person: each.redated(now) for person, each in self.journals.items()})


@dataclass(slots=True)
class Update:
    """One update of the coach: the new state, and the events and steps to report and store."""

    state: CoachState
    now: Moment
    configured: Rules
    events: list[Event] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def rules(self) -> Rules:
        """What holds now."""
        return self.state.within(self.configured)

    def change(self, **values: Any) -> None:  # noqa: ANN401  the state's fields
        self.state = replace(self.state, **values)

    def change_safety(self, **values: Any) -> None:  # noqa: ANN401  the fields of what protects
        """Change the safety state: the next revision, which is also stored in the safety file."""
        safety = self.state.safety.changed(**values)
        if safety is not self.state.safety:
            self.change(safety=safety)

    def note(self, kind: Kind, session_id: str | None = None, **values: Any) -> None:  # noqa: ANN401  the entry's fields
        """Write into the journal of the person whom the routine is about; without people there is no journal."""
        person = self.state.person
        if person is not None:
            journal = self.state.journals.get(person, Journal()).noted(Entry(Stamp.at(self.now), kind, session_id, **values))
            self.change(journals={**self.state.journals, person: journal})

    def emit(
        self, event_type: EventType, reason: str, text: str, *, edge_s: float | None = None, **numbers: JsonScalar
    ) -> None:
        self.events.append(Event(event_type, self.now.mono_s, reason, text, edge_s, numbers))

    def apply_step(self, outcome: tuple[Programme, Step | None]) -> None:
        """A change of the programme; a step is reported and goes into its history."""
        programme, step = outcome
        if self.state.person == UNKNOWN:  # nobody's programme
            return
        self.change(programme=programme)
        if step is None:
            return
        self.steps.append(replace(step, person=self.state.person))
        self.emit(
            EventType.PROGRAMME_STEP,
            step.reason,
            step.text,
            from_min=step.before.planned_min(self.rules),
            to_min=step.after.planned_min(self.rules),
            clothing=step.after.clothing.value,
            stage=step.after.stage(self.rules).value,
        )


def holds(state: CoachState, now: Moment) -> Stamp | None:
    """The symptom for which guidance still waits."""
    stops = state.safety.all_stops if state.safety.others else state.safety.stops[-1:]
    held = [stop for stop in stops if not stop.over(HOLD_S, now)]
    return max(held, key=lambda stop: stop.wall_s) if held else None


def _redated(stamp: Stamp | None, now: Moment) -> Stamp | None:
    return None if stamp is None else stamp.redated(now)
