"""Whether what bears on the mat lies there as a person does, or sits, stands or kneels there, or is a pet.

A test of likelihoods over time, in nats (natural logarithms). `lying_nats` above 0 speaks for a lying person, below 0 for the
likeliest other. It does not say whether anything lives: people who stand live as well. So it is no summand beside evidence of
life: a person lies there if something lives **and** this is not below 0. Each alternative is weighed by itself, the likeliest
counts:

| against | evidence |
|---|---|
| feet, a seat, knees | where along the mat it bears (`signal.shape`), its sway; whether it lies across (`crosswise`) |
| two people on an edge | how far at the edge it bears, its sway, what goes between them (`exchange`), who came first (`seat`) |
| a pet | how it came, how fast it breathes, how much it bears beside the person's usual load (`pet`) |
"""

from __future__ import annotations

import math
from collections import deque
from enum import StrEnum

from acumat.contract.state import Mode
from acumat.detect.presence.bearing_parameters import BearingParameters
from acumat.detect.presence.crosswise import Crosswise
from acumat.detect.presence.exchange import Exchange
from acumat.detect.presence.pet import PetLikelihood, PetParameters
from acumat.detect.presence.sampling import Sampling
from acumat.detect.presence.seat import Seat
from acumat.detect.presence.sway import SAMPLE_S, sway_pct
from acumat.detect.signal.load import Load
from acumat.detect.signal.shape import Shape, apart
from acumat.detect.signal.worth import worth


class Other(StrEnum):
    """What else than a lying person is likeliest."""

    UPRIGHT = "upright"
    """It sways as people do who keep their balance."""
    TWO = "two"
    """Two people on the edge."""
    PET = "pet"
    SHAPE = "shape"
    """It bears as no lying body does, and it keeps still: a thing, mostly."""


class Bearing:
    """Fed with every load while something is on the mat; `reset()` when nothing is. Bounded: a window of samples."""

    def __init__(self, shape: Shape, parameters: BearingParameters | None = None, pet: PetParameters | None = None) -> None:
        self._p = parameters or BearingParameters()
        self._shape = shape
        self._window: deque[tuple[float, ...]] = deque(maxlen=round(self._p.window_s / SAMPLE_S))
        self._sways: deque[float] = deque(maxlen=self._p.looks)
        self._sampling = Sampling()
        self._exchange = Exchange(shape.zones)
        self._crosswise = Crosswise()
        self.pet = PetLikelihood(pet)
        self.light_people = False
        """Whether children may lie here, who reach no further than somebody who sits."""
        self._pet_s = -math.inf
        self._fresh = False
        """Whether nothing has come since all was forgotten."""
        self.reset()

    def reset(self, t_s: float = math.inf) -> None:
        """Nothing is known of what comes now; but what walks about may leave for a moment and come again."""
        if self._fresh:
            return
        self._begin_posture()
        if self.pet.rested or t_s - self._pet_s > self._p.away_s:
            self._forget_pet()
            self._arrive()
            self._fresh = True
        self._sampling.reset()
        self.upright_nats = 0.0
        """For a lying person against anybody upright; 0 where the layout cannot tell."""
        self._tells = False
        """Whether the layout can tell."""
        self._two = False
        """Whether two people on an edge are likelier than one who is upright."""

    @property
    def other(self) -> Other | None:
        """What speaks most against a lying person; None where nothing does."""
        if self.lying_nats >= 0.0:
            return None
        if self.pet.known and self.pet.nats < self.upright_nats:
            return Other.PET
        if self._two and (self._exchange.nats < 0.0 or self._seat is not None):
            return Other.TWO
        return Other.UPRIGHT if self._sway_nats < 0.0 else Other.SHAPE

    @property
    def lying_nats(self) -> float:
        """For a lying person above 0, against one below; between plus and minus `bound`."""
        return max(-self._p.bound, min(self._p.bound, self.upright_nats, self.pet.nats if self.pet.known else self._p.bound))

    @property
    def lies(self) -> bool:
        """Whether nothing speaks against a lying person, after long enough for a sway to show."""
        return self.lying_nats >= 0.0 and (self._sampling.slow or bool(self._sways) or not self._tells)

    @property
    def sat_part(self) -> float:
        """How surely it is somebody who was upright here and lay back without taking load off, 0 to 1."""
        stays = bool(self._window) and sum(self._totals) >= self._p.sat_stays * self._sat_us * len(self._window)
        return self._sat_part if stays and self.lying_nats >= 0.0 else 0.0

    @property
    def kind(self) -> Mode | None:
        """Sitting or standing where that can be told, unknown if it is upright all the same; None: it may lie."""
        p = self._p
        if self.upright_nats > p.upright or self._sway_nats >= 0.0:
            return None
        if self._steps >= p.steps:
            return Mode.STANDING
        sits = not self._steps and self._upright_s is not None and self._look_s - self._upright_s >= p.sits_s
        return Mode.SITTING if sits else Mode.UNKNOWN

    def step(self, load: Load, *, per_min: float | None = None) -> None:
        """One load, and the rate of the breath if one has been found."""
        self._fresh = False
        missing = self._sampling.missing
        sample, anew = self._sampling.step(load)
        if sample is not None:
            self.pet.light_people = self.light_people
            self._take(sample, missing, load, per_min)
        if anew:
            self._begin_posture()

    def _arrive(self) -> None:
        """Somebody or something comes, perhaps onto what another one left behind."""
        self._bore, self._low = 0.0, 0
        """The largest load of a posture, and for how many samples it has been much less."""
        self._lay = False
        """Whether somebody has lain here for a window."""
        self._steps = 0
        """How often somebody upright went elsewhere."""
        self._upright_s: float | None = None
        """Since when somebody has been upright."""
        self._seat: Seat | None = None
        """Where somebody upright bore, while that is still there."""
        self._sat_us = self._sat_part = 0.0
        """The load that somebody upright bore before the load went elsewhere, and how surely that was somebody."""

    def _forget_pet(self) -> None:
        self.pet.reset()
        self._pet_s = -math.inf

    def _begin_posture(self) -> None:
        self._window.clear()
        self._sways.clear()
        self._exchange.reset()
        self._crosswise.reset()
        self._look_s = self._added_s = -math.inf
        self._totals: list[float] = []
        """Sums over the window."""

    def _take(self, sample: tuple[float, ...], missing: tuple[bool, ...], load: Load, per_min: float | None) -> None:
        """One sample of a quarter of a second."""
        t_s = load.t_mono_s
        self._low = self._low + 1 if sum(sample) < self._p.left * self._bore else 0
        if self._low * SAMPLE_S >= self._p.left_s:
            if self.pet.rested:  # else it may still walk about, one foot on the mat
                self._forget_pet()
            self._arrive()
            self._begin_posture()
        elif self._window and apart(sample, self._totals) > self._p.moved:
            self._move(t_s)
            self._begin_posture()
            self.upright_nats = 0.0
        if len(self._window) == self._window.maxlen:
            self._totals = [total - old for total, old in zip(self._totals, self._window[0], strict=True)]
        self._window.append(sample)
        self._totals = [total + us for total, us in zip(self._totals or [0.0] * len(sample), sample, strict=True)]
        if t_s - self._pet_s >= self.pet.step_s:
            self._pet_s = t_s
            self.pet.step(sample, load.usual_us, per_min)
        if t_s - self._look_s >= self._p.look_s and len(self._window) * SAMPLE_S >= self._p.shape_after_s:
            self._look_s = t_s
            self._look(missing, breathes=per_min is not None)

    def _move(self, t_s: float) -> None:
        """The load went elsewhere: a step, or somebody beside who comes or goes."""
        sat_s = len(self._window) * SAMPLE_S
        if self.upright_nats >= 0.0 or self._lay or sat_s < self._p.alone_s:
            return
        last = list(self._window)[len(self._window) // 2 :]
        self._seat = Seat.of([sum(column) / len(last) for column in zip(*last, strict=True)], sat_s, t_s)
        self._steps += 1
        if self._sway_pct is not None:
            self._sat_us, self._sat_part = sum(self._totals) / len(self._window), worth(self._p.sat, self._sway_pct)

    def _look(self, missing: tuple[bool, ...], *, breathes: bool) -> None:
        columns = list(zip(*self._window, strict=True))
        sway = sway_pct([column for column, gone in zip(columns, missing, strict=True) if not gone])
        if sway is not None:
            self._sways.append(sway)
        whole = len(self._window) == self._window.maxlen
        if whole and self._look_s - self._added_s >= self._p.window_s:
            self._added_s = self._look_s
            self._exchange.add(columns)
        if whole and sway is not None:
            self._crosswise.add(columns, sway, breathes=breathes)
        self._bore = max(self._bore, sum(self._totals) / len(self._window))
        self.upright_nats = self._weigh(missing)
        if self.upright_nats >= 0.0:
            self._upright_s = None
            self._lay = self._lay or whole
        elif self._upright_s is None:
            self._upright_s = self._look_s

    def _weigh(self, missing: tuple[bool, ...]) -> float:
        """For a lying person against the likelier of somebody upright and two people on the edge."""
        bears = [None if gone else total for total, gone in zip(self._totals, missing, strict=True)]
        along, across = self._shape.along_nats(bears), self._shape.across_nats(bears)
        self._tells = along is not None
        if along is None:
            return 0.0
        if self.light_people and along < 0.0:
            along *= self._p.short
        one = along + self._still_nats(along)
        lies_across = self._crosswise.nats(self._shape.tilt(bears)) if along < 0.0 else None
        if lies_across is not None:
            one = max(one, lies_across)
        if across is None:
            return one
        p = self._p
        still = self._sway_of(self._exchange.alone)  # each of two people balances alone
        still = min(still, p.still_most) if across < 0.0 else still
        moves = self._exchange.nats
        against = (min(0.0, moves) + self._seat_nats) * (1.0 if self._sway_pct is None else worth(p.two_sway, self._sway_pct))
        two = across + still + max(0.0, moves) + against
        self._two = two < one
        return min(one, two)

    def _still_nats(self, shape: float) -> float:
        """What the sway says; stillness makes up for a shape that speaks against a body along the mat only in part."""
        p, still = self._p, self._sway_nats
        if not shape < 0.0 < still:
            return still
        return min(still, p.still_short - shape if shape < p.seat_like else p.still_most)

    @property
    def _seat_nats(self) -> float:
        """What it says that somebody sat there before; forgotten once that seat is gone."""
        count = len(self._window)
        if self._seat is not None and not self._seat.stays([total / count for total in self._totals], self._look_s):
            self._seat = None
        if self._seat is None:
            return 0.0
        return self._seat.nats * (1.0 if len(self._shape.zones) > 2 else self._p.seat_of_two_rows)

    @property
    def _sway_pct(self) -> float | None:
        """The usual sway of the last looks; None before there was one."""
        return sorted(self._sways)[len(self._sways) // 2] if self._sways else None

    @property
    def _sway_nats(self) -> float:
        """For a body at rest against one that keeps its balance."""
        return self._sway_of(1.0)

    def _sway_of(self, part: float) -> float:
        """What so much of the sway says."""
        sway = self._sway_pct
        return 0.0 if sway is None else worth(self._p.sway, part * sway)
