"""Seeded faults on the simulated board: each is named by its cause and no other, and a healthy board has none."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from acumat.doctor.board import Board, I2cFacts
from acumat.doctor.bus import frames_per_second
from acumat.doctor.chips import check_chip
from acumat.doctor.examine import check_board, failed
from acumat.doctor.finding import Finding, Level
from acumat.doctor.press import press_test
from acumat.wiring import doctor_board
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.workbench import Workbench
from tests.hw.bench import JumpingClock

SEEDS = range(7101, 7105)


class Restarting(SimulatedChip):
    """A chip whose supply breaks down every tenth of a second."""

    down_s = 0.0

    def write(self, data: bytes | bytearray, now_s: float) -> None:
        if now_s - self.down_s > 0.1:
            self.down_s = now_s
            self.brown_out()
        super().write(data, now_s)


class Forgetful(SimulatedChip):
    """Something else at a converter's address: it takes what is written and keeps none of it."""

    def write(self, data: bytes | bytearray, now_s: float) -> None:
        super().write(data[:1], now_s)

    def read(self, length: int, now_s: float) -> bytes:
        return bytes((0x19, 0x40))[:length]


@dataclass
class Bench:
    """A board of a seeded layout; each fault is put into one seeded chip and one seeded sensor."""

    seed: int
    preset: str | None = None
    bus_hz: float = 400_000
    model: str = "ads1115"
    believed: str = "ads1115"
    rate_hz: float = 10.0
    kinds: dict[int, type[SimulatedChip]] = field(default_factory=dict)
    facts: I2cFacts | None = None
    vcc_input: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        preset = self.preset or self.random.choice(sorted(PRESETS))
        self.layout: Layout = grid(*PRESETS[preset], rm_ohm=self.random.choice([1000.0, 3300.0]))
        self.clock = JumpingClock()
        self.bench = Workbench(self.layout, self.seed)
        self.bench.bleed_ohm = self.random.choice([None, 470_000.0])
        self.addresses = sorted({sensor.chip for sensor in self.layout.sensors})
        self.victim = self.random.choice(self.addresses)
        self.sensors = [sensor.name for sensor in self.layout.sensors]
        self.one, self.other, self.third = self.random.sample(self.sensors, 3)
        self.build({})

    def build(self, kinds: dict[int, type[SimulatedChip]]) -> None:
        self.chips = {
            address: kinds.get(address, SimulatedChip)(
                address, self.bench, model=self.model, rate_error=self.random.uniform(-0.1, 0.1), seed=self.seed
            )
            for address in self.addresses
        }
        self.bus = SimulatedBus(self.clock, self.chips.values(), bus_hz=self.bus_hz)

    def place(self, chip: SimulatedChip) -> None:
        """Another chip on the bus, instead of the one at its address."""
        self.bus.chips = (*(each for each in self.bus.chips if each.address != chip.address), chip)

    def input_of(self, name: str) -> tuple[int, int]:
        return next((s.chip, s.channel) for s in self.layout.sensors if s.name == name)

    @property
    def board(self) -> Board:
        return doctor_board.simulated_board(
            self.layout,
            self.bus,
            self.clock,
            self.bench.press,
            model=self.believed,  # type: ignore[arg-type]
            rate_hz=self.rate_hz,
            facts=self.facts,
        )

    def examine(self) -> list[Finding]:
        return list(check_board(self.board, self.vcc_input))

    def press(self) -> list[Finding]:
        return list(press_test(self.board, lambda _text: None))


def named(findings: list[Finding]) -> set[tuple[str, str]]:
    """What is wrong, and where: the part's first words."""
    return {(each.code, each.what) for each in findings if each.level is not Level.OK}


def codes(findings: list[Finding]) -> set[str]:
    return {each.code for each in findings if each.level is not Level.OK}


def where(bench: Bench, name: str) -> str:
    return "sensor " + next(s.where for s in bench.layout.sensors if s.name == name)


def chip(address: int) -> str:
    return f"chip 0x{address:02x}"


Fault = Callable[[Bench], tuple[str, str]]
"""Puts the fault in, and gives the code and the place that must be named."""


def bus_missing(b: Bench) -> tuple[str, str]:
    b.facts = I2cFacts("/dev/i2c-1", there=False, others=("/dev/i2c-0",))
    return "bus_missing", "I2C bus"


def bus_rights(b: Bench) -> tuple[str, str]:
    b.facts = I2cFacts("/dev/i2c-1", usable=False)
    return "bus_rights", "I2C bus"


def bus_hangs(b: Bench) -> tuple[str, str]:
    b.bus.hung = True
    return "bus_hangs", "I2C bus"


def bus_too_fast(b: Bench) -> tuple[str, str]:
    b.facts = I2cFacts("/dev/i2c-1", hz=1_000_000)
    return "bus_too_fast", "I2C speed"


def bus_too_slow(b: Bench) -> tuple[str, str]:
    b.facts, b.rate_hz = I2cFacts("/dev/i2c-1", hz=10_000), 50.0
    return "bus_too_slow", "I2C speed"


def all_chips_gone(b: Bench) -> tuple[str, str]:
    for each in b.chips.values():
        each.present = False
    return "no_chips", "I2C bus"


def chip_moved(b: Bench) -> tuple[str, str]:
    free = b.random.choice([a for a in range(0x48, 0x4C) if a not in b.addresses] or [b.victim])
    moved = b.chips[b.victim]
    moved.present = False
    if free == b.victim:  # four chips: there is no other address to move to, the chip is just gone
        return "chip_absent", chip(b.victim)
    b.place(SimulatedChip(free, b.bench))
    return "chip_moved", chip(b.victim)


def chip_absent(b: Bench) -> tuple[str, str]:
    b.chips[b.victim].present = False
    return ("chip_absent", chip(b.victim)) if len(b.addresses) > 1 else ("no_chips", "I2C bus")


def chip_unused(b: Bench) -> tuple[str, str]:
    b.place(SimulatedChip(0x4B, b.bench))
    return "chip_unused", chip(0x4B)


def nack_burst(b: Bench) -> tuple[str, str]:
    b.chips[b.victim].nack_probability = b.random.uniform(0.1, 0.3)
    return "chip_nacks", chip(b.victim)


def sda_low(b: Bench) -> tuple[str, str]:
    b.chips[b.victim].reads_zero = True
    return "sda_low", chip(b.victim)


def never_ready(b: Bench) -> tuple[str, str]:
    b.chips[b.victim].stuck_busy = True
    return "never_ready", chip(b.victim)


def brown_out_loop(b: Bench) -> tuple[str, str]:
    b.build({b.victim: Restarting})
    return "chip_restarts", chip(b.victim)


def another_kind_of_chip(b: Bench) -> tuple[str, str]:
    b.build({b.victim: Forgetful})
    return "not_kept", chip(b.victim)


def relabelled(b: Bench) -> tuple[str, str]:
    b.place(SimulatedChip(b.victim, b.bench, model="ads1015", rate_error=b.random.uniform(-0.1, 0.1)))
    return "is_ads1015", chip(b.victim)


def wrong_model_in_the_configuration(b: Bench) -> tuple[str, str]:
    b.believed = "ads1015"
    for address in b.addresses:
        if address != b.victim:
            b.place(SimulatedChip(address, b.bench, model="ads1015"))
    return "is_ads1115", chip(b.victim)


def open_wire(b: Bench) -> tuple[str, str]:
    b.bench.bleed_ohm = 470_000.0
    b.bench.broken.add(b.one)
    return "open", where(b, b.one)


def shorted(b: Bench) -> tuple[str, str]:
    b.bench.shorted.add(b.one)
    for sensor in b.layout.sensors:
        assert sensor.rm_ohm >= 1000
    return "shorted", where(b, b.one)


def saturated(b: Bench) -> tuple[str, str]:
    b.bench.weight.add(b.one)
    return "saturated", where(b, b.one)


def humming(b: Bench) -> tuple[str, str]:
    b.bench.humming.add(b.one)
    return "noisy", where(b, b.one)


def vcc_sags(b: Bench) -> tuple[str, str]:
    b.bench.supply_input = b.vcc_input = b.input_of(b.one)
    b.bench.vcc_v = 3.3 * b.random.choice([0.92, 0.95, 0.97])
    return "vcc_off", "supply"


def vcc_above(b: Bench) -> tuple[str, str]:
    b.bench.vcc_v = 3.6
    b.bench.shorted.add(b.one)
    return "vcc_off", "supply"


FAULTS = [
    bus_missing, bus_rights, bus_hangs, bus_too_fast, bus_too_slow, all_chips_gone, chip_moved, chip_absent, chip_unused,
    nack_burst, sda_low, never_ready, brown_out_loop, another_kind_of_chip, relabelled, wrong_model_in_the_configuration,
    open_wire, shorted, saturated, humming, vcc_sags,
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named_by_its_cause_at_its_place_and_no_other(fault: Fault, seed: int) -> None:
    preset = "4x3" if fault in (chip_unused, wrong_model_in_the_configuration) else None
    bench = Bench(seed, preset)
    expected = fault(bench)
    findings = bench.examine()
    # the input that measures the supply is no sensor, though the layout of this bench says so
    others = named(findings) - {("shorted", where(bench, bench.one))} if fault is vcc_sags else named(findings)
    assert others == {expected}, [each.line for each in findings]
    for each in findings:
        if each.level is not Level.OK:
            assert each.cause.endswith(".")
            assert each.hint.endswith("."), each.line


def test_a_reading_above_the_supply_says_that_the_supply_is_another() -> None:
    bench = Bench(7200)
    expected = vcc_above(bench)
    assert named(bench.examine()) >= {expected}


@pytest.mark.parametrize("bus_hz", [50_000, 70_000, 85_000, 100_000, 130_000, 170_000, 250_000, 400_000])
@pytest.mark.parametrize("seed", SEEDS[:2])
def test_hum_is_seen_whatever_the_bus_adds_to_the_pace(seed: int, bus_hz: float) -> None:
    bench = Bench(seed, "4x4", bus_hz)
    expected = humming(bench)
    assert named(bench.examine()) == {expected}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("bus_hz", [100_000, 400_000])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_board_has_no_fault(preset: str, bus_hz: float, seed: int) -> None:
    bench = Bench(seed, preset, bus_hz)
    findings = bench.examine() + bench.press()
    assert named(findings) == set(), [each.line for each in findings]
    assert not failed(findings)
    assert sum(each.what.startswith("sensor ") for each in findings) == len(bench.sensors)
    assert sum(each.what.startswith("press on ") for each in findings) == len(bench.sensors)


def test_the_chips_are_left_as_after_power_up_but_for_a_start() -> None:
    bench = Bench(7300)
    for address, each in bench.chips.items():
        each.write(b"\x02\x12\x34", 0.0)
        assert not failed(list(check_chip(bench.board, bench.bus, address)))
        each.write(b"\x02", 0.0)
        assert each.read(2, 0.0) == b"\x80\x00"
        each.write(b"\x03", 0.0)
        assert each.read(2, 0.0) == b"\x7f\xff"


def swapped(b: Bench) -> tuple[str, str]:
    b.bench.swap(b.one, b.other)
    one, other = sorted((b.one, b.other), key=b.sensors.index)
    return "press_swapped", f"press on {one} and {other}"


def broken(b: Bench) -> tuple[str, str]:
    b.bench.broken.add(b.one)
    return "press_open", f"press on {b.one}"


def doubled(b: Bench) -> tuple[str, str]:
    b.bench.wires[b.input_of(b.other)] = (b.other, b.one)
    b.bench.wires[b.input_of(b.one)] = ()
    return "press_doubled", f"press on {b.one}"


def bridged(b: Bench) -> tuple[str, str]:
    b.bench.bridged[b.input_of(b.one)] = b.input_of(b.other)
    b.bench.wires[b.input_of(b.other)] = (b.other, b.one)
    one, other = sorted((b.one, b.other), key=b.sensors.index)
    return "press_bridged", f"press on {one} and {other}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", [swapped, broken, doubled, bridged])
def test_the_press_test_names_what_is_wired_wrongly_and_nothing_else(fault: Fault, seed: int) -> None:
    bench = Bench(seed)
    expected = fault(bench)
    assert named(findings := bench.press()) == {expected}, [each.line for each in findings]


def test_three_wires_in_a_ring_are_each_reported_where_they_belong() -> None:
    bench = Bench(7400, "4x2")
    bench.bench.swap(bench.one, bench.other)
    bench.bench.swap(bench.other, bench.third)
    findings = bench.press()
    assert named(findings) == {("press_elsewhere", f"press on {name}") for name in (bench.one, bench.other, bench.third)}
    for name in (bench.one, bench.other, bench.third):
        address, channel = bench.input_of(name)
        finding = next(each for each in findings if each.what == f"press on {name}")
        assert finding.hint == f"Bring its wire to chip 0x{address:02x} channel {channel}."


def test_the_press_test_says_where_to_press_and_continues_when_nobody_does() -> None:
    bench = Bench(7500, "2x2")
    said: list[str] = []
    board = doctor_board.simulated_board(bench.layout, bench.bus, bench.clock, lambda _name: None)
    findings = list(press_test(board, said.append))
    assert codes(findings) == {"press_open"}
    assert [text for text in said if "press" in text] == [
        "1 of 4: press with a flat hand on r1c1, 11 cm left of the middle, 18 cm from the head end.",
        "2 of 4: press with a flat hand on r1c2, 11 cm right of the middle, 18 cm from the head end.",
        "3 of 4: press with a flat hand on r2c1, 11 cm left of the middle, 54 cm from the head end.",
        "4 of 4: press with a flat hand on r2c2, 11 cm right of the middle, 54 cm from the head end.",
    ]


@pytest.mark.parametrize(
    ("preset", "model", "bus_hz", "frames"),
    [("4x4", "ads1115", 400_000, 153.7), ("4x4", "ads1115", 100_000, 72.7), ("2x2", "ads1115", 400_000, 153.7)],
)
def test_the_speed_that_a_bus_allows_is_that_of_the_slots(preset: str, model: str, bus_hz: float, frames: float) -> None:
    layout = grid(*PRESETS[preset], rm_ohm=3300.0)
    assert frames_per_second(layout, model, bus_hz) == pytest.approx(frames, rel=0.01)


def test_a_board_under_somebody_is_reported_as_loaded_and_not_as_broken() -> None:
    bench = Bench(7600)
    bench.bench.press(bench.one)
    findings = bench.examine()
    assert ("loaded", where(bench, bench.one)) in named(findings)
    assert not failed(findings)
