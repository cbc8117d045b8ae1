"""Decides about a session that an earlier run left open: it continues, or it is closed at its last known moment.

In the same boot the sensors decide: the session of a person who still lies there continues. After another boot the monotonic
clocks cannot be compared, so that the wall clock must be known first; until then no other session begins. If a run ends before
that and has seen somebody lie there, this person gets a session all the same.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from acumat.contract.events import Event, EventType
from acumat.contract.sessions import SessionRecord, SessionSnapshot
from acumat.detect.pipeline import Pipeline
from acumat.service.checkpoint import DOCUMENT, Checkpoint, Checkpoints
from acumat.service.recorder import Recorder
from acumat.service.timekeeping import TimeOfDay
from acumat_hw.clock import Clock

log = logging.getLogger(__name__)

GAP_S = 120.0
"""A session continues over a gap of at most this length, the same as after lost sensors."""
BACKWARDS_S = -2.0
"""A gap below this means that the clock was set back, which proves nothing."""


class Recovery:
    """Decides once about the session of an earlier run. For the loop's thread."""

    def __init__(
        self,
        pipeline: Pipeline,
        recorder: Recorder,
        checkpoints: Checkpoints,
        clock: Clock,
        time_of_day: TimeOfDay,
        *,
        boot_id: str,
        sensors: tuple[str, ...],
    ) -> None:
        self._pipeline = pipeline
        self._recorder = recorder
        self._checkpoints = checkpoints
        self._clock = clock
        self._time = time_of_day
        self._boot_id = boot_id
        self._sensors = sensors
        self._start_mono_s = clock.monotonic()
        self._interrupted: Checkpoint | None = None
        self._too_late = False

    @property
    def interrupted(self) -> Checkpoint | None:
        """The session that is still undecided."""
        return self._interrupted

    def start(self, interrupted: Checkpoint) -> None:
        """Take up, before the first frame, a session that was left open."""
        self._interrupted = interrupted
        self._start_mono_s = self._clock.monotonic()
        if interrupted.sensors != self._sensors:
            self._close("The sensors are others than before.")
        elif self._comparable(interrupted):
            self._pipeline.carry_on(interrupted.session)
            self._resume(interrupted.session)
        elif interrupted.pending_lying is not None:
            self._pipeline.carry_on(interrupted.pending_lying.session)
            joined = self._joined(interrupted, interrupted.pending_lying)
            if joined is None:
                self._close("Somebody was seen to lie there before it was known whether it goes on.")
            else:
                self._resume(joined)
        else:
            self._interrupted = replace(interrupted, waited=interrupted.waited.until(self._boot_id, self._start_mono_s))
            self._pipeline.carry_on(interrupted.session, hold=True)
            self._save()  # with the time it has waited so far, whatever happens next
            self.tick()

    def restore_late(self, interrupted: Checkpoint) -> None:
        """The store could be read only now: the session in it cannot be continued."""
        self._interrupted, self._too_late = interrupted, True
        self._close("The history could not be read when the daemon started.")

    def tick(self) -> None:
        """With each reported frame: decide about the session if the time is known by now."""
        interrupted = self._interrupted
        if interrupted is None:
            return
        if not interrupted.dated:
            self._close("The clock had not been set then.")
        elif self._pipeline.snapshot is not None:
            self._close("Another session had begun.")
        elif self._time.known:
            gap_s = self._start_mono_s + self._time.offset_s - interrupted.last_known_wall_s
            if BACKWARDS_S <= gap_s <= GAP_S:
                self._resume(interrupted.session.shifted(interrupted.offset_s - self._time.offset_s))
            else:
                self._close(f"The daemon was away for {gap_s:.0f} s.")
        elif interrupted.waited.at_least_s > GAP_S:
            self._close(f"The daemon was away for at least {interrupted.waited.at_least_s:.0f} s.")
        elif self._clock.monotonic() - self._start_mono_s > GAP_S:
            self._close("The clock has not been set, so nobody knows for how long the daemon was away.")

    def _comparable(self, of: Checkpoint) -> bool:
        """Whether its monotonic times are those of this boot."""
        return of.boot_id == self._boot_id and of.session.sure_mono_s <= self._start_mono_s

    def _joined(self, interrupted: Checkpoint, pending: Checkpoint) -> SessionSnapshot | None:
        """Both sessions as one, if the clocks show that the person was soon seen again; else None."""
        if not interrupted.dated or not self._time.known or interrupted.session.lying_since_mono_s is None:
            return None
        before = interrupted.session.shifted(interrupted.offset_s - self._time.offset_s)
        here = self._comparable(pending)
        gap_s = (pending.session.start_mono_s if here else self._start_mono_s) - before.sure_mono_s
        if not BACKWARDS_S <= gap_s <= GAP_S:
            return None
        if not here:
            return before
        last_known_s = pending.session.sure_mono_s
        contact_s = before.contact_s + max(0.0, last_known_s - before.sure_mono_s)
        return replace(before, sure_mono_s=last_known_s, contact_s=contact_s)

    def _resume(self, session: SessionSnapshot) -> None:
        interrupted, self._interrupted = self._interrupted, None
        if self._pipeline.resume(session):
            log.info("session %s continues", session.session_id)
            # in the time of this run's clock; it is known to be stored, so the end of this session removes it
            self._save()
        else:
            self._interrupted = interrupted
            self._close("Another session had begun.")

    def _save(self) -> None:
        self._recorder.save_documents(self._checkpoints.now(self._interrupted))

    def _close(self, why: str) -> None:
        interrupted, self._interrupted = self._interrupted, None
        self._pipeline.release()
        if interrupted is None:
            return
        record = interrupted.session.closed("interrupted")
        log.info("session %s is closed at its last sure moment: %s", record.session_id, why)
        events, documents = [self._ended(interrupted, record, why)], self._checkpoints.now()
        pending = interrupted.pending_lying
        if pending is not None:
            pending = replace(pending, session=replace(pending.session, session_id=self._pipeline.name_session()))
            events.append(self._started(pending))
            documents = {DOCUMENT: pending.text()}
        self._recorder.record_interrupted(
            record,
            events,
            offset_s=interrupted.offset_s,
            boot_id="" if interrupted.boot_id == self._boot_id else interrupted.boot_id,
            dated=interrupted.dated,
            documents=documents,
        )
        if pending is not None:
            self._start_pending(pending)

    def _start_pending(self, pending: Checkpoint) -> None:
        """The person who lay there after the session that was just closed is handled like any other that a run has left."""
        self._interrupted = pending
        if self._comparable(pending) and pending.sensors == self._sensors and not self._too_late:
            self._resume(pending.session)
        else:
            self._close("Nobody knows for how long the daemon was away.")

    def _ended(self, interrupted: Checkpoint, record: SessionRecord, why: str) -> Event:
        return Event(
            EventType.SESSION_ENDED,
            self._clock.monotonic(),
            "interrupted",
            f"The session was cut short by a stop of the daemon; it is closed at the last sure moment. {why}",
            self._edge_mono_s(interrupted, interrupted.session.sure_mono_s),
            {
                "session_id": record.session_id,
                "session_s": record.wall_s,
                "contact_s": record.contact_s,
                "lifts": record.lifts,
                "recovered": record.recovered,
                "guest": record.guest,
            },
        )

    def _started(self, pending: Checkpoint) -> Event:
        return Event(
            EventType.SESSION_STARTED,
            self._clock.monotonic(),
            "alive",
            "The session had begun before the daemon was stopped.",
            self._edge_mono_s(pending, pending.session.start_mono_s),
            {"session_id": pending.session.session_id},
        )

    def _edge_mono_s(self, of: Checkpoint, mono_s: float) -> float | None:
        """A moment of that checkpoint in the time of this boot's clock; None if the two clocks do not agree."""
        if self._comparable(of):
            return mono_s
        comparable = of.dated and self._time.known and of.last_known_wall_s <= self._clock.wall()
        return mono_s + of.offset_s - self._time.offset_s if comparable else None
