"""What waits in memory: who hears that it is written, what gives way when there is too much, and what never does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.contract.sessions import SessionRecord
from acumat.history.backlog import JOBS_KEPT, JOBS_MOST, Backlog
from acumat.history.jobs import Entry, Record
from acumat.history.rows import SessionRow


def events(count: int = 1) -> Record:
    return Record(tuple((1.7e9, 1.0, {"text": "x"}) for _ in range(count)), None, {}, dated=True)


def with_session(number: int) -> Record:
    row = SessionRow(number, SessionRecord(f"x-s{number}", 0.0, 60.0, 60.0, 0, "got_up"), 1.0, 61.0)
    return Record(events().events, row, {}, dated=True)


def with_document(name: str, text: str) -> Record:
    return Record(events().events, None, {name: text}, dated=True)


def waiting(backlog: Backlog) -> list[Record]:
    """Everything in the order in which it is written."""
    found = []
    while (job := backlog.first()) is not None:
        backlog.done()
        assert isinstance(job, Record)
        found.append(job)
    return found


def test_a_flood_of_events_costs_no_session_and_no_newest_document() -> None:
    backlog = Backlog()
    for number in range(1, 21):
        backlog.add(with_session(number))
        backlog.add(with_document("routine", f"version {number}"))
    for _ in range(3 * JOBS_KEPT):
        backlog.add(events())
    assert len(backlog) == JOBS_KEPT
    left = waiting(backlog)
    assert [job.session.number for job in left if job.session] == list(range(1, 21))
    assert [job.documents["routine"] for job in left if job.documents][-1] == "version 20"
    assert backlog.unreported > 0


def test_a_flood_of_sessions_loses_their_oldest_events_first_and_is_bounded() -> None:
    backlog = Backlog()
    for number in range(1, JOBS_MOST + 101):
        backlog.add(with_session(number))
    assert len(backlog) == JOBS_MOST
    left = waiting(backlog)
    assert [job.session.number for job in left if job.session] == list(range(101, JOBS_MOST + 101))
    assert [bool(job.events) for job in left] == [False] * (JOBS_MOST - JOBS_KEPT) + [True] * JOBS_KEPT


def test_an_optional_read_goes_before_anything_else() -> None:
    backlog = Backlog()
    backlog.add(with_session(1))
    backlog.add(Entry(lambda _store: None, optional=True))
    for number in range(2, JOBS_KEPT + 1):
        backlog.add(with_session(number))
    assert len(backlog) == JOBS_KEPT
    assert [len(job.events) for job in waiting(backlog)] == [1] * JOBS_KEPT


@pytest.mark.parametrize("number", [JOBS_KEPT + 6, JOBS_MOST + 6])
@pytest.mark.parametrize("make", [lambda _: events(), with_session], ids=["events", "sessions"])
def test_the_job_that_is_being_written_is_left_alone(make: Callable[[int], Record], number: int) -> None:
    backlog = Backlog()
    first = make(1)
    backlog.add(first)
    assert backlog.first() is first
    for each in range(2, number + 1):
        backlog.add(make(each))
    assert backlog.first() is first, "what is on its way to the disk is neither dropped nor stripped of its events"
    backlog.done()
    assert first not in waiting(backlog)
    assert backlog.unreported == number - JOBS_KEPT


def test_who_waits_for_a_text_waits_for_the_record_that_takes_its_place() -> None:
    backlog = Backlog()
    answers: list[bool] = []
    backlog.save_document("routine", "symptom")
    backlog.wait(answers.append)
    backlog.add(with_document("routine", "symptom, and a cue"))
    assert backlog.answers(available=True) == []
    backlog.first()
    backlog.done()
    ((then, written),) = backlog.answers(available=True)
    assert written
    assert then == answers.append


def test_who_waits_for_what_is_lost_learns_so_even_if_it_was_lost_just_before() -> None:
    backlog = Backlog()
    backlog.add(events())
    backlog.first()
    backlog.left_out()
    backlog.wait(print)
    assert [written for _, written in backlog.answers(available=True)] == [False]
    backlog.wait(print)
    assert [written for _, written in backlog.answers(available=True)] == [True]
    backlog.add(events())
    backlog.wait(print)
    for _ in range(JOBS_KEPT):
        backlog.add(events())
    assert [written for _, written in backlog.answers(available=True)] == [False]


def test_who_waited_for_what_is_written_learns_nothing_of_a_later_loss() -> None:
    backlog = Backlog()
    backlog.add(events())
    backlog.wait(print)
    backlog.add(events())
    backlog.first()
    backlog.done()
    backlog.first()
    backlog.left_out()
    assert [written for _, written in backlog.answers(available=True)] == [True]


class Versions:
    """One document in ever newer versions, through a backlog; what is on disk, and who was told what."""

    def __init__(self) -> None:
        self.backlog = Backlog()
        self.version = 0
        self.on_disk = 0
        self.asked = 0
        self.lost = self.lost_and_said = 0
        """The newest version that was left out, and the newest of which somebody who asked was told so."""
        self.received: list[bool] = []

    def record(self) -> None:
        self.version += 1
        self.backlog.add(with_document("routine", str(self.version)))

    def document(self) -> None:
        self.version += 1
        self.backlog.save_document("routine", str(self.version))

    def wait(self) -> None:
        self.asked += 1
        asked_for, lost = self.version, self.lost_and_said
        self.lost_and_said = self.lost

        def then(written: bool) -> None:
            assert not written or self.on_disk >= asked_for or lost >= asked_for
            self.received.append(written)

        self.backlog.wait(then)

    def write_job(self) -> None:
        job = self.backlog.first()
        if isinstance(job, Record):
            self.on_disk = max(self.on_disk, int(job.documents["routine"] or 0))
            self.backlog.done()

    def write_documents(self) -> None:
        for name, text in self.backlog.documents:
            self.on_disk = max(self.on_disk, int(text or 0))
            self.backlog.document_done(name, text, written=True)

    def leave_out(self) -> None:
        job = self.backlog.first()
        if isinstance(job, Record):
            self.lost = max(self.lost, int(job.documents["routine"] or 0))
            self.backlog.left_out()

    def settle(self) -> None:
        for then, written in self.backlog.answers(available=True):
            then(written)


CALLS = st.lists(
    st.sampled_from(
        [
            Versions.record,
            Versions.document,
            Versions.wait,
            Versions.write_job,
            Versions.write_documents,
            Versions.leave_out,
        ]
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(CALLS)
def test_nobody_learns_of_a_write_before_it_is_done_and_everybody_learns_in_the_end(
    calls: list[Callable[[Versions], None]],
) -> None:
    versions = Versions()
    for call in calls:
        call(versions)
        versions.settle()
    while len(versions.backlog):
        versions.write_job()
    versions.write_documents()
    versions.settle()
    assert len(versions.received) == versions.asked
