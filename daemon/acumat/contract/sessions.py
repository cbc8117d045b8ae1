"""Sessions: finished, under way, and their totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A finished session. Times are monotonic; means are over the time lain, None where they could not be known."""

    session_id: str
    start_mono_s: float
    end_mono_s: float
    contact_s: float
    lifts: int
    end_reason: str
    load: float | None = None
    lateral: float | None = None
    head_foot: float | None = None
    evenness: float | None = None
    recovered: bool = False
    guest: bool = False
    """A guest lay there: the session is stored, but enters no total, and nothing is learnt from it."""

    @property
    def wall_s(self) -> float:
        """Seconds from first to last moment, lifts included."""
        return self.end_mono_s - self.start_mono_s


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """A session under way, with everything that another run needs to continue it. Times are monotonic seconds.

    `sure_mono_s` is the last moment at which its state is known; `lying_since_mono_s` is None if the person had got up then.
    `contact_s` counts up to there, `sums` holds each mean's weighted sum and weight. `own_us` is this person's settled load on
    each sensor, `baseline_us` the baseline in use, with its source and whether it is certain.
    """

    session_id: str
    start_mono_s: float
    sure_mono_s: float
    lying_since_mono_s: float | None
    contact_s: float
    lifts: int
    sums: Mapping[str, tuple[float, float]]
    baseline_us: tuple[float | None, ...]
    baseline_origin: str
    baseline_sure: bool
    own_us: tuple[float | None, ...] | None = None
    learnt: bool = False
    settled: bool = False
    guest: bool = False

    def shifted(self, by_s: float) -> SessionSnapshot:
        """The same session by a monotonic clock that shows `by_s` more, such as that of another boot."""
        lying = self.lying_since_mono_s
        return replace(
            self,
            start_mono_s=self.start_mono_s + by_s,
            sure_mono_s=self.sure_mono_s + by_s,
            lying_since_mono_s=None if lying is None else lying + by_s,
        )

    def closed(self, reason: str) -> SessionRecord:
        """The session ended at its last sure moment."""
        means = {name: total / weight_s if weight_s > 0 else None for name, (total, weight_s) in self.sums.items()}
        return SessionRecord(
            self.session_id,
            self.start_mono_s,
            self.sure_mono_s,
            self.contact_s,
            self.lifts,
            reason,
            load=means.get("load"),
            lateral=means.get("lateral"),
            head_foot=means.get("head_foot"),
            evenness=means.get("evenness"),
            recovered=self.lying_since_mono_s is not None,
            guest=self.guest,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Sessions and minutes: in all, and since the day's start."""

    sessions_total: int = 0
    minutes_total: float = 0.0
    sessions_today: int = 0
    minutes_today: float = 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What kind of mat this is and how it is used; shown in discovery and stored with each session. Free text, optional."""

    size: str | None = None
    spikes: str | None = None
    foam: str | None = None
    cover: str | None = None
    surface: str | None = None
    body_part: str | None = None
    pillow: str | None = None
