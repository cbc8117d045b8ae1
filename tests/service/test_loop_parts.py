"""The parts of the loop that can go wrong by themselves: schedule, inbox, watchdog."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.mqtt.client import Connected, Disconnected, MessageReceived
from acumat.service.admission import Bucket
from acumat.service.inbox import WAITING_MOST, ControlRequest, Inbox, LoopCall
from acumat.service.slots import LOOKS, Slots
from acumat.service.watchdog import MEMORY, RESIDENT_MOST_BYTES, STALL_S, Watchdog, resident_bytes
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


@pytest.mark.parametrize(("looks_s", "times"), [(0.0, LOOKS), (0.03, 3), (0.5, 1)])
def test_however_long_a_look_takes_the_next_slot_waits_for_one_at_most(looks_s: float, times: int) -> None:
    clock = JumpingClock()
    slots = Slots(clock, 10.0, clock.monotonic())
    slots.wait()
    slots.done()
    seen: list[float] = []

    def look() -> None:
        seen.append(clock.monotonic() - slots.start_s)
        clock.sleep(looks_s)

    slots.look(look)
    assert len(seen) == times
    assert seen[-1] < 0.1
    slots.wait()
    assert clock.monotonic() - slots.start_s == pytest.approx(max(0.1, looks_s), abs=0.03)


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
        inbox.put(MessageReceived("acumat/x/command/tare", str(number).encode(), retained=False))
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
    assert all(isinstance(message, ControlRequest) for message in inbox.take())


@given(st.lists(st.sampled_from(["symptom", "stop", "press", "hold", "tare", "status", "guest"]), max_size=60), st.data())
def test_what_a_person_lying_there_asks_for_is_taken_before_all_else(names: list[str], data: st.DataObject) -> None:
    inbox = Inbox()
    for name in names:
        if data.draw(st.booleans()):
            inbox.put(MessageReceived(f"acumat/x/command/{name}", b"", retained=False))
        else:
            inbox.ask({"command": name}, lambda _document: None)
    taken = [
        message.topic.rpartition("/")[2] if isinstance(message, MessageReceived) else message.request["command"]
        for message in inbox.take()
        if isinstance(message, MessageReceived | ControlRequest)
    ]
    urgent = ["symptom", "stop", "press", "hold"]
    assert taken == [name for name in names if name in urgent] + [name for name in names if name not in urgent]


@pytest.mark.parametrize("sizes", [[5], [4096, 256, 1]])
def test_a_full_inbox_still_takes_a_symptom_and_what_the_daemon_itself_reports(sizes: list[int]) -> None:
    inbox, done = Inbox(), list[str]()
    for size in sizes:
        for _ in range(WAITING_MOST + 5):
            inbox.put(MessageReceived("acumat/x/command/tare", b"x" * size, retained=False))
    assert inbox.put(MessageReceived("acumat/x/command/symptom", b"PRESS", retained=False))
    assert inbox.put(LoopCall(lambda: done.append("stored")))
    first, second, *_ = inbox.take()
    assert isinstance(first, LoopCall)
    assert isinstance(second, MessageReceived)
    assert second.topic.endswith("symptom")


def test_a_long_queue_is_taken_in_parts_and_what_is_urgent_comes_between_them() -> None:
    inbox = Inbox()
    for number in range(300):
        inbox.put(MessageReceived("acumat/x/command/tare", str(number).encode(), retained=False))
    first = inbox.take(100)
    inbox.put(MessageReceived("acumat/x/command/symptom", b"", retained=False))
    second, third = inbox.take(100), inbox.take(1000)
    assert [len(first), len(second), len(third)] == [100, 101, 100]
    assert isinstance(second[0], MessageReceived)
    assert second[0].topic.endswith("symptom")
    assert [int(each.payload) for each in (*first, *second[1:], *third) if isinstance(each, MessageReceived)] == list(
        range(300)
    )
    assert not inbox.waiting


def test_huge_payloads_are_cut_before_they_wait() -> None:
    inbox = Inbox()
    for _ in range(20):
        inbox.put(MessageReceived("acumat/x/command/tare", b"x" * 1_000_000, retained=False))
    sizes = [len(message.payload) for message in inbox.take() if isinstance(message, MessageReceived)]
    assert sizes == [4097] * 20
    for _ in range(1000):
        inbox.put(MessageReceived("acumat/x/command/tare", b"x" * 4096, retained=False))
    assert sum(len(message.payload) for message in inbox.take() if isinstance(message, MessageReceived)) <= 1 << 20


def test_what_was_stored_after_the_loops_end_is_still_reported() -> None:
    inbox, done = Inbox(), list[str]()
    inbox.put(LoopCall(lambda: done.append("before")))
    inbox.shut()
    inbox.put(LoopCall(lambda: done.append("after")))
    assert done == ["before", "after"]
    inbox.ask({"command": "status"}, lambda document: done.append(document["reason"]))
    assert done[-1] == "stopping"


def test_a_message_wakes_the_loop_that_waits_for_a_slot_far_off() -> None:
    clock = JumpingClock()
    slots = Slots(clock, 10.0, clock.monotonic())
    slots.wait()
    slots.done(10)
    slots.wait(lambda: clock.monotonic() - slots.start_s > 0.25)
    assert clock.monotonic() - slots.start_s == pytest.approx(0.3)
    slots.done()
    slots.wait(lambda: True)
    assert clock.monotonic() - slots.start_s == pytest.approx(0.4), "never before the next slot of the full rate"
    assert slots.skipped == 0


@given(
    st.floats(0.1, 100.0),
    st.integers(1, 50),
    st.lists(st.floats(0.0, 2.0), min_size=1, max_size=300),
)
def test_no_more_pass_than_the_measure_allows(rate_hz: float, burst: int, waits_s: list[float]) -> None:
    bucket, now_s, passed = Bucket(burst, rate_hz), 1000.0, list[float]()
    for wait_s in waits_s:
        now_s += wait_s
        if bucket.takes(now_s):
            passed.append(now_s)
    for index, start_s in enumerate(passed):
        for later, end_s in enumerate(passed[index:], 1):
            assert later <= burst + (end_s - start_s) * rate_hz + 1e-6
    assert bucket.takes(now_s + burst / rate_hz + 1.0), "who waits is served"


class Parts:
    def __init__(self) -> None:
        self.history, self.mqtt = 0, 0


@pytest.mark.parametrize("hanging", ["history", "mqtt"])
def test_the_watchdog_is_fed_while_all_parts_move_and_not_when_one_hangs(hanging: str) -> None:
    clock, parts, fed, starved = JumpingClock(), Parts(), [0], list[str]()

    def feed() -> None:
        fed[0] += 1

    watch = Watchdog(
        lambda: {"history": parts.history, "mqtt": parts.mqtt},
        feed=feed,
        interval_s=5.0,
        monotonic=clock.monotonic,
        on_starved=starved.append,
        resident=int,  # that of the tests would count
    )

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
    assert starved == [hanging]


def test_a_daemon_that_takes_too_much_memory_is_not_fed_until_it_has_given_it_back() -> None:
    clock, starved, fed = JumpingClock(), list[str](), list[int]()
    resident = [RESIDENT_MOST_BYTES]
    watch = Watchdog(
        dict,
        feed=lambda: fed.append(resident[0]),
        interval_s=5.0,
        monotonic=clock.monotonic,
        on_starved=starved.append,
        resident=lambda: resident[0],
    )
    for resident[0] in (RESIDENT_MOST_BYTES, RESIDENT_MOST_BYTES + 1, RESIDENT_MOST_BYTES + 1, 1):
        watch.tick()
        clock.sleep(5.0)
    assert (fed, starved) == ([RESIDENT_MOST_BYTES, 1], [MEMORY])


def test_the_memory_is_that_of_this_process() -> None:
    before = resident_bytes()
    more = bytearray(b"x") * 50_000_000
    assert resident_bytes() - before > len(more) / 2


def test_without_a_watching_systemd_nothing_is_fed() -> None:
    clock = JumpingClock()
    watch = Watchdog(
        lambda: pytest.fail("asked"),
        feed=lambda: pytest.fail("fed"),
        interval_s=None,
        monotonic=clock.monotonic,
        on_starved=pytest.fail,
    )
    clock.sleep(100.0)
    watch.tick()
