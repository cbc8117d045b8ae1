"""Whether what lies there may be a pet: how it came, how fast it breathes, how much it bears beside the person's usual load."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from acumat.detect.signal.worth import Table, worth


@dataclass(frozen=True, slots=True)
class PetParameters:
    """What each piece of evidence is worth: nats for a person against a pet."""

    step_s: float = 0.5
    """Changes are looked at over so long; a paw is put down about as often."""
    step_least: float = 0.05
    """Changes of less than this part of the load are sway, breath and creep."""
    rest_s: float = 4.0
    """It has come to rest when nothing more changes for so long."""
    travel: Table = ((1.8, 1.0), (2.5, 0.0), (4.0, -2.0))
    """What came and went on all sensors until it rested, over the load that rests then. Somebody who sits down and lies back
    brings 0.9 to 1.9 (real beds 1.6 to 1.9); a dog that walks about and turns round before it lies down 4 and more."""
    rate: Table = ((13.0, 2.5), (17.0, 1.0), (22.0, 0.0), (25.0, -2.0), (32.0, -4.0))
    """Breaths a minute. Adults at rest take 8 to 20, sleeping dogs 15 to 35: a slow one is not told by its breath."""
    rate_of_children: float = 8.0
    """Children from 20 kg on breathe faster by so much (Fleming 2011: median 22 a minute at 7 years)."""
    ratio: Table = ((0.3, -3.0), (0.5, -1.0), (0.7, 0.5), (0.85, 1.5))
    """Load over what the person usually rests here, where that has been learnt: other postures bring 0.7 to 1.3 of it."""
    rates: int = 9
    """The median of so many rates counts, looked at every rate_s: a half or a double rate now and then decides nothing."""
    rates_least: int = 4
    """With fewer nobody is called a guest."""
    rate_s: float = 5.0
    fast_per_min: float = 22.0
    """A guest or a pet is announced only with a breath faster than this,"""
    guest: float = -1.5
    """and with less than this in all: it is four times as likely a pet as the owner."""


class PetLikelihood:
    """Fed with the loads every `step_s` and with the breath. `nats` above 0 speaks for the owner."""

    def __init__(self, parameters: PetParameters | None = None) -> None:
        self._p = parameters or PetParameters()
        self._rates: deque[float] = deque(maxlen=self._p.rates)
        self.reset()

    def reset(self) -> None:
        """Something new comes onto the mat."""
        self._before: Sequence[float] = ()
        self._moved = self._total = 0.0
        self._quiet_s = 0.0
        self._ratio: float | None = None
        self._rates.clear()
        self._rate_s = 0.0
        self.light_people = False
        """Whether children may lie here."""

    def step(self, loads: Sequence[float], usual: float | None, per_min: float | None = None) -> None:
        """The loads on all sensors (any unit), the usual load where it has been learnt, and the breath where it is seen."""
        p, total = self._p, sum(loads)
        self._rate_s += p.step_s
        if per_min is not None and self._rate_s >= p.rate_s:
            self._rate_s = 0.0
            self._rates.append(per_min)
        if total <= 0:
            return
        changed = sum([abs(a - b) for a, b in zip(loads, self._before or [0.0] * len(loads), strict=True)])
        self._before, moves = loads, changed > p.step_least * total
        if not moves:  # who gets up is not light
            self._ratio = None if usual is None else total / usual
        if self.rested:
            return
        self._total = total
        if moves:
            self._moved, self._quiet_s = self._moved + changed, 0.0
        else:
            self._quiet_s += p.step_s

    @property
    def rested(self) -> bool:
        """Whether it has come to rest."""
        return self._quiet_s >= self._p.rest_s

    @property
    def travel(self) -> float | None:
        """What came and went until it rested, over the load that rests; None before, unless it is much already."""
        travel = self._moved / self._total if self._total else 0.0
        return travel if self.rested or worth(self._p.travel, travel) < 0.0 else None

    @property
    def step_s(self) -> float:
        """Time between two steps."""
        return self._p.step_s

    @property
    def per_min(self) -> float | None:
        """The usual rate of the last breaths seen; None before."""
        return sorted(self._rates)[len(self._rates) // 2] if self._rates else None

    @property
    def known(self) -> bool:
        """Whether there is any evidence."""
        return self.travel is not None or self.per_min is not None

    @property
    def nats(self) -> float:
        """For the owner above 0, for a pet below. A small load speaks for a pet only with a fast breath."""
        p, travel, per_min = self._p, self.travel, self.per_min
        nats = 0.0 if travel is None else worth(p.travel, travel)
        if per_min is not None:
            nats += worth(p.rate, per_min - (p.rate_of_children if self.light_people else 0.0))
        return nats + (self._ratio_nats if per_min is not None and per_min > p.fast_per_min else max(0.0, self._ratio_nats))

    @property
    def doubtful(self) -> bool:
        """Whether nothing may be learnt of it: it is likelier a pet, or it is light and has not been seen to breathe."""
        return self.nats < 0.0 or (self.per_min is None and self._ratio_nats < 0.0)

    @property
    def _ratio_nats(self) -> float:
        return 0.0 if self._ratio is None or self.light_people else worth(self._p.ratio, self._ratio)

    @property
    def is_guest(self) -> bool:
        """Whether a fast breath and the rest say that it is not the owner."""
        per_min = self.per_min
        if per_min is None or len(self._rates) < self._p.rates_least:
            return False
        return per_min > self._p.fast_per_min and self.nats < self._p.guest
