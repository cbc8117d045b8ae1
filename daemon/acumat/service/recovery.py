"""What becomes of a session that an earlier run left open: it goes on, or it is closed at the last sure moment.

In the same boot the sensors decide: who still lies there goes on. After another boot the monotonic clocks cannot be compared,
so that the wall clock must be known first; until then no other session begins. Who was seen to lie there meanwhile, by a run
that ended before it could tell, has a session all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from acumat.contract.events import Event, EventType
from acumat.contract.sessions import SessionRecord, SessionSnapshot
from acumat.detect.pipeline import Pipeline
from acumat.service.checkpoint import DOCUMENT, Checkpoint
from acumat.service.recorder import Recorder
from acumat.service.timekeeping import TimeOfDay
from acumat_hw.clock import Clock

log = logging.getLogger(__name__)

GAP_S = 120.0
"""A session goes on over a gap of this length at most: as long as lost sensors are waited out."""
BACKWARDS_S = -2.0
"""A gap of less is a clock that went back, which tells nothing."""


class Recovery:
    """Settles the session of an earlier run, once. For the loop's thread."""

    def __init__(
        self,
        pipeline: Pipeline,
        keeper: Recorder,
        clock: Clock,
        time_of_day: TimeOfDay,
        *,
        boot_id: str,
        sensors: tuple[str, ...],
        documents: Callable[[], Mapping[str, str | None]],
    ) -> None:
        """`documents` gives what to keep in the place of the earlier run's checkpoint."""
        self._pipeline = pipeline
        self._keeper = keeper
        self._clock = clock
        self._time = time_of_day
        self._boot_id = boot_id
        self._sensors = sensors
        self._documents = documents
        self._start_mono_s = clock.monotonic()
        self._earlier: Checkpoint | None = None
        self._too_late = False
        self.closed = 0
        """Sessions closed here so far."""

    @property
    def earlier(self) -> Checkpoint | None:
        """What is not settled yet."""
        return self._earlier

    def start(self, earlier: Checkpoint) -> None:
        """Before the first frame: this is what was kept."""
        self._earlier = earlier
        self._start_mono_s = self._clock.monotonic()
        if earlier.sensors != self._sensors:
            self._close("The sensors are others than before.")
        elif self._comparable(earlier):
            self._pipeline.carry_on(earlier.session)
            self._resume(earlier.session)
        elif earlier.meanwhile is not None:
            self._pipeline.carry_on(earlier.meanwhile.session)
            joined = self._joined(earlier, earlier.meanwhile)
            if joined is None:
                self._close("Somebody was seen to lie there before it was known whether it goes on.")
            else:
                self._resume(joined)
        else:
            self._earlier = replace(earlier, waited=earlier.waited.until(self._boot_id, self._start_mono_s))
            self._pipeline.carry_on(earlier.session, hold=True)
            self._keeper.save_documents(self._documents())  # with how long it has waited by now, whatever comes next
            self.tick()

    def late(self, earlier: Checkpoint) -> None:
        """The store could be read only now: what it kept cannot be gone on with."""
        self._earlier, self._too_late = earlier, True
        self._close("The history could not be read when the daemon started.")

    def tick(self) -> None:
        """One more turn of the loop: is the time known by now?"""
        earlier = self._earlier
        if earlier is None:
            return
        if not earlier.dated:
            self._close("The clock had not been set then.")
        elif self._pipeline.snapshot is not None:
            self._close("Another session had begun.")
        elif self._time.known:
            gap_s = self._start_mono_s + self._time.offset_s - earlier.sure_wall_s
            if BACKWARDS_S <= gap_s <= GAP_S:
                self._resume(earlier.session.shifted(earlier.offset_s - self._time.offset_s))
            else:
                self._close(f"The daemon was away for {gap_s:.0f} s.")
        elif earlier.waited.at_least_s > GAP_S:
            self._close(f"The daemon was away for at least {earlier.waited.at_least_s:.0f} s.")
        elif self._clock.monotonic() - self._start_mono_s > GAP_S:
            self._close("The clock has not been set, so nobody knows for how long the daemon was away.")

    def _comparable(self, earlier: Checkpoint) -> bool:
        """Whether its monotonic times are those of this boot."""
        return earlier.boot_id == self._boot_id and earlier.session.sure_mono_s <= self._start_mono_s

    def _joined(self, earlier: Checkpoint, since: Checkpoint) -> SessionSnapshot | None:
        """Both as one, where the clocks say that whoever lay there was soon seen again; else None."""
        if not earlier.dated or not self._time.known or earlier.session.lying_since_mono_s is None:
            return None
        before = earlier.session.shifted(earlier.offset_s - self._time.offset_s)
        here = self._comparable(since)
        gap_s = (since.session.start_mono_s if here else self._start_mono_s) - before.sure_mono_s
        if not BACKWARDS_S <= gap_s <= GAP_S:
            return None
        if not here:
            return before
        sure_s = since.session.sure_mono_s
        return replace(before, sure_mono_s=sure_s, contact_s=before.contact_s + max(0.0, sure_s - before.sure_mono_s))

    def _resume(self, session: SessionSnapshot) -> None:
        earlier, self._earlier = self._earlier, None
        if self._pipeline.resume(session):
            log.info("going on with session %s", session.session_id)
            # by this run's clock, and known to stand there: whoever ends this session has to take it away
            self._keeper.save_documents(self._documents())
        else:
            self._earlier = earlier
            self._close("Another session had begun.")

    def _close(self, why: str) -> None:
        earlier, self._earlier = self._earlier, None
        self._pipeline.release()
        if earlier is None:
            return
        record = earlier.session.closed("interrupted")
        log.info("session %s is closed at its last sure moment: %s", record.session_id, why)
        self.closed += 1
        events, documents = [self._ended(earlier, record, why)], self._documents()
        since = earlier.meanwhile
        if since is not None:
            since = replace(since, session=replace(since.session, session_id=self._pipeline.name_session()))
            events.append(self._started(since))
            documents = {DOCUMENT: since.text()}
        self._keeper.keep_interrupted(
            record,
            events,
            offset_s=earlier.offset_s,
            boot_id="" if earlier.boot_id == self._boot_id else earlier.boot_id,
            dated=earlier.dated,
            documents=documents,
        )
        if since is not None:
            self._take_up(since)

    def _take_up(self, since: Checkpoint) -> None:
        """Who lay there after the session that was just closed: as with any other that a run has left."""
        self._earlier = since
        if self._comparable(since) and since.sensors == self._sensors and not self._too_late:
            self._resume(since.session)
        else:
            self._close("Nobody knows for how long the daemon was away.")

    def _ended(self, earlier: Checkpoint, record: SessionRecord, why: str) -> Event:
        return Event(
            EventType.SESSION_ENDED,
            self._clock.monotonic(),
            "interrupted",
            f"The session was cut short by a stop of the daemon; it is closed at the last sure moment. {why}",
            self._edge_mono_s(earlier, earlier.session.sure_mono_s),
            {
                "session_id": record.session_id,
                "session_s": record.wall_s,
                "contact_s": record.contact_s,
                "lifts": record.lifts,
                "recovered": record.recovered,
                "guest": record.guest,
            },
        )

    def _started(self, since: Checkpoint) -> Event:
        return Event(
            EventType.SESSION_STARTED,
            self._clock.monotonic(),
            "alive",
            "The session had begun before the daemon was stopped.",
            self._edge_mono_s(since, since.session.start_mono_s),
            {"session_id": since.session.session_id},
        )

    def _edge_mono_s(self, of: Checkpoint, mono_s: float) -> float | None:
        """A moment of that checkpoint by the clock of this boot; two clocks that do not agree give none."""
        if self._comparable(of):
            return mono_s
        comparable = of.dated and self._time.known and of.sure_wall_s <= self._clock.wall()
        return mono_s + of.offset_s - self._time.offset_s if comparable else None
