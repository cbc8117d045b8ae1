"""What no body can press, and signals that behave as no load does: named, left out where they say nothing, nobody's ghost."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from acumat.contract.events import EventType
from acumat.contract.state import MatState
from acumat.detect.pipeline import Pipeline
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout, grid
from acumat_sim.fsr import divider_volts
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import parse_scenario
from tests.accuracy.trials import run
from tests.detect.harness import RM_OHM, PipelineHarness, layout, one, types

T = EventType
KEYS_OF_THE_WHOLE = ("lateral", "head_foot", "lopsided", "shares", "evenness", "cop_mm")


def play(
    mat: Layout, stretches: Sequence[tuple[float, Sequence[float]]], *, noise_v: float = 1e-4
) -> tuple[Pipeline, list[str]]:
    """So many seconds of these volts at each input, at 10 Hz."""
    pipeline, reported, random, t_s = Pipeline(mat), [], Random(5), 0.0
    for seconds, volts in stretches:
        for _ in range(round(10 * seconds)):
            noisy = [min(max(v + random.gauss(0.0, noise_v), -noise_v), mat.vcc_v) for v in volts]
            codes = tuple([min(32767, round(v / mat.lsb_v)) for v in noisy])
            reported += [str(event.event_type) for event in pipeline.step(Frame.complete(t_s, 0, codes))]
            t_s += 0.1
    return pipeline, reported


def inverted_v(us: float, rm_ohm: float) -> float:
    """A sensor between input and ground, and the resistor where the sensor belongs."""
    return 3.3 - divider_volts(us, rm_ohm, 3.3)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (4, 2), (4, 4)])
@pytest.mark.parametrize("rm_ohm", [1000.0, 3300.0, 10000.0])
def test_a_mat_with_inverted_dividers_is_blind_with_the_cause_and_nobody_lies_there(
    size: tuple[int, int], rm_ohm: float
) -> None:
    mat = grid(*size, rm_ohm=rm_ohm)
    empty, loaded = [inverted_v(0.8, rm_ohm)] * len(mat.sensors), [inverted_v(1e6 / rm_ohm, rm_ohm)] * len(mat.sensors)
    pipeline, reported = play(mat, [(30, empty), (30, loaded), (12, empty)])
    assert pipeline.state.presence == "blind"
    assert pipeline.state.reason == "implausible"
    assert "resistor to ground" in pipeline.state.reason_text
    assert set(reported) <= {"sensor_failed"}
    assert {each.code for each in pipeline.sensor_conditions} == {"short"}


@pytest.mark.parametrize("size", [(2, 2), (4, 2), (4, 4)])
def test_inputs_without_a_resistor_to_ground_leave_the_mat_blind_until_it_reads_as_one_at_rest(size: tuple[int, int]) -> None:
    mat = grid(*size, rm_ohm=3300)
    count = len(mat.sensors)
    pipeline, reported = play(mat, [(20, [0.46] * count), (20, [3.3] * count)])
    assert pipeline.state.reason == "implausible"
    assert reported == ["blind_ended", "blind_started"]
    pipeline, reported = play(mat, [(20, [0.46] * count), (20, [3.3] * count), (20, [0.46] * count)])
    assert (pipeline.state.presence, reported) == ("empty", ["blind_ended", "blind_started", "blind_ended"])


def test_a_code_at_the_converters_full_scale_is_a_clip_and_no_load() -> None:
    mat = grid(4, 2, rm_ohm=3300, lsb_v=1.024 / 32768)
    pipeline, reported = play(mat, [(20, [0.01] * 8), (15, [1.2, 1.2, 0.7, 0.7, 0.7, 0.7, 0.8, 0.8])])
    assert [each.code for each in pipeline.sensor_conditions] == ["saturated"] * 2 + ["ok"] * 6
    assert reported.count("sensor_failed") == 2
    assert pipeline.state.lateral is None


def test_a_sensor_shorted_from_one_moment_to_the_next_is_no_contact_at_all() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.go(30, lambda _: [0.5] * 7 + [50_000.0])
    assert T.CONTACT_STARTED not in types(drive.events)
    assert one(drive.events, T.SENSOR_FAILED).reason == "short"


def test_most_sensors_failed_is_blind_and_says_so() -> None:
    mat = layout((2, 2))
    random, pipeline, t_s = Random(2), Pipeline(mat), 0.0
    for index in range(600):
        codes = (60, *[random.randint(2400, 12800) for _ in range(3)])
        pipeline.step(Frame.complete(t_s, index, codes))
        t_s += 0.1
    assert (pipeline.state.presence, pipeline.state.reason) == ("blind", "too_few_sensors")
    assert [each.code for each in pipeline.sensor_conditions] == ["ok", "noisy", "noisy", "noisy"]


@pytest.mark.parametrize("floating", [1, 2, 3])
def test_inputs_that_float_are_named_and_leave_the_mat_empty(floating: int) -> None:
    drive = PipelineHarness()
    random, at = Random(floating), [100.0] * floating

    def course(_: float) -> list[float]:
        for index in range(floating):
            at[index] = min(300.0, max(20.0, at[index] * (1 + random.uniform(-0.3, 0.3))))
        return [0.5] * (8 - floating) + at

    drive.go(60, course)
    assert {each.code for each in drive.pipeline.sensor_conditions[8 - floating :]} == {"noisy"}
    assert drive.presence == "empty"
    drive.go(120, course)
    assert drive.presence == "empty"
    assert T.LYING_STARTED not in types(drive.events)
    drive.empty(70)
    assert {each.code for each in drive.pipeline.sensor_conditions} == {"ok"}


def test_a_sensor_that_breaks_off_under_a_person_is_no_getting_up() -> None:
    """The head's half hangs on one sensor of three, and it drops out again and again."""
    drive = PipelineHarness(layout((3, 1)))
    drive.empty(8)
    drive.person(30)
    for _ in range(4):
        drive.go(2, lambda _: [0.0, 150.0, 150.0])
        drive.person(2, rise_s=0.01)
    assert T.GOT_UP not in types(drive.events)
    assert T.LYING_WITHDRAWN not in types(drive.events)


# what is not known is told as not known


def lopsided(drive: PipelineHarness) -> None:
    drive.empty(8)
    drive.person(60, right=0.85)
    assert drive.pipeline.state.lopsided is True


@pytest.mark.parametrize("lost", [0, 3, 7])
def test_a_lost_sensor_ends_lopsided_as_unknown_and_never_as_even(lost: int) -> None:
    drive = PipelineHarness()
    lopsided(drive)
    drive.go(20, lambda _: [45.0, 255.0] * 4, lost=frozenset({lost}))
    ended = one(drive.events, T.LOPSIDED_ENDED)
    assert (ended.reason, ended.numbers["lateral"]) == ("not_known", None)
    assert "even" not in ended.text


@pytest.mark.parametrize("how", ["lost", "shorted", "broken off"])
@pytest.mark.parametrize("sensor", [0, 5])
def test_what_needs_every_sensor_is_null_without_one_in_each_state(sensor: int, how: str) -> None:
    drive = PipelineHarness()

    def without(seconds: float, us: float) -> MatState:
        bad = {"lost": us, "shorted": 50_000.0, "broken off": 0.0}[how]
        lost = frozenset({sensor}) if how == "lost" else frozenset()
        drive.go(seconds, lambda _: [bad if index == sensor else us for index in range(8)], lost=lost)
        return drive.pipeline.state

    drive.empty(8)
    drive.person(70)
    for seconds in (0.6, 5.0, 15.0):
        state = without(seconds, 150.0)
        assert state.presence == "lying"
        assert [getattr(state, key) for key in KEYS_OF_THE_WHOLE] == [None] * len(KEYS_OF_THE_WHOLE), seconds
    state = without(5.0, 20.0)
    assert [getattr(state, key) for key in KEYS_OF_THE_WHOLE] == [None] * len(KEYS_OF_THE_WHOLE)
    state = without(30.0, 0.5)
    assert state.presence == "empty"
    assert [getattr(state, key) for key in KEYS_OF_THE_WHOLE] == [None] * len(KEYS_OF_THE_WHOLE)


def test_a_load_whose_sensors_change_while_it_comes_reports_no_drop() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.go(9, lambda t_s: [40.0 * min(1.0, t_s / 3)] * 7 + [20_000.0])
    drive.person(30, rise_s=0.01)
    assert T.DROPPED not in types(drive.events)


def test_a_sensor_well_again_on_an_empty_mat_shows_no_contact_of_its_own() -> None:
    """What it still reads of the load before is no load, for the others say that nothing is there."""
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(10)
    drive.go(20, lambda t_s: [150.0 + t_s % 4] * 7 + [50_000.0])
    assert drive.pipeline.sensor_conditions[7].code == "saturated"
    before = len(drive.events)
    drive.go(60, lambda t_s: [0.5] * 7 + [300.0 * 0.98**t_s])
    assert T.SENSOR_RECOVERED in types(drive.events[before:])
    assert T.CONTACT_STARTED not in types(drive.events[before:])
    assert drive.presence == "empty"


@pytest.mark.parametrize("seed", [3, 6])
def test_a_box_on_a_single_sensor_becomes_nobody(seed: int) -> None:
    mat = grid(1, 1, rm_ohm=RM_OHM)
    data = {"seed": seed, "duration_s": 170, "surface": "bed", "step": [{"at_s": 20, "do": "place_box", "mass_kg": 12}]}
    done = run(SimulatedMat(parse_scenario("box", data, mat), mat))
    assert done.times(T.LYING_STARTED)
    assert not done.times(T.LYING_CONFIRMED)
    assert not done.times(T.SESSION_STARTED)
