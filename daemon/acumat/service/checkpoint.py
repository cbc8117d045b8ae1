"""The stored form of the session under way, from which the next run continues it or closes it at its last known moment."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from acumat.contract.sessions import SessionSnapshot
from acumat.detect.signal.baseline import Origin
from acumat.service.timekeeping import TimeOfDay
from acumat.stored import UnreadableError, read_as
from acumat_hw.clock import Clock

log = logging.getLogger(__name__)

DOCUMENT = "session"
ORIGINS = {origin.value for origin in Origin}
CHECKPOINT_S = 25.0
"""Seconds between two checkpoints of an open session, so that a power cut leaves no more than 30 s in doubt."""


@dataclass(frozen=True, slots=True)
class Waited:
    """How long an interrupted session has waited at least, by the length of each boot since then and without any clock."""

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
    """A session with its clock: its boot, wall minus monotonic time then, and whether the wall clock was known to be right.

    `pending_lying` is a person who was found to lie there before it was known whether this session continues. It has no id yet.
    """

    session: SessionSnapshot
    boot_id: str
    offset_s: float
    dated: bool
    sensors: tuple[str, ...]
    waited: Waited = Waited()
    pending_lying: Checkpoint | None = None

    @property
    def last_known_wall_s(self) -> float:
        """Unix time of the last known moment, by the clock of then."""
        return self.session.sure_mono_s + self.offset_s

    def text(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(_stored(self)), separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A checkpoint under the names of the stored form, which outlive those of the code."""

    session: SessionSnapshot
    boot_id: str
    offset_s: float
    dated: bool
    sensors: tuple[str, ...]
    waited: Waited = Waited()
    meanwhile: _Stored | None = None


def _stored(of: Checkpoint) -> _Stored:
    pending = None if of.pending_lying is None else _stored(of.pending_lying)
    return _Stored(of.session, of.boot_id, of.offset_s, of.dated, of.sensors, of.waited, pending)


def _restored(of: _Stored) -> Checkpoint:
    """Raises UnreadableError if its values do not fit each other."""
    session, sensors = of.session, len(of.sensors)
    in_order = session.start_mono_s <= session.sure_mono_s and session.contact_s >= 0 and session.lifts >= 0
    per_sensor = len(session.baseline_us) == sensors and (session.own_us is None or len(session.own_us) == sensors)
    if not in_order or not per_sensor or session.baseline_origin not in ORIGINS or of.waited.at_least_s < 0:
        raise UnreadableError("its values do not fit each other")
    pending = None if of.meanwhile is None else _restored(of.meanwhile)
    return Checkpoint(session, of.boot_id, of.offset_s, of.dated, of.sensors, of.waited, pending)


def read_checkpoint(text: str | None) -> Checkpoint | None:
    """What was stored; None if there is nothing, or if it cannot be read, which the log says."""
    if text is None:
        return None
    try:
        return _restored(read_as(_Stored, text))
    except UnreadableError as exc:
        log.error("the session under way was stored in a form that cannot be read and is lost (%s)", exc)
        return None


class UnderWay(Protocol):
    """What detection knows of the person on the mat."""

    @property
    def snapshot(self) -> SessionSnapshot | None:
        """The session under way."""

    @property
    def pending_lying(self) -> SessionSnapshot | None:
        """A person who lies there while no session may begin."""


class Checkpoints:
    """Decides what to store of the session under way, and when. Without a session nothing is due.

    The methods take the session of an interrupted run that is still undecided: it stays stored, together with a person who lies
    there by now.
    """

    def __init__(
        self, detection: UnderWay, clock: Clock, time_of_day: TimeOfDay, *, boot_id: str, sensors: tuple[str, ...]
    ) -> None:
        self._detection = detection
        self._clock = clock
        self._time = time_of_day
        self._boot_id = boot_id
        self._sensors = sensors
        self._open = False
        self._next_s = 0.0

    def due(self, interrupted: Checkpoint | None = None, *, at_once: bool = False) -> dict[str, str | None]:
        """The document to store now, by its name; None in it removes it; empty if nothing is due."""
        if self._open and not at_once and self._clock.monotonic() < self._next_s:
            return {}
        if not self._open and self._detection.snapshot is None and self._detection.pending_lying is None:
            return {}
        return self.now(interrupted)

    def now(self, interrupted: Checkpoint | None = None) -> dict[str, str | None]:
        """The document as it should be now."""
        session = self._detection.snapshot
        under_way = session or (None if interrupted is None else self._detection.pending_lying)
        self._open = under_way is not None
        self._next_s = self._clock.monotonic() + CHECKPOINT_S
        checkpoint = None if under_way is None else self._of(under_way)
        if session is None and interrupted is not None:
            checkpoint = replace(interrupted, pending_lying=checkpoint)
        return {DOCUMENT: None if checkpoint is None else checkpoint.text()}

    def _of(self, session: SessionSnapshot) -> Checkpoint:
        return Checkpoint(session, self._boot_id, self._time.offset_s, self._time.known, self._sensors)
