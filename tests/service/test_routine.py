"""The routine in the loop: what is kept and when, what is reported while the history is away, who may answer the questions."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from acumat.coach.screening import QUESTIONS
from acumat.coach.serialisation import DOCUMENT, from_text
from acumat.commands.parser import parse_request
from acumat.contract.commands import CommandName, Response
from acumat.contract.events import Event, EventType
from acumat.contract.state import MatState, Presence
from acumat.contract.wellbeing import NOTHING_SHARED, Shared
from acumat.history import entries
from acumat.history.store import Store
from acumat.history.work_queue import WorkQueue
from acumat.service.feelings import Feelings
from acumat.service.inbox import LoopCall
from acumat.service.safety_file import SLOT_BYTES, SLOTS
from acumat.service.timekeeping import TimeOfDay
from acumat.service.turn import Turn
from tests.hw.bench import JumpingClock
from tests.service.hand import routine_on
from tests.service.test_recorder import NAMES, HandWriter

EMPTY = MatState(presence=Presence.EMPTY)
NONE_OF_IT: dict[str, Any] = dict.fromkeys(QUESTIONS, "no")


class Bench:
    """A routine on a real store, whose writer works when the test says so."""

    def __init__(
        self,
        path: Path,
        *,
        known: bool = True,
        clock: JumpingClock | None = None,
        boot: str = "boot",
        shared: Shared = NOTHING_SHARED,
    ) -> None:
        self.clock = clock or JumpingClock()
        self.store = Store(path)
        self.store.open()
        self.writer = HandWriter(self.store, WorkQueue(), deliver=lambda seq, payload: False, monotonic=self.clock.monotonic)
        stored = self.store.restore(NAMES, 0.0)
        file = path.with_name("safety.slots")
        self.routine = routine_on(self.writer, self.clock, stored, NAMES, file, known=known, boot=boot)
        self.calls: list[LoopCall] = []
        self.shown: list[tuple[Mapping[str, Any], bool]] = []
        """What the broker was given of how the person feels, and whether the rhythm has an entity."""
        self.feelings = Feelings(
            self.writer,
            self.clock,
            TimeOfDay(self.clock, None),
            day_starts_at=time(4),
            shared=shared,
            enqueue=self.calls.append,
            show=lambda document, rhythm: self.shown.append((document, rhythm)),
        )
        self.feelings.start(stored.documents if known else None, stored.people)
        self.reported: list[Event] = []
        self.doubts_empty = False

    def ask(self, name: CommandName, **arguments: Any) -> Response | None:
        command = parse_request({"command": name, **arguments})
        return command if isinstance(command, Response) else self.routine.ask(command)

    def frame(self, mat: MatState, *events: Event) -> None:
        cues = self.routine.follow(Turn(mat, events, doubts_empty=self.doubts_empty))
        self.feelings.follow(mat, events, cues, self.routine.document)
        self.reported += cues

    def written(self) -> None:
        """The history has written and read, and the loop hears of it."""
        self.writer.work()
        calls, self.calls[:] = list(self.calls), []
        for call in calls:
            call.act()

    def lie(self, from_s: float, to_s: float, session_id: str = "x-s1") -> None:
        for second in range(int(from_s), int(to_s)):
            self.clock.sleep(1.0)
            self.frame(lying(float(second + 1), session_id))

    def types(self) -> list[str]:
        return [event.event_type.value for event in self.reported]

    def in_store(self) -> list[str]:
        rows = self.store.outbox_after(0, 1000, self.clock.monotonic())
        return [payload for _, payload in rows]


def lying(seconds: float, session_id: str = "x-s1") -> MatState:
    return MatState(presence=Presence.LYING, confirmed=True, session_id=session_id, session_s=seconds, contact_s=seconds)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "h.db")


def test_a_cue_and_what_it_changes_are_stored_in_one_transaction(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.ask(CommandName.SCREEN, **NONE_OF_IT)
    bench.writer.work()
    bench.lie(0, 2)
    assert bench.types()[-1] == "cue_start"

    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("pulled out in mid-write")

    with monkeypatch.context() as patch:
        patch.setattr(entries, "put_document", broken)
        bench.writer.work()
        if not bench.store.is_open:
            bench.store.open()
        assert not [each for each in bench.in_store() if "cue_start" in each], "the event alone would be told again"
    bench.clock.sleep(60.0)
    bench.writer.work()
    assert len([each for each in bench.in_store() if "cue_start" in each]) == 1
    guide = from_text(bench.store.restore(NAMES, 0.0).documents[DOCUMENT]).guide
    assert guide is not None
    assert guide.cue is EventType.CUE_START


def test_the_safety_file_has_its_room_from_the_first_start_on(bench: Bench) -> None:
    assert bench.routine._file.path.stat().st_size == SLOTS * SLOT_BYTES


def test_steps_come_back_with_their_reasons(bench: Bench) -> None:
    bench.ask(CommandName.SCREEN, **NONE_OF_IT)
    bench.lie(0, 120)
    bench.ask(CommandName.STOP)
    bench.ask(CommandName.PROGRAMME_RESET)
    bench.writer.work()
    assert [(each.reason, each.from_min, each.to_min) for each in bench.store.programme_steps(10)] == [
        ("stopped_early", 10, 8),
        ("reset", 8, 10),
    ]
    assert [each.reason for each in bench.store.programme_steps(1)] == ["reset"]


@pytest.mark.parametrize("boot", ["boot", "another"])
def test_a_session_continues_over_a_restart_and_no_cue_comes_twice(tmp_path: Path, boot: str) -> None:
    first = Bench(tmp_path / "h.db")
    first.ask(CommandName.SCREEN, **NONE_OF_IT)
    first.lie(0, 500)
    first.writer.work()
    first.store.close()
    first.clock.sleep(45.0)
    again = Bench(tmp_path / "h.db", clock=first.clock, boot=boot)
    again.frame(MatState())  # blind at first
    again.lie(545, 2500)
    cues = [each for each in first.types() + again.types() if each.startswith("cue_")]
    assert cues == ["cue_start", "cue_half", "cue_last_minute", "cue_end", "cue_louder", "cue_cap"]


def test_the_alarm_is_on_after_a_restart_for_whom_it_is_and_nobody_else(tmp_path: Path) -> None:
    first = Bench(tmp_path / "h.db")
    first.lie(2398, 2400)
    assert first.types()[-1] == "cue_cap"
    assert first.routine.alarming
    first.writer.work()
    first.store.close()
    again = Bench(tmp_path / "h.db", clock=first.clock)
    mats = {
        "whose session it is has to be known first": (MatState(), False),
        "the mat has not been looked at yet": (replace(lying(2401.0), presence=Presence.BLIND), False),
        "who cannot be seen may lie there still": (replace(lying(2405.0), presence=Presence.BLIND), True),
        "still there": (lying(2406.0), True),
        "they have got up, though the session is not over yet": (replace(lying(2407.0), presence=Presence.EMPTY), False),
        "they lie down again": (lying(2408.0), True),
    }
    for why, (mat, sounds) in mats.items():
        again.frame(mat)
        assert again.routine.alarming is sounds, why
        again.clock.sleep(0.8)
    again.ask(CommandName.STOP)
    again.frame(lying(2409.0))
    assert again.routine.alarming is False
    assert not again.types().count("cue_cap")


def test_a_mat_that_may_not_be_empty_has_not_been_seen_empty(bench: Bench) -> None:
    bench.lie(0, 100)
    bench.doubts_empty = True
    exposed = []
    for _ in range(2):
        for _ in range(30):
            bench.clock.sleep(1.0)
            bench.frame(EMPTY)
        exposed.append(bench.routine._state.safety.exposure is not None)
        bench.doubts_empty = False
    assert exposed == [True, False]


def test_nothing_is_written_while_nothing_happens(bench: Bench) -> None:
    for _ in range(2):
        bench.clock.sleep(1.0)
        bench.frame(EMPTY)
    assert bench.types() == ["guidance_changed"]
    bench.writer.work()
    writes = bench.store.programme_steps(100), len(bench.in_store())
    for _ in range(600):
        bench.clock.sleep(1.0)
        bench.frame(EMPTY)
    assert not bench.writer._queue._backlog
    assert (bench.store.programme_steps(100), len(bench.in_store())) == writes


def test_answers_stand_in_no_document_that_leaves_the_machine(bench: Bench) -> None:
    taken = bench.ask(CommandName.SCREEN, **{**NONE_OF_IT, "heart": "yes"})
    assert taken is not None
    assert taken.ok
    bench.frame(EMPTY)
    bench.writer.work()
    for payload in bench.in_store():
        assert "heart" not in payload
    assert "heart" not in str(bench.routine.document())


def test_while_the_history_is_away_nobody_is_guided_and_the_cap_holds(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db", known=False)
    bench.lie(0, 2500)
    assert bench.types() == ["cue_cap"]
    assert bench.routine.document()["guidance_reason"] == "history"
    refused = bench.ask(CommandName.SCREEN, **NONE_OF_IT)
    assert refused is not None
    assert refused.reason == "history"
    (job,) = bench.writer._queue._backlog.records
    assert [document["event_type"] for _, _, document in job.events] == ["cue_cap"], "the alarm is published all the same"
    assert not job.documents, "what is not known must not be written over"


def test_a_symptom_reported_before_the_history_is_back_is_not_forgotten(tmp_path: Path) -> None:
    before = Bench(tmp_path / "h.db")
    before.ask(CommandName.SCREEN, **NONE_OF_IT)
    before.writer.work()
    before.store.close()
    bench = Bench(tmp_path / "h.db", known=False)
    bench.lie(0, 90)
    answer = bench.ask(CommandName.SYMPTOM)
    assert answer is not None
    assert answer.ok
    bench.frame(lying(91.0))
    assert bench.types() == ["symptom_stop"]
    bench.routine.restore_late(bench.store.restore(NAMES, 0.0).documents)
    assert bench.routine.document()["guidance_reason"] == "symptom"
    bench.writer.work()
    assert len(from_text(bench.store.restore(NAMES, 0.0).documents[DOCUMENT]).safety.stops) == 1


def test_what_was_stored_and_cannot_be_read_begins_anew_with_its_questions(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path / "h.db")
    bench.store.save_document(DOCUMENT, '{"version": 7}')
    bench.store.close()
    again = Bench(tmp_path / "h.db")
    again.frame(EMPTY)
    again.clock.sleep(1.0)
    again.frame(EMPTY)
    assert "version is 7" in caplog.text
    assert again.routine.document()["guidance_reason"] == "unanswered"


def test_a_whole_session_changes_the_document_a_few_times_only(bench: Bench) -> None:
    bench.ask(CommandName.SCREEN, **NONE_OF_IT)
    shown: list[dict[str, Any]] = []

    def look() -> None:
        document = bench.routine.document()
        if not shown or shown[-1] != document:
            shown.append(document)

    for second in range(13 * 60):
        bench.clock.sleep(1.0)
        bench.frame(lying(second + 1.0))
        look()
    ended = Event(
        EventType.SESSION_ENDED, bench.clock.monotonic(), "got_up", "Ended.", numbers={"session_id": "x-s1", "contact_s": 780.0}
    )
    bench.frame(EMPTY, ended)
    for _ in range(2 * 3600):
        bench.clock.sleep(1.0)
        bench.frame(EMPTY)
        look()
    assert len(shown) <= 20
    assert [each["remaining_min"] for each in shown if each["situation"] == "guided"][:3] == [10, 5, 4]


def test_a_press_that_means_nothing_here_is_left_to_others(bench: Bench) -> None:
    bench.frame(EMPTY)
    assert bench.ask(CommandName.PRESS) is None
    bench.ask(CommandName.SCREEN, **NONE_OF_IT)
    bench.lie(0, 100)
    pressed = bench.ask(CommandName.PRESS)
    assert pressed is not None
    assert pressed.ok


def test_a_hold_is_about_a_person_only_while_one_is_there(bench: Bench) -> None:
    bench.frame(EMPTY)
    there = [bench.routine.somebody_there]
    bench.ask(CommandName.SCREEN, **NONE_OF_IT)
    bench.lie(0, 100)
    there.append(bench.routine.somebody_there)
    assert there == [False, True]
    held = bench.ask(CommandName.HOLD)
    assert held is not None
    assert held.name == "hold"
    bench.frame(lying(101.0))
    assert "symptom_stop" in bench.types()
