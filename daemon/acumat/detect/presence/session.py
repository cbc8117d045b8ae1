"""Step 8: sessions: one lying period with short lifts merged, counted from back-dated edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from acumat.contract.sessions import SessionRecord, SessionSnapshot

MEANS = ("load", "lateral", "head_foot", "evenness")


@dataclass(slots=True)
class Mean:
    """A time-weighted mean of what was known."""

    weighted: float = 0.0
    weight_s: float = 0.0

    def add(self, value: float | None, dt_s: float) -> None:
        if value is not None:
            self.weighted += value * dt_s
            self.weight_s += dt_s

    @property
    def value(self) -> float | None:
        return self.weighted / self.weight_s if self.weight_s > 0 else None


@dataclass(slots=True)
class Open:
    """The session under way."""

    session_id: str
    start_s: float
    lying_since_s: float | None
    contact_s: float
    left_s: float
    lifts: int
    means: dict[str, Mean]
    last_s: float
    guest: bool = False
    interrupted: bool = False
    """Another run left it with the person lying here; whether they still did meanwhile shows when they are seen again."""
    carried: bool = False
    """Another run left it with the person just up."""
    unseen_since_s: float | None = None
    """Readings were lost while the person had lain there since then; None if they were seen to get up."""

    @property
    def sums(self) -> Mapping[str, tuple[float, float]]:
        """Each mean as weighted sum and weight."""
        return {name: (mean.weighted, mean.weight_s) for name, mean in self.means.items()}


class SessionTracker:
    """Opens, pauses and closes the one session that there can be. Times are monotonic seconds."""

    def __init__(self, prefix: str, first_number: int) -> None:
        self._prefix = prefix
        self._number = first_number
        self.open: Open | None = None
        self._before: Open | None = None
        """As it was when somebody or something came back last."""

    def name(self) -> str:
        """The id of the next session, which is no other's any more."""
        session_id = f"{self._prefix}-s{self._number}"
        self._number += 1
        return session_id

    def continue_from(self, before: SessionTracker) -> None:
        """Name sessions as that one would: no id is given twice."""
        self._prefix, self._number = before._prefix, before._number

    def begin(self, start_s: float) -> str:
        """A lying was confirmed that began at `start_s`."""
        session_id = self.name()
        means = {name: Mean() for name in MEANS}
        self.open = Open(session_id, start_s, start_s, 0.0, start_s, 0, means, start_s)
        return session_id

    def reopen(self, snapshot: SessionSnapshot) -> None:
        """Go on with a session of another run. Nobody has been seen since its last sure moment."""
        means = {name: Mean(*snapshot.sums.get(name, (0.0, 0.0))) for name in MEANS}
        lay = snapshot.lying_since_mono_s is not None
        sure_s = snapshot.sure_mono_s
        self.open = Open(
            snapshot.session_id,
            snapshot.start_mono_s,
            None,
            snapshot.contact_s,
            sure_s,
            snapshot.lifts,
            means,
            sure_s,
            guest=snapshot.guest,
            interrupted=lay,
            carried=not lay,
        )

    def lift(self, left_s: float, *, seen: bool = True) -> None:
        """The person got up, perhaps only for a moment; or, not `seen`, nobody can tell any more whether they lie there."""
        if self.open and self.open.lying_since_s is not None:
            self.open.contact_s += max(0.0, left_s - self.open.lying_since_s)
            self.open.unseen_since_s = None if seen else self.open.lying_since_s
            self.open.lying_since_s = None
            self.open.left_s = left_s

    def resume(self, back_s: float) -> None:
        """Back on the mat in time."""
        session = self.open
        if session is None or session.lying_since_s is not None:
            return
        self._before = replace(session, means={name: replace(each) for name, each in session.means.items()})
        if session.interrupted:  # lay there before and after: it is taken that nobody got up in between
            session.lying_since_s, session.last_s = session.left_s, back_s
        else:
            session.lying_since_s = back_s
            session.lifts += session.unseen_since_s is None
        session.interrupted = session.carried = False
        session.unseen_since_s = None

    def seen_empty(self) -> None:
        """Whoever lay there before the readings were lost has got up."""
        if self.open is not None:
            self.open.unseen_since_s = None

    def not_resumed(self) -> None:
        """What came back was no person: the session is as it was before."""
        if self.open and self._before is not None:
            self.open = self._before

    def measure(self, t_s: float, **values: float | None) -> None:
        """What was measured until now enters the means of the record."""
        if self.open and self.open.lying_since_s is not None:
            dt_s = max(0.0, t_s - self.open.last_s)
            for name, value in values.items():
                self.open.means[name].add(value, dt_s)
            self.open.last_s = t_s

    def seconds(self, t_s: float) -> tuple[float, float] | None:
        """Wall and contact seconds so far."""
        if self.open is None:
            return None
        lying = self.open.lying_since_s
        if lying is None:
            return self.open.left_s - self.open.start_s, self.open.contact_s
        return t_s - self.open.start_s, self.open.contact_s + t_s - lying

    def end(self, reason: str) -> SessionRecord | None:
        """Close at the moment the person left."""
        if self.open is None:
            return None
        done, self.open = self.open, None
        return SessionRecord(
            done.session_id,
            done.start_s,
            done.left_s,
            done.contact_s,
            done.lifts,
            reason,
            load=done.means["load"].value,
            lateral=done.means["lateral"].value,
            head_foot=done.means["head_foot"].value,
            evenness=done.means["evenness"].value,
            recovered=done.interrupted,
            guest=done.guest,
        )
