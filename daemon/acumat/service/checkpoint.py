"""The session under way as it is kept, so that the next run can go on with it or close it at the last sure moment."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from acumat.contract.sessions import SessionSnapshot
from acumat.detect.signal.baseline import Origin
from acumat.service.timekeeping import TimeOfDay
from acumat.stored import UnreadableError, read_as
from acumat_hw.clock import Clock

log = logging.getLogger(__name__)

DOCUMENT = "session"
ORIGINS = {origin.value for origin in Origin}
CHECKPOINT_S = 25.0
"""Between two of them while a session is open: after a power cut the last 30 s are in doubt at most."""


@dataclass(frozen=True, slots=True)
class Waited:
    """How long a session has waited at least to be settled, without any clock: each boot since then has lasted so long."""

    boot_id: str = ""
    before_s: float = 0.0
    """In the boots before that one."""
    mono_s: float = 0.0
    """Since the beginning of that one."""

    @property
    def at_least_s(self) -> float:
        """All of it."""
        return self.before_s + self.mono_s

    def until(self, boot_id: str, mono_s: float) -> Waited:
        """As of this monotonic time of this boot."""
        return Waited(boot_id, self.before_s if boot_id == self.boot_id else self.at_least_s, mono_s)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A session, and by what clock: its boot, wall minus monotonic time then, and whether that was known to be right.

    `meanwhile` is who was found to lie there before it could be told whether this session goes on; it has no id yet.
    """

    session: SessionSnapshot
    boot_id: str
    offset_s: float
    dated: bool
    sensors: tuple[str, ...]
    waited: Waited = Waited()
    meanwhile: Checkpoint | None = None

    @property
    def sure_wall_s(self) -> float:
        """Unix time of the last sure moment, by the clock of then."""
        return self.session.sure_mono_s + self.offset_s

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), separators=(",", ":"), allow_nan=False)


def read_checkpoint(text: str | None) -> Checkpoint | None:
    """What was kept; None if there is nothing, or if it cannot be read, which is said in the log."""
    if text is None:
        return None
    try:
        return _possible(read_as(Checkpoint, text))
    except UnreadableError as exc:
        log.error("the session under way was kept in a form that cannot be read and is lost (%s)", exc)
        return None


def _possible(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint, if its values fit each other. Raises UnreadableError."""
    session, sensors = checkpoint.session, len(checkpoint.sensors)
    in_order = session.start_mono_s <= session.sure_mono_s and session.contact_s >= 0 and session.lifts >= 0
    per_sensor = len(session.baseline_us) == sensors and (session.own_us is None or len(session.own_us) == sensors)
    if not in_order or not per_sensor or session.baseline_origin not in ORIGINS or checkpoint.waited.at_least_s < 0:
        raise UnreadableError("its values do not fit each other")
    if checkpoint.meanwhile is not None:
        _possible(checkpoint.meanwhile)
    return checkpoint


class Checkpoints:
    """What to keep of the session under way, and when. Nothing is due while there is none.

    `earlier` is one of another run that is not settled yet: it stays, together with `meanwhile`, who lies there by now.
    """

    def __init__(
        self,
        session: Callable[[], SessionSnapshot | None],
        clock: Clock,
        time_of_day: TimeOfDay,
        *,
        boot_id: str,
        sensors: tuple[str, ...],
        earlier: Callable[[], Checkpoint | None] = lambda: None,
        meanwhile: Callable[[], SessionSnapshot | None] = lambda: None,
    ) -> None:
        self._session = session
        self._clock = clock
        self._time = time_of_day
        self._boot_id = boot_id
        self._sensors = sensors
        self._earlier = earlier
        self._meanwhile = meanwhile
        self._open = False
        self._next_s = 0.0

    def due(self, *, at_once: bool = False) -> dict[str, str | None]:
        """The document to keep now, by its name; None in it takes it away; empty if nothing is due."""
        if self._open and not at_once and self._clock.monotonic() < self._next_s:
            return {}
        if not self._open and self._session() is None and self._meanwhile() is None:
            return {}
        return self.now()

    def now(self) -> dict[str, str | None]:
        """The document as it should stand now."""
        session, earlier = self._session(), self._earlier()
        under_way = session or (self._meanwhile() if earlier is not None else None)
        self._open = under_way is not None
        self._next_s = self._clock.monotonic() + CHECKPOINT_S
        checkpoint = None if under_way is None else self._of(under_way)
        if session is None and earlier is not None:
            checkpoint = replace(earlier, meanwhile=checkpoint)
        return {DOCUMENT: None if checkpoint is None else checkpoint.text()}

    def _of(self, session: SessionSnapshot) -> Checkpoint:
        return Checkpoint(session, self._boot_id, self._time.offset_s, self._time.known, self._sensors)
