"""All readers at once and the thread that serves them: real sockets, and readers that do what they like."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from acumat.feed import feed, reader
from acumat.feed.feed import READERS_MOST, Entry, Feed
from tests.broker import PATIENCE_S, until
from tests.feed.readers import HELLO, Peer

EVENTS_ONLY = {**HELLO, "rate_hz": 0}


class Room:
    """A feed and those who watch it."""

    def __init__(self, stack: ExitStack) -> None:
        self.feed = Feed(time.monotonic)
        self._stack = stack
        self._numbers = iter(range(1_000_000))
        self.made: list[int] = []
        """The numbers of the lines that were made."""

    def peer(self, hello: dict[str, Any] = EVENTS_ONLY) -> Peer:
        """Somebody who has been let in."""
        made = self.stranger()
        assert self.feed.adopt(made.near, hello)
        return made

    def stranger(self) -> Peer:
        made = Peer()
        self._stack.callback(made.close)
        return made

    def put(self, *, frame: bool = False, make: Callable[[], Any] | None = None) -> int:
        number = next(self._numbers)

        def document() -> dict[str, Any]:
            self.made.append(number)
            return {"kind": "event", "n": number}

        self.feed.put(Entry(frame, make or document))
        return number


@pytest.fixture
def room() -> Iterator[Room]:
    with ExitStack() as stack:
        made = Room(stack)
        stack.callback(made.feed.close)
        yield made


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "feed"]


def numbers(peer: Peer, got: list[int]) -> list[int]:
    got += [each["n"] for each in peer.read() if "n" in each]
    return got


def test_while_nobody_watches_there_is_no_thread_and_no_file(room: Room) -> None:
    files = len(list(Path("/proc/self/fd").iterdir()))
    assert not room.feed.watched
    assert not threads()
    peer = room.peer()
    until(peer.read, "the first line")
    peer.far.close()
    until(lambda: not threads(), "the thread ends with the last reader")
    assert not room.feed.watched
    assert len(list(Path("/proc/self/fd").iterdir())) <= files + 1  # what wakes the thread of the next reader


def test_a_line_is_made_once_for_all_and_only_if_somebody_wants_it(room: Room) -> None:
    peers = [room.peer() for _ in range(3)]
    frame, event = room.put(frame=True), room.put()
    for peer in peers:
        got: list[int] = []
        until(lambda peer=peer, got=got: numbers(peer, got), "the event")  # type: ignore[misc]
        assert got == [event]
    assert room.made == [event]
    assert frame not in room.made


def test_of_fifty_readers_eight_are_let_in_and_the_rest_keep_their_sockets(room: Room) -> None:
    everybody = [room.stranger() for _ in range(50)]
    let_in = [peer for peer in everybody if room.feed.adopt(peer.near, EVENTS_ONLY)]
    assert len(let_in) == READERS_MOST
    for peer in everybody:
        if peer not in let_in:
            assert peer.near.send(b"busy") == 4
    event = room.put()
    for peer in let_in:
        got: list[int] = []
        assert until(lambda peer=peer, got=got: numbers(peer, got), "the event") == [event]  # type: ignore[misc]
    let_in[0].far.close()
    until(lambda: len(room.feed._readers) < READERS_MOST, "its place is free")
    assert room.feed.adopt(everybody[-1].near, EVENTS_ONLY) or everybody[-1] in let_in


def test_readers_that_never_read_or_stop_halfway_keep_nothing_from_the_others(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "STALLED_S", 1e6)  # a busy machine takes over a minute for all the lines
    deaf = [room.peer() for _ in range(3)]
    halved = room.peer()
    halved.far.shutdown(socket.SHUT_WR)
    good = room.peer()
    got: list[int] = []
    wanted = []
    for _ in range(600):
        wanted.append(room.put())
        until(lambda: len(numbers(good, got)) == len(wanted), "each line comes at once")
    assert got == wanted
    assert [n for n in numbers(halved, []) if n not in wanted] == []
    kinds = [each["kind"] for each in deaf[0].read()]
    assert kinds.count("event") < len(wanted)
    assert len(room.feed._readers) == 5


def test_what_came_before_a_reader_is_not_for_it(room: Room) -> None:
    room.put()
    peer = room.peer()
    event = room.put()
    got: list[int] = []
    assert until(lambda: numbers(peer, got), "the event") == [event]


def test_a_reader_that_has_gone_is_noticed_though_nothing_is_sent(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "HEARTBEAT_S", 1e6)
    stays, goes = room.peer(), room.peer()
    until(goes.read, "the first line")
    goes.far.close()
    until(lambda: len(room.feed._readers) == 1, "it is noticed")
    assert until(stays.read, "the first line")


def test_what_a_reader_sends_is_neither_read_nor_answered(room: Room) -> None:
    peer = room.peer()
    until(peer.read, "the first line")
    peer.far.sendall(b'{"command": "stop"}\n' * 100)
    event = room.put()
    got: list[int] = []
    assert until(lambda: numbers(peer, got), "the event") == [event]


def test_a_line_that_cannot_be_made_is_left_out(room: Room) -> None:
    peer = room.peer()
    room.put(make=lambda: None)
    event = room.put()
    got: list[int] = []
    assert until(lambda: numbers(peer, got), "the next one") == [event]


def test_a_fault_of_the_thread_ends_the_readers_and_not_the_feed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    seen: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_type))
    peer = room.peer()
    room.put(make=broken)
    until(lambda: peer.read() is not None and peer.ended, "it is disconnected")
    until(lambda: seen, "the fault is reported")
    assert seen == [ZeroDivisionError]
    again = room.peer()
    event = room.put()
    got: list[int] = []
    assert until(lambda: numbers(again, got), "the next reader is served") == [event]


def test_where_the_system_gives_no_thread_the_reader_is_refused(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    stranger = room.stranger()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        assert not room.feed.adopt(stranger.near, EVENTS_ONLY)
    assert not room.feed.watched
    assert room.feed.adopt(stranger.near, EVENTS_ONLY)


def test_the_end_is_said_and_nobody_is_let_in_afterwards(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "STOP_S", PATIENCE_S)
    peers = [room.peer() for _ in range(3)]
    room.put()
    room.feed.close()
    room.feed.close()
    for peer in peers:
        assert [each["kind"] for each in peer.read()] == ["hello", "event", "end"]
        assert peer.ended
    assert not threads()
    assert not room.feed.adopt(room.stranger().near, EVENTS_ONLY)
    room.put()


def test_what_was_put_before_the_end_is_sent_before_it(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    serve, late = room.feed._serve, [True]

    def serve_and_end() -> None:
        serve()
        if room.made and late:
            late.clear()
            room.put()
            room.feed._closed = True

    peer = room.peer()
    monkeypatch.setattr(room.feed, "_serve", serve_and_end)
    room.put()
    until(lambda: not threads(), "the thread ends")
    assert [each.get("n", each["kind"]) for each in peer.read()] == ["hello", 0, 1, "end"]


def test_the_thread_sleeps_while_there_is_nothing_to_send(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    serve, rounds = room.feed._serve, count()
    monkeypatch.setattr(room.feed, "_serve", lambda: [next(rounds), serve()])
    peer = room.peer()
    got: list[int] = []
    for number in range(1, 21):
        room.put()
        until(lambda number=number: len(numbers(peer, got)) == number, "the next one")  # type: ignore[misc]
    assert next(rounds) <= 3 * 20 + 3


def test_readers_come_and_go_while_lines_are_put(room: Room) -> None:
    over = threading.Event()

    def loop() -> None:
        while not over.wait(0.0005):
            if room.feed.watched:
                room.put()

    putting = threading.Thread(target=loop)
    putting.start()
    try:
        for number in range(150):
            peers = [room.peer() for _ in range(1 + number % 3)]
            for peer in peers:
                first = until(peer.read, "the first line")[0]
                assert first["kind"] == "hello"
                peer.far.close()
            if number % 5 == 0:
                until(lambda: not room.feed.watched, "all have gone")
            else:
                until(lambda: len(room.feed._readers) < READERS_MOST - 3, "some have gone")
    finally:
        over.set()
        putting.join()
    until(lambda: not threads(), "the thread ends")
