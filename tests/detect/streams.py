"""Arbitrary frames, as a reader in trouble may give them, and calls in between; and what must hold at each of them."""

from __future__ import annotations

import math
import types
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from random import Random
from typing import Any

from acumat.contract.documents import encode, replay_event_document, state_document
from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.contract.state import Mode, Presence
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.service.checkpoint import Checkpoint, read_checkpoint
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import Layout, grid

GRIDS = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2), (3, 3), (4, 2), (4, 3), (4, 4)]
REASONS = tuple(Missing)
FULL = 32767
BLIND_S = 3.0
FILTER_S = 0.25
MOST_ITEMS = 60_000
"""In all containers of one pipeline together: an hour of looks at breath, minutes of a load's course, seconds of frames."""
Codes = list[int | None]


@dataclass(slots=True)
class Tally:
    """What was tried, and how much the largest pipeline held."""

    streams: int = 0
    frames: int = 0
    hours: float = 0.0
    most_items: int = 0
    sessions: int = 0
    calls: int = 0


@dataclass(slots=True)
class Body:
    """A mat's codes under somebody who breathes; by the divider's voltage, and with noise."""

    mat: Layout
    random: Random
    us: float = 150.0
    shares: list[float] = field(default_factory=list)

    def codes(self, t_s: float, level: float) -> Codes:
        if not self.shares:
            self.shares = [self.random.uniform(0.3, 2.0) for _ in self.mat.sensors]
        found: Codes = []
        for share, sensor in zip(self.shares, self.mat.sensors, strict=True):
            us = 0.5 + level * self.us * share * (1 + 0.01 * math.sin(1.5 * t_s + share))
            volts = self.mat.vcc_v * sensor.rm_ohm / (sensor.rm_ohm + 1e6 / us)
            found.append(max(-FULL - 1, min(FULL, round(volts / self.mat.lsb_v + self.random.gauss(0, 1)))))
        return found


class Stretches:
    """Endless stretches of frames, each of one kind: seconds since the frame before, and codes."""

    def __init__(self, random: Random, mat: Layout) -> None:
        self._random, self._count = random, len(mat.sensors)
        self._body = Body(mat, random, us=random.choice([20.0, 150.0, 400.0, 5000.0]))

    def __iter__(self) -> Iterator[Iterator[tuple[float, Codes]]]:
        random = self._random
        kinds = [self._person, self._person, self._person, self._single, self._single, self._constant, self._noise]
        kinds = [*kinds, self._holes, self._lost, self._broken, self._glitches, self._stands]
        while True:
            rate_hz = random.choice([0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 10.0, 10.0, 25.0, 60.0, 200.0])
            steps = random.choice([1, 2, 3, 7, 30, 150, 600])
            dt_s = 1 / rate_hz * random.choice([1.0, 1.0, random.uniform(0.5, 1.5)])
            yield random.choice(kinds)(steps, dt_s)

    def _person(self, steps: int, dt_s: float) -> Iterator[tuple[float, Codes]]:
        self._body.shares = []
        rise_s = self._random.uniform(0.3, 4.0)
        for step in range(steps):
            left_s = (steps - step) * dt_s
            yield dt_s, self._body.codes(step * dt_s, min(1.0, step * dt_s / rise_s, max(0.0, left_s / rise_s - 1)))

    def _constant(self, steps: int, dt_s: float) -> Iterator[tuple[float, Codes]]:
        random = self._random
        levels = [[each] * self._count for each in (0, FULL, -FULL - 1, -3, 26400)]
        levels.append([random.choice([0, FULL, -1, 100, 13000]) for _ in range(self._count)])
        codes = random.choice(levels)
        for _ in range(steps):
            yield dt_s, list(codes)

    def _noise(self, steps: int, dt_s: float) -> Iterator[tuple[float, Codes]]:
        low, high = self._random.choice([(-FULL - 1, FULL), (0, FULL), (-5, 5), (0, 3000), (12000, 14000)])
        for _ in range(steps):
            yield dt_s, [self._random.randint(low, high) for _ in range(self._count)]

    def _holes(self, steps: int, dt_s: float) -> Iterator[tuple[float, Codes]]:
        share, level = self._random.choice([0.05, 0.5, 0.95, 1.0]), self._random.choice([0.0, 1.0])
        for step in range(steps):
            yield dt_s, [None if self._random.random() < share else each for each in self._body.codes(step * dt_s, level)]

    def _lost(self, steps: int, dt_s: float) -> Iterator[tuple[float, Codes]]:
        gone = {index for index in range(self._count) if self._random.random() < 0.4}
        for step in range(steps):
            yield dt_s, [None if i in gone else each for i, each in enumerate(self._body.codes(step * dt_s, 1.0))]

    def _broken(self, steps: int, dt_s: float) -> Iterator[tuple[float, Codes]]:
        """Some sensors at odds with the others, under a person."""
        random = self._random
        odd = {index: random.choice([0, FULL, 26400, -200, None]) for index in range(self._count) if random.random() < 0.4}
        for step in range(steps):
            yield dt_s, [odd.get(i, each) for i, each in enumerate(self._body.codes(step * dt_s, 1.0))]

    def _glitches(self, steps: int, dt_s: float) -> Iterator[tuple[float, Codes]]:
        random = self._random
        for step in range(steps):
            codes = self._body.codes(step * dt_s, 1.0)
            yield dt_s, [random.choice([0, FULL, None]) if random.random() < 0.05 else each for each in codes]

    def _single(self, _steps: int, _dt_s: float) -> Iterator[tuple[float, Codes]]:
        gap_s = self._random.choice([0.0, 1e-9, 0.3, 2.4, 2.6, 21.0, 121.0, 4000.0, 1e6])
        body = self._body.codes(0.0, self._random.choice([0.0, 1.0]))
        yield gap_s, self._random.choice([body, [0] * self._count, [None] * self._count])

    def _stands(self, steps: int, _dt_s: float) -> Iterator[tuple[float, Codes]]:
        """The clock gives the same time again and again, or goes back by a little."""
        back_s = self._random.choice([0.0, 0.0, 1e-9, -1e-3])
        for step in range(steps):
            yield back_s, self._body.codes(step * 0.1, 1.0)


class Rig:
    """A pipeline under such a stream, looked at after each frame; it is replaced by another run's now and then."""

    def __init__(self, seed: int) -> None:
        self._random = random = Random(seed)
        rows, columns = random.choice(GRIDS)
        self.mat = grid(
            rows,
            columns,
            rm_ohm=random.choice([1000.0, 3300.0, 47000.0]),
            vcc_v=random.choice([3.3, 5.0]),
            lsb_v=random.choice([4.096, 6.144, 0.256]) / 32768,
            bleed_ohm=random.choice([None, None, 470_000.0]),
        )
        count = len(self.mat.sensors)
        us = (random.uniform(0.0, 20.0),) * count
        learned = random.choice([None, Learned(us, (1.0,) * count), Learned((None,) * count, (1.0,) * count, 1000.0)])
        self.pipeline = Pipeline(self.mat, learned=learned)
        self.t_s = random.choice([0.0, 100.0, 1e7])
        self.seq = 0
        self._received = [-math.inf] * count
        self._usable_s: float | None = None
        """When most sensors had a code last, or the pipeline began."""
        self.tally = Tally(streams=1)

    def run(self, frames: int) -> Tally:
        """So many frames."""
        start_s = self.t_s
        for stretch in Stretches(self._random, self.mat):
            if self._random.random() < 0.4:
                self._call()
            for each_s, codes in stretch:
                self.t_s += each_s
                self._step(codes)
                if self._random.random() < 0.002:
                    self._call()
                if self.tally.frames >= frames:
                    break
            if self.tally.frames >= frames:
                break
        self._look()
        self.tally.hours = (self.t_s - start_s) / 3600
        self.tally.most_items = max(self.tally.most_items, items_of(self.pipeline))
        for event in self.pipeline.finish("daemon_stopped"):
            check_event(event)
        return self.tally

    def _step(self, codes: Codes) -> None:
        missing = tuple(self._random.choice(REASONS) if code is None else None for code in codes)
        frame = Frame(self.t_s, self.seq, tuple(codes), missing)
        self.seq += 1
        for event in self.pipeline.step(frame):
            check_event(event)
            self.tally.sessions += event.event_type is EventType.SESSION_STARTED
        self.tally.frames += 1
        check_visit(self.pipeline)
        self._received = [self.t_s if code is not None else at_s for code, at_s in zip(codes, self._received, strict=True)]
        # a sensor's readings count for a quarter of a second, in which it may miss some
        present = sum(self.t_s - at_s <= FILTER_S for at_s in self._received)
        if self._usable_s is None or 2 * present >= len(codes):
            self._usable_s = self.t_s
        state = self.pipeline.state
        if self.t_s - self._usable_s >= BLIND_S:
            assert state.presence is Presence.BLIND, f"no usable reading for {self.t_s - self._usable_s:.1f} s: {state}"
        if self.seq % 5 == 0:
            self._look()
        if self.seq % 500 == 0:
            self.tally.most_items = max(self.tally.most_items, items_of(self.pipeline))

    def _look(self) -> None:
        """All that may be asked between two frames, and all of it can be told in JSON."""
        check_finite(self.pipeline.state, "state")
        encode(state_document(self.pipeline.state))
        for name in ("snapshot", "pending_lying", "learned", "calibration", "sensor_conditions", "sensor_loads_us"):
            check_finite(getattr(self.pipeline, name), name)
        check_finite(self.pipeline.inspect(), "inspection")

    def _call(self) -> None:
        self.tally.calls += 1
        self._calls[self._random.randrange(len(self._calls))]()

    @property
    def _calls(self) -> tuple[Callable[[], object], ...]:
        """What may be asked between two frames; what is there twice comes twice as often."""
        pipeline, random = self.pipeline, self._random
        return (
            pipeline.pause,
            pipeline.end_pause,
            pipeline.end_pause,
            self._toggle_guest,
            pipeline.tare,
            pipeline.tare,
            self._start_calibration,
            self._start_calibration,
            pipeline.cancel_calibration,
            lambda: pipeline.retune(Parameters().with_sensitivity(random.choice(["low", "normal", "high"]))),
            lambda: pipeline.set_mode(random.choice([None, *Mode])),
            lambda: pipeline.adopt(replace(pipeline.learned, sessions=pipeline.learned.sessions)),
            self._take,
            self._restart,
        )

    def _toggle_guest(self) -> None:
        self.pipeline.guest = not self.pipeline.guest

    def _start_calibration(self) -> None:
        self.pipeline.start_calibration(turned=self._random.random() < 0.3)

    def _take(self) -> None:
        check_finite(self.pipeline.take_records(), "records")
        check_finite(self.pipeline.take_calibration(), "calibration")

    def _restart(self) -> None:
        """Another run goes on with what this one kept, through JSON as the daemon keeps it."""
        stored = self.pipeline.snapshot or self.pipeline.pending_lying
        learned = self.pipeline.learned
        if self._random.random() < 0.5:
            for event in self.pipeline.finish("daemon_stopped", close=False):
                check_event(event)
        self.pipeline = Pipeline(self.mat, learned=learned, first_session=self.seq)
        self._usable_s = None
        if stored is None:
            return
        names = tuple(sensor.name for sensor in self.mat.sensors)
        read = read_checkpoint(Checkpoint(stored, "boot", 0.0, dated=True, sensors=names).text())
        assert read is not None
        assert read.session == stored
        shifted = read.session.shifted(self._random.choice([0.0, 0.0, -50.0, 1000.0]))
        self.pipeline.carry_on(shifted, hold=self._random.random() < 0.3)
        if self._random.random() < 0.7:
            self.pipeline.resume(shifted)
        else:
            self.pipeline.release()


def check_visit(pipeline: Pipeline) -> None:
    """The visit's one state, what is detected, and what is kept of it never contradict each other."""
    steps = pipeline._steps
    visit, detector = steps.visit, steps.detector
    assert (visit.lying, visit.lying or visit.touched) == (detector.lying, detector.contact), visit.state
    assert visit.lying is (visit.lying_since_s is not None), visit.state
    assert (visit.lying or visit.touched) is (visit.contact_since_s is not None), visit.state
    session = visit.sessions.open
    assert visit.session_open is (session is not None), visit.state
    if session is not None:
        assert visit.lying is (session.lying_since_s is not None), visit.state
        assert not visit.session_pending


def check_event(event: Event) -> None:
    """It says something, with numbers that JSON has."""
    check_finite(event, str(event.event_type))
    assert event.text
    assert event.reason
    encode(replay_event_document(event, "x-1", 0.0))


def check_finite(value: Any, where: str) -> None:
    """No number in it is infinite or no number at all."""
    if isinstance(value, float):
        assert math.isfinite(value), f"{where}: {value}"
    elif is_dataclass(value) and not isinstance(value, type):
        for name in value.__dataclass_fields__:
            check_finite(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, dict):
        for name, each in value.items():
            check_finite(each, f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for each in value:
            check_finite(each, where)


def items_of(root: object) -> int:
    """How many items all containers hold that can be reached from it."""
    return sum(len(inside(part)) for part in parts_of(root))


def parts_of(root: object) -> Iterator[object]:
    """Every object that can be reached from it, itself included."""
    seen: set[int] = set()
    todo = deque([root])
    while todo:
        each = todo.pop()
        if id(each) in seen or isinstance(each, type | types.FunctionType | types.ModuleType):
            continue
        seen.add(id(each))
        yield each
        todo.extend(part for part in inside(each) if not isinstance(part, int | float | str | types.NoneType))


def inside(each: object) -> Sequence[object]:
    """What a container holds, or an object of ours keeps."""
    if isinstance(each, dict):
        return [*each.values()]
    if isinstance(each, list | tuple | deque | set | frozenset):
        return [*each]
    return [getattr(each, name) for name in names_of(each)] if type(each).__module__.startswith("acumat") else ()


def names_of(value: object) -> list[str]:
    """Of all attributes that an object keeps."""
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    return [name for name in (*getattr(value, "__dict__", ()), *slots) if hasattr(value, name)]
