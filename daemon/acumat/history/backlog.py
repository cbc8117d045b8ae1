"""The queue of entries to write, in order. Events give way to sessions and documents, never the reverse."""

from __future__ import annotations

from collections import deque

from acumat.history.jobs import Entry, Job, Record
from acumat.history.waiters import OnWritten, Waiters

JOBS_KEPT = 500
"""Entries that wait in memory while the store cannot be used. Beyond that the events of the oldest record go."""
JOBS_MOST = 2_500
"""Entries at most. Those beyond JOBS_KEPT are sessions, newest documents and calibrations, without events."""


class Backlog:
    """Jobs in order, the newest text of each document, and the waiters. The work queue holds its lock around each call.

    Calls are counted. A text that replaces a waiting one also counts for the older call. So a waiter gets True for a text only
    if that text, or a newer one of the same name, was written.
    """

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._documents: dict[str, tuple[int, str | None]] = {}
        self._waiters = Waiters()
        self._calls = 0
        self._writing: Job | None = None
        self.lost = 0
        """Entries that will never be written."""
        self.unreported = 0
        """Events among them that were never published: a gap will report them."""

    def __bool__(self) -> bool:
        return bool(self._jobs or self._documents or self._waiters)

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._waiters)

    @property
    def records(self) -> list[Record]:
        """Records with events, oldest first."""
        return [job for job in self._jobs if isinstance(job, Record) and job.events]

    @property
    def documents(self) -> list[tuple[str, str | None]]:
        """Names and texts that wait."""
        return [(name, text) for name, (_, text) in self._documents.items()]

    def add(self, job: Job) -> None:
        """Add a job; its texts replace waiting ones of the same names."""
        self._calls += 1
        older = [self._documents.pop(name)[0] for name in _names(job) if name in self._documents]
        job.number = min([self._calls, *older])
        self._jobs.append(job)
        if len(self._jobs) > JOBS_KEPT:
            self._make_room()

    def save_document(self, name: str, text: str | None) -> None:
        """The newest text under this name."""
        self._calls += 1
        number = self._documents[name][0] if name in self._documents else self._calls
        self._documents[name] = number, text

    def first(self) -> Job | None:
        """The next job; it stays until it is `done` or `left_out`."""
        self._writing = self._jobs[0] if self._jobs else None
        return self._writing

    def done(self) -> None:
        """The first job is written."""
        self._jobs.popleft()
        self._writing = None

    def left_out(self) -> None:
        """The first job can never be written."""
        self.lost += 1
        self._waiters.fail(self._jobs.popleft().number)
        self._writing = None

    def document_done(self, name: str, text: str | None, *, written: bool) -> None:
        """The text is written, or can never be; a newer one stays."""
        number, newest = self._documents.get(name, (0, None))
        if number and newest == text:
            del self._documents[name]
        if not written:
            self.lost += 1
            self._waiters.fail(number)

    def wait(self, on_written: OnWritten) -> None:
        """Answer `on_written` once everything before this call is written."""
        self._calls += 1
        self._waiters.add(self._calls, on_written)

    def answers(self, *, available: bool) -> list[tuple[OnWritten, bool]]:
        """The waiters to answer now, with their answers: all of them if the store is not available."""
        if not self._waiters:
            return []
        oldest = min([*(job.number for job in self._jobs), *(number for number, _ in self._documents.values())], default=None)
        return self._waiters.answers(oldest, available=available)

    def _make_room(self) -> None:
        """Optional jobs are dropped first, then the events of the oldest record, and only then the oldest job."""
        index = self._dispensable()
        if index is None:
            eventful = next((index for index, job in enumerate(self._jobs) if self._has_events(job)), None)
            if eventful is not None:
                job = self._jobs[eventful]
                self._lose(job)
                self._jobs[eventful] = job.without_events()  # type: ignore[union-attr]
            if len(self._jobs) <= JOBS_MOST:
                return
            index = 0 if self._jobs[0] is not self._writing else 1
        self._lose(self._jobs[index])
        del self._jobs[index]

    def _dispensable(self) -> int | None:
        """The oldest job that holds only events, and texts for which newer ones wait."""
        newer, found = set(self._documents), None
        for index in range(len(self._jobs) - 1, -1, -1):
            job = self._jobs[index]
            if job is not self._writing and _dispensable(job, newer):
                found = index
            newer.update(_names(job))
        return found

    def _has_events(self, job: Job) -> bool:
        return isinstance(job, Record) and bool(job.events) and job is not self._writing

    def _lose(self, job: Job) -> None:
        self.lost += 1
        self.unreported += job.unreported
        self._waiters.fail(job.number)


def _names(job: Job) -> tuple[str, ...]:
    return tuple(job.documents) if isinstance(job, Record) else ()


def _dispensable(job: Job, newer: set[str]) -> bool:
    if isinstance(job, Entry):
        return job.optional
    return job.session is None and not job.steps and not job.check_ins and newer.issuperset(job.documents)
