"""A beginner's first month: a made-up person, the real rules, and the clock of the story."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from acumat.coach.coach import ask, follow
from acumat.coach.guidance_gate import WHY
from acumat.coach.moment import Moment
from acumat.coach.programme import Clothing
from acumat.coach.rules import Rules
from acumat.coach.screening import QUESTIONS, Answer
from acumat.coach.state import CoachState, Update
from acumat.contract.commands import CommandName
from acumat.contract.events import Event, EventType
from acumat.contract.state import JsonScalar, MatState, Presence

FIRST_EVENING = datetime(2026, 1, 5, 20, 0, tzinfo=UTC)
BOOT = "story"
IDLE_S = 600.0
"""Seconds between two updates between sessions."""

HEAD = """# A first month

Made by `acumat programme month` from the rules themselves, for a made-up beginner who lies down in the evening, has a bad day
now and then, forgets some, goes away for a week and once does not feel well. Everybody's month is another one; nothing here
is a goal.

| day | time | planned | lain | what the person says | what the programme makes of it |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Evening:
    """One visit: which day of the story, at what hour, how long (None: until the end cue), and what they say about it."""

    day: int
    lain_min: float | None = None
    hour: int = 20
    discomfort: int | None = None
    redness: str | None = None
    symptom_min: float | None = None
    clothing: str | None = None


STORY: tuple[Evening, ...] = (
    Evening(1, discomfort=3),
    Evening(2, discomfort=2),
    Evening(3, redness="faded"),
    Evening(4, discomfort=1),
    Evening(5),
    Evening(6, discomfort=5),
    Evening(7),
    Evening(8, redness="faded"),
    Evening(9, lain_min=4.0),
    Evening(10),
    Evening(11, hour=10, discomfort=1),
    Evening(11, hour=16),
    Evening(13, redness="still_red"),
    Evening(14),
    Evening(15, discomfort=2),
    Evening(16, clothing="skin"),
    Evening(17, discomfort=2),
    Evening(18, redness="faded"),
    Evening(27, discomfort=1),
    Evening(28),
    Evening(29, symptom_min=4.0),
    Evening(30, hour=14),
    Evening(31),
)


class _Story:
    """The made-up person and the time they live in."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.state = CoachState()
        self.t_s = 0.0
        self.events: list[Event] = []
        self.number = 0

    def now(self) -> Moment:
        return Moment(self.t_s, FIRST_EVENING.timestamp() + self.t_s, BOOT, UTC)

    def take(self, update: Update) -> None:
        self.state = update.state
        self.events += update.events

    def wait_until(self, t_s: float) -> None:
        while self.t_s < t_s:
            self.t_s = min(t_s, self.t_s + IDLE_S)
            self.take(follow(self.state, (), MatState(presence=Presence.EMPTY), self.now(), self.rules))

    def command(self, name: CommandName, **arguments: JsonScalar) -> None:
        update, _ = ask(self.state, name, arguments, MatState(presence=Presence.EMPTY), self.now(), self.rules)
        self.take(update)

    def lie(self, evening: Evening) -> float:
        """Lie down and get up again. Returns the minutes on the mat."""
        self.number += 1
        session_id, start_s = f"story-s{self.number}", self.t_s
        planned_min = self.state.programme.planned_min(self.rules)
        lain_s = 60.0 * (planned_min if evening.lain_min is None else evening.lain_min)
        lain_s += 5.0 if evening.lain_min is None else 0.0  # nobody is up at the moment of the cue
        if evening.symptom_min is not None:
            lain_s = 60.0 * evening.symptom_min
        while self.t_s - start_s < lain_s:
            self.t_s += 5.0
            lying_s = self.t_s - start_s
            mat = MatState(presence=Presence.LYING, confirmed=True, session_id=session_id, session_s=lying_s, contact_s=lying_s)
            self.take(follow(self.state, (), mat, self.now(), self.rules))
        if evening.symptom_min is not None:
            self.command(CommandName.SYMPTOM)
        numbers: dict[str, JsonScalar] = {"session_id": session_id, "contact_s": lain_s}
        ended = Event(EventType.SESSION_ENDED, self.t_s, "got_up", "The session ended.", self.t_s, numbers)
        self.take(follow(self.state, (ended,), MatState(presence=Presence.EMPTY), self.now(), self.rules))
        return lain_s / 60.0


def first_month(rules: Rules) -> Iterator[str]:
    """The story's lines in Markdown, the head first."""
    yield from HEAD.splitlines()
    story = _Story(rules)
    story.command(CommandName.SCREEN, **dict.fromkeys(QUESTIONS, Answer.NO.value))
    for evening in STORY:
        at_s = timedelta(days=evening.day - 1, hours=evening.hour - FIRST_EVENING.hour).total_seconds()
        story.events.clear()
        story.wait_until(at_s)
        waited = _steps(story.events)
        story.events.clear()
        yield from (f"| | | | | | {text} |" for text in waited)
        if evening.clothing is not None:
            story.command(CommandName.PROGRAMME_SET, clothing=evening.clothing)
        yield _line(story, evening)


def _line(story: _Story, evening: Evening) -> str:
    programme = story.state.programme
    off = story.state.why
    worn = "shirt" if programme.clothing is Clothing.SHIRT else "skin"
    planned = f"{programme.planned_min(story.rules)} min, {worn}" if off is None else "not guided"
    lain = story.lie(evening)
    notes = []
    if evening.symptom_min is not None:
        notes.append("does not feel well")
    if evening.discomfort is not None:
        story.wait_until(story.t_s + 300.0)
        story.command(CommandName.CHECK_IN, discomfort=evening.discomfort, when="after")
        notes.append(f"discomfort {evening.discomfort} of 10")
    if evening.redness is not None:
        story.wait_until(story.t_s + 3700.0)
        story.command(CommandName.REDNESS, answer=evening.redness)
        notes.append("still red after an hour" if evening.redness == "still_red" else "redness has faded")
    if evening.clothing is not None:
        notes.append("tries bare skin")
    made = " ".join(_steps(story.events)) or ("" if off is None else WHY[off])
    return f"| {evening.day} | {evening.hour}:00 | {planned} | {lain:.0f} min | {', '.join(notes)} | {made} |"


def _steps(events: list[Event]) -> list[str]:
    """The events that get a line: steps, guidance that is switched on or off, and a session that earns nothing."""
    texts = []
    for event in events:
        if event.event_type in (EventType.PROGRAMME_STEP, EventType.GUIDANCE_CHANGED, EventType.REDNESS):
            texts.append(event.text)
        elif event.event_type is EventType.CUE_START and "second session" in event.text:
            texts.append("A second session within 8 hours: guided, and without a step up.")
    return texts
