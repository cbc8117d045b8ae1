"""Frames that wait while somebody lies still: none is lost, and none waits that says something new."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.commands import CommandName
from acumat.contract.events import Event, EventType
from acumat.contract.state import MatState, Presence
from acumat.detect.pipeline import Pipeline
from acumat.service import quiet_frames
from acumat.service.frames import Frames
from acumat.service.inbox import LoopCall
from acumat.service.loop import REPORT_S
from acumat.service.quiet_frames import MOST, QUIET_S, QuietFrames
from acumat_hw.frame import Frame, Missing
from tests.chaos.house import House

CODES = (1000, 2000, 3000, 4000)
LIES = MatState(presence=Presence.LYING, session_id="s1")
RATE_HZ = 10.0


def settled(state: MatState = LIES) -> tuple[QuietFrames, float]:
    """Fed with the same codes until a frame may wait, and when the next frame comes."""
    quiet, t_s = QuietFrames(), 100.0
    while not quiet.add(Frame.complete(t_s, 0, CODES), state):
        quiet.take()
        t_s += 0.1
    assert t_s == pytest.approx(100.0 + QUIET_S, abs=0.11)
    quiet.take()
    return quiet, t_s + 0.1


@pytest.mark.parametrize(
    ("codes", "waits"),
    [
        (CODES, True),
        ((1000, 2000, 3000, 4190), True),
        ((1000, 2000, 3000, 4210), False),
        ((1000, 2000, 3110, 3890), False),
        ((0, 0, 0, 0), False),
        ((-1, -1, -1, -1), False),
    ],
)
def test_a_frame_waits_unless_more_than_a_fiftieth_has_changed(codes: tuple[int, ...], waits: bool) -> None:
    quiet, t_s = settled()
    assert quiet.add(Frame.complete(t_s, 0, codes), LIES) is waits


def test_after_a_change_no_frame_waits_for_a_while() -> None:
    quiet, t_s = settled()
    changed = (500, 2000, 3000, 4000)
    waits = []
    for i in range(100):
        waits.append(quiet.add(Frame.complete(t_s + i / 10, 0, changed), LIES))
        quiet.take()
    assert waits.index(True) == pytest.approx(10 * QUIET_S, abs=1)
    assert all(waits[waits.index(True) :])


def test_a_frame_with_a_missing_reading_and_the_next_one_do_not_wait() -> None:
    quiet, t_s = settled()
    assert not quiet.add(Frame(t_s, 0, (None, *CODES[1:]), (Missing.LATE, None, None, None)), LIES)
    assert not quiet.add(Frame.complete(t_s + 0.1, 0, CODES), LIES)


@pytest.mark.parametrize("state", [MatState(), replace(LIES, session_id=None), replace(LIES, presence=Presence.CONTACT)])
def test_no_frame_waits_unless_somebody_lies_there_in_a_session(state: MatState) -> None:
    quiet, t_s = settled()
    assert not quiet.add(Frame.complete(t_s, 0, CODES), state)


def test_so_many_frames_are_taken_at_once() -> None:
    quiet, t_s = settled()
    waits = [quiet.add(Frame.complete(t_s + i / 100, 0, CODES), LIES) for i in range(MOST)]
    assert waits == [True] * (MOST - 1) + [False]
    assert len(quiet.take()) == MOST


@given(st.lists(st.tuples(st.sampled_from([CODES, (900, 2000, 3000, 4000)]), st.booleans())))
def test_every_frame_is_taken_once_and_in_order(fed: list[tuple[tuple[int, ...], bool]]) -> None:
    quiet, taken = QuietFrames(), []
    for seq, (codes, take) in enumerate(fed):
        quiet.add(Frame.complete(float(seq), seq, codes), LIES)
        if take:
            taken += quiet.take()
    taken += quiet.take()
    assert [frame.seq for frame in taken] == list(range(len(fed)))


class Seen:
    """What was read, and what detection has taken, with the time of the house's clock."""

    def __init__(self, patch: pytest.MonkeyPatch, house: House) -> None:
        self.read: list[Frame] = []
        self.taken: list[tuple[float, Frame]] = []
        read, step = Frames.read, Pipeline.step

        def noted_read(frames: Frames) -> Frame:
            self.read.append(read(frames))
            return self.read[-1]

        def noted_step(pipeline: Pipeline, frame: Frame) -> object:
            self.taken.append((house.clock.monotonic(), frame))
            return step(pipeline, frame)

        patch.setattr(Frames, "read", noted_read)
        patch.setattr(Pipeline, "step", noted_step)

    @property
    def waiting(self) -> int:
        """How many frames detection has not taken yet."""
        return len(self.read) - len(self.taken)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House(tmp_path, monkeypatch, rate_hz=RATE_HZ)
    yield made
    made.close()


@pytest.fixture
def seen(house: House, monkeypatch: pytest.MonkeyPatch) -> Seen:
    return Seen(monkeypatch, house)


def lies_still(house: House, seen: Seen) -> None:
    """Until a frame waits."""
    house.start()
    house.wait(10.0)
    house.lie_down()
    house.wait(60.0)
    while seen.waiting < 2:
        house.turn()


def test_detection_takes_every_frame_in_order_and_soon(house: House, seen: Seen) -> None:
    lies_still(house, seen)
    house.get_up()
    house.wait(40.0)
    house.stop()
    assert [frame for _, frame in seen.taken] == seen.read
    late_s = [at_s - frame.t_mono_s for at_s, frame in seen.taken]
    assert 2 / RATE_HZ < max(late_s) <= REPORT_S + 1 / RATE_HZ
    assert sum(each_s > 0.9 / RATE_HZ for each_s in late_s) > 100


def test_who_gets_up_is_seen_with_the_very_frame(house: House, seen: Seen) -> None:
    lies_still(house, seen)
    house.wait(10.0)
    house.get_up()
    up_s = house.clock.monotonic()
    house.wait(60.0)
    late_s = [at_s - frame.t_mono_s for at_s, frame in seen.taken if up_s + 1.0 <= frame.t_mono_s]
    assert max(late_s) < 0.9 / RATE_HZ
    assert house.sessions()


def test_a_command_counts_from_the_frame_after_it(house: House, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    lies_still(house, seen)
    steps: list[str] = []
    read, pause, step = Frames.read, Pipeline.pause, Pipeline.step

    def noted_read(frames: Frames) -> Frame:
        steps.append("read")
        return read(frames)

    def noted_step(pipeline: Pipeline, frame: Frame) -> object:
        steps.append("step")
        return step(pipeline, frame)

    def noted_pause(pipeline: Pipeline) -> None:
        steps.append("pause")
        pause(pipeline)

    waiting = seen.waiting
    monkeypatch.setattr(Frames, "read", noted_read)
    monkeypatch.setattr(Pipeline, "step", noted_step)
    monkeypatch.setattr(Pipeline, "pause", noted_pause)
    house.intake._inbox.ask({"command": CommandName.PAUSE, "on": True}, lambda _: None)
    house.turn()
    assert steps == ["step"] * waiting + ["pause", "read", "step"]


def test_the_end_of_the_daemon_takes_what_waits(house: House, seen: Seen) -> None:
    lies_still(house, seen)
    house.stop()
    assert not seen.waiting


def decides(monkeypatch: pytest.MonkeyPatch, event_type: EventType) -> None:
    """The next frame that detection takes says this."""
    step, said = Pipeline.step, False

    def noted_step(pipeline: Pipeline, frame: Frame) -> tuple[Event, ...]:
        nonlocal said
        events = step(pipeline, frame)
        if not said:
            said = True
            events += (Event(event_type, frame.t_mono_s, "test", "Said in a frame that waits."),)
        return events

    monkeypatch.setattr(Pipeline, "step", noted_step)


def stored(house: House) -> list[tuple[str, float]]:
    """The events of the history: type and monotonic time."""
    with house.history() as db:
        rows = db.execute("SELECT payload, mono_s FROM event ORDER BY seq").fetchall()
    return [(json.loads(payload)["event_type"], mono_s) for payload, mono_s in rows]


def test_what_waits_at_the_end_of_the_daemon_counts_for_the_routine_too(
    house: House, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    lies_still(house, seen)
    assert house.routine._state.guide.doze_s is None
    decides(monkeypatch, EventType.POSSIBLE_DOZE)
    house.stop()
    house.start()
    assert house.routine._state.guide.doze_s is not None


def test_what_waits_is_reported_before_a_message_is_handled(house: House, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    lies_still(house, seen)
    decides(monkeypatch, EventType.POSSIBLE_DOZE)
    known: list[bool] = []
    house.intake._inbox.put(LoopCall(lambda: known.append(house.routine._state.guide.doze_s is not None)))
    house.turn()
    assert known == [True]


def test_detection_that_fails_at_a_frame_that_waited_begins_anew_at_its_time(
    house: House, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    lies_still(house, seen)
    step = Pipeline.step
    failed_s: list[float] = []

    def failing_step(pipeline: Pipeline, frame: Frame) -> tuple[Event, ...]:
        if not failed_s:
            failed_s.append(frame.t_mono_s)
            raise ZeroDivisionError
        return step(pipeline, frame)

    monkeypatch.setattr(Pipeline, "step", failing_step)
    house.wait(5.0)
    times_s = dict(stored(house))
    assert times_s["blind_started"] == failed_s[0] < times_s["blind_ended"]


@pytest.mark.parametrize("rate_hz", [5.0, 10.0, 20.0])
def test_a_story_has_the_same_events_at_the_same_times_where_no_frame_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate_hz: float
) -> None:
    waited: list[int] = []

    def story(name: str) -> list[tuple[str, float]]:
        with monkeypatch.context() as patch:
            if name == "at once":
                patch.setattr(quiet_frames, "QUIET_S", math.inf)
            (tmp_path / name).mkdir()
            house = House(tmp_path / name, patch, rate_hz=rate_hz)
            seen = Seen(patch, house)
            house.start()
            house.wait(20.0)
            house.lie_down()
            house.wait(200.0)
            house.get_up()
            house.wait(12.0)
            house.lie_down()
            house.wait(45.0)
            house.stop()
            house.start()
            house.wait(60.0)
            house.get_up()
            house.wait(60.0)
            house.stop()
            events = stored(house)
            house.close()
        assert [frame for _, frame in seen.taken] == seen.read
        waited.append(sum(at_s - frame.t_mono_s > 0.9 / rate_hz for at_s, frame in seen.taken))
        return events

    events = story("together")
    assert events == story("at once")
    assert {"session_started", "settled", "got_up", "session_ended"} <= {event_type for event_type, _ in events}
    assert waited[0] > 200
    assert waited[1] == 0


def test_frames_that_have_waited_cost_no_later_one_its_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow Pi detection takes one to two milliseconds a frame, and at 50 Hz a slot is 20 ms."""
    house = House(tmp_path, monkeypatch, rate_hz=50.0)
    step, most = Pipeline.step, 0

    def slow_step(pipeline: Pipeline, frame: Frame) -> tuple[Event, ...]:
        house.clock.sleep(0.0015)
        return step(pipeline, frame)

    monkeypatch.setattr(Pipeline, "step", slow_step)
    seen = Seen(monkeypatch, house)
    lies_still(house, seen)
    for _ in range(200):
        house.turn()
        most = max(most, seen.waiting)
    skipped = house.service._inputs.slots.skipped
    house.close()
    assert most > 1
    assert skipped == 0
