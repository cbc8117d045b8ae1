"""The breath of a person who lies still. Silent when in doubt.

Codes are averaged per sensor, before anything is rounded or filtered. A still course is searched now and then: the sensors are
brought into line, and the rate must come out alike in two ways. See `breath_rate` for the arithmetic.
"""

from __future__ import annotations

import math
from collections import deque

from acumat.detect.lying.breath_look import Breath, breath_of
from acumat.detect.lying.breath_parameters import BreathParameters
from acumat.detect.lying.breath_tracker import RateTracker
from acumat.detect.signal.conductance import median
from acumat.detect.signal.resolution import Resolution
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout


class Breathing:
    """Fed with every frame while a person lies there; `reset()` when not."""

    def __init__(self, layout: Layout, parameters: BreathParameters | None = None) -> None:
        self._p = parameters or BreathParameters()
        self._x_per_code = layout.lsb_v / layout.vcc_v
        self._us_per_ratio = tuple(1e6 / sensor.rm_ohm for sensor in layout.sensors)
        self._count = len(layout.sensors)
        self._resolution = Resolution(layout)
        self._tracker = RateTracker(self._p)
        self._samples: deque[tuple[float, ...]] = deque(maxlen=round(self._p.span_s / self._p.sample_s))
        self._changes: deque[float] = deque(maxlen=self._samples.maxlen)
        self.reset()

    def reset(self) -> None:
        """Nothing is known of what comes now."""
        self._tracker.reset()
        self._samples.clear()
        self._changes.clear()
        self._breath: Breath | None = None
        self._limit = self._p.move_always_share
        self.moved_s = -math.inf
        """When something last moved."""
        self.looks_alike = 0
        """So many looks found the same breath one after the other, each sure enough to count."""
        self._looked_s = -math.inf
        self._index: int | None = None
        self._holes = 0
        """Samples without a reading since the last one with."""
        self._codes: list[tuple[int, ...]] = []
        self._xs: list[float] = []
        """The last sample's means, as shares of Vcc."""
        self._spiky: tuple[int, ...] = ()
        self._held: list[int] = []

    @property
    def breath(self) -> Breath | None:
        """What is known now; None when not sure."""
        return self._breath

    @property
    def of_a_person(self) -> Breath | None:
        """The breath, if people at rest breathe so; what is faster may be a pet's, or an overtone."""
        breath = self._breath
        return None if breath is None or breath.per_min > self._p.people_fastest_per_min else breath

    @property
    def covered_s(self) -> float:
        """For how long it has been still enough for a look."""
        return len(self._samples) * self._p.sample_s

    def step(
        self,
        frame: Frame,
        base_us: tuple[float | None, ...],
        *,
        left_out: tuple[int, ...] = (),
        spiky: tuple[int, ...] = (),
    ) -> None:
        """One frame, and what the empty mat reads. Sensors that are `left_out` bear no weight, `spiky` ones show odd codes."""
        self._spiky = spiky
        self._resolution.step(frame.codes)
        index = math.floor(frame.t_mono_s / self._p.sample_s)
        if index != self._index:
            if self._index is not None:
                self._close(index, frame.t_mono_s, base_us)
            self._index = index
            self._codes.clear()
        if left_out:
            self._codes.append(tuple(0 if i in left_out else code or 0 for i, code in enumerate(frame.codes)))
        elif None not in frame.codes:
            self._codes.append(frame.codes)  # type: ignore[arg-type]
        elif any(code is not None for code in frame.codes):
            # a sensor without a reading bears no weight: it reads nothing in every sample
            self._codes.append(tuple(code or 0 for code in frame.codes))

    def _close(self, index: int, t_s: float, base_us: tuple[float | None, ...]) -> None:
        """The sample under way is over, since a frame of sample `index` has come."""
        assert self._index is not None
        sample = self._sample(base_us) if self._codes else None
        self._holes += index - self._index - 1 + (sample is None)
        if self._holes * self._p.sample_s >= self._p.hole_s or (self._holes and not self._samples):
            self._forget()
            self._holes = 0
        if sample is None:
            return
        for _ in range(self._holes):
            self._add(self._samples[-1], t_s)
        self._holes = 0
        self._add(sample, t_s)

    def _sample(self, base_us: tuple[float | None, ...]) -> tuple[float, ...] | None:
        """The load on each sensor, averaged over the frames of a sample; None where nothing bears any."""
        size = self._x_per_code / len(self._codes)
        columns: list[tuple[int, ...]] = list(zip(*self._codes, strict=True))
        xs = self._without_spikes([sum(column) * size for column in columns], columns)
        sample = tuple(
            [
                max(0.0, scale * x / (1.0 - x) - (base or 0.0)) if 0.0 < x < self._p.x_most else 0.0
                for x, scale, base in zip(xs, self._us_per_ratio, base_us, strict=True)
            ]
        )
        return sample if any(sample) else None

    def _without_spikes(self, xs: list[float], columns: list[tuple[int, ...]]) -> list[float]:
        """The means, where single odd codes are left out: they lie far from the sample before, and others of the frame do not.

        A sensor that is known for spikes keeps its last value for a sample in which all of its codes are odd.
        """
        last, least = self._xs, self._p.spike_x
        jumped = (
            [i for i, (now, before) in enumerate(zip(xs, last, strict=True)) if not -least < now - before < least]
            if last
            else []
        )
        held = []
        for i in jumped:
            near = [code for code in columns[i] if -least < code * self._x_per_code - last[i] < least]
            if near:
                xs[i] = sum(near) * self._x_per_code / len(near)
            elif i in self._spiky and i not in self._held:
                xs[i] = last[i]
                held.append(i)
        self._xs, self._held = xs, held
        return xs

    def _add(self, sample: tuple[float, ...], t_s: float) -> None:
        p = self._p
        if self._samples:
            change = sum([abs(a - b) for a, b in zip(sample, self._samples[-1], strict=True)]) / sum(sample)
            if change > self._limit:
                self.moved_s = t_s
            if change > p.move_always_share:
                self._forget()
                return
            self._changes.append(change)
        self._samples.append(sample)
        if self._breath is not None and t_s - self._breath.t_mono_s > p.keep_s:
            self._breath = None
            self.looks_alike = 0
        if t_s - self._looked_s >= p.look_every_s and len(self._samples) * p.sample_s >= p.track_s:
            self._looked_s = t_s
            self._tracker.pass_on()
            if not self._moves():
                self._look(breath_of(list(self._samples), p, t_s, self._tracker, self._resolution.step_us(sample)))

    def _look(self, found: Breath | None) -> None:
        """What this look found; what the last one did stands for a while."""
        last = self._breath
        if found is None:
            self.looks_alike = 0
            return
        alike = last is not None and abs(found.per_min - last.per_min) <= self._p.agree_per_min
        self.looks_alike = (self.looks_alike if alike else 0) + (found.quality >= self._p.alike_quality_least)
        self._breath = found

    def _forget(self) -> None:
        """Something moved: what was is no guide to what comes."""
        self.looks_alike = 0
        self._samples.clear()
        self._changes.clear()
        self._breath = None

    def _moves(self) -> bool:
        """Whether a small movement is under way, or there were too many of them."""
        p = self._p
        changes = list(self._changes)
        self._limit = min(p.move_always_share, max(p.move_share, p.move_over_usual * median(changes)))
        moved = [i for i, change in enumerate(changes) if change > self._limit]
        recent = bool(moved) and (len(changes) - moved[-1]) * p.sample_s < p.move_quiet_s
        return recent or len(moved) > p.move_most * len(changes)
