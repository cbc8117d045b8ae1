"""What shakes the mat from outside acts on whatever lies there, at the rates of its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from acumat_hw.layout import Layout, grid
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import parse_scenario
from acumat_sim.shaking import Drum, Jolts, Shake, footfall, pattern, slams, sleeper_beside, washing_machine
from acumat_sim.streams import stream

LAYOUT = grid(4, 2, rm_ohm=3300.0)
SOURCES: dict[str, Callable[..., Shake]] = {
    "footfall": footfall, "washing machine": washing_machine, "slams": slams, "sleeper": sleeper_beside,
}  # fmt: skip


class Constant:
    def __init__(self, value: float) -> None:
        self._value = value

    def at(self, t_s: float) -> float:
        return self._value


@pytest.mark.parametrize("name", SOURCES)
def test_it_moves_the_load_by_no_more_than_some_percent_and_not_at_all_times_alike(name: str) -> None:
    shake = SOURCES[name](stream(5, name), LAYOUT, 600.0)
    found = [shake.course.at(index / 50) for index in range(30_000)]
    assert 1e-5 < max(abs(each) for each in found) < 0.05
    assert len({round(each, 7) for each in found}) > 50


def test_a_sleeper_breathes_and_all_sensors_go_along() -> None:
    shake = sleeper_beside(stream(2, "sleeper"), LAYOUT, 600.0)
    found = [shake.course.at(index / 10) for index in range(6000)]
    rises = sum(a < 0 <= b for a, b in pairwise(found))
    assert 60 <= rises <= 300, "6 to 30 a minute"
    assert min(shake.factors) > 0


def test_jolts_ring_and_die_down() -> None:
    jolts = Jolts([(10.0, 0.01), (20.0, 0.02)], hz=10.0, decay_s=0.2)
    assert jolts.at(9.9) == 0.0
    assert max(abs(jolts.at(10 + index / 100)) for index in range(20)) > 0.005
    assert abs(jolts.at(11.0)) < 1e-4
    assert jolts.at(19.0) == 0.0


def test_a_drum_rests_between_its_turns_and_stands_still_in_the_end() -> None:
    drum = Drum(stream(1, "drum"), 0.0, 100.0, 200.0)
    assert any(drum.at(5 + index / 10) for index in range(10))
    assert not any(drum.at(12.5 + index / 10) for index in range(30))
    assert max(abs(drum.at(150 + index / 100)) for index in range(100)) > 1e-5
    assert drum.at(201.0) == 0.0


def test_the_pattern_is_smooth_over_the_mat() -> None:
    fine = grid(4, 4, rm_ohm=3300.0)
    factors = pattern(stream(3, "pattern"), fine, -0.3)
    near = [abs(factors[index] - factors[index + 1]) for index in range(15) if index % 4 != 3]
    assert sum(near) / len(near) < max(factors) - min(factors)


def test_a_shake_changes_the_reading_of_what_lies_there_and_not_the_truth() -> None:
    def volts(layout: Layout, shakes: tuple[Shake, ...]) -> tuple[tuple[float, ...], float]:
        step = [{"at_s": 1, "do": "place_box", "mass_kg": 20, "size": 2}]
        scenario = parse_scenario("box", {"duration_s": 100, "step": step}, layout)
        mat = SimulatedMat(replace(scenario, shakes=shakes), layout)
        return mat.volts(10.0), mat.truth(10.0).total_n

    still, still_n = volts(LAYOUT, ())
    shaken, shaken_n = volts(LAYOUT, (Shake(Constant(0.05), (1.0, *[0.0] * 7)),))
    assert shaken[0] > still[0] * 1.01
    assert shaken[1:] == pytest.approx(still[1:])
    assert shaken_n == still_n
