"""The programme: how many minutes, in which clothing, and why that changes. Each step is a stored value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from acumat.coach.rules import COMFORTABLE_SESSIONS, FIRST_SESSIONS, LEAST_MIN, START_MIN, STEP_MIN, Rules


class Clothing(StrEnum):
    """Clothing on the side of the mat."""

    SHIRT = "shirt"
    SKIN = "skin"


class Stage(StrEnum):
    """How far the programme has come."""

    FIRST = "first"
    BUILDING = "building"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Programme:
    """The state of the programme: `minutes` is the level, `chosen` fewer minutes if the person asked for that.

    `credited` counts the sessions since the start or the last symptom, `comfortable` those in a row since the last step.
    """

    minutes: int = START_MIN
    clothing: Clothing = Clothing.SHIRT
    credited: int = 0
    comfortable: int = 0
    chosen: int | None = None

    def level_min(self, rules: Rules) -> int:
        """The level, within the caps."""
        return min(self.minutes, rules.most_min)

    def planned_min(self, rules: Rules) -> int:
        """The minutes of the next session."""
        level = self.level_min(rules)
        return level if self.chosen is None else min(self.chosen, level)

    def stage(self, rules: Rules) -> Stage:
        if self.credited < FIRST_SESSIONS:
            return Stage.FIRST
        return Stage.STEADY if self.minutes >= rules.most_min else Stage.BUILDING

    @property
    def offer(self) -> Clothing | None:
        """Clothing that is offered next. Trying it is never required."""
        return Clothing.SKIN if self.clothing is Clothing.SHIRT and self.credited >= FIRST_SESSIONS else None


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the programme, with its reason code and a sentence. `person` has the programme; None: the one owner."""

    reason: str
    text: str
    before: Programme
    after: Programme
    person: int | None = None


def counted(programme: Programme, rules: Rules, *, planned_min: int, comfortable: bool | None) -> tuple[Programme, Step | None]:
    """A session that was done as planned, `comfortable`, not comfortable or (None) unknown.

    One with fewer minutes than the level counts, but does not lead to more minutes.
    """
    level = programme.level_min(rules)
    in_a_row = 0 if comfortable is False else programme.comfortable + (comfortable is True and planned_min >= level)
    after = replace(programme, credited=programme.credited + 1, comfortable=in_a_row)
    if (
        comfortable is not True
        or after.credited < FIRST_SESSIONS
        or after.comfortable < COMFORTABLE_SESSIONS
        or level >= rules.most_min
    ):
        return after, None
    after = replace(after, minutes=min(level + STEP_MIN, rules.most_min), comfortable=0)
    text = (
        f"{COMFORTABLE_SESSIONS} comfortable sessions in a row: {after.minutes} minutes may feel fine now. Fewer are as good."
    )
    return after, Step("comfortable", text, programme, after)


def stepped_back(programme: Programme, rules: Rules, reason: str, why: str, *, from_min: int) -> tuple[Programme, Step | None]:
    """One step below the session's minutes, but never below the shortest plan. The person's choice stays a limit."""
    base = min(from_min, programme.planned_min(rules))
    after = replace(programme, minutes=max(min(LEAST_MIN, base), base - STEP_MIN), comfortable=0)
    if after.minutes == programme.level_min(rules):
        return after, None
    return after, Step(reason, f"{why} The next session has {after.minutes} minutes.", programme, after)


def after_pause(programme: Programme, rules: Rules) -> tuple[Programme, Step | None]:
    """A week without a session: one step back, but not below the first level."""
    level = programme.level_min(rules)
    after = replace(programme, minutes=max(min(START_MIN, level), level - STEP_MIN), comfortable=0)
    if after.minutes == level:
        return replace(programme, comfortable=0), None
    text = f"After a pause of over a week a shorter session is an easy way back: {after.minutes} minutes."
    return after, Step("pause", text, programme, after)


def fresh_start(programme: Programme, rules: Rules, reason: str, why: str) -> tuple[Programme, Step]:
    """Back to the start: with a shirt, and with the first minutes or fewer."""
    minutes = min(START_MIN, programme.level_min(rules))
    after = Programme(minutes=minutes, chosen=programme.chosen)
    return after, Step(reason, f"{why} The programme begins again with {minutes} minutes and a shirt.", programme, after)


def reset(programme: Programme) -> tuple[Programme, Step]:
    """Begin as on the first day, because the person asked for it."""
    after = Programme()
    return after, Step("reset", f"The programme begins anew with {after.minutes} minutes and a shirt.", programme, after)


def with_minutes(programme: Programme, rules: Rules, minutes: int) -> tuple[Programme, Step | None]:
    """The person chooses minutes up to the level; the level itself ends the choice."""
    level = programme.level_min(rules)
    chosen = None if minutes >= level else max(minutes, min(LEAST_MIN, level))
    after = replace(programme, chosen=chosen)
    if after == programme:
        return programme, None
    return after, Step("chosen", f"You chose {after.planned_min(rules)} minutes.", programme, after)


def with_clothing(programme: Programme, clothing: Clothing) -> tuple[Programme, Step | None]:
    """The person chooses clothing. Only one thing changes at a time, so the minutes stay for a while."""
    if clothing is programme.clothing:
        return programme, None
    after = replace(programme, clothing=clothing, comfortable=0)
    worn = "a shirt" if clothing is Clothing.SHIRT else "bare skin"
    return after, Step("clothing", f"You chose {worn}. The minutes stay as they are for now.", programme, after)
