"""How the person feels over time, as the loop knows it: what the history has read, and the question that is due."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Any

from acumat.coach.journal import UNKNOWN
from acumat.contract.events import Event, EventType
from acumat.contract.state import MatState, Presence
from acumat.contract.wellbeing import Shared, shared_document
from acumat.history.checkins import CheckInRow
from acumat.history.days import day_of
from acumat.history.feelings import AwayRow, WeeklyRow
from acumat.history.people import document_of
from acumat.history.questions import Asked
from acumat.history.wellbeing import OFF, RHYTHM, WASHED, Known, known
from acumat.history.writer import Writer
from acumat.insight.prompts import Situation
from acumat.service.household import Household, OnePerson
from acumat.service.inbox import LoopCall
from acumat.service.machine_zone import zone_name
from acumat.service.prompting import TEXTS, Prompting
from acumat.service.timekeeping import TimeOfDay
from acumat_hw.clock import Clock

LOOK_S = 10.0
"""Seconds between two checks whether a question is due or a new day has begun."""
CHANGES = (EventType.SESSION_ENDED, EventType.CHECK_IN, EventType.COOL_DOWN_STARTED)
"""Events after which the history has new data."""
RESTING = ("symptom", "professional", "rest_day", "history")
"""Reasons why guidance is off, for which questions are off as well."""

ShowRoutine = Callable[[], Mapping[str, Any] | None]
"""Returns the document of the routine; None if it is switched off."""


class Feelings:
    """The feelings of the person whom the routine is about.

    At every change `show` gets what may be published, and whether the rhythm is shown.
    """

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        time_of_day: TimeOfDay,
        *,
        day_starts_at: time,
        shared: Shared,
        enqueue: Callable[[LoopCall], object],
        show: Callable[[Mapping[str, Any], bool], object],
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._time = time_of_day
        self._day_starts_at = day_starts_at
        self._shared = shared
        self._enqueue = enqueue
        self._show = show
        self._household = Household(writer.save_document)
        self._reads = 0
        """Number of queries to the history: only the answer to the last one counts."""
        self._looked_s = clock.monotonic()
        self._day: date | None = None

    def start(self, documents: Mapping[str, str] | None, people: Collection[int]) -> None:
        """Restore before the first frame: the documents of the history (None: not read yet), and who uses the mat."""
        if documents is not None:
            self._household.start(documents, people)
            self.read_again()

    def restore_late(self, documents: Mapping[str, str], people: Collection[int]) -> None:
        """Restore late what an earlier run has stored.

        With several people, what happened since the start is the first person's.
        """
        self._household.restore_late(documents, people)
        self.read_again()

    @property
    def _now(self) -> OnePerson:
        return self._household.now

    @property
    def person(self) -> int | None:
        """The person whom this is about; None for the one owner."""
        return self._now.person

    @property
    def anybody(self) -> bool:
        """Whether the person is known."""
        return self._now.person != UNKNOWN

    @property
    def prompting(self) -> Prompting:
        """The questions to this person."""
        return self._now.prompting

    def about(self, person: int | None) -> None:
        """The routine is about this person now."""
        if person != self.person:
            self._household.about(person)
            self.read_again()
            self._changed()

    def on_people(self, people: Collection[int]) -> None:
        """The people of the mat have changed."""
        self._household.on_people(people)
        self.read_again()

    def on_assigned(self, session_id: str, person: int) -> None:
        """From now on, answers about the last session of somebody unknown are this person's."""
        self._household.on_assigned(session_id, person)
        self._changed()

    @property
    def today(self) -> date:
        """The day that it is now."""
        return day_of(self._clock.wall(), self._day_starts_at)

    @property
    def date_known(self) -> bool:
        """Whether the day is known."""
        return self._time.known

    @property
    def away_until(self) -> date | None:
        """The day on which the person is back; None while they are here."""
        until = self._now.known.away_until
        return until if until is not None and self.today < until else None

    def document(self) -> dict[str, Any]:
        """All that is known; it stays on the machine."""
        question = self.prompting.question
        text = None if question is None else TEXTS[question]
        cover = {"cover_hours": self._now.known.cover_hours}
        return {"question": question, "question_text": text, **self._now.known.document, **cover}

    def follow(self, mat: MatState, events: Sequence[Event], cues: Sequence[Event], routine: ShowRoutine) -> None:
        """After each reported frame: take up the events of detection and routine. Now and then look for a question to ask."""
        if events or cues:
            self._on_events(events, cues)
        now_s = self._clock.monotonic()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._look(mat, routine())

    def read_again(self) -> None:
        """Query the history: its content has changed, or a new day has begun."""
        self._reads += 1
        self._day = self.today
        asked = Asked(self._clock.wall(), "", self._day_starts_at)
        rhythm = self._now.rhythm is True
        self._writer.ask(
            lambda store: known(store, asked, self.person, shows_rhythm=rhythm), partial(self._on_known, self._reads)
        )

    def save(self, *rows: CheckInRow | WeeklyRow | AwayRow) -> None:
        """Store the person's answers."""
        self._writer.save_feelings(*rows)
        self.read_again()

    def check_in(self, moment: str, **answers: Any) -> CheckInRow:  # noqa: ANN401  the fields of a check-in
        """What is said now of the last session."""
        return CheckInRow(
            moment,
            self._clock.wall(),
            self._clock.monotonic(),
            session_id=self.prompting.session_id,
            person=self.person,
            dated=self._time.known,
            zone=zone_name(),
            **answers,
        )

    def set_away(self, back: date) -> None:
        """The person is away from now on until that day; a day that is not in the future ends it."""
        self._now.known = self._now.known._replace(away_until=back)
        self.prompting.question = None
        self.save(AwayRow(self.today, back, self.person))
        self._changed()

    def answer_week(self, since_wall_s: float, answers: dict[str, int | None]) -> None:
        """The weekly look is answered."""
        self._now.known = self._now.known._replace(weekly_day=self.today)
        self.save(WeeklyRow(self._clock.wall(), since_wall_s, answers, zone_name(), self.person))

    def set_rhythm(self, *, on: bool) -> None:
        """Show how regularly the person lies there, or stop computing it."""
        self._now.rhythm = on
        self._writer.save_document(document_of(RHYTHM, self.person), None if on else OFF)
        shown = {key: value for key, value in self._now.known.document.items() if not key.startswith(RHYTHM)}
        self._now.known = self._now.known._replace(document=shown)
        self._changed()
        self.read_again()

    def on_washed(self) -> None:
        """The cover is clean."""
        self._writer.save_document(WASHED, f"{self._clock.wall():.0f}")
        self.read_again()

    def forget(self) -> None:
        """All that was stored of people is deleted."""
        self._household.forget()
        self._changed()
        self.read_again()

    def forget_before(self, wall_s: float) -> None:
        """All that was stored of people before this Unix time is deleted, and which questions were asked."""
        self._household.forget_before(datetime.fromtimestamp(wall_s))  # noqa: DTZ006  the clock on the wall
        self.read_again()

    def _on_events(self, events: Sequence[Event], cues: Sequence[Event]) -> None:
        for event in cues:
            self._on_cue(event)
        if any(event.event_type in CHANGES for event in (*events, *cues)):
            self.read_again()

    def _on_cue(self, event: Event) -> None:
        if event.event_type is EventType.COOL_DOWN_STARTED:
            ago_s = self._clock.monotonic() - (event.t_mono_s if event.edge_mono_s is None else event.edge_mono_s)
            ended_s = self._clock.wall() - ago_s
            session_id = event.numbers.get("session_id")
            name = session_id if isinstance(session_id, str) else None
            ended = datetime.fromtimestamp(ended_s)  # noqa: DTZ006  the clock on the wall
            self.prompting.on_session(name, day_of(ended_s, self._day_starts_at), ended)
        elif event.event_type is EventType.COOL_DOWN_ENDED and event.numbers.get("question"):
            self.prompting.on_redness()

    def _look(self, mat: MatState, routine: Mapping[str, Any] | None) -> None:
        if self._day != self.today:
            self.read_again()
        if routine is None or not self._now.read or not self.anybody:
            return
        before = self.prompting.question
        if self._time.known:
            self.prompting.look(
                Situation(
                    self.today,
                    datetime.fromtimestamp(self._clock.wall()),  # noqa: DTZ006
                    weekly_day=self._now.known.weekly_day,
                    away=self.away_until is not None,
                    resting=routine["guidance_reason"] in RESTING,
                    cooling_down=routine["cool_down_until"] is not None,
                    lying=mat.presence is Presence.LYING or mat.session_id is not None,
                )
            )
        if self.prompting.question is not before:
            self._changed()

    def _on_known(self, number: int, found: Known) -> None:
        """Called in the history's thread."""
        self._enqueue(LoopCall(partial(self._take, number, found)))

    def _take(self, number: int, found: Known) -> None:
        if number == self._reads:
            self._now.known, self._now.read = found, True
            self._changed()

    def _changed(self) -> None:
        if self._shared.anything:
            self._show(shared_document(self.document(), self._shared), self._shared.rhythm and self._now.rhythm is True)
