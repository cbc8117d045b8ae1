"""What a turn says of detection, and what becomes of a frame that makes it fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.contract.state import MatState, Presence
from acumat.detect.pipeline import Pipeline
from acumat.guard import Guard
from acumat.service.guarded_pipeline import GOOD_EVERY_S, REASON, WAIT_S, GuardedPipeline
from acumat.service.turn import Turn
from acumat_hw.frame import Frame
from tests.detect.harness import PipelineHarness, code, layout
from tests.hw.bench import JumpingClock

MAT = layout()
COUNT = len(MAT.sensors)


class Bench:
    """A pipeline that has seen something, and the next frame of it behind the guard."""

    def __init__(self, learned: Learned | None = None) -> None:
        self.drive = PipelineHarness(MAT, learned=learned)
        self.clock = JumpingClock()
        self.guard = Guard(self.clock.monotonic)
        self.guarded = GuardedPipeline(self.drive.pipeline, self.guard, self.clock.monotonic)

    def step(self, frame: Frame) -> Turn:
        events = self.guarded.step(frame)
        return self.guarded.seen(frame, events)

    def frame(self, us: float) -> Frame:
        self.drive.t_s += 0.1
        self.clock.now_s = self.drive.t_s
        return Frame.complete(self.drive.t_s, 0, (code(us, MAT),) * COUNT)


def test_a_turn_carries_what_detection_knows_after_the_frame() -> None:
    bench = Bench(Learned((0.5,) * COUNT, (1.0,) * COUNT, 900.0, calibrated=True))
    bench.drive.empty(20)
    bench.drive.person(60)
    frame = bench.frame(150.0)
    turn = bench.step(frame)
    pipeline = bench.drive.pipeline
    assert (turn.frame, turn.state, turn.sensors) == (frame, pipeline.state, pipeline.sensor_conditions)
    assert turn.state.presence is Presence.LYING
    assert turn.loads_us == pipeline.sensor_loads_us
    assert None not in turn.loads_us
    assert (turn.calibrated, turn.calibrating, turn.guest, turn.doubts_empty) == (True, False, False, False)
    bench.drive.pipeline.guest = True
    assert bench.step(bench.frame(150.0)).guest


def test_a_turn_says_that_somebody_calibrates() -> None:
    bench = Bench()
    bench.drive.empty(20)
    assert bench.drive.pipeline.start_calibration() is None
    turn = bench.step(bench.frame(0.5))
    assert (turn.calibrating, turn.calibrated) == (True, False)


def test_a_person_who_was_taken_for_the_empty_mat_leaves_it_in_doubt() -> None:
    bench = Bench()
    bench.drive.box(20)
    turn = bench.step(bench.frame(150.0))
    assert (turn.state.presence, turn.doubts_empty) == (Presence.EMPTY, True)
    assert not bench.guarded.turn(MatState()).doubts_empty, "only a mat that shows empty can be doubted"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many of the next frames fail."""
    left, real = [0], Pipeline.step

    def step(self: Pipeline, frame: Frame) -> object:
        if left[0]:
            left[0] -= 1
            raise ZeroDivisionError
        return real(self, frame)

    monkeypatch.setattr(Pipeline, "step", step)
    return left


def test_a_frame_that_fails_blinds_the_mat_for_a_moment_and_says_why(failing: list[int]) -> None:
    bench = Bench()
    bench.drive.empty(20)
    bench.step(bench.frame(0.5))
    failing[0] = 2
    turn = bench.step(bench.frame(0.5))
    assert [(event.event_type, event.reason) for event in turn.events] == [("blind_started", REASON)]
    assert (turn.state.presence, turn.state.reason) == (Presence.BLIND, REASON)
    assert "Detection failed on a reading" in turn.state.reason_text
    assert bench.step(bench.frame(0.5)).events == (), "blind already"
    left = WAIT_S[1]
    while left > 0.2:
        left -= 0.1
        assert bench.step(bench.frame(0.5)).state.reason == REASON
    for _ in range(300):
        turn = bench.step(bench.frame(0.5))
    assert turn.state.presence is Presence.EMPTY
    assert bench.guard.failures == 2


def test_a_calibration_under_way_fails_with_the_frame(failing: list[int]) -> None:
    bench = Bench()
    bench.drive.empty(20)
    assert bench.drive.pipeline.start_calibration() is None
    bench.step(bench.frame(0.5))
    failing[0] = 1
    event, *_ = bench.step(bench.frame(0.5)).events
    assert (event.event_type, event.text) == ("calibration_failed", "Detection failed. Please calibrate again.")


def test_a_detection_that_cannot_even_be_asked_is_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.drive.empty(20)

    def broken(_self: Pipeline) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(Pipeline, "sensor_conditions", property(broken))
    turn = bench.guarded.turn(bench.drive.pipeline.state)
    assert (turn.state.presence, turn.state.reason, turn.loads_us) == (Presence.BLIND, REASON, ())


class Unaskable:
    """Detection's state, which cannot be asked while `when` says so."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.when: Callable[[Pipeline], bool] = lambda _pipeline: False
        self.failures = 0
        ask = vars(Pipeline)["state"].fget

        def state(pipeline: Pipeline) -> object:
            if self.when(pipeline):
                self.failures += 1
                raise ZeroDivisionError
            return ask(pipeline)

        patch.setattr(Pipeline, "state", property(state))


def test_a_frame_that_is_lost_takes_its_events_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    unaskable = Unaskable(monkeypatch)
    bench = Bench()
    bench.drive.empty(20)
    for _ in range(1500):
        bench.step(bench.frame(150.0 + bench.drive.t_s % 4.0))
    assert bench.drive.pipeline.snapshot is not None
    step = Pipeline.step

    def failing_at_the_end(pipeline: Pipeline, frame: Frame) -> tuple[Event, ...]:
        events = step(pipeline, frame)
        ends = any(event.event_type is EventType.SESSION_ENDED for event in events)
        unaskable.when = lambda _pipeline: ends and not unaskable.failures
        return events

    monkeypatch.setattr(Pipeline, "step", failing_at_the_end)
    events = [event for _ in range(2500) for event in bench.step(bench.frame(0.5)).events]
    assert unaskable.failures == 1
    assert [event.event_type for event in events].count(EventType.SESSION_ENDED) == 1
    assert len(bench.drive.pipeline.take_records()) == 1


def test_nothing_is_saved_to_return_to_that_would_fail_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state is asked of some frames only, and the failure may come to light after a later one."""
    unaskable = Unaskable(monkeypatch)
    bench = Bench()
    bench.drive.empty(20)
    bench.step(bench.frame(0.5))
    pipeline = bench.drive.pipeline
    good = pipeline.learned
    unaskable.when = lambda pipeline: pipeline.learned.baseline_us != good.baseline_us
    pipeline.adopt(replace(good, baseline_us=(7.0,) * COUNT))
    bench.clock.now_s = bench.drive.t_s = bench.drive.t_s + GOOD_EVERY_S
    bench.guarded.step(bench.frame(0.5))
    bench.step(bench.frame(0.5))
    assert pipeline.learned.baseline_us == good.baseline_us
    assert bench.guard.failures == 1


def test_what_others_have_set_between_two_frames_outlives_a_failure_at_once(failing: list[int]) -> None:
    bench = Bench()
    bench.drive.empty(20)
    bench.step(bench.frame(0.5))
    restored = Learned((0.4,) * COUNT, (1.1,) * COUNT, 900.0, calibrated=True)
    bench.drive.pipeline.adopt(restored)
    failing[0] = 1
    bench.step(bench.frame(0.5))
    assert bench.drive.pipeline.learned.gains == restored.gains
    assert bench.drive.pipeline.calibrated


def test_a_session_that_has_just_begun_outlives_a_failure(failing: list[int]) -> None:
    bench = Bench(Learned((0.5,) * COUNT, (1.0,) * COUNT, 900.0, calibrated=True))
    bench.drive.empty(20)
    session = None
    for _ in range(3000):
        turn = bench.step(bench.frame(150.0 + bench.drive.t_s % 4.0))
        session = turn.state.session_id
        if session is not None:
            break
    assert session is not None
    failing[0] = 1
    bench.step(bench.frame(150.0))
    bench.clock.now_s += WAIT_S[1]
    bench.drive.t_s = bench.clock.now_s
    assert [bench.step(bench.frame(150.0)).state.session_id for _ in range(100)][-1] == session
