"""What the mat learns about itself over sessions: a weaker sensor, another surface; and what it must never learn."""

from __future__ import annotations

import json
import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.contract.events import EventType
from acumat.contract.learned import Learned, WearLoads
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.detect.sensors.wear import Wear
from acumat.history.rows import learned_from, learned_text
from tests.accuracy.wear import advised, healthy, quiet_moments, waning
from tests.detect.harness import PipelineHarness, layout, one, types

SEED = 31


@pytest.mark.parametrize("name", ["4x2", "4x4"])
def test_a_sensor_that_loses_15_percent_over_weeks_is_named_on_five_mats_of_six(name: str) -> None:
    found = [waning((seed, name)) for seed in range(SEED, SEED + 6)]
    assert found.count("named") >= 5
    assert "other" not in found


@pytest.mark.parametrize("index", range(8))
@pytest.mark.parametrize("left", [0.6, 0.8])
def test_whichever_sensor_has_lost_much_is_the_one_that_is_named(index: int, left: float) -> None:
    wear, random = Wear(layout(), Parameters()), Random(index)
    advice = []
    for session in range(2 * Parameters().wear_sessions):
        us = [150.0 * math.exp(random.gauss(0.0, 0.03)) for _ in range(8)]
        if session >= Parameters().wear_sessions:
            us[index] *= left
        advice.append(wear.note(tuple(us)))
    assert advice[:-1] == [None] * (len(advice) - 1)
    assert advice[-1] is not None
    assert (advice[-1].reason, advice[-1].sensor) == ("sensor_weaker", layout().sensors[index].name)
    assert advice[-1].change_pct == pytest.approx(100 * (left - 1), abs=6)


@pytest.mark.parametrize("name", ["2x2", "4x2", "4x4"])
def test_healthy_weeks_are_not_reported_of(name: str) -> None:
    assert not healthy((SEED, name))


def test_the_loss_is_reported_once_and_as_large_as_it_is() -> None:
    moments = quiet_moments(SEED, "4x2", sensor=2)
    wear = Wear(layout(), Parameters())
    reported = [advice for _ in range(60) if (advice := wear.note(next(moments))) is not None]
    assert [advice.reason for advice in reported] == ["sensor_weaker"]
    assert reported[0].sensor == layout().sensors[2].name
    assert reported[0].change_pct is not None
    assert -25 < reported[0].change_pct < -8
    assert "look at it" in reported[0].text


def test_four_sensors_cannot_name_one() -> None:
    assert advised(quiet_moments(SEED, "2x2", sensor=0), "2x2", 40) is None


@pytest.mark.parametrize(("factor", "word"), [(1.6, "more"), (0.6, "less")])
def test_another_load_as_a_whole_is_reported_as_such(factor: float, word: str) -> None:
    wear = Wear(layout(), Parameters())
    moments = quiet_moments(SEED, "4x2")
    for _ in range(10):
        assert wear.note(next(moments)) is None
    reported = [wear.note(tuple(factor * us for us in next(moments))) for _ in range(10)]
    assert reported[:-1] == [None] * 9
    assert reported[-1] is not None
    assert reported[-1].reason == "level_changed"
    assert word in reported[-1].text


def test_somebody_always_at_the_same_place_is_reckoned_too() -> None:
    wear = Wear(layout(), Parameters())
    for _ in range(30):
        assert wear.note((100.0,) * 8) is None
    assert all(abs(each.log) < 1e-9 for each in wear.changes([(100.0,) * 8] * 10, [(100.0,) * 8] * 10))


def test_what_was_noted_survives_a_restart_and_another_order_of_sensors() -> None:
    sessions = WearLoads(((1.0, 2.0), (3.0, 4.0)), ((5.0, 6.0),), "sensor_weaker")
    stored = Learned((0.5, 0.6), (1.0, 1.0), 100.0, sessions=sessions)
    again = learned_from(learned_text(stored), ["a", "b"], ["a", "b"])
    assert again == stored
    turned = learned_from(learned_text(stored), ["a", "b"], ["b", "a"])
    assert turned is not None
    assert turned.sessions == WearLoads(((2.0, 1.0), (4.0, 3.0)), ((6.0, 5.0),), "sensor_weaker")
    assert Pipeline(layout((2, 2)), learned=Learned.nothing(4)).learned.sessions == WearLoads()


def test_what_an_earlier_version_stored_has_no_sessions() -> None:
    old = json.loads(learned_text(Learned.nothing(2)))
    del old["sessions"]
    again = learned_from(json.dumps(old), ["a", "b"], ["a", "b"])
    assert again == Learned.nothing(2)


def visit(drive: PipelineHarness, *, weak: int | None = None, seconds: float = 90) -> None:
    """Somebody who lies at a slightly other place each time."""
    shift = 0.1 * math.sin(7.0 * drive.t_s)

    def course(t_s: float) -> list[float]:
        level = 150 * min(1.0, (t_s + 0.1) / 2) * (1 + 0.005 * math.sin(2 * math.pi * 0.25 * t_s))
        return [
            level * (1 + shift * (s.x_mm / 107) + shift * s.y_mm / 500) * (0.7 if i == weak else 1)
            for i, s in enumerate(drive.mat.sensors)
        ]

    drive.go(seconds, course)
    drive.empty(25)


def test_the_daemon_is_reported_of_a_weaker_sensor_after_its_sessions() -> None:
    drive = PipelineHarness()
    drive.empty(6)
    for _ in range(10):
        visit(drive)
    assert len(drive.pipeline.learned.sessions.first_us) == 10
    assert EventType.RECALIBRATION_ADVISED not in types(drive.events)
    for _ in range(10):
        visit(drive, weak=3)
    event = one(drive.events, EventType.RECALIBRATION_ADVISED)
    assert event.reason == "sensor_weaker"
    assert event.numbers["sensor"] == drive.mat.sensors[3].name
    assert drive.pipeline.learned.sessions.advised == "sensor_weaker"


def test_a_session_too_short_to_be_quiet_teaches_nothing() -> None:
    drive = PipelineHarness()
    drive.empty(6)
    visit(drive, seconds=45)
    assert drive.pipeline.learned.sessions == WearLoads()


STRETCH = st.tuples(st.sampled_from(["person", "box", "faint", "empty"]), st.integers(5, 90))


@settings(max_examples=12, deadline=None)
@given(st.lists(STRETCH, min_size=1, max_size=5))
def test_nothing_is_ever_learnt_from_a_loaded_mat_as_if_empty(stretches: list[tuple[str, int]]) -> None:
    drive = PipelineHarness(rate_hz=5.0)
    drive.empty(10)
    drive.pipeline.tare()
    empty_us = max(us or 0.0 for us in drive.pipeline.learned.baseline_us)
    for what, seconds in stretches:
        if what == "person":
            drive.person(seconds)
        elif what == "box":
            drive.box(seconds)
        elif what == "faint":
            drive.go(seconds, lambda _: [20.0] * 8)
        else:
            drive.empty(seconds)
        baseline = [us for us in drive.pipeline.learned.baseline_us if us is not None]
        assert max(baseline, default=0.0) <= empty_us + 0.5


@pytest.mark.parametrize("fault", ["silent", "saturated"])
def test_nothing_is_learnt_in_a_session_with_a_faulty_sensor(fault: str) -> None:
    drive = PipelineHarness()
    drive.empty(6)
    for _ in range(2):
        visit(drive)
    before = drive.pipeline.learned
    high = 1e6 if fault == "saturated" else 150.0
    lost = frozenset({2} if fault == "silent" else ())
    drive.go(90, lambda t_s: [high if i == 2 else 150 * (1 + 0.005 * math.sin(1.6 * t_s)) for i in range(8)], lost=lost)
    drive.empty(25)
    after = drive.pipeline.learned
    assert after.sessions == before.sessions
    assert after.reference_us == before.reference_us
    assert after.baseline_us == pytest.approx(before.baseline_us, abs=0.2)
