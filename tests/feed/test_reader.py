"""What one reader gets: which frames, what is left out when it is slow, and when it is taken for gone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.feed import HEARTBEAT_S
from acumat.feed.reader import LINES_WAITING, SEND_BUFFER_BYTES, STALLED_S, Reader, line_of
from tests.feed.readers import HELLO, Peer


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.close()


def reader_of(peer: Peer, rate_hz: float = 5.0, now_s: float = 0.0) -> Reader:
    peer.near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    return Reader(peer.near, line_of(HELLO), rate_hz, now_s)


def line(number: int, *, frame: bool, fill: int = 0) -> bytes:
    return line_of({"kind": "frame" if frame else "event", "n": number, "fill": "x" * fill})


def fill(reader: Reader, now_s: float) -> None:
    """Until its socket takes no more."""
    while True:
        reader.put(line(0, frame=False, fill=4000), frame=False, now_s=now_s)
        reader.send(now_s)
        if reader.pending:
            return


@pytest.mark.parametrize("jitter_s", [0.0, 0.008])
@pytest.mark.parametrize(
    ("rate_hz", "frames"), [(20.0, 100), (10.0, 100), (5.0, 50), (3.0, 30), (2.0, 20), (1.0, 10), (0.5, 5), (0.0, 0)]
)
def test_a_reader_gets_the_rate_that_it_asked_for_as_far_as_the_mat_is_read_so_often(
    peer: Peer, rate_hz: float, frames: int, jitter_s: float
) -> None:
    reader = reader_of(peer, rate_hz)
    times = [0.1 * number + (jitter_s if number % 3 else 0.0) for number in range(100)]
    wanted = [at_s for at_s in times if reader.wants_frame(at_s)]
    assert abs(len(wanted) - frames) <= 1
    gaps = [b - a for a, b in pairwise(wanted)]
    assert not gaps or max(gaps) <= (max(1.0 / rate_hz, 0.1)) + 0.1 + jitter_s


def test_after_a_pause_of_the_mat_no_frames_are_made_up_for(peer: Peer) -> None:
    reader = reader_of(peer, 1.0)
    assert reader.wants_frame(0.0)
    assert reader.wants_frame(60.0)
    assert not reader.wants_frame(60.5)


def test_the_oldest_frames_go_first_and_the_gap_is_named_where_it_is(peer: Peer) -> None:
    reader = reader_of(peer)
    assert reader.send(0.0)
    for number in range(LINES_WAITING):
        reader.put(line(number, frame=number % 2 == 0), frame=number % 2 == 0, now_s=0.0)
    for number in range(LINES_WAITING, LINES_WAITING + 3):
        reader.put(line(number, frame=False), frame=False, now_s=0.0)
    assert reader.send(0.0)
    hello, dropped, *rest = peer.read()
    assert hello == HELLO
    assert dropped == {"kind": "dropped", "frames": 3, "others": 0}
    assert [each["n"] for each in rest] == [n for n in range(LINES_WAITING + 3) if n not in (0, 2, 4)]


def test_where_no_frame_waits_the_oldest_line_goes(peer: Peer) -> None:
    reader = reader_of(peer)
    for number in range(LINES_WAITING + 5):
        reader.put(line(number, frame=False), frame=False, now_s=0.0)
    reader.send(0.0)
    hello, dropped, *rest = peer.read()
    assert hello == HELLO
    assert dropped == {"kind": "dropped", "frames": 0, "others": 5}
    assert [each["n"] for each in rest] == list(range(5, LINES_WAITING + 5))


STEPS = st.lists(st.tuples(st.sampled_from(["frame", "other", "send", "read"]), st.integers(0, 40_000)), max_size=120)


@given(STEPS)
def test_whatever_a_reader_does_lines_come_whole_in_order_and_none_is_lost_unnamed(steps: list[tuple[str, int]]) -> None:
    peer = Peer()
    reader = reader_of(peer)
    got: list[dict[str, Any]] = []
    put = {True: 0, False: 1}  # the first line has been put
    try:
        for number, (what, size) in enumerate(steps):
            if what == "send":
                assert reader.send(0.0)
            elif what == "read":
                got += peer.read(size)
            else:
                frame = what == "frame"
                put[frame] += 1
                reader.put(line(number, frame=frame, fill=size), frame=frame, now_s=0.0)
            assert len(reader._lines) <= LINES_WAITING
        while reader.pending:
            assert reader.send(0.0)
            got += peer.read()
        got += peer.read()
    finally:
        reader.close()
        peer.close()
    numbers = [each["n"] for each in got if "n" in each]
    assert numbers == sorted(numbers)
    dropped = [each for each in got if each["kind"] == "dropped"]
    frames = sum(each["kind"] == "frame" for each in got)
    others = sum(each["kind"] in ("event", "hello") for each in got)
    assert frames + sum(each["frames"] for each in dropped) == put[True]
    assert others + sum(each["others"] for each in dropped) == put[False]


def test_a_reader_that_takes_nothing_costs_a_bounded_place_for_a_minute(peer: Peer) -> None:
    reader = reader_of(peer)
    now_s, gone_s = 0.0, None
    while gone_s is None and now_s < 3 * STALLED_S:
        now_s += 0.2
        reader.put(line(0, frame=True, fill=1000), frame=True, now_s=now_s)
        if not reader.send(now_s):
            gone_s = now_s
        assert sum(len(data) for _, data in reader._lines) < 40_000
    assert gone_s is not None
    assert STALLED_S <= gone_s <= STALLED_S + 10.0  # the first seconds went into the buffer of the system
    assert sum(len(json_line) for json_line in map(repr, peer.read())) < 4 * SEND_BUFFER_BYTES


def test_a_reader_that_takes_a_little_now_and_then_stays(peer: Peer) -> None:
    reader = reader_of(peer)
    for second in range(600):
        reader.put(line(second, frame=True, fill=1000), frame=True, now_s=float(second))
        assert reader.send(float(second))
        if second % 30 == 0:
            peer.read(4000)


def test_a_reader_for_which_there_was_nothing_is_not_taken_for_one_that_takes_nothing(peer: Peer) -> None:
    reader = reader_of(peer, 0.0)
    fill(reader, 0.0)
    while reader.pending:  # just so that the last line finds room, and the next one will not
        peer.read(500)
        assert reader.send(0.0)
    reader.put(line(1, frame=False, fill=4000), frame=False, now_s=2 * STALLED_S)
    assert (reader.send(2 * STALLED_S), reader.pending) == (True, True)
    assert reader.send(3 * STALLED_S - 1.0)
    assert not reader.send(3 * STALLED_S)


def test_a_heartbeat_comes_only_when_nothing_else_did(peer: Peer) -> None:
    reader = reader_of(peer)
    reader.send(0.0)
    peer.read()
    assert reader.due_s == HEARTBEAT_S
    assert reader.send(HEARTBEAT_S - 0.1)
    assert peer.read() == []
    assert reader.send(HEARTBEAT_S)
    assert peer.read() == [{"kind": "alive"}]
    reader.put(line(1, frame=False), frame=False, now_s=HEARTBEAT_S + 5.0)
    assert reader.send(2 * HEARTBEAT_S)
    assert [each["kind"] for each in peer.read()] == ["event"]


def test_who_closes_the_half_that_it_does_not_need_still_gets_lines(peer: Peer) -> None:
    reader = reader_of(peer)
    peer.far.shutdown(socket.SHUT_WR)
    assert reader.send(0.0)
    assert peer.read() == [HELLO]


@pytest.mark.parametrize("how", [socket.SHUT_RD, socket.SHUT_RDWR])
def test_who_can_read_no_more_is_gone(peer: Peer, how: int) -> None:
    reader = reader_of(peer)
    peer.far.shutdown(how)
    assert not reader.send(0.0)
