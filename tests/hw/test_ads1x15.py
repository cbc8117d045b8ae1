from __future__ import annotations

import contextlib
import logging
import math
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from acumat_hw.ads1x15 import Ads1x15Reader
from acumat_hw.ads1x15_facts import Model
from acumat_hw.errors import InputError, SourceUnavailableError
from acumat_hw.frame import Missing
from acumat_hw.i2c import extended_bus
from acumat_hw.layout import grid
from acumat_sim.ads1x15 import SimulatedChip
from tests.bench.reader import CASES, measure
from tests.hw.bench import LAYOUT, Bench, Ladder

CODES_1115 = tuple(800 * (n + 1) for n in range(16))
FRAME_CALLS = 1500
"""Half as much again as a frame of sixteen takes, so that only a gross loss fails."""


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
        (_zero, Missing.BUS_FAULT, Missing.BUS_FAULT),
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


@pytest.mark.parametrize("step", range(4))
def test_a_restarted_chip_loses_one_reading_and_is_set_up_again(step: int) -> None:
    bench = Bench()
    bench.reader.open()
    bench.reader.read()
    bench.clock.sleep(0.1)
    wait, sleeps = bench.clock.sleep, 0

    def sleep_and_brown_out(seconds: float) -> None:
        nonlocal sleeps
        wait(seconds)
        if seconds > 500e-6:  # the wait for a conversion, not a transfer
            sleeps += 1
            if sleeps == step + 1:
                bench.chips[0].brown_out()

    bench.clock.sleep = sleep_and_brown_out  # type: ignore[method-assign]
    frame = bench.reader.read()
    assert frame.missing == tuple(Missing.RESET if index == step else None for index in range(16))
    assert all(code in (None, right) for code, right in zip(frame.codes, CODES_1115, strict=True))
    assert bench.reader.read().codes == CODES_1115
    assert bench.reader.remarks.restarts == {0x48: 1}


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
    with pytest.raises(SourceUnavailableError, match="SDA and SCL"):
        bench.reader.read()
    with pytest.raises(SourceUnavailableError, match="SDA and SCL"):
        bench.reader.open()
    bench.bus.hung = False
    bench.reader.open()
    assert bench.reader.read().codes == CODES_1115


@pytest.mark.parametrize("seed", range(4))
def test_whatever_goes_and_comes_in_whatever_order_the_reader_continues(seed: int) -> None:
    random_ = Random(seed)
    bench = Bench(layout=grid(4, 2, rm_ohm=3300.0), scans=4)
    bench.reader.open()
    for _ in range(150):
        bench.bus.hung = random_.random() < 0.3
        for chip in bench.chips:
            chip.present = random_.random() < 0.5
        try:
            for _ in range(random_.randint(1, 12)):
                bench.reader.read()
                bench.clock.sleep(random_.choice([0.0, 0.1, 3.0]))
        except SourceUnavailableError:
            with contextlib.suppress(SourceUnavailableError):
                bench.reader.open()
    bench.bus.hung = False
    for chip in bench.chips:
        chip.present = True
    bench.clock.sleep(60)
    with contextlib.suppress(SourceUnavailableError):
        bench.reader.read()
    bench.reader.open()
    assert bench.reader.read().codes == CODES_1115[:8]


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


def test_opening_without_any_chip_names_addresses_and_hint() -> None:
    bench = Bench()
    for chip in bench.chips:
        chip.present = False
    with pytest.raises(SourceUnavailableError, match=r"0x48, 0x49, 0x4a, 0x4b; check power"):
        bench.reader.open()
    with pytest.raises(SourceUnavailableError, match=r"open\(\)"):
        bench.reader.read()
    bench.reader.close()
    bench.reader.close()


def test_a_bus_that_does_not_exist_is_reported_with_its_hint() -> None:
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


def test_a_frame_of_sixteen_takes_few_calls() -> None:
    """Of Python and C functions, those of the simulated chips among them: what it costs, whatever the machine."""
    bench = Bench()
    bench.reader.open()
    bench.reader.read()
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        for _ in range(10):
            bench.reader.read()
    finally:
        sys.setprofile(before)
    assert calls < 10 * FRAME_CALLS


# at the limit of the bus


@pytest.mark.parametrize(("rate_error", "wake_s"), [(0.0, 25e-6), (-0.1, 110e-6)])
@pytest.mark.parametrize(("model", "bus_hz", "chips"), CASES)
def test_frames_come_at_the_limit_and_the_chips_are_treated_as_their_data_sheet_asks(
    model: Model, bus_hz: float, chips: int, rate_error: float, wake_s: float
) -> None:
    row, bench = measure(model, bus_hz, chips, rate_error=rate_error, wake_s=wake_s)
    assert 0.95 <= row.ratio <= 1.0001
    # an ADS1015 ends a conversion within one transfer at 100 kHz: there results and starts go apart; now and then comes a check
    each = 8.1 if model == "ads1015" and bus_hz == 1e5 else 4.1
    assert row.transfers < each * chips
    assert bench.violations() == (0, 0, 0, 0)
    right = CODES_1115 if model == "ads1115" else tuple(16 * 50 * (n + 1) for n in range(16))
    assert bench.reader.read().codes == right[: 4 * chips]


def test_sixteen_sensors_at_400_khz_are_read_153_times_a_second() -> None:
    row, _ = measure("ads1115", 4e5, 4)
    assert row.limit_hz == pytest.approx(153.9, abs=0.1)
    assert row.reader_hz > 153
    assert row.reader_hz > 15 * row.naive_hz


@pytest.mark.parametrize("pause_s", [0.0, 1e-4, 0.001, 0.0014, 0.0017, 0.003, 0.01, 0.2])
def test_a_caller_may_pause_between_frames_for_any_time_and_gets_what_is_there_now(pause_s: float) -> None:
    bench = Bench(rate_error=-0.1, wake_s=110e-6)
    bench.reader.open()
    for turn in range(20):
        bench.inputs.lift_v = 0.01 * (turn % 2)
        lifted = round(bench.inputs.lift_v / 125e-6)
        frame = bench.reader.read()
        # what was started ahead of a pause shorter than one conversion may be of the moment before it
        started_ahead = {4 * chip for chip in range(4)} if pause_s <= 1.42e-3 else set()
        for index, code in enumerate(frame.codes):
            allowed = {CODES_1115[index] + lifted} | ({CODES_1115[index] + 80 - lifted} if index in started_ahead else set())
            assert code in allowed
        bench.clock.sleep(pause_s)
    assert bench.violations() == (0, 0, 0, 0)


@pytest.mark.parametrize("pause_s", [0.0015, 0.1, 10.0])
def test_what_was_started_ahead_is_not_used_after_a_pause(pause_s: float) -> None:
    bench = Bench(rate_error=-0.1, wake_s=110e-6)
    bench.reader.open()
    for _ in range(3):  # one right after the other, so that the next one is begun
        bench.reader.read()
    bench.inputs.lift_v = 0.01
    bench.clock.sleep(pause_s)
    assert bench.reader.read().codes == tuple(code + 80 for code in CODES_1115)
    assert bench.violations()[:2] == (0, 0)


@pytest.mark.parametrize("rate_error", [-0.12, -0.15, -0.3])
def test_a_clock_beyond_the_data_sheet_costs_time_and_never_a_stale_value(rate_error: float) -> None:
    bench = Bench(rate_error=rate_error, wake_s=110e-6)
    bench.reader.open()
    for _ in range(20):
        frame = bench.reader.read()
        assert all(code in (None, right) for code, right in zip(frame.codes, CODES_1115, strict=True))
        bench.clock.sleep(0.05)
    assert bench.reader.read().codes == CODES_1115


def test_equal_and_zero_inputs_are_proven_by_the_configuration() -> None:
    bench = Bench()
    bench.inputs.step_v = 0.0
    bench.reader.open()
    for lift_v in (0.0, 0.0, 0.5, 0.5):
        bench.inputs.lift_v = lift_v
        bench.clock.sleep(0.1)
        assert set(bench.reader.read().codes) == {round(lift_v / 125e-6)}


# several scans to a frame


@pytest.mark.parametrize(
    ("sensors", "scans", "budget_s", "made"),
    [
        *[(16, None, 1.0, 1), (12, None, 1.0, 1), (8, None, 1.0, 1), (4, None, 1.0, 2), (16, 4, 1.0, 4), (16, 7, 0.06, 7)],
        *[(16, 9, 0.05, 6), (8, 3, 0.013, 1), (8, 3, 0.015, 2), (8, 3, 0.005, 1)],
    ],
)
def test_a_frame_is_made_of_as_many_scans_as_are_wanted_and_fit(
    sensors: int, scans: int | None, budget_s: float, made: int
) -> None:
    layout = replace(LAYOUT, sensors=LAYOUT.sensors[:sensors])
    bench = Bench(layout=layout, scans=scans, budget_s=budget_s, rate_error=-0.1, wake_s=110e-6)
    bench.reader.open()
    for _ in range(2):
        bench.reader.read()
        bench.clock.sleep(0.05)
    start_s, bench.inputs.asked = bench.clock.now_s, 0
    assert bench.reader.read().codes == CODES_1115[:sensors]
    assert bench.inputs.asked == made * sensors
    assert bench.clock.now_s - start_s <= max(budget_s, 0.0075)
    assert bench.violations() == (0, 0, 0, 0)


def test_a_frame_is_one_scan_while_no_average_is_wanted() -> None:
    bench = Bench(layout=replace(LAYOUT, sensors=LAYOUT.sensors[:8]), scans=2)
    bench.reader.open()
    made = []
    for wanted in (True, False, True):
        bench.reader.average(wanted)
        bench.inputs.asked = 0
        bench.reader.read()
        bench.clock.sleep(0.1)
        made.append(bench.inputs.asked)
    assert made == [16, 8, 16]


class Hum(Ladder):
    """Mains hum on a quiet input."""

    def volts(self, address: int, channel: int, t_mono_s: float) -> float:
        return 1.0 + 0.002 * math.sin(2 * math.pi * 50 * t_mono_s)


@pytest.mark.parametrize("sensors", [4, 8])
def test_scans_spread_over_a_period_take_mains_hum_out(sensors: int) -> None:
    def spread(*, average: bool) -> float:
        bench = Bench(layout=replace(LAYOUT, sensors=LAYOUT.sensors[:sensors]), scans=2, budget_s=0.05)
        for chip in bench.chips:
            chip._inputs = Hum()
        bench.reader.open()
        bench.reader.average(average)
        codes = []
        for _ in range(200):
            codes.append(bench.reader.read().codes[0] or 0)
            bench.clock.sleep(0.0713)
        return statistics.pstdev(codes)

    assert spread(average=True) < 0.1 * spread(average=False)


@pytest.mark.parametrize(("scans", "noise"), [(1, 2.0), (4, 1.0), (9, 0.667)])
def test_the_mean_of_several_scans_is_quieter(scans: int, noise: float) -> None:
    bench = Bench(layout=replace(LAYOUT, sensors=LAYOUT.sensors[:1]), scans=scans)
    bench.inputs.noise_v = 2 * 125e-6
    bench.reader.open()
    codes = []
    for _ in range(1500):
        (code,) = bench.reader.read().codes
        assert code is not None
        codes.append(code - 800)
    assert statistics.pstdev(codes) == pytest.approx(math.hypot(noise, 0.29), rel=0.1)  # and a step's own rounding
    assert statistics.mean(codes) == pytest.approx(0, abs=0.2)


def test_a_sensor_that_is_lost_in_some_scans_has_the_mean_of_the_others() -> None:
    bench = Bench(scans=3)
    bench.reader.open()
    for chip in bench.chips:
        chip.nack_probability = 0.35
    frames = [bench.reader.read() for _ in range(60)]
    assert {code for frame in frames for code in (frame.codes[3],)} == {None, CODES_1115[3]}


# what a reader notices beside the readings


def test_a_restart_between_frames_is_noticed_within_a_second_and_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench()
    bench.reader.open()
    before = noticed_by = 0
    for turn in range(1200):
        assert bench.reader.read().codes == CODES_1115
        if turn in (10, 30, 50):
            bench.chips[2].brown_out()
            before = bench.reader.remarks.restarts[0x4A]
            noticed_by = turn + 10
        if 10 <= turn < 70 and turn == noticed_by:
            assert bench.reader.remarks.restarts[0x4A] == before + 1
        bench.clock.sleep(0.1)
    assert [record.getMessage() for record in caplog.records] == [
        "ADS1115 at 0x4a has restarted; check its supply and its contacts",
        "ADS1115 at 0x4a runs on after 3 restarts",
    ]
    remark = bench.reader.remarks.current()
    assert remark is not None
    assert remark[0] == "restarts"
    assert "0x4a 3 times" in remark[1]
    bench.clock.sleep(600)
    assert bench.reader.remarks.current() is None


def test_a_chip_that_answers_elsewhere_is_named_with_its_new_address(caplog: pytest.LogCaptureFixture) -> None:
    layout = replace(LAYOUT, sensors=LAYOUT.sensors[:8])
    bench = Bench(layout=layout)
    bench.reader.open()
    bench.chips[1].address = 0x4B
    for turn in range(100):
        frame = bench.reader.read()
        bench.clock.sleep(0.1)
        if turn > 60:
            assert frame.missing == (None,) * 4 + (Missing.ABSENT,) * 4
    remark = bench.reader.remarks.current()
    assert remark is not None
    assert remark[0] == "moved"
    assert "0x49 is gone and 0x4b answers instead" in remark[1]
    bench.chips[1].address = 0x49
    bench.clock.sleep(30)
    assert bench.reader.read().codes == CODES_1115[:8]
    assert bench.reader.remarks.current() is None


def test_a_chip_that_was_elsewhere_from_the_start_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(layout=replace(LAYOUT, sensors=LAYOUT.sensors[:8]))
    bench.chips[1].address = 0x4A
    bench.reader.open()
    assert ["0x4a answers instead" in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.parametrize(("sold_as", "is_really", "reported"), [("ads1115", "ads1015", 1), ("ads1115", "ads1115", 0)])
def test_an_ads1015_sold_as_an_ads1115_is_reported_once(
    sold_as: Model, is_really: Model, reported: int, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(model=sold_as, layout=replace(LAYOUT, sensors=LAYOUT.sensors[:4]))
    bench.bus.chips = (SimulatedChip(0x48, bench.inputs, model=is_really),)
    bench.inputs.noise_v = 0.003
    bench.reader.open()
    for _ in range(200):
        bench.reader.read()
        bench.clock.sleep(0.1)
    assert len(caplog.records) == reported
    remark = bench.reader.remarks.current()
    assert (remark is not None and remark[0] == "coarse") is bool(reported)


def test_the_hint_of_a_missing_bus_names_its_number() -> None:
    bench = Bench(bus_number=3)
    for chip in bench.chips:
        chip.present = False
    with pytest.raises(SourceUnavailableError, match="i2cdetect -y 3"):
        bench.reader.open()


def test_bits_that_flip_on_the_wire_spoil_single_readings_only() -> None:
    bench = Bench()
    bench.reader.open()
    for chip in bench.chips:
        chip.flip_probability = 0.01
    wrong = lost = 0
    for _ in range(500):
        frame = bench.reader.read()
        bench.clock.sleep(0.05)
        lost += sum(code is None for code in frame.codes)
        wrong += sum(code not in (None, right) for code, right in zip(frame.codes, CODES_1115, strict=True))
    assert lost < 20  # of 8000
    assert 20 < wrong < 200  # nobody can tell these: the median over frames takes them out
