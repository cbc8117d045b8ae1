"""SensorHealth of single sensors: what is away or at its end is reported by name, once, and not when the whole mat is lost."""

from __future__ import annotations

import itertools
import math

import pytest

from acumat.contract.events import EventType
from acumat.contract.learned import Learned
from acumat.detect.parameters import Parameters
from acumat.detect.sensors.health import FIXES, SensorHealth
from acumat.detect.signal.resolution import Resolution
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import grid
from tests.detect.harness import RM_OHM, PipelineHarness, layout, one, types

T = EventType
FAILED_OR_BACK = {T.SENSOR_FAILED, T.SENSOR_RECOVERED}


def watched(reasons: list[tuple[float, Missing | None]], *, reporting: bool = True) -> tuple[str, int]:
    """Last condition of the one sensor that these reasons befall for so many seconds each, and how often it was reported."""
    mat = layout((2, 2))
    health, reported, t_s = SensorHealth(mat, Parameters(), Resolution(mat)), 0, 0.0
    for seconds, reason in reasons:
        for _ in range(round(seconds * 10)):
            frame = Frame(t_s, 0, (None if reason else 5, 5, 5, 5), (reason, None, None, None))
            reported += len(health.step(frame, loaded=True, reporting=reporting))
            t_s += 0.1
    assert [each.code for each in health.conditions[1:]] == ["ok"] * 3
    return health.conditions[0].code, reported


@pytest.mark.parametrize("reason", [reason for reason in Missing if reason is not Missing.NO_DATA])
def test_a_sensor_that_stays_away_has_failed_within_three_seconds_with_its_reason(reason: Missing) -> None:
    assert watched([(2.5, reason)]) == ("ok", 0)
    assert watched([(2.7, reason)]) == (reason, 1)
    assert watched([(30, reason)]) == (reason, 1)
    assert watched([(5, reason), (2, None)]) == (reason, 1)
    assert watched([(5, reason), (4, None)]) == ("ok", 2)
    assert watched([(2, reason), (1, None)] * 20) == ("ok", 0)


def test_a_recording_without_values_blames_no_sensor() -> None:
    assert watched([(30, Missing.NO_DATA)]) == ("ok", 0)


def test_a_failure_that_was_not_reported_is_not_reported_as_recovered() -> None:
    assert watched([(5, Missing.ABSENT)], reporting=False) == ("absent", 0)
    assert watched([(5, Missing.ABSENT), (5, None)], reporting=False) == ("ok", 0)


def test_a_lost_sensor_is_reported_once_by_name_and_wiring_and_so_is_its_return() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    assert drive.pipeline.state.health == "ok"
    drive.go(20, lambda _: [0.5] * 8, lost=frozenset({6}))
    failed = one(drive.events, T.SENSOR_FAILED)
    assert failed.reason == "no_answer"
    assert failed.text.startswith("r4c1 on chip 0x49 channel 2 does not answer: check")
    assert failed.numbers["sensor"] == "r4c1"
    assert drive.pipeline.state.health == "degraded"
    assert [each.code for each in drive.pipeline.sensor_conditions] == ["ok"] * 6 + ["no_answer", "ok"]
    drive.empty(10)
    assert one(drive.events, T.SENSOR_RECOVERED).numbers["sensor"] == "r4c1"
    assert drive.pipeline.state.health == "ok"


@pytest.mark.parametrize("seconds", [2.0, 3.5, 10.0, 60.0])
def test_when_the_whole_mat_is_lost_no_single_sensor_is_blamed(seconds: float) -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.go(seconds, lambda _: [0.5] * 8, lost=frozenset(range(8)))
    drive.empty(10)
    assert not FAILED_OR_BACK & set(types(drive.events))


def test_a_sensor_that_stays_lost_when_the_mat_comes_back_is_reported_then() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.go(10, lambda _: [0.5] * 8, lost=frozenset(range(8)))
    drive.go(10, lambda _: [0.5] * 8, lost=frozenset({1}))
    assert one(drive.events, T.SENSOR_FAILED).numbers["sensor"] == "r1c2"


@pytest.mark.parametrize(("seconds", "reported"), [(8, False), (14, True)])
def test_a_sensor_at_the_end_of_its_divider_for_ten_seconds_of_load_has_failed(seconds: float, reported: bool) -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.go(seconds, lambda _: [150.0] * 3 + [60_000.0] + [150.0] * 4)
    assert (T.SENSOR_FAILED in types(drive.events)) is reported
    if reported:
        failed = one(drive.events, T.SENSOR_FAILED)
        assert failed.reason == "saturated"
        assert "r2c2 on chip 0x48 channel 3" in failed.text
        assert drive.pipeline.sensor_conditions[3].code == "saturated"
        drive.empty(5)
        assert T.SENSOR_RECOVERED in types(drive.events)


def test_a_sensor_that_is_at_its_end_now_and_then_is_well() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    for _ in range(4):
        drive.go(6, lambda _: [150.0] * 3 + [60_000.0] + [150.0] * 4)
        drive.go(1, lambda _: [150.0] * 8)
    assert T.SENSOR_FAILED not in types(drive.events)


def test_every_reason_for_a_missing_reading_has_a_hint_or_is_no_fault() -> None:
    assert set(FIXES) == {*Missing, "short", "saturated", "open", "suspect", "stuck", "noisy", "intermittent", "spikes"} - {
        Missing.NO_DATA
    }


# what the mat still sees without them


def with_dead(
    drive: PipelineHarness, seconds: float, us: float, dead: frozenset[int], *, shorted: bool, breath: float = 0.02
) -> None:
    """So much on every sound sensor, breathing; the dead ones are at their end or away."""

    def course(t_s: float) -> list[float]:
        level = 0.5 + us * (1 + breath * math.sin(2 * math.pi * 0.25 * t_s) / 2)
        return [60_000.0 if shorted and index in dead else level for index in range(len(drive.mat.sensors))]

    drive.go(seconds, course, lost=frozenset() if shorted else dead)


DEAD = [((2, 2), frozenset({index})) for index in range(4)] + [
    ((4, 2), frozenset(pair)) for pair in itertools.combinations(range(8), 2)
]


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("shorted", [True, False])
@pytest.mark.parametrize(("preset", "dead"), DEAD)
def test_a_person_is_seen_without_a_quarter_of_the_sensors(
    preset: tuple[int, int], dead: frozenset[int], shorted: bool, stored: bool
) -> None:
    size = preset[0] * preset[1]
    learned = Learned((0.5,) * size, (1.0,) * size, None, calibrated=False, turned=False) if stored else None
    drive = PipelineHarness(layout(preset), rate_hz=5, learned=learned)
    with_dead(drive, 30, 0.0, dead, shorted=shorted)
    assert drive.presence == "empty"
    with_dead(drive, 50, 150.0, dead, shorted=shorted)
    state = drive.pipeline.state
    assert (state.presence, state.confirmed, state.health) == ("lying", True, "degraded")
    assert state.load == pytest.approx(100, abs=5)
    assert (state.lateral, state.head_foot, state.shares, state.cop_mm) == (None,) * 4
    with_dead(drive, 30, 0.0, dead, shorted=shorted)
    assert drive.presence == "empty"
    (record,) = drive.pipeline.take_records()
    assert record.wall_s == pytest.approx(50, abs=3)
    # what was never known of a sensor is learnt from a mat that was empty for a minute
    drive.empty(10 if stored else 70)
    assert drive.pipeline.state.health == "ok"
    drive.person(40)
    assert drive.pipeline.state.lateral == pytest.approx(0, abs=1)


def test_a_sensor_that_is_shorted_under_a_person_costs_the_balance_and_not_the_session() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(40)
    with_dead(drive, 60, 150.0, frozenset({2}), shorted=True)
    assert drive.pipeline.state.presence == "lying"
    assert drive.pipeline.state.lateral is None
    drive.person(20, rise_s=0.01)
    assert drive.pipeline.state.lateral == pytest.approx(0, abs=1)
    left_s = drive.t_s
    drive.empty(30)
    (record,) = drive.pipeline.take_records()
    assert record.end_mono_s == pytest.approx(left_s, abs=0.5)
    assert record.lifts == 0


def test_who_is_too_heavy_for_most_sensors_is_seen_all_the_same() -> None:
    drive = PipelineHarness(
        grid(4, 2, rm_ohm=RM_OHM, lsb_v=1.024 / 32768)
    )  # the converter's full scale is a third of the supply
    drive.empty(8)
    drive.person(40, us=30.0)
    drive.go(60, lambda t_s: [400.0] * 6 + [100.0 + math.sin(1.5 * t_s)] * 2)
    assert drive.presence == "lying"
    drive.empty(30)
    (record,) = drive.pipeline.take_records()
    assert record.lifts == 0
    assert drive.presence == "empty"
