"""The session under way: which cue is due.

The plan counts contact seconds, because a lift pauses it. The cap counts all seconds since lying down: a limit for the skin's
sake must come early rather than late, so lifts do not stretch it.
"""

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
    Rules,
)
from acumat.model import EventType

CUES: tuple[EventType, ...] = (
    EventType.CUE_START,
    EventType.CUE_HALF,
    EventType.CUE_LAST_MINUTE,
    EventType.CUE_END,
    EventType.CUE_LOUDER,
    EventType.CUE_CAP,
)
"""In the order of a session: none comes after a later one."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A session has ended for the mat, and nobody was seen to get up. `since`: the cap counts; `empty`: nobody is there."""

    since: Stamp
    ended: Stamp
    empty: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Guide:
    """A session from the coach's side. `planned_min` None: not guided, and only the cap holds.

    `contact_s` is what was known at the last cue; `stopped`: the person has ended the guidance, `quiet`: the alarm as well.
    A `guest` is somebody whom the programme is not about. `lain` is since when the cap counts, if somebody may have lain there
    before this session.
    """

    session_id: str
    started: Stamp
    planned_min: int | None
    credits: bool = True
    cue: EventType | None = None
    contact_s: float = 0.0
    doze_s: float | None = None
    stopped: bool = False
    quiet: bool = False
    symptom: bool = False
    dropped: bool = False
    backed: bool = False
    guest: bool = False
    lain: Stamp | None = None

    @property
    def guided(self) -> bool:
        """Whether cues are being given."""
        return self.planned_min is not None and not self.stopped

    @property
    def sounding(self) -> bool:
        """Whether the alarm is on."""
        return self.cue is EventType.CUE_CAP and not self.quiet

    @property
    def plan_s(self) -> float:
        return (self.planned_min or 0) * MINUTE_S

    def early(self, contact_s: float) -> bool:
        """Whether this is before the plan's last minute."""
        return self.planned_min is not None and contact_s < self.plan_s - EARLY_S

    def done(self, contact_s: float) -> bool:
        """Whether this is the session that was planned; the last minute may be left out."""
        return self.planned_min is not None and contact_s >= self.plan_s - EARLY_S


def due(guide: Guide, rules: Rules, *, contact_s: float, session_s: float) -> EventType | None:
    """The latest cue that is due and has not been given; those it overtakes after a restart are left out."""
    given = -1 if guide.cue is None else CUES.index(guide.cue)
    for index in range(len(CUES) - 1, given, -1):
        if _reached(CUES[index], guide, rules, contact_s=contact_s, session_s=session_s):
            return CUES[index]
    return None


def _reached(cue: EventType, guide: Guide, rules: Rules, *, contact_s: float, session_s: float) -> bool:
    if cue is EventType.CUE_CAP:
        dozing = guide.guided and guide.doze_s is not None
        woken = dozing and contact_s >= max(guide.plan_s, guide.doze_s or 0.0) + DOZE_CAP_AFTER_S
        return not guide.quiet and (session_s >= rules.cap_min * MINUTE_S or woken)
    if not guide.guided:
        return False
    if cue is EventType.CUE_LOUDER:
        doze_s = guide.doze_s
        after_s = LOUDER_AFTER_S if doze_s is None else min(LOUDER_AFTER_S, max(DOZE_LOUDER_AFTER_S, doze_s - guide.plan_s))
        return contact_s >= guide.plan_s + after_s
    at_s = {
        EventType.CUE_START: 0.0,
        EventType.CUE_HALF: guide.plan_s / 2.0,
        EventType.CUE_LAST_MINUTE: guide.plan_s - LAST_MINUTE_S,
        EventType.CUE_END: guide.plan_s,
    }[cue]
    return contact_s >= at_s
