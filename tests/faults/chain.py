"""A scenario through the whole chain, flat out: simulated converters and bus, Adafruit's driver, reader, frames, detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.contract.sessions import SessionRecord
from acumat.contract.state import Condition, MatState
from acumat.detect.pipeline import Pipeline
from acumat.service.frames import Frames
from acumat.service.read_rate import ReadRate
from acumat.service.slots import Slots
from acumat_hw.ads1x15 import Ads1x15Reader
from acumat_hw.errors import SourceEndedError
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.clock import SimClock
from acumat_sim.faults import attend
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import RM_OHM, parse_scenario
from acumat_sim.source import MatInputs, ScenarioSource

T = EventType


def mat_layout(preset: str = "4x2", *, bleed_ohm: float | None = None, vcc_v: float = 3.3) -> Layout:
    return grid(*PRESETS[preset], rm_ohm=RM_OHM, bleed_ohm=bleed_ohm, vcc_v=vcc_v)


def known(layout: Layout) -> Learned:
    """A baseline kept from before, close to what the simulator's parts read with nobody there."""
    bleed_us = 1e6 / layout.bleed_ohm if layout.bleed_ohm else 0.0
    count = len(layout.sensors)
    return Learned((0.5 + bleed_us,) * count, (1.0,) * count)


def story(faults: Sequence[Mapping[str, Any]], *, stays: Sequence[tuple[float, float]] = (), **top: Any) -> dict[str, Any]:
    """A scenario with these faults in which a person lies there from ... to ... (seconds) and stirs twice a minute."""
    steps = [
        each
        for start_s, end_s in stays
        for each in ({"at_s": start_s, "do": "lie_down", "over_s": 2}, {"at_s": end_s, "do": "get_up", "over_s": 2})
    ]
    last_s = max((end_s for _, end_s in stays), default=60.0)
    base = {"seed": 7, "duration_s": last_s + 40, "person": {"mass_kg": 75, "moves_per_min": 2}}
    return {**base, "step": steps, "fault": list(faults), **top}


@dataclass(slots=True)
class Run:
    """What came of it; times are seconds since the scenario's start. `states` and `conditions` are every change."""

    layout: Layout
    zero_s: float
    events: list[Event] = field(default_factory=list)
    records: tuple[SessionRecord, ...] = ()
    states: list[tuple[float, MatState]] = field(default_factory=list)
    conditions: list[tuple[float, tuple[Condition, ...]]] = field(default_factory=list)
    bus: list[tuple[float, Condition]] = field(default_factory=list)
    frames: int = 0
    readings_lost: int = 0
    slowest_s: float = 0.0
    breath_s: float = 0.0
    """For so long a rate of breath was known."""
    reader: Ads1x15Reader | None = None
    chips: tuple[SimulatedChip, ...] = ()

    def times(self, event_type: EventType) -> list[float]:
        return [event.t_mono_s - self.zero_s for event in self.events if event.event_type is event_type]

    def failed(self, sensor: str) -> list[tuple[float, str]]:
        """When and why a sensor was reported as failed."""
        return [
            (event.t_mono_s - self.zero_s, event.reason)
            for event in self.events
            if event.event_type is T.SENSOR_FAILED and event.numbers["sensor"] == sensor
        ]

    def condition_of(self, sensor: str, t_s: float) -> Condition:
        index = [each.name for each in self.layout.sensors].index(sensor)
        return [conditions for at_s, conditions in self.conditions if at_s <= t_s][-1][index]

    def presences(self, from_s: float, to_s: float) -> set[str]:
        """All that was shown in that time."""
        shown = [(at_s, str(state.presence)) for at_s, state in self.states]
        before = [presence for at_s, presence in shown if at_s <= from_s]
        return {presence for at_s, presence in shown if from_s < at_s <= to_s} | set(before[-1:])

    def state_at(self, t_s: float) -> MatState:
        return [state for at_s, state in self.states if at_s <= t_s][-1]


def run(
    scenario: Mapping[str, Any],
    layout: Layout | None = None,
    *,
    learned: Learned | None = None,
    rate_hz: float = 10.0,
    idle_rate_hz: float = 5.0,
    bus_hz: float = 4e5,
    scans: int | None = 1,
    most_frames: int | None = None,
    restart_at_s: Sequence[float] = (),
    noticed: list[tuple[float, float]] | None = None,
) -> Run:
    """The scenario to its end or for so many frames, read as the daemon reads.

    At each of `restart_at_s` one chip after the other restarts; `noticed` takes when it did and when the reader told of it.
    """
    layout = layout or mat_layout()
    clock = SimClock(0.0)
    staged = parse_scenario("faults", scenario, layout)
    mat = SimulatedMat(staged, layout)
    zero_s = clock.monotonic()
    inputs = MatInputs(mat, zero_s)
    chips = [SimulatedChip(address, inputs, seed=address) for address in sorted({s.chip for s in layout.sensors})]
    bus = SimulatedBus(clock, chips, bus_hz=bus_hz)
    attend(bus, staged.bus_faults, zero_s, staged.seed)
    if restart_at_s:
        bus.attend = _Restarts(bus, zero_s, restart_at_s)
    reader = Ads1x15Reader(open_bus=lambda: bus, clock=clock, layout=layout, scans=scans, budget_s=0.5 / rate_hz)
    source = ScenarioSource(reader, mat, clock, zero_s)
    frames = Frames(source, clock, len(layout.sensors), remark=reader.remarks.current)
    pipeline = Pipeline(layout, learned=known(layout) if learned is None else learned)
    slots, pace = Slots(clock, rate_hz, zero_s), ReadRate(rate_hz, idle_rate_hz)
    if noticed is not None and isinstance(bus.attend, _Restarts):
        bus.attend.watch(reader, clock, noticed)
    done = Run(layout, zero_s, reader=reader, chips=tuple(chips))
    try:
        while most_frames is None or done.frames < most_frames:
            slots.wait()
            start_s = clock.monotonic()
            frame = frames.read()
            done.slowest_s = max(done.slowest_s, clock.monotonic() - start_s)
            done.events += pipeline.step(frame)
            done.frames += 1
            done.breath_s += (pipeline.state.breaths_per_min is not None) / rate_hz
            done.readings_lost += frame.codes.count(None)
            _note(done, clock.monotonic() - zero_s, pipeline, frames)
            slots.done(pace.step(frame, pipeline.state))
    except SourceEndedError:
        pass
    done.records = pipeline.take_records()
    return done


def _note(done: Run, t_s: float, pipeline: Pipeline, frames: Frames) -> None:
    state = pipeline.state
    key = (state.presence, state.health, state.reason, state.lateral is None)
    if not done.states or _key(done.states[-1][1]) != key:
        done.states.append((t_s, state))
    if not done.conditions or done.conditions[-1][1] != pipeline.sensor_conditions:
        done.conditions.append((t_s, pipeline.sensor_conditions))
    if not done.bus or done.bus[-1][1] != frames.condition:
        done.bus.append((t_s, frames.condition))


def _key(state: MatState) -> tuple[object, ...]:
    return (state.presence, state.health, state.reason, state.lateral is None)


class _Restarts:
    """Takes the power from one chip after the other for a moment, before the first transfer at or after each time."""

    def __init__(self, bus: SimulatedBus, zero_s: float, at_s: Sequence[float]) -> None:
        self._bus = bus
        self._zero_s = zero_s
        self._left = sorted(at_s, reverse=True)
        self._turn = 0
        self._open: dict[int, float] = {}

    def __call__(self, now_s: float) -> None:
        while self._left and self._left[-1] <= now_s - self._zero_s:
            at_s = self._left.pop()
            chip = self._bus.chips[self._turn % len(self._bus.chips)]
            self._turn += 1
            chip.brown_out()
            self._open.setdefault(chip.address, at_s)

    def watch(self, reader: Ads1x15Reader, clock: SimClock, noticed: list[tuple[float, float]]) -> None:
        """Note each one that the reader tells of."""
        report = reader.remarks.restart

        def reported(address: int) -> None:
            if address in self._open:
                noticed.append((self._open.pop(address), clock.monotonic() - self._zero_s))
            report(address)

        reader.remarks.restart = reported  # type: ignore[method-assign]
