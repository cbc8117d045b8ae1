"""Whether what bears on the mat lies there as a person does, or sits, stands or kneels there, or is a pet.

A test of likelihoods over time, in nats (natural logarithms). `lying_nats` above 0 speaks for a lying person, below 0 for the
likeliest other. It does not say whether anything lives: people who stand live as well. So it is no summand beside evidence of
life: a person lies there if something lives **and** this is not below 0. Each alternative is weighed by itself, the likeliest
counts:

| against | evidence |
|---|---|
| feet, a seat, knees, people on an edge | where the load bears (`signal.shape`), how irregularly it sways, its breath |
| a pet | how it came, how fast it breathes, how much it bears beside the person's usual load (`pet`) |
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from acumat.contract.state import Mode
from acumat.detect.presence.pet import PetLikelihood, PetParameters
from acumat.detect.presence.sway import SAMPLE_S, sway_pct
from acumat.detect.signal.load import Load
from acumat.detect.signal.shape import Shape, apart
from acumat.detect.signal.worth import Table, worth


@dataclass(frozen=True, slots=True)
class BearingParameters:
    """What each piece of evidence is worth. Times in seconds, nats positive for a lying person."""

    window_s: float = 15.0
    """Shares and sway are taken over so long: three breaths or more."""
    look_s: float = 5.0
    """They are looked at so often, as the breath is; the first time as soon as a posture begins to show."""
    shape_after_s: float = 1.5
    """The share of a window that tells a first shape; the trunk lands last, and begins another posture when it does."""
    looks: int = 12
    """The median of so many looks at the sway counts, a minute's: one movement decides nothing, and chance seldom does."""
    moved: float = 0.2
    """So much of the load elsewhere is another posture, and all looks begin again. A breath moves 3 %, a small move 6 %."""
    away_s: float = 10.0
    """A pet that steps off the mat is back within this; a person who has not come to rest either."""
    left: float = 1 / 3
    left_s: float = 3.0
    """Less than this part of the load for so long: whoever it was has left, and what comes now came anew."""
    seat: Table = ((2.0, 0.0), (8.0, -4.0), (12.0, -7.0))
    """Seconds that somebody was upright before more came onto the mat, while that seat bears what it bore: who sits down to
    lie back does so within some seconds, and takes load off the seat; beside a second person it keeps its load."""
    seat_share: float = 0.1
    """The sensors that bore at least this part of the load are the seat."""
    seat_kept: tuple[float, float] = (0.92, 1.35)
    """Lying back takes a fifth off a seat or more, or brings the hips onto it; sway, creep and a neighbour change less."""
    seat_least: float = 0.3
    """A seat that is less than this part of what bears now was no more than the beginning of a body."""
    short: float = 1 / 3
    """Where light people are meant, what is shorter than a grown body speaks by so much less against one."""
    bound: float = 6.0
    """No more than this for or against, whatever the tables say: one in 400 is like no model."""
    upright: float = -2.0
    """Below this somebody is upright: a lying person is less than one seventh as likely."""
    steps: int = 3
    """Somebody upright whose load went elsewhere so often has feet that step: seats slide by less."""
    flaky_s: float = 30.0
    """A sensor that had no reading is left out for so long: a loose contact comes and goes, and no foot does."""
    sits_s: float = 60.0
    """Somebody upright who has not stepped for so long sits: people who stand shift from foot to foot once a minute or more."""

    sway: Table = ((0.02, 3.0), (0.05, 1.0), (0.1, -1.0), (0.2, -3.0))
    """Irregular sway in percent: sitting and standing 0.15 to 0.6, lying at rest 0 to 0.12. Restless people reach 0.4."""
    still_most: float = 2.0
    """Stillness makes up for no more of a shape that speaks against a body than this,"""
    seat_like: float = -1.7
    still_short: float = -0.3
    """and a shape that speaks so clearly for a seat becomes no body by stillness alone: somebody may sit as still as that."""
    breath_sway: Table = ((0.025, 1.0), (0.038, 0.0))
    """So much of that counts: sway hides a breath, and passes for one. Who sits on the mat sways by 0.04 or more, very still
    people included; who lies across it by 0.005 to 0.04."""
    seat_sway: Table = ((0.01, 0.0), (0.03, 1.0))
    """So much of a seat counts where a breath moves all of the load: where two sit, neither is as still as a body."""
    breath: Table = ((0.0003, 0.0), (0.001, 2.5))
    """Swing of a breath (see `Breath`), of what is shaped like a seat and does not sway: the trunk of somebody upright does not
    rest on the mat, and what passes through a seat or feet is less than a thousandth."""


class Seat(NamedTuple):
    """Where somebody upright bore, how much, and for how long it was watched."""

    sensors: tuple[int, ...]
    bore_us: float
    sat_s: float


class Bearing:
    """Fed with every load while something is on the mat; `reset()` when nothing is. Bounded: a window of samples."""

    def __init__(self, shape: Shape, parameters: BearingParameters | None = None, pet: PetParameters | None = None) -> None:
        self._p = parameters or BearingParameters()
        self._shape = shape
        self._window: deque[tuple[float, ...]] = deque(maxlen=round(self._p.window_s / SAMPLE_S))
        self._sways: deque[float] = deque(maxlen=self._p.looks)
        self.pet = PetLikelihood(pet)
        self.light_people = False
        """Whether children may lie here, who reach no further than somebody who sits."""
        self._pet_s = -math.inf
        self.reset()

    def reset(self, t_s: float = math.inf) -> None:
        """Nothing is known of what comes now; but what walks about may leave for a moment and come again."""
        self._begin_posture()
        if self.pet.rested or t_s - self._pet_s > self._p.away_s:
            self._forget_pet()
            self._arrive()
        self._slot: int | None = None
        self._sums: list[float] = []
        self._count = 0
        self._missing: tuple[bool, ...] = ()
        self._flaky_s: dict[int, float] = {}
        """When each sensor had no reading last, for a while."""
        self.upright_nats = 0.0
        """For a lying person against anybody upright; 0 where the layout cannot tell."""

    @property
    def lying_nats(self) -> float:
        """For a lying person above 0, against one below; between plus and minus `bound`."""
        return max(-self._p.bound, min(self._p.bound, self.upright_nats, self.pet.nats if self.pet.known else self._p.bound))

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

    def step(self, load: Load, *, per_min: float | None = None, swing: float = 0.0) -> None:
        """One load, and the breath if one has been found: its rate, and its `swing` as a share of the load."""
        slot = math.floor(load.t_mono_s / SAMPLE_S)
        missing = self._without(load)
        if slot != self._slot or missing != self._missing:
            if self._count:
                if swing:
                    self._swing = swing
                self.pet.light_people = self.light_people
                self._take(tuple([total / self._count for total in self._sums]), load, per_min)
            if missing != self._missing or self._slot is None or slot > self._slot + 1:
                self._begin_posture()
            self._slot, self._missing, self._count = slot, missing, 0
            self._sums = [0.0] * len(load.us)
        if True in missing:
            self._sums = [
                0.0 if gone else total + (us or 0.0) for total, us, gone in zip(self._sums, load.us, missing, strict=True)
            ]
        else:
            self._sums = [total + (us or 0.0) for total, us in zip(self._sums, load.us, strict=True)]
        self._count += 1

    def _without(self, load: Load) -> tuple[bool, ...]:
        """The sensors that have no reading, or had none a while ago."""
        if None not in load.us and not self._flaky_s:
            return (False,) * len(load.us)
        t_s = load.t_mono_s
        self._flaky_s.update({i: t_s for i, us in enumerate(load.us) if us is None})
        self._flaky_s = {i: at_s for i, at_s in self._flaky_s.items() if t_s - at_s < self._p.flaky_s}
        return tuple([i in self._flaky_s for i in range(len(load.us))])

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

    def _forget_pet(self) -> None:
        self.pet.reset()
        self._pet_s = -math.inf

    def _begin_posture(self) -> None:
        self._window.clear()
        self._sways.clear()
        self._look_s = -math.inf
        self._totals: list[float] = []
        """Sums over the window."""
        self._swing = 0.0
        """Of the last breath that was found in this posture: it is not found in every look."""

    def _take(self, sample: tuple[float, ...], load: Load, per_min: float | None) -> None:
        """One sample of a quarter of a second."""
        t_s = load.t_mono_s
        self._low = self._low + 1 if sum(sample) < self._p.left * self._bore else 0
        if self._low * SAMPLE_S >= self._p.left_s:
            if self.pet.rested:  # else it may still walk about, one foot on the mat
                self._forget_pet()
            self._arrive()
            self._begin_posture()
        elif self._window and apart(sample, self._totals) > self._p.moved:
            self._move()
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
            self._look()

    def _move(self) -> None:
        """The load went elsewhere: a step, or somebody beside who comes or goes."""
        p, count = self._p, len(self._window)
        if self.upright_nats >= 0.0 or self._lay or count * SAMPLE_S < p.seat[0][0]:
            return
        before = sum(self._totals)
        sensors = tuple([i for i, total in enumerate(self._totals) if total >= p.seat_share * before])
        self._seat = Seat(sensors, max(sum([each[i] for i in sensors]) for each in self._window), count * SAMPLE_S)
        self._steps += 1

    def _look(self) -> None:
        p = self._p
        columns = [column for column, gone in zip(zip(*self._window, strict=True), self._missing, strict=True) if not gone]
        sway = sway_pct(columns)
        if sway is not None:
            self._sways.append(sway)
        self._bore = max(self._bore, sum(self._totals) / len(self._window))
        bears = [None if gone else total for total, gone in zip(self._totals, self._missing, strict=True)]
        shape, still = self._shape.nats(bears), self._sway_nats
        if shape is None:
            self.upright_nats = 0.0
            return
        if self.light_people and shape < 0.0:
            shape *= p.short
        if shape < 0.0 < still:
            still = min(still, p.still_short - shape if shape < p.seat_like else p.still_most)
            still += worth(p.breath, self._swing) * worth(p.breath_sway, self._sway_pct or 0.0)
        self.upright_nats = shape + still
        if self._seat is not None:
            self.upright_nats += self._seat_nats(self._seat)
        if self.upright_nats >= 0.0:
            self._upright_s = None
            self._lay = self._lay or len(self._window) == self._window.maxlen
        elif self._upright_s is None:
            self._upright_s = self._look_s

    def _seat_nats(self, seat: Seat) -> float:
        """What it says that somebody sat there before; forgotten once that seat bears something else."""
        p, bears = self._p, [total / len(self._window) for total in self._totals]
        kept = sum([bears[i] for i in seat.sensors]) / seat.bore_us
        if not p.seat_kept[0] <= kept <= p.seat_kept[1] or seat.bore_us < p.seat_least * sum(bears):
            self._seat = None
            return 0.0
        breathes = self._sway_pct is not None and self._swing >= p.breath[-1][0]
        return worth(p.seat, seat.sat_s) * (worth(p.seat_sway, self._sway_pct or 0.0) if breathes else 1.0)

    @property
    def _sway_pct(self) -> float | None:
        """The usual sway of the last looks; None before there was one."""
        return sorted(self._sways)[len(self._sways) // 2] if self._sways else None

    @property
    def _sway_nats(self) -> float:
        """For a body at rest against one that keeps its balance."""
        sway = self._sway_pct
        return 0.0 if sway is None else worth(self._p.sway, sway)
