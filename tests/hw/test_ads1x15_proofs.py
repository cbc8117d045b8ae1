"""What the reader asks of chip and bus, and that no result passes for another's, whatever clocks and machine do."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from acumat_hw.ads1x15_chip import NEAR_CODES
from acumat_hw.frame import Missing
from acumat_sim.ads1x15 import SimulatedChip
from tests.hw.bench import Bench

CODES = tuple(800 * (n + 1) for n in range(16))


class Mixed:
    """Inputs of every kind that two results can be equal on: open ones, equal ones, ones at rest with a bleed, loaded ones."""

    def __init__(self, seed: int, noise_v: float) -> None:
        self._random = Random(seed)
        self._noise_v = noise_v
        self._rest_v = [self._random.choice((0.0, 0.0, 0.069, 1.0, self._random.uniform(0.0, 3.0))) for _ in range(16)]

    def volts(self, address: int, channel: int, t_mono_s: float) -> float:
        return max(0.0, self._rest_v[4 * (address - 0x48) + channel] + self._random.gauss(0.0, self._noise_v))


@pytest.mark.parametrize("seed", range(100))
def test_no_access_is_early_repeated_ignored_or_unlocked_whatever_the_clocks(seed: int) -> None:
    random_ = Random(seed)
    bench = Bench(wake_s=random_.uniform(20e-6, 110e-6), bus_hz=random_.choice([1e5, 4e5]), scans=random_.choice([1, 2]))
    inputs = Mixed(seed, random_.choice([0.0, 125e-6]))
    bench.bus.chips = bench.chips = tuple(  # type: ignore[assignment]
        SimulatedChip(0x48 + n, inputs, rate_error=random_.uniform(-0.1, 0.1), wake_s=random_.uniform(20e-6, 110e-6))
        for n in range(4)
    )
    bench.reader.open()
    for _ in range(25):
        assert None not in bench.reader.read().codes
        bench.clock.sleep(random_.choice([0.0, 0.001, 0.05, 0.1, 0.2]))
    assert bench.violations() == (0, 0, 0, 0)


@pytest.mark.parametrize(("rest_v", "name"), [(0.0, "open"), (0.069, "with a bleed")])
def test_open_sensors_cost_as_many_transfers_as_others(rest_v: float, name: str) -> None:
    bench = Bench()
    bench.inputs.step_v, bench.inputs.lift_v, bench.inputs.noise_v = 0.0, rest_v, 125e-6
    bench.reader.open()
    for _ in range(10):
        bench.reader.read()
        bench.clock.sleep(0.1)
    before = bench.bus.transfers
    for _ in range(100):
        bench.reader.read()
        bench.clock.sleep(0.1)
    each = (bench.bus.transfers - before) / 100
    assert 20 <= each < 21, name  # four starts, twelve results with a start, four without; every half second a check


@pytest.mark.parametrize("rate_error", [-0.11, -0.15, -0.25, -0.4])
@pytest.mark.parametrize("lift_v", [0.0, 0.02])
def test_a_clock_that_turns_slow_between_two_checks_never_gives_another_inputs_value(rate_error: float, lift_v: float) -> None:
    bench = Bench(wake_s=110e-6)
    bench.reader.open()
    for turn in range(40):
        if turn == 17:  # two frames after a check
            for chip in bench.chips:
                chip.rate_error = rate_error
        bench.inputs.lift_v = lift_v * (turn % 2)
        lifted = round(bench.inputs.lift_v / 125e-6)
        codes = bench.reader.read().codes
        assert all(code in (None, right + lifted) for code, right in zip(codes, CODES, strict=True))
        bench.clock.sleep(0.1)
    assert None not in bench.reader.read().codes


@pytest.mark.parametrize("pause_s", [0.0002, 0.0008, 0.0012, 0.005])
def test_a_machine_that_pauses_within_a_transfer_gives_no_other_inputs_value(pause_s: float) -> None:
    bench = Bench()
    random_ = Random(3)
    bench.reader.open()
    transfer = bench.bus._transfer

    def paused(address: int, bits: int) -> SimulatedChip:
        bench.bus.pause_s = pause_s if random_.random() < 0.1 else 0.0
        return transfer(address, bits)

    bench.bus._transfer = paused  # type: ignore[method-assign]
    for turn in range(60):
        bench.inputs.lift_v = 0.02 * (turn % 2)
        lifted = round(bench.inputs.lift_v / 125e-6)
        codes = bench.reader.read().codes
        assert all(code in (None, right + lifted) for code, right in zip(codes, CODES, strict=True))
        bench.clock.sleep(0.1)


def _brown_out(bench: Bench) -> None:
    bench.chips[0].brown_out()


def _other_program(bench: Bench) -> None:
    bench.bus.writeto(0x48, bytes((1, 0xF3, 0x03)))  # 8 samples a second of input 3


@pytest.mark.parametrize("trouble", [_brown_out, _other_program])
def test_what_is_taken_without_proof_is_near_what_the_input_gave_before(trouble: Callable[[Bench], None]) -> None:
    bench = Bench()
    bench.inputs.step_v = 0.0
    bench.reader.open()
    random_ = Random(1)
    for _ in range(200):
        if random_.random() < 0.1:
            trouble(bench)
        for code in bench.reader.read().codes:
            assert code is None or abs(code) <= NEAR_CODES
        bench.clock.sleep(0.1)


def test_a_data_line_held_low_is_found_on_an_empty_mat_within_half_a_second() -> None:
    bench = Bench()
    bench.inputs.step_v = 0.0
    bench.reader.open()
    bench.reader.read()
    for chip in bench.chips:
        chip.reads_zero = True
    bench.clock.sleep(0.5)
    assert set(bench.reader.read().missing) == {Missing.BUS_FAULT}
