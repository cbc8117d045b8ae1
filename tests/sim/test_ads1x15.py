from __future__ import annotations

import errno

import pytest
from adafruit_ads1x15.ads1015 import ADS1015
from adafruit_ads1x15.ads1115 import ADS1115
from adafruit_ads1x15.analog_in import AnalogIn
from hypothesis import given
from hypothesis import strategies as st

from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from tests.hw.bench import JumpingClock


class Fixed:
    def __init__(self, *volts: float) -> None:
        self.pins = list(volts)
        self.asked = 0

    def volts(self, address: int, channel: int, t_mono_s: float) -> float:
        self.asked += 1
        return self.pins[channel]


def _bus(
    *volts: float, model: str = "ads1115", rate_error: float = 0.0
) -> tuple[SimulatedBus, SimulatedChip, JumpingClock, Fixed]:
    clock, inputs = JumpingClock(), Fixed(*volts)
    chip = SimulatedChip(0x48, inputs, model=model, rate_error=rate_error)
    return SimulatedBus(clock, [chip]), chip, clock, inputs


def _register(bus: SimulatedBus, pointer: int) -> int:
    buffer = bytearray(2)
    bus.writeto_then_readfrom(0x48, bytes((pointer,)), buffer)
    return int.from_bytes(buffer, "big")


def _configure(bus: SimulatedBus, word: int) -> None:
    bus.writeto(0x48, b"\x01" + word.to_bytes(2, "big"))


SINGLE_860 = 0x8000 | 0x0200 | 0x0100 | 0x00E0 | 3


@pytest.mark.parametrize("gain", [2 / 3, 1, 2, 4, 8, 16])
@pytest.mark.parametrize(
    ("driver", "model", "step_v"), [(ADS1115, "ads1115", 6.144 / 32768), (ADS1015, "ads1015", 6.144 / 2048)]
)
def test_the_drivers_analog_in_reads_the_volts_that_are_there(gain: float, driver: type, model: str, step_v: float) -> None:
    volts = (0.2, 0.05, 0.11, -0.13)
    bus, *_ = _bus(*volts, model=model)
    ads = driver(bus, gain=gain)
    for pin, right in enumerate(volts):
        assert AnalogIn(ads, pin).voltage == pytest.approx(right, abs=step_v)
    for positive, negative in ((0, 1), (0, 3), (1, 3), (2, 3)):
        right = volts[positive] - volts[negative]
        if abs(right) < 0.256:
            assert AnalogIn(ads, positive, negative).voltage == pytest.approx(right, abs=2 * step_v)


def test_registers_hold_the_data_sheets_values_after_power_up() -> None:
    bus, *_ = _bus(1, 1, 1, 1)
    assert [_register(bus, pointer) for pointer in range(4)] == [0, 0x8583, 0x8000, 0x7FFF]


@given(st.floats(-7, 7), st.sampled_from([(0, 6.144), (1, 4.096), (2, 2.048), (3, 1.024), (4, 0.512), (7, 0.256)]))
def test_a_code_is_the_nearest_step_and_clips_at_the_range(volts: float, gain: tuple[int, float]) -> None:
    pga, full_scale_v = gain
    bus, _, clock, _ = _bus(volts, 0, 0, 0)
    _configure(bus, SINGLE_860 & ~0x0E00 | 0x4000 | pga << 9)
    clock.sleep(0.01)
    code = (_register(bus, 0) ^ 0x8000) - 0x8000
    exact = volts / full_scale_v * 32768
    assert -32768 <= code <= 32767
    assert code == pytest.approx(min(max(exact, -32768), 32767), abs=0.5000001)


def test_the_previous_result_stands_until_the_conversion_ends() -> None:
    bus, _, clock, inputs = _bus(1.0, 2.0, 0, 0)
    _configure(bus, SINGLE_860 | 0x4000)
    clock.sleep(0.002)
    assert _register(bus, 0) == 8000
    asked = inputs.asked
    _configure(bus, SINGLE_860 | 0x5000)
    clock.sleep(0.0008)
    assert _register(bus, 1) & 0x8000 == 0
    assert _register(bus, 0) == 8000
    clock.sleep(0.0005)
    assert _register(bus, 1) == SINGLE_860 | 0x5000
    assert _register(bus, 0) == 16000
    assert inputs.asked == asked + 1


def test_a_start_during_a_conversion_is_lost() -> None:
    bus, _, clock, _ = _bus(1.0, 2.0, 0, 0)
    _configure(bus, SINGLE_860 | 0x4000)
    _configure(bus, SINGLE_860 | 0x5000)
    clock.sleep(0.01)
    assert _register(bus, 1) == SINGLE_860 | 0x5000
    assert _register(bus, 0) == 8000


@pytest.mark.parametrize("rate_error", [-0.1, 0.0, 0.1])
def test_a_conversion_lasts_as_long_as_the_chips_own_clock_says(rate_error: float) -> None:
    bus, _, clock, _ = _bus(1.0, 0, 0, 0, rate_error=rate_error)
    _configure(bus, SINGLE_860 | 0x4000)
    ends_s = clock.now_s + 25e-6 + 1 / (860 * (1 + rate_error))
    clock.now_s = ends_s - 130e-6
    assert not _register(bus, 1) & 0x8000
    clock.now_s = ends_s
    assert _register(bus, 1) & 0x8000


def test_in_continuous_mode_results_follow_one_another_and_os_stays_zero() -> None:
    bus, _, clock, inputs = _bus(1.0, 0, 0, 0)
    _configure(bus, 0x4000 | 0x0200 | 0x00E0 | 3)
    clock.sleep(0.01)
    assert _register(bus, 0) == 8000
    inputs.pins[0] = 2.0
    clock.sleep(0.01)
    assert _register(bus, 0) == 16000
    assert not _register(bus, 1) & 0x8000


def test_a_bare_read_gives_the_register_written_last() -> None:
    bus, *_ = _bus(1, 1, 1, 1)
    bus.writeto(0x48, b"\x02\x12\x34")
    buffer = bytearray(2)
    bus.readfrom_into(0x48, buffer)
    assert buffer == b"\x12\x34"


def test_transfers_take_their_time_on_the_wire() -> None:
    bus, _, clock, _ = _bus(1, 1, 1, 1)
    taken: list[int] = []
    for transfer in (lambda: _configure(bus, 0x8583), lambda: _register(bus, 1), lambda: bus.readfrom_into(0x48, bytearray(2))):
        start_s = clock.now_s
        transfer()
        taken.append(round((clock.now_s - start_s) * 400_000))
    assert taken == [38, 48, 29]


def test_a_brown_out_gives_reset_values_and_ends_the_conversion() -> None:
    bus, chip, clock, _ = _bus(1.0, 0, 0, 0)
    _configure(bus, SINGLE_860 | 0x4000)
    chip.brown_out()
    clock.sleep(0.01)
    assert (_register(bus, 1), _register(bus, 0)) == (0x8583, 0)


def test_a_stuck_chip_never_becomes_ready_and_a_low_line_reads_zero() -> None:
    bus, chip, clock, _ = _bus(1.0, 0, 0, 0)
    chip.stuck_busy = True
    _configure(bus, SINGLE_860 | 0x4000)
    clock.sleep(10)
    assert not _register(bus, 1) & 0x8000
    chip.stuck_busy, chip.reads_zero = False, True
    assert _register(bus, 1) == 0


def test_a_missing_chip_and_a_hung_bus_give_the_kernels_errors() -> None:
    bus, chip, clock, _ = _bus(1, 1, 1, 1)
    chip.present = False
    assert bus.scan() == []
    with pytest.raises(OSError, match="Remote") as refused:
        bus.writeto(0x48, b"")
    assert refused.value.errno == errno.EREMOTEIO
    with pytest.raises(ValueError, match="0x48"):
        ADS1115(bus)
    bus.hung = True
    start_s = clock.now_s
    with pytest.raises(TimeoutError):
        bus.writeto(0x48, b"\x01")
    assert clock.now_s - start_s == 1.0


def test_refusals_are_as_frequent_as_set_and_repeatable() -> None:
    def refused() -> list[bool]:
        bus, chip, *_ = _bus(1, 1, 1, 1)
        chip.nack_probability = 0.25
        return [bus.scan() == [] for _ in range(400)]

    assert refused() == refused()
    assert 70 <= sum(refused()) <= 130
