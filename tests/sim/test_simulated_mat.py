"""The simulated mat: repeatable, plausible, and honest about what is true."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.wiring.simulated import simulation
from acumat_hw.errors import InputError, SourceEndedError
from acumat_hw.layout import grid
from acumat_sim.clock import SimClock
from acumat_sim.corpus import NUISANCES, nuisance_scenario, people_scenario
from acumat_sim.fsr import Fsr, FsrTraits, divider_volts
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import Scenario, load_scenario, parse_scenario, scenario_names
from acumat_sim.source import ScenarioSource, SimSource
from acumat_sim.streams import stream

LAYOUT = grid(4, 2, rm_ohm=3300.0)


def lying(mass_kg: float = 75.0, **person: float) -> Scenario:
    traits = {"mass_kg": mass_kg, "moves_per_min": 0, **person}
    step = [{"at_s": 2, "do": "lie_down", "over_s": 2}]
    return parse_scenario("lying", {"duration_s": 100, "spread": 0.0, "person": traits, "step": step}, LAYOUT)


def codes(seed: int) -> list[tuple[int | None, ...]]:
    clock = SimClock(0.0)
    source = SimSource(SimulatedMat(people_scenario(seed, LAYOUT), LAYOUT), clock)
    source.open()
    frames = []
    for _ in range(800):
        frames.append(source.read().codes)
        clock.sleep(0.05)
    return frames


def test_the_same_seed_gives_the_same_codes_and_another_seed_others() -> None:
    assert codes(5) == codes(5)
    assert codes(5) != codes(6)


def test_a_heavier_person_presses_more_in_proportion() -> None:
    light, heavy = (SimulatedMat(lying(kg), LAYOUT).truth(10).total_n for kg in (45, 130))
    assert heavy / light == pytest.approx(130 / 45, rel=0.01)


@pytest.mark.parametrize(("bias", "low", "high"), [(0.0, -1, 1), (0.4, 25, 50), (-0.4, -50, -25)])
def test_a_bias_loads_its_own_side(bias: float, low: float, high: float) -> None:
    lateral = SimulatedMat(lying(bias=bias), LAYOUT).truth(10).lateral_pct
    assert lateral is not None
    assert low <= lateral <= high


def test_a_lying_person_drives_the_dividers_to_their_middle() -> None:
    mat = SimulatedMat(lying(), LAYOUT)
    volts = [mat.volts(t_s / 10) for t_s in range(200)][-1]
    assert all(0.15 < v / LAYOUT.vcc_v < 0.85 for v in volts)


def test_breathing_shows_in_the_total_force_at_its_rate() -> None:
    mat = SimulatedMat(lying(breaths_per_min=12, irregularity=0), LAYOUT)
    total = [mat.truth(10 + i / 10).total_n for i in range(600)]
    mean = sum(total) / len(total)
    assert sum(a < mean <= b for a, b in pairwise(total)) == 12
    assert 0.003 < (max(total) - min(total)) / mean < 0.03


@given(low=st.floats(0, 100), more=st.floats(0.01, 100))
def test_conductance_grows_with_force_and_saturates(low: float, more: float) -> None:
    def after(force_n: float) -> float:
        return Fsr(FsrTraits(noise=0.0), stream(1, "t")).step(force_n, 0.05)

    assert after(low) < after(low + more) < 0.5 + 1e6 / FsrTraits().series_ohm


def test_creep_grows_under_load_and_recovers_after() -> None:
    fsr = Fsr(FsrTraits(noise=0.0), stream(1, "t"))
    loaded = [fsr.step(5.0, 1.0) for _ in range(600)]
    assert 1.05 < loaded[-1] / loaded[0] < 1.2
    rest = [fsr.step(0.0, 1.0) for _ in range(9000)]
    assert rest[0] > 1.2 * rest[-1]
    assert rest[-1] == pytest.approx(FsrTraits().empty_us, rel=0.05)


def test_equal_resistances_halve_the_supply() -> None:
    assert divider_volts(1e6 / 3300, 3300.0, 3.3) == pytest.approx(1.65)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("one-session", [(32, 631)]),
        ("short-lift", [(22, 90.6), (102.4, 161)]),
        ("empty-drift", []),
        ("heavy-box", []),
        ("standing", []),
    ],
)
def test_named_scenarios_know_when_somebody_lies(name: str, expected: list[tuple[float, float]]) -> None:
    found = [(interval.start_s, interval.end_s) for interval in load_scenario(name).lying()]
    assert found == [pytest.approx(pair, abs=0.5) for pair in expected]


def test_contact_comes_before_the_load_and_the_load_before_the_end() -> None:
    (contact,) = load_scenario("calibration").contacts()
    assert contact.loaded_s is not None
    assert 20 <= contact.first_s < contact.loaded_s < contact.last_s <= 83


@pytest.mark.parametrize("name", scenario_names())
def test_every_named_scenario_loads_on_every_layout(name: str) -> None:
    layout = grid(4, 4, rm_ohm=3300.0)
    assert len(SimulatedMat(load_scenario(name, layout), layout).volts(0.0)) == 16


@pytest.mark.parametrize("kind", NUISANCES)
def test_nobody_lies_in_a_nuisance(kind: str) -> None:
    assert nuisance_scenario(kind, 3, LAYOUT).lying() == ()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("duration_s = 0", "bad.toml:1: duration_s: 0 is not possible; allowed: a number from 1 to 864000"),
        ("duration_s = 9\nsurfce = 'bed'", "bad.toml:2: surfce: not a known key here"),
        ("duration_s = 9\nsurface = 'sand'", "allowed: floor, carpet, bed"),
        ("duration_s = 9\n[[step]]\nat_s = 1\ndo = 'fly'", 'bad.toml:4: step[1].do: "fly" is not possible'),
        (
            "duration_s = 9\n[[step]]\nat_s = 5\ndo = 'lie_down'\n[[step]]\nat_s = 1\ndo = 'get_up'",
            "bad.toml:6: step[2].at_s: 1 is before the step above it (5)",
        ),
        ("duration_s = 9\n[[step]]\nat_s = 1\ndo = 'doze'\nfor_s = 4", "bad.toml:5: step[1].for_s: not a known key here"),
        ("duration_s = 9\nsurface = 'carpt'", 'did you mean "carpet"?'),
        ("duration_s = 9\nstep = 3", "bad.toml:2: step: 3 is not possible; allowed: a list of tables, each under [[step]]"),
        ("duration_s = 9\nperson = 3", "bad.toml:2: person: 3 is not possible; allowed: a table"),
        ("duration_s = 9\nends = 1", "bad.toml:2: ends: 1 is not possible; allowed: true, false"),
        ("duration_s = ", "not valid TOML"),
    ],
)
def test_a_bad_file_says_where_and_what_is_allowed(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(InputError, match="bad") as caught:
        load_scenario(path)
    assert part in str(caught.value)


def test_all_problems_of_a_scenario_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("surfce = 'bed'\n[person]\nkg = 3\n[[step]]\ndo = 'fly'\n[[fault]]\ndo = 'melt'\n")
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    places = [line.removeprefix(f"{path}:").partition(": ")[0] for line in str(caught.value).splitlines()]
    assert places == ["1", "1", "3", "4", "5", "7"]


def test_a_mistyped_scenario_gets_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r'"one-sesion"; did you mean "one-session"\? acumat simulate --list'):
        load_scenario("one-sesion")


def test_the_story_of_a_scenario_is_reported_in_the_order_of_time() -> None:
    step = [{"at_s": 2, "do": "lie_down"}, {"at_s": 30, "do": "lean", "for_s": 20}]
    fault = [{"at_s": 5, "do": "open", "sensor": "r2c1", "for_s": 9}, {"at_s": 6, "do": "nacks", "chip": 0x49}]
    story = parse_scenario("story", {"duration_s": 90, "step": step, "fault": fault}, LAYOUT).story
    assert story == (
        (2, "The person lies down."),
        (5, "The fault `open` begins at r2c1, for 9 s."),
        (6, "The fault `nacks` begins at converter 0x49, amount 0.01."),
        (30, "The person leans over, for 20 s."),
    )


def test_a_file_names_the_converter_and_what_shakes_the_mat() -> None:
    step = [{"at_s": 1, "do": "place_box", "mass_kg": 20, "size": 2}]
    scenario = parse_scenario("box", {"duration_s": 90, "converter": "ads1015", "shaken_by": "sleeper", "step": step}, LAYOUT)
    assert scenario.mat.converter == "ads1015"
    (shake,) = scenario.shakes
    assert shake.factors == parse_scenario("box", {"duration_s": 90, "shaken_by": "sleeper"}, LAYOUT).shakes[0].factors


def test_a_file_says_how_the_mat_is_used_where_somebody_uses_it() -> None:
    lies = [{"at_s": 1, "do": "lie_down"}]
    cat = [{"at_s": 1, "do": "cat"}]
    used = [parse_scenario("used", {"duration_s": 9, "use": "legs", "step": step}, LAYOUT).mode for step in (lies, cat)]
    assert used == ["legs", "unknown"]


def test_a_twelve_bit_converter_on_the_bus_gives_multiples_of_sixteen(tmp_path: Path) -> None:
    path = tmp_path / "box.toml"
    path.write_text('duration_s = 30\nconverter = "ads1015"\n[[step]]\nat_s = 1\ndo = "place_box"\nsize = 2\n')
    bench = simulation(str(path))
    bench.source.open()
    bench.clock.sleep(10.0)
    codes = bench.source.read().codes
    assert {code % 16 for code in codes if code is not None} == {0}
    assert max(code or 0 for code in codes) > 1000


def test_a_dog_comes_lies_down_and_goes() -> None:
    step = [{"at_s": 10, "do": "dog", "mass_kg": 30, "for_s": 200}]
    mat = SimulatedMat(parse_scenario("dog", {"duration_s": 260, "step": step}, LAYOUT), LAYOUT)
    assert mat.truth(5.0).total_n == 0.0
    assert mat.truth(150.0).total_n > 5.0
    assert mat.truth(250.0).total_n == 0.0
    assert not mat.truth(150.0).lying


def test_the_source_ends_with_the_scenario() -> None:
    clock = SimClock(0.0)
    source = SimSource(SimulatedMat(load_scenario("knee", LAYOUT), LAYOUT), clock)
    source.open()
    clock.sleep(60.0)
    with pytest.raises(SourceEndedError):
        source.read()


def test_a_source_over_the_bus_ends_with_the_scenario_too() -> None:
    clock = SimClock(0.0)
    mat = SimulatedMat(load_scenario("knee", LAYOUT), LAYOUT)
    source = ScenarioSource(SimSource(mat, clock), mat, clock, clock.monotonic())
    source.open()
    clock.sleep(mat.scenario.duration_s - 0.1)
    source.read()
    clock.sleep(0.2)
    with pytest.raises(SourceEndedError):
        source.read()


def test_time_does_not_go_back() -> None:
    mat = SimulatedMat(lying(), LAYOUT)
    mat.volts(5.0)
    with pytest.raises(InputError):
        mat.volts(4.0)
