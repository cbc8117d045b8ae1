"""The last finished session and the totals, known at any time although the store is slow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time
from typing import Any

from acumat.contract.documents import no_session_document, session_document
from acumat.contract.sessions import Profile, Totals
from acumat.history.days import day_start_wall_s
from acumat.history.rows import Restored, SessionRow
from acumat.history.writer import Writer
from acumat.service.inbox import TotalsReady
from acumat.service.machine_zone import refresh_zone
from acumat_hw.clock import Clock

DAY_CHECK_S = 10.0


class SessionTotals:
    """Sessions and minutes, today and altogether.

    `put` brings a sum from the store into the loop, which calls `add` with it.
    """

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        *,
        restored: Restored,
        profile: Profile,
        day_starts_at: time,
        put: Callable[[TotalsReady], object],
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._profile = profile
        self._day_starts_at = day_starts_at
        self._put = put
        self._day_s = self.day_start_s()
        self._day_checked_s = clock.monotonic()
        self._totals = restored.totals
        self._last = restored.last_session
        self._last_is_ours = False
        self._since_request: deque[list[SessionRow]] = deque() if restored.found else deque([[]])
        """For each requested sum: the sessions since the request, which the sum does not include."""
        self._document: Mapping[str, Any] = {}
        self._document_of: tuple[SessionRow | None, Totals] | None = None

    @property
    def now(self) -> Totals:
        """The totals, with every session that has been counted."""
        return self._totals

    def day_start_s(self) -> float:
        """When the present day began, in Unix time."""
        return day_start_wall_s(self._clock.wall(), self._day_starts_at)

    def document(self) -> Mapping[str, Any]:
        """The last finished session with the totals; without a session every key is null.

        It is the same object as long as nothing has changed.
        """
        if self._document_of is None or self._document_of[0] is not self._last or self._document_of[1] is not self._totals:
            self._document_of = (self._last, self._totals)
            self._document = self._new_document()
        return self._document

    def count(self, row: SessionRow) -> None:
        """A session has been recorded."""
        self._last, self._last_is_ours = row, True
        for since in self._since_request:
            since.append(row)
        self._count(row)

    def add(self, totals: Totals, last: SessionRow | None) -> None:
        """Take the result of the oldest request, and add the sessions since then."""
        self._totals = totals
        since = self._since_request.popleft()
        if not since:
            self._last, self._last_is_ours = last, False
        for row in since:
            self._count(row)

    def restore_late(self, restored: Restored) -> None:
        """Restore late what an earlier run has stored."""
        self.add(restored.totals, restored.last_session)

    def follow_day(self) -> None:
        """With each reported frame: if a new day has begun, or clock or time zone were set, request new sums from the store."""
        now_s = self._clock.monotonic()
        if now_s - self._day_checked_s < DAY_CHECK_S:
            return
        self._day_checked_s = now_s
        refresh_zone()  # for everything in this process; a mat without a routine has its days too
        if self.day_start_s() != self._day_s:
            self._ask()

    def redate(self, offset_s: float) -> None:
        """The clock was set: date the last session by wall minus monotonic time if this run recorded it, and sum up again."""
        last = self._last
        if last is not None and not last.dated and not last.boot_id and self._last_is_ours:
            start_wall_s = last.record.start_mono_s + offset_s
            end_wall_s = start_wall_s + last.record.wall_s
            self._last = replace(last, start_wall_s=start_wall_s, end_wall_s=end_wall_s, dated=True)
        self._ask()

    def read_again(self) -> None:
        """Somebody has changed the stored sessions."""
        self._ask()

    def _ask(self) -> None:
        self._day_s = self.day_start_s()
        self._totals = replace(self._totals, sessions_today=0, minutes_today=0.0)
        self._since_request.append([])
        self._writer.totals(self._day_s, self._put_totals)

    def _put_totals(self, totals: Totals, last: SessionRow | None) -> None:
        """Called in the writer's thread."""
        self._put(TotalsReady(totals, last))

    def _new_document(self) -> Mapping[str, Any]:
        if self._last is None:
            return no_session_document(self._profile, self._totals)
        row = self._last
        offset_s = row.start_wall_s - row.record.start_mono_s
        return session_document(row.record, row.profile, lambda t_mono_s: t_mono_s + offset_s, self._totals)

    def _count(self, row: SessionRow) -> None:
        if row.record.guest:
            return
        minutes = row.record.contact_s / 60.0
        today = row.end_wall_s >= self._day_s
        self._totals = Totals(
            self._totals.sessions_total + 1,
            self._totals.minutes_total + minutes,
            self._totals.sessions_today + today,
            self._totals.minutes_today + (minutes if today else 0.0),
        )
