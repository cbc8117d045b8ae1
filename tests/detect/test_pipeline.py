from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.contract.events import EventType
from acumat.contract.learned import Learned
from acumat.contract.state import Presence
from acumat.detect.pipeline import Pipeline
from acumat_hw.frame import Frame
from tests.detect.harness import PipelineHarness, layout, one, types

T = EventType
PRESETS = [(2, 2), (4, 2), (4, 3), (4, 4)]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("rate_hz", [4.0, 10.0, 50.0, 200.0])
def test_a_person_who_comes_lies_and_goes_is_one_session(preset: tuple[int, int], rate_hz: float) -> None:
    drive = PipelineHarness(layout(preset), rate_hz=rate_hz)
    drive.empty(8)
    came_s = drive.t_s
    drive.person(60)
    left_s = drive.t_s
    drive.empty(30)
    assert types(drive.events) == [
        T.BLIND_ENDED,
        T.CONTACT_STARTED,
        T.LYING_STARTED,
        T.LYING_CONFIRMED,
        T.SESSION_STARTED,
        T.SETTLED,
        T.GOT_UP,
        T.CONTACT_ENDED,
        T.SESSION_ENDED,
    ]
    (record,) = drive.pipeline.take_records()
    assert 0 <= record.start_mono_s - came_s < 2.0
    assert abs(record.end_mono_s - left_s) < 0.5
    assert record.lifts == 0
    lying = one(drive.events, T.LYING_STARTED)
    assert lying.t_mono_s - came_s < 2.5
    assert one(drive.events, T.GOT_UP).t_mono_s - left_s < 2.0
    assert one(drive.events, T.LYING_CONFIRMED).t_mono_s - came_s < 20.0


def test_a_box_over_the_whole_mat_is_withdrawn_and_leaves_no_session() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.box(600)
    drive.empty(60)
    withdrawn = one(drive.events, T.LYING_WITHDRAWN)
    started = one(drive.events, T.LYING_STARTED)
    assert withdrawn.t_mono_s - started.t_mono_s <= 60.5
    assert T.SESSION_STARTED not in types(drive.events)
    assert drive.pipeline.take_records() == ()


def test_a_person_on_top_of_a_withdrawn_box_is_still_seen() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.box(90, us=60)
    assert T.LYING_CONFIRMED not in types(drive.events)
    drive.person(60, us=200)
    assert T.SESSION_STARTED in types(drive.events)


def test_one_loaded_corner_is_contact_and_never_lying() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.go(60, lambda t_s: [900.0 + 20 * (int(t_s) % 2), *([0.5] * 7)])
    assert drive.presence == "contact"
    assert T.LYING_STARTED not in types(drive.events)


@pytest.mark.parametrize(("lift_s", "sessions"), [(3, 1), (8, 1), (18, 1), (25, 2)])
def test_a_short_lift_belongs_to_the_session_and_a_long_one_ends_it(lift_s: float, sessions: int) -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(60)
    drive.empty(lift_s)
    drive.person(60)
    drive.empty(30)
    records = drive.pipeline.take_records()
    assert len(records) == sessions
    if sessions == 1:
        assert records[0].lifts == 1
        assert records[0].wall_s == pytest.approx(120 + lift_s, abs=2.5)
        assert records[0].contact_s == pytest.approx(120, abs=4.0)
    assert types(drive.events).count(T.GOT_UP) == 2


def test_a_mat_without_frames_is_blind_and_never_empty() -> None:
    drive = PipelineHarness()
    assert drive.presence == "blind"
    drive.empty(8)
    assert drive.presence == "empty"
    drive.go(4, lambda _: [0.5] * 8, lost=frozenset(range(8)))
    assert drive.presence == "blind"
    assert drive.pipeline.state.load is None
    assert drive.pipeline.state.reason == "no_readings"
    drive.empty(1)
    assert drive.presence == "empty"
    assert types(drive.events) == [T.BLIND_ENDED, T.BLIND_STARTED, T.BLIND_ENDED]


@pytest.mark.parametrize(("gap_s", "sessions"), [(2.0, 1), (10, 1), (100, 1), (200, 2)])
def test_a_session_outlives_a_short_blindness_only(gap_s: float, sessions: int) -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(60)
    drive.skip(gap_s)
    drive.person(60, rise_s=0.01)
    drive.empty(30)
    records = drive.pipeline.take_records()
    assert len(records) == sessions
    assert (T.BLIND_STARTED in types(drive.events)) is (gap_s > 3)
    assert [record.end_reason for record in records] == (["got_up"] if sessions == 1 else ["lost_signal", "got_up"])


@pytest.mark.parametrize(("lost", "presence"), [({0}, "lying"), ({0, 5}, "lying"), ({0, 1, 2, 3, 4}, "blind")])
def test_lost_sensors_cost_the_balance_first_and_presence_last(lost: set[int], presence: str) -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(40)
    drive.go(10, lambda _: [150.0] * 8, lost=frozenset(lost))
    state = drive.pipeline.state
    assert state.presence == presence
    assert state.lateral is None
    assert state.health != "ok"
    assert T.GOT_UP not in types(drive.events)


@pytest.mark.parametrize(("right", "lateral"), [(0.5, 0), (0.6, 20), (0.35, -30)])
def test_lateral_asymmetry_is_the_share_of_the_sides(right: float, lateral: float) -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(40, right=right)
    state = drive.pipeline.state
    assert state.lateral == pytest.approx(lateral, abs=1)
    assert state.shares is not None
    assert state.shares["right"] == pytest.approx(100 * right, abs=1)
    assert state.head_foot == pytest.approx(0, abs=1)


def test_lopsided_needs_ten_seconds_and_the_uncalibrated_limit() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(40, right=0.62)
    assert T.LOPSIDED_STARTED not in types(drive.events)
    drive.person(9, right=0.75, rise_s=0.01)
    assert T.LOPSIDED_STARTED not in types(drive.events)
    drive.person(4, right=0.75, rise_s=0.01)
    began = one(drive.events, T.LOPSIDED_STARTED)
    assert began.edge_mono_s is not None
    assert began.t_mono_s - began.edge_mono_s == pytest.approx(10, abs=0.2)
    drive.person(20, right=0.5, rise_s=0.01)
    one(drive.events, T.LOPSIDED_ENDED)


def test_an_even_body_is_fully_even_and_its_centre_is_the_mats() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(40)
    state = drive.pipeline.state
    assert state.evenness == pytest.approx(1.0, abs=0.001)
    assert state.cop_mm is not None
    assert list(state.cop_mm) == pytest.approx([0, 0], abs=4)


def test_a_loaded_mat_at_power_up_is_not_taken_for_empty() -> None:
    drive = PipelineHarness()
    drive.person(60, us=600, rise_s=0.01)
    assert drive.presence == "lying"
    drive.empty(30)
    assert drive.presence == "empty"


def test_a_light_person_at_power_up_is_found_by_their_breath() -> None:
    drive = PipelineHarness()
    drive.person(60, us=200, breath=0.02, rise_s=0.01)
    assert drive.pipeline.state.reason != "baseline_assumed"
    assert drive.presence == "lying"


def test_a_guess_at_the_empty_mat_is_not_stored_and_what_was_seen_is() -> None:
    drive = PipelineHarness()
    drive.empty(60)
    assert drive.pipeline.learned.baseline_us == (None,) * 8
    drive.person(40)
    drive.empty(30)
    assert drive.pipeline.learned.baseline_us == pytest.approx([0.5] * 8, abs=0.2)
    loaded = PipelineHarness()
    loaded.person(30, us=600, rise_s=0.01)
    assert loaded.pipeline.learned.baseline_us == (None,) * 8


def test_a_stored_baseline_lets_the_first_frames_be_believed() -> None:
    drive = PipelineHarness(learned=Learned((0.5,) * 8, (1.0,) * 8, reference_us=1200.0, calibrated=True))
    drive.person(3)
    assert drive.presence == "lying"
    assert drive.pipeline.state.reference == "learnt"


def test_drift_of_a_fifth_of_full_scale_in_a_day_is_no_contact_and_a_person_is_still_seen() -> None:
    drive = PipelineHarness(rate_hz=1.0)
    day_s = 86_400.0
    drive.empty(10)
    drive.go(day_s, lambda t_s: [0.5 + 0.25 * 303 * t_s / day_s] * 8)
    assert types(drive.events) == [T.BLIND_ENDED]
    drive.go(30, lambda t_s: [76 + 150 * (1 + 0.02 * (int(t_s) % 3))] * 8)
    assert T.LYING_STARTED in types(drive.events)


def test_the_same_frames_give_the_same_events() -> None:
    def run() -> list[object]:
        drive = PipelineHarness()
        drive.empty(8)
        drive.person(40)
        drive.empty(30)
        return [*drive.events, drive.pipeline.state, drive.pipeline.learned]

    assert run() == run()


codes = st.one_of(st.none(), st.integers(-32768, 32767))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0.0, 8.0), st.lists(codes, min_size=4, max_size=4)), max_size=80))
def test_whatever_comes_states_stay_in_range_and_time_never_runs_backwards(
    frames: list[tuple[float, list[int | None]]],
) -> None:
    pipeline = Pipeline(layout((2, 2)))
    t_s = 0.0
    lying = 0
    for seq, (dt_s, row) in enumerate(frames):
        t_s += dt_s
        for event in pipeline.step(Frame(t_s, seq, tuple(row), (None,) * 4)):
            assert event.edge_mono_s is None or event.edge_mono_s <= event.t_mono_s
            lying += {T.LYING_STARTED: 1, T.GOT_UP: -1, T.LYING_WITHDRAWN: -1}.get(event.event_type, 0)
            assert lying <= 1
        state = pipeline.state
        assert state.load is None or state.load >= 0
        assert state.lateral is None or -100 <= state.lateral <= 100
        assert state.evenness is None or -1e-9 <= state.evenness <= 1 + 1e-9
        assert (state.load is None) == (state.presence is Presence.BLIND)
    for record in pipeline.take_records():
        assert record.wall_s >= record.contact_s - 1e-6 >= -1e-6


# what a load leaves behind


def known_empty(us: float = 20.0) -> PipelineHarness:
    """A mat whose stored baseline is this, and which has been read empty for a while."""
    drive = PipelineHarness(learned=Learned((us,) * 8, (1.0,) * 8, None, calibrated=False))
    drive.go(70, lambda _: [us] * 8)
    return drive


def faint(us: float) -> list[float]:
    """So much on three sensors above a baseline of 20."""
    return [20.0 + us] * 3 + [20.0] * 5


def test_a_faint_load_that_never_moves_is_what_was_left_behind_and_becomes_the_baseline() -> None:
    drive = known_empty()
    drive.go(590, lambda _: faint(32))
    assert drive.pipeline.state.load == pytest.approx(8, abs=0.3)
    assert drive.presence == "contact"
    drive.go(20, lambda _: faint(32))
    assert drive.presence == "empty"
    assert drive.pipeline.learned.baseline_us == pytest.approx(faint(32), abs=1)


@pytest.mark.parametrize("hz", [0.08, 0.35, 1.0])
def test_a_faint_load_that_swings_stays_contact_and_is_never_tared(hz: float) -> None:
    drive = known_empty()
    drive.go(900, lambda t_s: faint(33 * (1 + 0.25 * math.sin(2 * math.pi * hz * t_s))))
    assert drive.presence == "contact"
    assert drive.pipeline.learned.baseline_us == pytest.approx([20.0] * 8, abs=1)


def test_who_sits_for_long_and_lightens_for_a_moment_is_not_tared() -> None:
    drive = known_empty()
    drive.go(720, lambda _: [170.0] * 2 + [20.0] * 6)
    drive.go(1.5, lambda _: [80.0] * 2 + [20.0] * 6)
    assert drive.pipeline.state.load == pytest.approx(10, abs=0.5)
    assert drive.pipeline.learned.baseline_us == pytest.approx([20.0] * 8, abs=1)


def test_a_faint_load_that_moved_once_rests_anew_from_then_on() -> None:
    drive = known_empty()
    drive.go(400, lambda _: faint(32))
    drive.go(2, lambda _: faint(40))
    drive.go(590, lambda _: faint(32))
    assert drive.presence == "contact"
    drive.go(20, lambda _: faint(32))
    assert drive.presence == "empty"


def test_what_a_person_left_behind_is_tared_after_it_rested_and_no_sooner() -> None:
    drive = known_empty()
    drive.person(900, us=170)
    drive.go(590, lambda _: faint(32))
    assert drive.presence == "contact"
    drive.go(20, lambda _: faint(32))
    assert drive.presence == "empty"


# a baseline that is wrong, and the ways out of it


@pytest.mark.parametrize("us", [34.0, 75.0])
def test_a_loose_supply_wire_does_not_wear_the_baseline_down(us: float) -> None:
    drive = known_empty(us)
    drive.go(120, lambda _: [0.0] * 8)
    state = drive.pipeline.state
    assert (state.presence, state.health, state.reason) == ("blind", "blind", "no_supply")
    drive.go(120, lambda _: [us] * 8)
    assert drive.presence == "empty"
    assert drive.pipeline.state.health == "ok"
    assert drive.pipeline.learned.baseline_us == pytest.approx([us] * 8, abs=1)
    assert types(drive.events) == [T.BLIND_ENDED, T.BLIND_STARTED, T.BLIND_ENDED]
    drive.person(60, us=us + 150)
    assert drive.pipeline.state.confirmed


def test_a_supply_wire_that_comes_loose_under_a_person_costs_the_session_and_not_the_baseline() -> None:
    drive = known_empty(75.0)
    drive.person(60, us=225)
    drive.go(300, lambda _: [0.0] * 8)
    drive.go(120, lambda _: [75.0] * 8)
    assert drive.presence == "empty"
    assert drive.pipeline.learned.baseline_us == pytest.approx([75.0] * 8, abs=1)


def test_the_baseline_still_falls_with_drift_with_one_loose_wire_and_by_a_tare() -> None:
    drive = known_empty(75.0)
    drive.go(300, lambda t_s: [75.0 - 60.0 * t_s / 300] * 8)
    assert drive.pipeline.learned.baseline_us == pytest.approx([20.0] * 8, abs=6)
    drive = known_empty(75.0)
    drive.go(300, lambda _: [0.0] + [75.0] * 7)
    assert drive.pipeline.learned.baseline_us == pytest.approx([0.0] + [75.0] * 7, abs=1)
    drive = known_empty(75.0)
    drive.go(10, lambda _: [0.0] * 8)
    assert drive.pipeline.tare() is None
    assert drive.pipeline.learned.baseline_us == pytest.approx([0.0] * 8, abs=1)
    drive.go(1, lambda _: [0.0] * 8)
    assert drive.pipeline.state.health == "ok"


def wrong_baseline(us: float, seconds: float) -> PipelineHarness:
    """A mat that bears nothing and reads this, far above what it is known to read when empty."""
    drive = PipelineHarness(learned=Learned((1.4,) * 8, (1.0,) * 8, None, calibrated=False))
    drive.go(seconds, lambda _: [us] * 8)
    return drive


def test_what_was_withdrawn_as_a_thing_is_tared_on_somebodys_word_and_what_may_live_is_not() -> None:
    drive = wrong_baseline(75.0, 30)
    assert drive.presence == "lying"
    refusal = drive.pipeline.tare()
    assert refusal is not None
    assert refusal.reason == "occupied"
    drive.go(60, lambda _: [75.0] * 8)
    assert drive.presence == "contact"
    assert drive.pipeline.tare() is None
    drive.go(3, lambda _: [75.0] * 8)
    assert drive.presence == "empty"
    drive.person(60, us=225)
    assert drive.pipeline.state.confirmed


def test_a_contact_is_tared_above_the_limit_once_it_has_shown_no_life_for_a_minute() -> None:
    def course(t_s: float, breath: float = 0.0) -> list[float]:
        return [1.4 + 250.0 * (1 + breath * math.sin(1.5 * t_s))] * 2 + [1.4] * 6

    for breath, seconds, reason in ((0.0, 50, "mat_loaded"), (0.0, 70, None), (0.005, 600, "mat_loaded")):
        drive = known_empty(1.4)
        drive.go(seconds, lambda t_s, breath=breath: course(t_s, breath))  # type: ignore[misc]
        assert drive.presence == "contact"
        refusal = drive.pipeline.tare()
        assert (refusal.reason if refusal else None) == reason


def test_a_withdrawn_thing_that_somebody_then_touches_is_not_tared_at_once() -> None:
    drive = wrong_baseline(75.0, 90)
    drive.go(3, lambda t_s: [75.0 + 15 * math.sin(3 * t_s)] * 8)
    drive.go(5, lambda _: [75.0] * 8)
    refusal = drive.pipeline.tare()
    assert refusal is not None
    assert refusal.reason == "mat_loaded"


def test_a_calibration_starts_over_a_wrong_baseline_on_somebodys_word() -> None:
    drive = wrong_baseline(75.0, 90)
    assert drive.presence == "contact"
    assert drive.pipeline.start_calibration() is None
    drive.go(45, lambda _: [75.0] * 8)
    progress = drive.pipeline.calibration
    assert progress is not None
    assert progress.stage == "lie_down"
    drive.person(40, us=225, rise_s=0.01)
    drive.go(15, lambda _: [75.0] * 8)
    assert T.CALIBRATION_DONE in types(drive.events)
    assert drive.presence == "empty"
    assert drive.pipeline.learned.baseline_us == pytest.approx([75.0] * 8, abs=1)


def test_what_comes_onto_the_mat_after_calibrating_was_asked_for_is_waited_for() -> None:
    drive = wrong_baseline(75.0, 90)
    assert drive.pipeline.start_calibration() is None
    drive.person(70, us=225)
    assert one(drive.events, T.CALIBRATION_FAILED).reason == "mat_loaded"


def test_a_guess_that_was_taken_with_somebody_on_the_mat_falls_when_they_leave() -> None:
    drive = PipelineHarness()
    drive.go(10, lambda _: [40.0] * 8)
    drive.go(3, lambda _: [80.0] * 4 + [40.0] * 4)
    drive.go(3, lambda _: [40.0] * 8)
    assert types(drive.events) == [T.BLIND_ENDED, T.CONTACT_STARTED, T.CONTACT_ENDED]
    drive.go(240, lambda _: [0.5] * 8)
    assert drive.pipeline.state.reason != "no_supply"
    assert drive.pipeline.learned.baseline_us == pytest.approx([0.5] * 8, abs=0.3)


def test_a_baseline_read_after_a_person_had_left_is_stored_while_the_supply_is_gone() -> None:
    drive = PipelineHarness()
    drive.go(10, lambda _: [34.0] * 8)
    drive.go(60, lambda t_s: [184.0 + 3 * math.sin(1.5 * t_s)] * 8)
    drive.go(40, lambda _: [34.0] * 8)
    assert len(drive.pipeline.take_records()) == 1
    drive.go(120, lambda _: [0.0] * 8)
    assert drive.pipeline.learned.baseline_us == pytest.approx([34.0] * 8, abs=1)
