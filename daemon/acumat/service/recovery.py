"""What becomes of a session that an earlier run left open: it goes on, or it is closed at the last sure moment.

In the same boot the sensors decide: who still lies there goes on. After another boot the monotonic clocks cannot be compared,
so that the wall clock must be known first; until then no other session begins.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from acumat.detect.pipeline import Pipeline
from acumat.model import Event, EventType
from acumat.service.checkpoint import Checkpoint
from acumat.service.keeper import Keeper
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
        keeper: Keeper,
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
        self.closed = 0
        """Sessions closed here so far."""

    def start(self, earlier: Checkpoint) -> None:
        """Before the first frame: this is what was kept."""
        self._earlier = earlier
        self._start_mono_s = self._clock.monotonic()
        if earlier.sensors != self._sensors:
            self._close("The sensors are others than before.")
        elif earlier.boot_id == self._boot_id and earlier.session.sure_mono_s <= self._start_mono_s:
            self._pipeline.carry_on(earlier.session)
            self._resume(0.0)
        else:
            self._pipeline.carry_on(earlier.session, hold=True)
            self.tick()

    def late(self, earlier: Checkpoint) -> None:
        """The store could be read only now: what it kept cannot be gone on with."""
        self._earlier = earlier
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
                self._resume(earlier.offset_s - self._time.offset_s)
            else:
                self._close(f"The daemon was away for {gap_s:.0f} s.")
        elif self._clock.monotonic() - self._start_mono_s > GAP_S:
            self._close("The clock has not been set, so nobody knows for how long the daemon was away.")

    def _resume(self, shift_s: float) -> None:
        earlier, self._earlier = self._earlier, None
        if earlier is None:
            return
        if self._pipeline.resume(earlier.session.shifted(shift_s)):
            log.info("going on with session %s", earlier.session.session_id)
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
        # two clocks that do not agree give no edge
        comparable = earlier.dated and self._time.known and earlier.sure_wall_s <= self._clock.wall()
        event = Event(
            EventType.SESSION_ENDED,
            self._clock.monotonic(),
            "interrupted",
            f"The session was cut short by a stop of the daemon; it is closed at the last sure moment. {why}",
            earlier.sure_wall_s - self._time.offset_s if comparable else None,
            {
                "session_id": record.session_id,
                "session_s": record.wall_s,
                "contact_s": record.contact_s,
                "lifts": record.lifts,
                "recovered": record.recovered,
                "guest": record.guest,
            },
        )
        log.info("session %s is closed at its last sure moment: %s", record.session_id, why)
        self.closed += 1
        self._keeper.keep_interrupted(
            record,
            event,
            offset_s=earlier.offset_s,
            boot_id=earlier.boot_id,
            dated=earlier.dated,
            documents=self._documents(),
        )
