"""What breaks in a scenario, and when: wires and sensors in the electrical model, converters and bus at register level.

docs/scenarios.md lists the keys of [[fault]].
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice

from acumat_hw.errors import InputError
from acumat_hw.layout import Layout
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.streams import stream

SENSOR_FAULTS: dict[str, str] = {
    "open": "the wire is broken: no voltage",
    "short": "the sensor is shorted: the full supply",
    "floating": "the resistor to ground is off: follows the other inputs of its converter",
    "saturated": "conducts `amount` times as well (100): at the end of its divider under any load",
    "stuck": "stays where it is",
    "noisy": "white noise of `amount` of the supply (0.02, rms) on top, as of an input that floats or picks up mains",
    "intermittent": "a loose contact: no voltage for `amount` seconds (0.3), once in two seconds on average",
    "spikes": "in this share of moments (0.01) anything between no voltage and the full supply",
    "swapped": "exchanged with the sensor `with`",
}
MAT_FAULTS: dict[str, str] = {
    "no_supply": "the sensors' common supply is off: no voltage anywhere",
    "supply": "the sensors' supply is `amount` times what it should be (0.95)",
}
CHIP_FAULTS: dict[str, str] = {
    "absent": "no power or no wire: refuses everything",
    "nacks": "refuses this share of its transfers (0.01)",
    "busy": "conversions never end",
    "zero": "a data line held low: every byte reads as zero",
    "restarts": "loses power for a moment, `amount` times a minute (1), at random",
    "moved": "answers at the address `amount` instead: its ADDR pin is loose",
    "slow": "its clock runs slow by this share (0.1)",
    "flips": "in this share of reads one bit comes over wrong (0.001)",
}
BUS_FAULTS: dict[str, str] = {"hang": "a line is held low: each transfer fails after `amount` seconds (1)"}
DEFAULTS: dict[str, float] = {
    "saturated": 100.0,
    "noisy": 0.02,
    "intermittent": 0.3,
    "spikes": 0.01,
    "supply": 0.95,
    "nacks": 0.01,
    "restarts": 1.0,
    "slow": 0.1,
    "flips": 0.001,
    "hang": 1.0,
}
LIMITS: dict[str, tuple[float, float]] = {
    "saturated": (1.0, 1e4),
    "noisy": (0.0, 1.0),
    "intermittent": (0.01, 60.0),
    "spikes": (0.0, 1.0),
    "supply": (0.5, 1.2),
    "nacks": (0.0, 1.0),
    "restarts": (0.01, 600.0),
    "moved": (0x48, 0x4B),
    "slow": (-0.5, 0.9),
    "flips": (0.0, 1.0),
    "hang": (0.001, 3600.0),
}
FAULTS: dict[str, str] = {**SENSOR_FAULTS, **MAT_FAULTS, **CHIP_FAULTS, **BUS_FAULTS}
LONGEST_S = 864000.0
BREAK_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One of them, from `at_s` to `end_s` since the scenario's start; sensors by index, chips by address."""

    do: str
    at_s: float
    end_s: float
    amount: float = 0.0
    sensor: int | None = None
    other: int | None = None
    chip: int | None = None

    def on(self, t_s: float) -> bool:
        return self.at_s <= t_s < self.end_s


class Wiring:
    """Applies the electrical faults to the volts at the dividers. Times must not go back."""

    def __init__(self, faults: tuple[Fault, ...], layout: Layout, seed: int) -> None:
        self._faults = faults
        self._random = [stream(seed, f"wire {number}") for number in range(len(faults))]
        self._break_s = [fault.at_s for fault in faults]
        """When a loose contact opens next, or opened last."""
        self._vcc_v = layout.vcc_v
        self._chips = [sensor.chip for sensor in layout.sensors]
        self._held: dict[int, float] = {}

    def conductance_factor(self, sensor: int, t_s: float) -> float:
        """How many times as well as it should this sensor conducts."""
        for fault in self._faults:
            if fault.do == "saturated" and fault.sensor == sensor and fault.on(t_s):
                return fault.amount
        return 1.0

    def volts(self, t_s: float, volts: list[float]) -> list[float]:
        """What the converters see of these."""
        for number, fault in enumerate(self._faults):
            if not fault.on(t_s):
                self._held.pop(number, None)
                continue
            index = fault.sensor
            if index is None:
                factor = 0.0 if fault.do == "no_supply" else fault.amount
                volts = [factor * each for each in volts]
            elif fault.do == "swapped" and fault.other is not None:
                volts[index], volts[fault.other] = volts[fault.other], volts[index]
            else:
                volts[index] = self._one(number, fault, t_s, volts, index)
        return volts

    def _one(self, number: int, fault: Fault, t_s: float, volts: list[float], index: int) -> float:
        """The voltage of one sensor with a fault of its own."""
        v, random = volts[index], self._random[number]
        match fault.do:
            case "open":
                return 0.0
            case "short":
                return self._vcc_v
            case "stuck":
                return self._held.setdefault(number, v)
            case "floating":
                others = [v for i, v in enumerate(volts) if i != index and self._chips[i] == self._chips[index]]
                return sum(others) / len(others) if others else 0.0
            case "noisy":
                return min(max(v + random.gauss(0.0, fault.amount * self._vcc_v), 0.0), self._vcc_v)
            case "intermittent":
                return 0.0 if self._is_open(number, fault, t_s) else v
            case "spikes":
                return random.uniform(0.0, self._vcc_v) if random.random() < fault.amount else v
            case _:  # a saturated one bears less, and its part of the converter is not its fault
                return v

    def _is_open(self, number: int, fault: Fault, t_s: float) -> bool:
        while t_s >= self._break_s[number] + fault.amount:
            self._break_s[number] += fault.amount + self._random[number].expovariate(1 / BREAK_EVERY_S)
        return t_s >= self._break_s[number]


def attend(bus: SimulatedBus, faults: tuple[Fault, ...], zero_s: float, seed: int) -> None:
    """Let these befall the bus and its chips, counted from the monotonic time `zero_s`, whenever somebody uses the bus."""
    changes: list[Iterable[tuple[float, Callable[[], None]]]] = []
    for number, fault in enumerate(faults):
        if fault.do == "hang":
            changes.append(((fault.at_s, _hang(bus, fault.amount)), (fault.end_s, _hang(bus, None))))
            continue
        changes += [
            _changes(chip, fault, stream(seed, f"fault {number} at {chip.address}").expovariate)
            for chip in bus.chips
            if fault.chip in (None, chip.address)
        ]
    if not changes:
        return
    pending = heapq.merge(*changes, key=lambda change: change[0])  # lazily: there may be millions of restarts in ten days
    due = list(islice(pending, 1))

    def step(now_s: float) -> None:
        while due and due[0][0] <= now_s - zero_s:
            due[0][1]()
            due[:] = islice(pending, 1)

    bus.attend = step


def _hang(bus: SimulatedBus, timeout_s: float | None) -> Callable[[], None]:
    def change() -> None:
        bus.hung = timeout_s is not None
        bus.timeout_s = timeout_s or bus.timeout_s

    return change


def _changes(chip: SimulatedChip, fault: Fault, wait: Callable[[float], float]) -> Iterable[tuple[float, Callable[[], None]]]:
    if fault.do == "restarts":
        t_s = fault.at_s + wait(fault.amount / 60)
        while t_s < min(fault.end_s, LONGEST_S):
            yield t_s, chip.brown_out
            t_s += wait(fault.amount / 60)
        return
    name, on, off = {
        "absent": ("present", False, True),
        "nacks": ("nack_probability", fault.amount, 0.0),
        "busy": ("stuck_busy", True, False),
        "zero": ("reads_zero", True, False),
        "moved": ("address", int(fault.amount), chip.address),
        "slow": ("rate_error", -fault.amount, 0.0),
        "flips": ("flip_probability", fault.amount, 0.0),
    }[fault.do]
    yield fault.at_s, lambda: setattr(chip, name, on)
    yield fault.end_s, lambda: setattr(chip, name, off)
    if fault.do == "absent":
        yield fault.end_s, chip.brown_out  # it comes back from having had no power


def always(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The same faults, on from the first second to the last."""
    return tuple(replace(fault, at_s=0.0, end_s=math.inf) for fault in faults)


def refuse_bus_faults(name: str, faults: tuple[Fault, ...]) -> None:
    """Raises InputError for faults that need a bus where there is none."""
    if faults:
        raise InputError(f"{name}: the fault {faults[0].do!r} needs converters on a bus; do not leave them out")
