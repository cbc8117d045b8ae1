from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from acumat_hw.ads1x15 import Ads1x15Reader, Model, extended_bus
from acumat_hw.errors import InputError, SourceUnavailableError
from acumat_hw.frame import Missing
from acumat_hw.layout import grid
from tests.hw.bench import LAYOUT, Bench

CODES_1115 = tuple(800 * (n + 1) for n in range(16))


@pytest.mark.parametrize("rate_error", [-0.1, 0.0, 0.1])
@pytest.mark.parametrize("bus_hz", [100_000, 400_000])
def test_every_input_of_four_chips_gives_its_own_code(rate_error: float, bus_hz: float) -> None:
    bench = Bench(rate_error=rate_error, bus_hz=bus_hz)
    bench.reader.open()
    frames = [bench.reader.read() for _ in range(3)]
    assert [frame.codes for frame in frames] == [CODES_1115] * 3
    assert [frame.seq for frame in frames] == [0, 1, 2]
    assert frames[0].missing == (None,) * 16


def test_an_ads1015_gives_left_justified_codes() -> None:
    bench = Bench(model="ads1015", rate_error=-0.1)
    bench.reader.open()
    assert bench.reader.read().codes == tuple(16 * 50 * (n + 1) for n in range(16))


def test_the_reader_asks_for_one_conversion_for_each_code() -> None:
    bench = Bench()
    bench.reader.open()
    bench.inputs.asked = 0
    bench.reader.read()
    assert bench.inputs.asked == 16


@pytest.mark.parametrize(("model", "bus_hz", "at_least"), [("ads1115", 4e5, 120), ("ads1115", 1e5, 45), ("ads1015", 4e5, 170)])
def test_a_frame_of_sixteen_takes_little_bus_time_in_the_worst_case(model: Model, bus_hz: float, at_least: float) -> None:
    bench = Bench(model=model, bus_hz=bus_hz, rate_error=-0.1)
    bench.reader.open()
    start_s = bench.clock.now_s
    for _ in range(20):
        bench.reader.read()
    assert 20 / (bench.clock.now_s - start_s) > at_least


def test_sensors_may_be_wired_in_any_order() -> None:
    layout = replace(LAYOUT, sensors=LAYOUT.sensors[::-1])
    bench = Bench(layout=layout)
    bench.reader.open()
    assert bench.reader.read().codes == CODES_1115[::-1]


def _absent(bench: Bench) -> None:
    bench.chips[1].present = False


def _zero(bench: Bench) -> None:
    bench.chips[1].reads_zero = True


def _stuck(bench: Bench) -> None:
    bench.chips[1].stuck_busy = True


@pytest.mark.parametrize(
    ("fault", "first", "later"),
    [
        (_absent, Missing.NO_ANSWER, Missing.NO_ANSWER),
        (_zero, Missing.RESET, Missing.RESET),
        (_stuck, Missing.NOT_READY, Missing.NOT_READY),
    ],
)
def test_a_faulty_chip_costs_its_own_sensors_and_little_time(
    fault: Callable[[Bench], None], first: Missing, later: Missing
) -> None:
    bench = Bench()
    bench.reader.open()
    bench.reader.read()
    fault(bench)
    for reason in (first, later):
        start_s = bench.clock.now_s
        frame = bench.reader.read()
        assert frame.missing == (None,) * 4 + (reason,) * 4 + (None,) * 8
        assert frame.codes == CODES_1115[:4] + (None,) * 4 + CODES_1115[8:]
        assert bench.clock.now_s - start_s < 0.025


def test_a_chip_is_read_again_once_its_conversion_ends() -> None:
    bench = Bench()
    bench.reader.open()
    bench.chips[0].stuck_busy = True
    assert bench.reader.read().missing[:4] == (Missing.NOT_READY,) * 4
    bench.chips[0].stuck_busy = False
    assert bench.reader.read().codes == CODES_1115


def test_a_conversion_left_running_by_another_program_never_passes_for_ours() -> None:
    bench = Bench()
    bench.reader.open()
    # 8 samples a second on input 3: 125 ms, far longer than a frame
    bench.bus.writeto(0x48, bytes((1, 0xF3, 0x03)))
    frame = bench.reader.read()
    assert frame.missing[:4] == (Missing.NOT_READY,) * 4
    bench.clock.sleep(0.2)
    assert bench.reader.read().codes == CODES_1115


def test_a_restarted_chip_loses_one_reading_and_is_set_up_again() -> None:
    bench = Bench()
    bench.reader.open()
    wait, sleeps = bench.clock.sleep, 0

    def sleep_and_brown_out(seconds: float) -> None:
        nonlocal sleeps
        wait(seconds)
        if seconds > 500e-6:  # the wait for the first conversion, not a transfer
            sleeps += 1
            if sleeps == 1:
                bench.chips[0].brown_out()

    bench.clock.sleep = sleep_and_brown_out  # type: ignore[method-assign]
    frame = bench.reader.read()
    assert frame.missing == (Missing.RESET, *(None,) * 15)
    assert frame.codes[1:] == CODES_1115[1:]
    assert bench.reader.read().codes == CODES_1115


def test_a_hung_bus_costs_one_time_out_and_then_the_source() -> None:
    bench = Bench()
    bench.reader.open()
    bench.reader.read()
    bench.bus.hung = True
    start_s = bench.clock.now_s
    assert set(bench.reader.read().missing) == {Missing.BUS_FAULT}
    assert bench.clock.now_s - start_s < 1.1
    for _ in range(4):
        bench.reader.read()
    with pytest.raises(SourceUnavailableError, match="0x48, 0x49, 0x4a, 0x4b"):
        bench.reader.read()
    with pytest.raises(SourceUnavailableError, match="SDA and SCL"):
        bench.reader.open()
    bench.bus.hung = False
    bench.reader.open()
    assert bench.reader.read().codes == CODES_1115


def test_rare_refusals_are_overcome_by_trying_again() -> None:
    bench = Bench()
    bench.reader.open()
    for chip in bench.chips:
        chip.nack_probability = 0.02
    frames = [bench.reader.read() for _ in range(100)]
    lost = sum(code is None for frame in frames for code in frame.codes)
    assert lost < 16
    assert all(code in (None, right) for frame in frames for code, right in zip(frame.codes, CODES_1115, strict=True))


def test_a_chip_missing_at_first_is_found_later_with_longer_and_longer_pauses() -> None:
    bench = Bench()
    _absent(bench)
    bench.reader.open()
    assert bench.reader.read().missing[4:8] == (Missing.ABSENT,) * 4
    looks: list[float] = []
    answers = bench.chips[1].answers

    def note_and_answer() -> bool:
        looks.append(bench.clock.now_s)
        return answers()

    bench.chips[1].answers = note_and_answer  # type: ignore[method-assign]
    for _ in range(2400):
        bench.reader.read()
        bench.clock.sleep(0.05)
    pauses = [b - a for a, b in zip(looks[::2], looks[2::2], strict=False)]
    assert pauses[:6] == pytest.approx([2, 4, 8, 16, 30, 30], abs=0.1)
    bench.chips[1].present = True
    bench.clock.sleep(30)
    assert bench.reader.read().codes == CODES_1115


def test_an_outage_and_its_end_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench()
    bench.reader.open()
    _absent(bench)
    for _ in range(200):
        bench.reader.read()
        bench.clock.sleep(0.05)
    assert [(r.levelname, "0x49" in r.getMessage()) for r in caplog.records] == [("WARNING", True)]
    bench.chips[1].present = True
    for _ in range(200):
        bench.reader.read()
        bench.clock.sleep(0.05)
    assert [r.levelname for r in caplog.records] == ["WARNING", "INFO"]
    assert bench.reader.read().codes == CODES_1115


def test_opening_without_any_chip_names_addresses_and_cure() -> None:
    bench = Bench()
    for chip in bench.chips:
        chip.present = False
    with pytest.raises(SourceUnavailableError, match=r"0x48, 0x49, 0x4a, 0x4b; check power"):
        bench.reader.open()
    with pytest.raises(SourceUnavailableError, match=r"open\(\)"):
        bench.reader.read()
    bench.reader.close()
    bench.reader.close()


def test_a_bus_that_does_not_exist_is_told_with_its_cure() -> None:
    with pytest.raises(SourceUnavailableError, match=r"/dev/i2c-987.*raspi-config"):
        extended_bus(987)


@pytest.mark.parametrize(
    ("gain", "rate", "what"), [(3, None, "gain 3"), (1, 100, "data_rate 100 .* 8, 16"), (2 / 3, 3300, "data_rate 3300")]
)
def test_settings_that_the_chip_lacks_are_refused(gain: float, rate: int | None, what: str) -> None:
    bench = Bench()
    with pytest.raises(InputError, match=what):
        Ads1x15Reader(open_bus=lambda: bench.bus, clock=bench.clock, layout=LAYOUT, gain=gain, data_rate=rate)


def test_two_sensors_on_one_input_are_refused() -> None:
    one, two = grid(2, 1, rm_ohm=3300.0).sensors
    layout = replace(LAYOUT, sensors=(one, replace(two, channel=one.channel)))
    with pytest.raises(InputError, match="r2c1: chip 0x48 channel 0"):
        Bench(layout=layout)


def test_a_frame_of_sixteen_costs_little_processor_time() -> None:
    bench = Bench()
    bench.reader.open()
    best_s = 1.0
    for _ in range(20):
        start_s = time.process_time()
        for _ in range(10):
            bench.reader.read()
        best_s = min(best_s, (time.process_time() - start_s) / 10)
    assert best_s < 2e-3  # five times what a desktop needs, so that only a gross loss fails
