"""The session under way: which cue is due. The plan counts seconds of contact, because a lift pauses it."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.coach.moment import Stamp
from acumat.coach.rules import (
    DOZE_CAP_AFTER_S,
    DOZE_LOUDER_AFTER_S,
    EARLY_S,
    LAST_MINUTE_S,
    LOUDER_AFTER_S,
    MINUTE_S,
)
from acumat.contract.events import EventType

CUES: tuple[EventType, ...] = (
    EventType.CUE_START,
    EventType.CUE_HALF,
    EventType.CUE_LAST_MINUTE,
    EventType.CUE_END,
    EventType.CUE_LOUDER,
    EventType.CUE_CAP,
)
"""In the order of a session: a cue never comes after a later one."""
PLANNED = CUES[:-1]
"""The cues of the plan; the last is the alarm."""


@dataclass(frozen=True, slots=True)
class GuidedSession:
    """A session as the coach sees it. `planned_min` None: not guided, and only the cap holds.

    `contact_s` is the contact at the last cue; `stopped`: the person has ended the guidance. The programme is not about a
    `guest`.
    """

    session_id: str
    started: Stamp
    planned_min: int | None
    credits: bool = True
    cue: EventType | None = None
    contact_s: float = 0.0
    doze_s: float | None = None
    stopped: bool = False
    symptom: bool = False
    dropped: bool = False
    backed: bool = False
    guest: bool = False

    @property
    def guided(self) -> bool:
        """Whether cues are being given."""
        return self.planned_min is not None and not self.stopped

    @property
    def plan_s(self) -> float:
        return (self.planned_min or 0) * MINUTE_S

    def early(self, contact_s: float) -> bool:
        """Whether the plan's last minute has not begun."""
        return self.planned_min is not None and contact_s < self.plan_s - EARLY_S

    def done(self, contact_s: float) -> bool:
        """Whether this is the session that was planned; the last minute may be left out."""
        return self.planned_min is not None and contact_s >= self.plan_s - EARLY_S


def due(guide: GuidedSession, contact_s: float) -> EventType | None:
    """The latest cue of the plan that is due and was not given; earlier ones, missed by a restart, are left out."""
    if not guide.guided:
        return None
    given = -1 if guide.cue is None else CUES.index(guide.cue)
    late = [cue for cue in CUES[given + 1 :] if cue in PLANNED and contact_s >= _at_s(cue, guide)]
    return None if guide.cue is EventType.CUE_CAP or not late else late[-1]


def dozes_on(guide: GuidedSession, contact_s: float) -> bool:
    """Whether somebody who may be asleep has to be woken by the alarm, before the cap."""
    doze_s = guide.doze_s
    return guide.guided and doze_s is not None and contact_s >= max(guide.plan_s, doze_s) + DOZE_CAP_AFTER_S


def _at_s(cue: EventType, guide: GuidedSession) -> float:
    doze_s = guide.doze_s
    after_s = LOUDER_AFTER_S if doze_s is None else min(LOUDER_AFTER_S, max(DOZE_LOUDER_AFTER_S, doze_s - guide.plan_s))
    return {
        EventType.CUE_START: 0.0,
        EventType.CUE_HALF: guide.plan_s / 2.0,
        EventType.CUE_LAST_MINUTE: guide.plan_s - LAST_MINUTE_S,
        EventType.CUE_END: guide.plan_s,
        EventType.CUE_LOUDER: guide.plan_s + after_s,
    }[cue]
