"""Drives a pipeline with conductances: a layout, a course over time, and what came out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from random import Random

from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import Layout, grid

RM_OHM = 3300.0


def layout(preset: tuple[int, int] = (4, 2)) -> Layout:
    return grid(*preset, rm_ohm=RM_OHM)


def code(us: float, mat: Layout) -> int:
    """The code of a conductance in microsiemens, by the divider's voltage and not by its inverse."""
    volts = mat.vcc_v * RM_OHM / (RM_OHM + 1e6 / us) if us > 0 else 0.0
    return min(32767, round(volts / mat.lsb_v))


class Drive:
    """Feeds frames at a rate; keeps events, sessions and states."""

    def __init__(
        self,
        mat: Layout | None = None,
        *,
        rate_hz: float = 10.0,
        learned: Learned | None = None,
        parameters: Parameters | None = None,
        noise_codes: float = 1.0,
    ) -> None:
        self.mat = mat or layout()
        self.pipeline = Pipeline(self.mat, learned=learned, parameters=parameters)
        self.rate_hz = rate_hz
        self.t_s = 100.0
        self.events: list[Event] = []
        self._random = Random(7)
        self._noise = noise_codes
        self._seq = 0

    @property
    def presence(self) -> str:
        return self.pipeline.state.presence

    def go(self, seconds: float, us: Callable[[float], Iterable[float]], *, lost: frozenset[int] = frozenset()) -> list[Event]:
        """So many seconds of this course (microsiemens per sensor at seconds since its start)."""
        new: list[Event] = []
        for step in range(round(seconds * self.rate_hz)):
            codes = [round(code(each, self.mat) + self._random.gauss(0, self._noise)) for each in us(step / self.rate_hz)]
            frame = Frame(
                self.t_s,
                self._seq,
                tuple(None if index in lost else each for index, each in enumerate(codes)),
                tuple(Missing.NO_ANSWER if index in lost else None for index in range(len(codes))),
            )
            new += self.pipeline.step(frame)
            self._seq += 1
            self.t_s += 1 / self.rate_hz
        self.events += new
        return new

    def skip(self, seconds: float) -> None:
        """Time in which no frame comes."""
        self.t_s += seconds

    def empty(self, seconds: float) -> list[Event]:
        return self.go(seconds, lambda _: [0.5] * len(self.mat.sensors))

    def person(
        self, seconds: float, *, us: float = 150.0, breath: float = 0.01, right: float = 0.5, rise_s: float = 2.0
    ) -> list[Event]:
        """A body over all sensors that breathes 15 times a minute; `right` is the true share of the mat's right side."""

        def course(t_s: float) -> list[float]:
            level = us * min(1.0, (t_s + 0.1) / rise_s) * (1 + breath * math.sin(2 * math.pi * 0.25 * t_s) / 2)
            return [2 * level * (right if sensor.x_mm > 0 else 1 - right) for sensor in self.mat.sensors]

        return self.go(seconds, course)

    def box(self, seconds: float, *, us: float = 150.0) -> list[Event]:
        """A heavy thing over the whole mat, with creep and without life."""
        return self.go(seconds, lambda t_s: [us * (1 + 0.04 * math.log10(1 + t_s))] * len(self.mat.sensors))


def types(events: Iterable[Event]) -> list[EventType]:
    return [event.event_type for event in events]


def one(events: Iterable[Event], event_type: EventType) -> Event:
    found = [event for event in events if event.event_type is event_type]
    assert len(found) == 1, [event.event_type for event in found]
    return found[0]
