"""How simulated people breathe, and that the simulator knows it."""

from __future__ import annotations

from itertools import pairwise
from statistics import mean, stdev

import pytest

from acumat_hw.layout import grid
from acumat_sim.breath import Breathing
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import parse_scenario
from acumat_sim.streams import stream

LAYOUT = grid(4, 2, rm_ohm=3300.0)


def breathing(rate: float = 12.0, irregularity: float = 0.1, **ways: float) -> Breathing:
    return Breathing(stream(4, "breathing"), rate, 0.01, irregularity, **ways)


def tops(filled: Breathing, from_s: float, to_s: float) -> int:
    values = [filled.at(from_s + i / 20).chest for i in range(round((to_s - from_s) * 20))]
    return sum(a < b >= c for a, b, c in zip(values, values[1:], values[2:], strict=False))


def test_the_true_rate_is_the_number_of_breaths_that_are_seen() -> None:
    filled = breathing()
    filled.fill(600)
    assert tops(filled, 0, 600) == pytest.approx(10 * filled.rate_per_min(0, 600), abs=1)
    lengths = filled.lengths_s(0, 600)
    assert stdev(lengths) / mean(lengths) == pytest.approx(0.1, abs=0.03)


def test_the_belly_follows_the_chest() -> None:
    filled = breathing(irregularity=0.0, belly_lag=0.1)
    filled.fill(60)
    swings = [filled.at(20 + i / 20) for i in range(100)]
    chest, belly = ([swing[part] for swing in swings] for part in (0, 1))
    assert 0.3 <= (belly.index(max(belly)) - chest.index(max(chest))) / 20 <= 0.7


def test_who_talks_breathes_unevenly_and_who_dozes_evenly_and_shallower() -> None:
    filled = breathing()
    filled.talks_s.append((200, 400))
    filled.doze_s = 600
    filled.fill(900)

    def stray(from_s: float, to_s: float) -> float:
        lengths = filled.lengths_s(from_s, to_s)
        return stdev(lengths) / mean(lengths)

    assert stray(200, 400) > 2 * stray(0, 200) > 2 * stray(620, 900)
    assert filled.rate_per_min(620, 900) < 0.97 * filled.rate_per_min(0, 200)
    belly = [[filled.at(t / 10).belly for t in range(*span)] for span in ((0, 2000), (6500, 9000))]
    assert max(belly[0]) - min(belly[0]) > max(belly[1]) - min(belly[1])


def test_a_sigh_is_deeper_than_the_breaths_around_it() -> None:
    filled = breathing(irregularity=0.0, sighs_per_h=60)
    filled.fill(600)
    assert max(filled.at(t / 10).chest for t in range(6000)) > 0.02


def test_who_falls_asleep_stirs_no_more() -> None:
    steps = [{"at_s": 2, "do": "lie_down"}, {"at_s": 100, "do": "doze"}, {"at_s": 290, "do": "get_up"}]
    scenario = parse_scenario("doze", {"duration_s": 300, "person": {"moves_per_min": 10}, "step": steps}, LAYOUT)
    (person,) = scenario.occupants
    moves = person.x_mm.times_s[3::2]
    assert len(moves) > 5
    assert max(moves) < 100


def test_the_same_seed_breathes_alike() -> None:
    def forces() -> list[float]:
        scenario = parse_scenario("x", {"duration_s": 60, "step": [{"at_s": 2, "do": "lie_down"}]}, LAYOUT)
        mat = SimulatedMat(scenario, LAYOUT)
        return [mat.truth(t / 10).total_n for t in range(500)]

    assert forces() == forces()
    assert any(a != b for a, b in pairwise(forces()[200:]))
