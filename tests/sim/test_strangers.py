"""The families of a stranger's mats: repeatable, readable, and true to what they say of themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import mean, median, pstdev

import pytest

from acumat_hw.errors import InputError
from acumat_hw.layout import grid
from acumat_sim.body import Occupant
from acumat_sim.clock import SimClock
from acumat_sim.lying_people import RecordedBreath
from acumat_sim.mat import Field, SimulatedMat
from acumat_sim.scenario import Scenario
from acumat_sim.source import SimSource
from acumat_sim.strangers import FAMILIES, stranger_scenario
from acumat_sim.upright_people import QUIET_SWAY, SITTING_SWAY

LAYOUT = grid(4, 2, rm_ohm=3300.0)
SINE = RecordedBreath([math.sin(2 * math.pi * index / 100) for index in range(12_000)], 25.0)
"""15 breaths a minute."""
PEOPLE = [name for name, family in FAMILIES.items() if family.truth == "person"]
OTHERS = [name for name in FAMILIES if name not in PEOPLE]


def scenario_of(family: str, seed: int = 1) -> Scenario:
    return stranger_scenario(family, seed, LAYOUT, breath=SINE if family == "real_breath" else None)


def codes(scenario: Scenario, until_s: float, every_s: float = 0.1) -> list[tuple[int | None, ...]]:
    clock = SimClock(0.0)
    source = SimSource(SimulatedMat(scenario, LAYOUT), clock)
    source.open()
    found = []
    for _ in range(int(until_s / every_s)):
        found.append(source.read().codes)
        clock.sleep(every_s)
    return found


def total_n(scenario: Scenario, from_s: float, until_s: float) -> list[float]:
    field = Field(scenario.occupants, scenario.surface, LAYOUT, scenario.clothing)
    return [sum(field.forces_n(from_s + index / 10)) for index in range(int((until_s - from_s) * 10))]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_gives_the_same_readings_and_another_seed_others(family: str) -> None:
    assert codes(scenario_of(family), 60, 1.0) == codes(scenario_of(family), 60, 1.0)
    assert codes(scenario_of(family), 60, 1.0) != codes(scenario_of(family, 2), 60, 1.0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("family", PEOPLE)
def test_somebody_lies_where_a_session_is_to_be_found(family: str, seed: int) -> None:
    scenario = scenario_of(family, seed)
    spans = scenario.lying()
    assert len(spans) == (2 if family == "at_power_up" else 1)
    assert all(span.end_s - span.start_s > 100 for span in spans)
    assert scenario.duration_s > spans[-1].end_s + 20, "so that the session ends"


@pytest.mark.parametrize("family", OTHERS)
def test_nobody_lies_elsewhere(family: str) -> None:
    assert scenario_of(family).lying() == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_scenario_says_how_the_mat_is_used(family: str) -> None:
    scenario = scenario_of(family)
    assert scenario.mode == FAMILIES[family].mode
    assert scenario.mode in {"back", "neck", "legs", "sitting", "standing", "unknown"}


@pytest.mark.parametrize(
    ("family", "low_pct", "high_pct"), [("weak_breath", 0.02, 0.2), ("still", 0.08, 1.5), ("real_breath", 0.2, 3.0)]
)
def test_a_breath_is_as_deep_as_its_family_says(family: str, low_pct: float, high_pct: float) -> None:
    for seed in range(5):
        scenario = scenario_of(family, seed)
        body = scenario.occupants[0]
        body.modes = tuple(mode for mode in body.modes if family == "real_breath" and 0.0 in mode.shares)
        found = total_n(scenario, 100, 110)
        assert low_pct < 100 * (max(found) - min(found)) / (sum(found) / len(found)) < high_pct


def test_a_recorded_breath_keeps_its_rate() -> None:
    scenario = scenario_of("real_breath")
    body: Occupant = scenario.occupants[0]
    body.modes = tuple(mode for mode in body.modes if 0.0 in mode.shares)
    found = total_n(scenario, 100, 160)
    middle = mean(found)
    assert sum(a < middle <= b for a, b in pairwise(found)) == pytest.approx(15, abs=1)


def test_a_breath_acts_inside_the_body() -> None:
    body = scenario_of("ordinary").occupants[0]
    couplings = [part.breath for part in body.parts]
    assert max(couplings) > 0.8
    assert min(couplings) < 0.1


def test_codes_of_a_twelve_bit_box_are_multiples_of_sixteen() -> None:
    found = codes(scenario_of("box_12bit"), 60)
    assert {code % 16 for row in found for code in row if code is not None} == {0}


def test_an_unknown_family_and_a_breath_too_many_or_few_are_refused() -> None:
    with pytest.raises(InputError, match="choose one of still"):
        stranger_scenario("ghost", 1, LAYOUT)
    with pytest.raises(InputError, match="real_breath"):
        stranger_scenario("real_breath", 1, LAYOUT)
    with pytest.raises(InputError, match="real_breath"):
        stranger_scenario("still", 1, LAYOUT, breath=SINE)


def moved_pct(family: str, from_s: float, until_s: float) -> tuple[float, float]:
    """How far the total and the pad that moves most go, rms in percent of their load; the middle one of some seeds."""
    found = []
    for seed in range(5):
        scenario = scenario_of(family, seed)
        field = Field(scenario.occupants, scenario.surface, LAYOUT, scenario.clothing)
        rows = [field.forces_n(from_s + index / 10) for index in range(int((until_s - from_s) * 10))]
        pads = [pad for pad in zip(*rows, strict=True) if mean(pad) > 0.05 * mean(map(sum, rows))]
        found.append((_moved(list(map(sum, rows))), max(_moved(pad) for pad in pads)))
    return median([total for total, _ in found]), median([pad for _, pad in found])


def _moved(values: Sequence[float]) -> float:
    return 100 * pstdev(values) / mean(values)


@pytest.mark.parametrize(
    ("family", "total_pct", "pad_pct"),
    [
        ("weak_breath", (0.01, 0.4), (0.03, 1.0)),
        ("still", (0.03, 0.6), (0.1, 1.5)),
        ("sitting", (0.2, 2.0), (1.0, 8.0)),
        ("standing", (0.2, 8.0), (1.5, 40.0)),
    ],
)
def test_upright_people_move_more_than_people_at_rest(
    family: str, total_pct: tuple[float, float], pad_pct: tuple[float, float]
) -> None:
    total, pad = moved_pct(family, 60.0, 85.0)
    assert total_pct[0] < total < total_pct[1]
    assert pad_pct[0] < pad < pad_pct[1]
    assert pad > total


@pytest.mark.parametrize(("family", "limits"), [("sitting", SITTING_SWAY), ("meditating", QUIET_SWAY)])
def test_balance_sways_as_far_as_its_kind_does(family: str, limits: tuple[float, float]) -> None:
    for seed in range(5):
        along = scenario_of(family, seed).occupants[0].modes[0].course
        sway = pstdev([along.at(index / 10) for index in range(3000)])
        assert 0.7 * limits[0] < sway < 1.4 * limits[1]


def test_at_power_up_some_have_lain_there_for_long() -> None:
    aged_s = [scenario_of("at_power_up", seed).mat.aged_s for seed in range(10)]
    assert min(aged_s) == 0.0
    assert max(aged_s) > 60.0


def test_what_lies_there_dead_does_not_move_at_all() -> None:
    assert moved_pct("box", 60.0, 90.0) == (0.0, 0.0)


def test_a_dog_breathes_faster_than_people_do() -> None:
    for seed in range(5):
        lying = scenario_of("dog", seed).occupants[1]
        assert lying.breathing is not None
        assert 12 < lying.breathing.rate_per_min(100, 300) < 40


def test_somebody_who_sits_first_bears_on_few_pads_and_then_on_many() -> None:
    scenario = scenario_of("sits_then_lies")
    (span,) = scenario.lying()
    field = Field(scenario.occupants, scenario.surface, LAYOUT, scenario.clothing)

    def upper_share(t_s: float) -> float:
        forces = field.forces_n(t_s)
        return sum(n for n, sensor in zip(forces, LAYOUT.sensors, strict=True) if sensor.y_mm > 200) / sum(forces)

    assert upper_share(span.start_s - 10) < 0.1 < 0.2 < upper_share(span.start_s + 10)
