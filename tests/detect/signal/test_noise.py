"""Flicker and loose contacts: what no body does from frame to frame is counted, named, and forgotten when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.noise import INTERMITTENT, NOISY, SPIKES, Noise
from acumat.detect.signal.resolution import COARSE_STEP, Resolution
from tests.detect.harness import layout
from tests.detect.readings import P

PACE_S = 0.1
LOADED_X = 0.3
WELL = (None,) * 8


class Signals:
    """Shares of the supply at ten frames a second, straight into the judge."""

    def __init__(self, *, pace_s: float = PACE_S, coarse: bool = False) -> None:
        resolution = Resolution(layout())
        if coarse:
            resolution.step(tuple(range(COARSE_STEP, 9 * COARSE_STEP, COARSE_STEP)))
        self.noise = Noise(layout(), P, resolution)
        self.t_s = 50.0
        self.pace_s = pace_s

    def frame(self, xs: Sequence[float | None]) -> tuple[str | None, ...]:
        nothing = (False,) * len(xs)
        self.noise.step(Reading(self.t_s, (None,) * len(xs), nothing, nothing, tuple(xs)))
        self.t_s += self.pace_s
        return self.noise.codes

    def go(self, seconds: float, *last: float | None, others: float = LOADED_X) -> tuple[str | None, ...]:
        """Seven quiet sensors, and one whose values take turns."""
        for step in range(round(seconds / self.pace_s)):
            self.frame([*[others] * 7, last[step % len(last)]])
        return self.noise.codes


def only(word: str) -> tuple[str | None, ...]:
    return (*[None] * 7, word)


UP, DOWN = LOADED_X + 1.2 * P.noise_jump_x, LOADED_X


def test_a_signal_that_flickers_in_most_frames_is_noisy_after_some_seconds_and_well_after_a_quiet_minute() -> None:
    signals = Signals()
    assert signals.go(P.noise_limit - 1.0, UP, DOWN) == WELL
    assert signals.go(15.0, UP, DOWN) == only(NOISY)
    assert signals.go(P.noise_quiet_s - 1.0, DOWN)[7] is not None
    assert signals.go(2.0, DOWN) == WELL


def test_a_change_smaller_than_a_flicker_or_one_way_is_a_bodys() -> None:
    assert Signals().go(60.0, LOADED_X + 0.9 * P.noise_jump_x, LOADED_X) == WELL
    ramp = Signals()
    for step in range(300):
        ramp.frame([*[LOADED_X] * 7, 0.1 + 2 * P.noise_jump_x * min(step, 40)])
    assert ramp.noise.codes == WELL


def test_an_odd_frame_in_ten_is_spikes_for_the_filter_holds_those() -> None:
    assert Signals().go(60.0, *[DOWN] * 9, 0.6) == only(SPIKES)


@pytest.mark.parametrize(("every_s", "code"), [(15.0, SPIKES), (40.0, None)])
def test_spikes_far_apart_are_forgotten_faster_than_they_come(every_s: float, code: str | None) -> None:
    codes = Signals().go(400.0, *[DOWN] * (round(every_s / PACE_S) - 1), 0.6)
    assert codes == (only(code) if code else WELL)


def test_what_most_sensors_do_at_once_counts_for_little() -> None:
    alone, shaken = Signals(), Signals()
    for step in range(150):
        x = UP if step % 2 else DOWN
        alone.frame([*[DOWN] * 7, x])
        shaken.frame([x] * 8)
    assert alone.noise.codes == only(NOISY)
    assert shaken.noise.codes == WELL


def test_frames_far_apart_and_missing_readings_report_nothing() -> None:
    slow = Signals(pace_s=P.noise_frames_s + 0.05)
    assert slow.go(200.0, 0.6, 0.1) == WELL
    holes = Signals()
    assert holes.go(60.0, 0.6, None, 0.1, None) == WELL


def breaks(
    signals: Signals, count: int, *, away_s: float, loaded_s: float = 2.0, others: float = LOADED_X
) -> tuple[str | None, ...]:
    for _ in range(count):
        signals.go(away_s, 0.0, others=others)
        signals.go(loaded_s, LOADED_X, others=others)
    return signals.noise.codes


def test_a_contact_that_breaks_and_comes_back_five_times_is_intermittent_until_a_quiet_minute_under_load() -> None:
    signals = Signals()
    signals.go(5.0, LOADED_X)
    assert breaks(signals, 4, away_s=1.0) == WELL
    assert breaks(signals, 3, away_s=1.0) == only(INTERMITTENT)
    assert signals.go(300.0, 0.01, others=0.01) == only(INTERMITTENT), "without a load nobody knows"
    assert signals.go(P.noise_quiet_s + 1.0, LOADED_X) == WELL


@pytest.mark.parametrize(("every_s", "named"), [(20.0, True), (59.0, False)])
def test_a_contact_that_breaks_a_few_times_a_minute_is_named_too(every_s: float, named: bool) -> None:
    signals = Signals()
    signals.go(5.0, LOADED_X)
    codes = breaks(signals, 20, away_s=0.3, loaded_s=every_s)
    assert codes == (only(INTERMITTENT) if named else WELL)


def test_breaks_that_two_sensors_share_count_for_less() -> None:
    signals = Signals()
    for turn in range(40):
        away = turn % 2
        for _ in range(3 if away else 197):
            signals.frame([LOADED_X] * 6 + [0.0 if away else LOADED_X] * 2)
    assert signals.noise.codes == WELL


@pytest.mark.parametrize("away_s", [0.1, P.break_longest_s + 0.5])
def test_a_break_of_one_frame_or_of_a_lift_is_none(away_s: float) -> None:
    signals = Signals()
    signals.go(5.0, LOADED_X)
    assert INTERMITTENT not in breaks(signals, 20, away_s=away_s)


def test_nothing_is_three_steps_of_a_coarse_converter_as_of_a_fine_one() -> None:
    offset_x = 3 * COARSE_STEP * layout().lsb_v / layout().vcc_v
    for coarse in (True, False):
        signals = Signals(coarse=coarse)
        signals.go(5.0, LOADED_X)
        for _ in range(8):
            signals.go(1.0, offset_x)
            signals.go(2.0, LOADED_X)
        assert signals.noise.codes == (only(INTERMITTENT) if coarse else WELL)


def gone(signals: Signals) -> bool:
    return signals.noise.gone is not None and signals.noise.gone[7]


def test_what_broke_off_under_load_is_left_out_from_its_second_silent_frame_until_the_filter_has_let_go() -> None:
    signals = Signals()
    signals.go(5.0, LOADED_X)
    seen = []
    for x in [0.0] * 5 + [LOADED_X] * 8:
        signals.frame([*[LOADED_X] * 7, x])
        seen.append(gone(signals))
    assert seen[:5] == [False, True, True, True, True]
    back = seen[5:].index(False)
    assert back * PACE_S == pytest.approx(P.median_s, abs=0.11)
    assert not any(seen[5 + back :])


def test_what_stays_away_counts_again_after_half_a_minute() -> None:
    signals = Signals()
    signals.go(5.0, LOADED_X)
    signals.go(P.gone_longest_s - 1.0, 0.0)
    assert gone(signals)
    signals.go(2.0, 0.0)
    assert not gone(signals)


def test_a_person_who_gets_up_is_no_broken_wire() -> None:
    signals = Signals()
    signals.go(5.0, LOADED_X)
    signals.go(2.0, 0.0, others=0.0)  # all at once
    assert not gone(signals)
    single = Signals()
    single.go(5.0, LOADED_X, others=0.001)
    single.go(2.0, 0.0, others=0.001)  # nothing bears on any other
    assert not gone(single)


@pytest.mark.parametrize("seed", range(5))
def test_the_converters_own_noise_names_nobody(seed: int) -> None:
    signals, random = Signals(), Random(seed)
    for _ in range(3000):
        signals.frame([LOADED_X + random.gauss(0.0, P.noise_jump_x / 8) for _ in range(8)])
    assert signals.noise.codes == WELL
