"""The parts of the loop that can go wrong by themselves: schedule, inbox, watchdog."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.mqtt.client import Arrived, Connected, Disconnected
from acumat.service.inbox import WAITING_MOST, Asked, Inbox
from acumat.service.slots import Slots
from acumat.service.watch import STALL_S, Watch
from tests.hw.bench import JumpingClock


def test_slots_left_out_on_purpose_are_not_missed_ones() -> None:
    clock = JumpingClock()
    slots = Slots(clock, 10.0, clock.monotonic())
    for work_s, stride in ((0.01, 2), (0.15, 2), (0.35, 2), (0.01, 1)):
        slots.wait()
        clock.sleep(work_s)
        slots.done(stride)
    assert slots.skipped == 1
    assert clock.monotonic() - slots.start_s == pytest.approx(0.76)
    assert slots.next == 8


@given(st.lists(st.floats(0.0, 0.5), max_size=60))
def test_slots_lie_on_an_absolute_schedule_and_every_missed_one_is_counted(works_s: list[float]) -> None:
    clock = JumpingClock()
    slots = Slots(clock, 10.0, clock.monotonic())
    for work_s in works_s:
        slots.wait()
        late_s = clock.monotonic() - slots.start_s - slots.next / 10.0
        assert -1e-6 <= late_s < 0.1 + 1e-6, "a frame is never early, and less than a slot late however long the last one took"
        clock.sleep(work_s)
        slots.done()
    assert slots.next == len(works_s) + slots.skipped


def test_a_stall_of_a_third_of_a_second_costs_its_slots_and_shifts_no_other() -> None:
    clock = JumpingClock()
    slots = Slots(clock, 10.0, clock.monotonic())
    for work_s in (0.01, 0.33, 0.01, 0.01):
        slots.wait()
        clock.sleep(work_s)
        slots.done()
    assert slots.skipped == 2
    assert clock.monotonic() - slots.start_s == pytest.approx(0.51)


def test_a_flood_of_messages_is_bounded_and_leaves_room_for_what_matters() -> None:
    inbox = Inbox()
    for number in range(10_000):
        inbox.put(Arrived("acumat/x/command/tare", str(number).encode(), retained=False))
    assert inbox.put(Disconnected())
    assert inbox.put(Connected())
    taken = inbox.take()
    assert len(taken) == WAITING_MOST + 2
    assert taken[:2] == [Disconnected(), Connected()]
    assert inbox.refused == 10_000 - WAITING_MOST
    assert inbox.take() == []


def test_a_request_that_finds_no_room_is_answered_at_once() -> None:
    inbox = Inbox()
    answers: list[dict[str, object]] = []
    for _ in range(WAITING_MOST + 3):
        inbox.ask({"command": "status"}, answers.append)
    assert [answer["reason"] for answer in answers] == ["busy"] * 3
    assert all(isinstance(message, Asked) for message in inbox.take())


class Parts:
    def __init__(self) -> None:
        self.history, self.mqtt = 0, 0


@pytest.mark.parametrize("hanging", ["history", "mqtt"])
def test_the_watchdog_is_fed_while_all_parts_move_and_not_when_one_hangs(hanging: str) -> None:
    clock, parts, fed = JumpingClock(), Parts(), [0]

    def feed() -> None:
        fed[0] += 1

    watch = Watch(lambda: {"history": parts.history, "mqtt": parts.mqtt}, feed=feed, interval_s=5.0, monotonic=clock.monotonic)

    def live(seconds: float, *, both: bool) -> int:
        before = fed[0]
        for _ in range(round(seconds)):
            for part in ("history", "mqtt"):
                if both or part != hanging:
                    setattr(parts, part, getattr(parts, part) + 1)
            clock.sleep(1.0)
            watch.tick()
        return fed[0] - before

    assert live(100, both=True) == 20
    assert live(STALL_S + 5.0, both=False) <= 3  # noticed at the first look after the limit
    assert live(100, both=False) == 0
    assert live(20, both=True) >= 3


def test_without_a_watching_systemd_nothing_is_fed() -> None:
    clock = JumpingClock()
    watch = Watch(lambda: pytest.fail("asked"), feed=lambda: pytest.fail("fed"), interval_s=None, monotonic=clock.monotonic)
    clock.sleep(100.0)
    watch.tick()
