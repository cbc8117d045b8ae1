"""Points in time that survive a clock that is set, a changed zone and a reboot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple

from acumat.coach.parse import flag, mapping, number, text
from acumat.coach.rules import CLOCK_KNOWN_S

SET_S = 2.0
"""Wall times of this boot that are off by more than this are dated anew: the clock was set."""
NOON = time(12, 0)
WALL_S = (-1e6, 1e11)
"""Unix times that can be a moment of a mat's life; every one of them is a date."""
MONO_S = (-1e9, 1e10)


class Moment(NamedTuple):
    """Now: monotonic seconds, Unix time, which boot of the machine this is, and the zone that people here live by.

    `clock_set` is what the daemon knows of its clock in this boot.
    """

    mono_s: float
    wall_s: float
    boot: str
    zone: tzinfo
    clock_set: bool = True

    @property
    def local(self) -> datetime:
        """The local time now."""
        return self.local_of(self.wall_s)

    def local_of(self, wall_s: float) -> datetime:
        """The local time at another moment, summer time included."""
        return datetime.fromtimestamp(wall_s, self.zone)

    @property
    def known(self) -> bool:
        """Whether the wall clock has been set since power-up."""
        return self.clock_set and self.wall_s >= CLOCK_KNOWN_S


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stored moment. Within one boot the monotonic time counts, otherwise the wall time, if it was `known`."""

    wall_s: float
    mono_s: float
    boot: str
    known: bool

    @classmethod
    def at(cls, now: Moment, mono_s: float | None = None) -> Stamp:
        """The present moment, or one a while ago in this boot."""
        t_s = now.mono_s if mono_s is None else mono_s
        return cls(now.wall_s - (now.mono_s - t_s), t_s, now.boot, now.known)

    @classmethod
    def parsed(cls, values: Any) -> Stamp:  # noqa: ANN401  whatever a document holds
        """As it was stored. Raises ValueError."""
        found = mapping(values)
        return cls(
            number(found["wall_s"], *WALL_S), number(found["mono_s"], *MONO_S), text(found["boot"]), flag(found["known"])
        )

    def age_s(self, now: Moment) -> float | None:
        """How long ago; None when it cannot be known."""
        if self.boot == now.boot:
            return max(0.0, now.mono_s - self.mono_s)
        if not now.known or not self.known or self.wall_s > now.wall_s:
            return None
        return now.wall_s - self.wall_s

    def over(self, span_s: float, now: Moment) -> bool:
        """Whether at least so much time has passed."""
        age_s = self.age_s(now)
        return age_s is not None and age_s >= span_s

    def redated(self, now: Moment) -> Stamp:
        """The same moment by the present clock.

        A moment of another boot that cannot be dated, or that lies in the future, is replaced by now: a wait is then too long
        rather than too short.
        """
        if self.boot == now.boot:
            wall_s = now.wall_s - (now.mono_s - self.mono_s)
            same = now.known is self.known and abs(wall_s - self.wall_s) <= SET_S
            return self if same else replace(self, wall_s=wall_s, known=now.known)
        return Stamp.at(now) if now.known and self.age_s(now) is None else self


def programme_day(local: datetime, starts_at: time) -> date:
    """The day of a moment: late hours belong to the evening before. It is in local time, also over DST.

    Where the clock shows the start of the day twice, the first time counts: setting the clock back ends no day.
    """
    begun = datetime.combine(local.date(), starts_at, local.tzinfo).timestamp() <= local.timestamp()
    return local.date() if begun else local.date() - timedelta(days=1)


def is_morning(local: datetime, starts_at: time) -> bool:
    """Whether this is the first part of the day."""
    return starts_at <= local.time() < NOON if starts_at < NOON else local.time() < NOON


def parsed_or_none(values: Any) -> Stamp | None:  # noqa: ANN401  whatever a document holds
    """A moment that may be missing."""
    return None if values is None else Stamp.parsed(values)
