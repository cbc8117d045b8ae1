"""Foam, cross-talk, supply, hum and converter of a mat as somebody built it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import pstdev

import pytest

from acumat_hw.layout import grid
from acumat_sim.clock import SimClock
from acumat_sim.course import Track
from acumat_sim.fsr import Fsr, FsrTraits
from acumat_sim.mat import SimulatedMat
from acumat_sim.mat_traits import EXPONENTS, SUPPLY_V, Foam, MatTraits, random_mat, random_parts
from acumat_sim.scenario import Scenario, parse_scenario
from acumat_sim.source import SimSource
from acumat_sim.streams import stream

LAYOUT = grid(4, 2, rm_ohm=3300.0)


def loaded(**mat: object) -> Scenario:
    step = [{"at_s": 1, "do": "place_box", "mass_kg": 20, "size": 2}]
    scenario = parse_scenario("loaded", {"duration_s": 100, "step": step}, LAYOUT)
    return replace(scenario, mat=MatTraits(**mat))  # type: ignore[arg-type]


def codes(scenario: Scenario, until_s: float) -> list[tuple[int, ...]]:
    clock = SimClock(0.0)
    source = SimSource(SimulatedMat(scenario, LAYOUT), clock)
    source.open()
    found = []
    for _ in range(int(until_s * 10)):
        found.append(tuple(code or 0 for code in source.read().codes))
        clock.sleep(0.1)
    return found


def test_cross_talk_hands_force_to_the_neighbours_and_loses_none() -> None:
    foam = Foam(MatTraits(crosstalk=random_mat(stream(3, "mat"), LAYOUT).crosstalk))
    given = foam.step([100.0, *[0.0] * 7], 0.1)
    assert sum(given) == pytest.approx(100.0)
    assert given[0] > 80
    assert given[1] > given[6] > 0, "the nearer neighbour gets more"


def test_foam_follows_late_and_in_the_end_wholly() -> None:
    foam = Foam(MatTraits(foam=((0.2, 5.0), (0.1, 100.0))))
    at_once, soon, late = (foam.step([10.0], dt_s)[0] for dt_s in (0.01, 10.0, 2000.0))
    assert at_once == pytest.approx(7.0, abs=0.01)
    assert 8.5 < soon < 9.5
    assert late == pytest.approx(10.0)


def test_a_lower_supply_gives_lower_codes_of_the_same_load() -> None:
    usual, low = (codes(loaded(supply_v=supply_v), 10)[-1] for supply_v in (3.3, 3.1))
    assert all(b / a == pytest.approx(3.1 / 3.3, abs=0.01) for a, b in zip(usual, low, strict=True) if a > 1000)


def test_hum_beside_a_multiple_of_the_rate_comes_out_as_a_slow_wave() -> None:
    empty = replace(parse_scenario("empty", {"duration_s": 100}, LAYOUT), mat=MatTraits(hum_v=0.01, hum_hz=50.05))
    course = [row[0] for row in codes(empty, 40)]
    assert max(course) - min(course) > 100
    assert max(abs(b - a) for a, b in pairwise(course)) < 10, "0.05 Hz: 20 s a wave"


def test_a_twelve_bit_converter_gives_multiples_of_sixteen() -> None:
    found = codes(loaded(converter="ads1015"), 10)
    assert {code % 16 for row in found for code in row} == {0}
    assert {code % 16 for row in codes(loaded(), 10) for code in row} != {0}


def test_a_load_that_has_lain_there_for_long_creeps_less() -> None:
    def creep(aged_s: float) -> float:
        step = [{"at_s": 0, "do": "place_box", "mass_kg": 20, "over_s": 0.05}]
        scenario = parse_scenario("there", {"duration_s": 100, "step": step}, LAYOUT)
        box = scenario.occupants[0]
        box.upper, box.lower = Track(1.0), Track(1.0)
        found = codes(replace(scenario, mat=MatTraits(aged_s=aged_s)), 60)
        return sum(found[-1]) / sum(found[5])

    assert creep(600.0) < creep(0.0) - 0.02


def test_contact_noise_grows_with_the_conductance_and_with_time() -> None:
    def deviation(every_s: float, *, rough: float = 0.0, pink: float = 0.0) -> float:
        fsr = Fsr(FsrTraits(noise=0.0, creep=0.0, series_ohm=0.0, rough=rough, pink=pink), stream(1, "noise"))
        found = [fsr.step(10.0, every_s) for _ in range(20_000)]
        return pstdev(found[100:]) / (sum(found) / len(found))

    assert deviation(0.1, rough=1e-3) == pytest.approx(1e-3, rel=0.1)
    assert deviation(0.1, pink=1e-3) > 1.5e-3, "a decade after another"


def test_a_contact_that_grew_is_gone_with_the_load() -> None:
    def left(*, grows: bool) -> float:
        fsr = Fsr(FsrTraits(noise=0.0, creep=0.15, grows=grows, empty_us=0.1), stream(1, "creep"))
        loaded = [fsr.step(10.0, 1.0) for _ in range(600)]
        assert loaded[-1] > 1.3 * loaded[0]
        return fsr.step(0.0, 3.0) / loaded[-1]

    assert left(grows=True) < 0.01 < 0.1 < left(grows=False)


def test_a_tight_cover_presses_on_the_empty_sensor() -> None:
    def empty_us(preload_n: float) -> float:
        return Fsr(FsrTraits(noise=0.0, preload_n=preload_n), stream(1, "cover")).step(0.0, 0.1)

    assert empty_us(0.5) > empty_us(0.0) + 5.0


def test_parts_of_a_mat_are_alike_and_mats_are_not() -> None:
    mats = [random_parts(stream(seed, "parts"), 8) for seed in range(200)]
    exponents = [[part.exponent for part in parts] for parts in mats]
    assert all(max(each) - min(each) < 0.3 for each in exponents)
    means = [sum(each) / 8 for each in exponents]
    assert EXPONENTS[0] - 0.1 < min(means) < 0.65
    assert 1.2 < max(means) < EXPONENTS[1] + 0.1
    supplies = [random_mat(stream(seed, "mat"), LAYOUT).supply_v or 0.0 for seed in range(200)]
    assert SUPPLY_V[0] <= min(supplies) < 3.2 < 3.4 < max(supplies) <= SUPPLY_V[1]
