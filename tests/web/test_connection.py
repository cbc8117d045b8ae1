"""Deadlines of a connection, with a clock that jumps and a wire that the test holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from acumat.web.connection import MAX_CONNECTIONS, REQUEST_S, STUCK_S, BoundedProtocol
from tests.web.jumping import jumped

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


class Wire(asyncio.Transport):
    """What a protocol writes to, and whether it has hung up."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 8480), "peername": ("127.0.0.1", 50000)})
        self.written = b""
        self.ended_s: float | None = None
        self.protocol: BoundedProtocol | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.ended_s is not None

    def close(self) -> None:
        if self.ended_s is None and self.protocol is not None:
            self.ended_s = asyncio.get_running_loop().time()
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/slow":
        await asyncio.sleep(1000)
    await PlainTextResponse("here")(scope, receive, send)


class Line:
    """Protocols of one server, each on a wire of its own."""

    def __init__(self) -> None:
        self._config = uvicorn.Config(answers, log_config=None, access_log=False, ws="none", timeout_keep_alive=int(REQUEST_S))
        self._config.load()
        self._state = ServerState()

    def connection(self) -> tuple[BoundedProtocol, Wire]:
        protocol = BoundedProtocol(self._config, self._state, {}, asyncio.get_running_loop())
        wire = Wire()
        wire.protocol = protocol
        protocol.connection_made(wire)
        return protocol, wire


@pytest.mark.parametrize("said", [b"", b"G", HEAD])
def test_a_head_that_does_not_come_is_waited_for_so_long(said: bytes) -> None:
    async def run() -> None:
        protocol, wire = Line().connection()
        if said:
            protocol.data_received(said)
        await asyncio.sleep(REQUEST_S - 0.1)
        assert wire.ended_s is None
        await asyncio.sleep(0.2)
        assert wire.ended_s == REQUEST_S

    jumped(run())


def test_a_byte_now_and_then_gains_no_time() -> None:
    async def run() -> None:
        protocol, wire = Line().connection()
        for _ in range(200):
            if wire.ended_s is not None:
                break
            protocol.data_received(b"X")
            await asyncio.sleep(1)
        assert wire.ended_s == REQUEST_S

    jumped(run())


@pytest.mark.parametrize("more", [b"", b"GET"])
def test_after_an_answer_the_next_request_is_waited_for_as_long(more: bytes) -> None:
    async def run() -> None:
        protocol, wire = Line().connection()
        await asyncio.sleep(10)
        protocol.data_received(HEAD + b"\r\n")
        await asyncio.sleep(5)
        assert wire.written.endswith(b"here")
        if more:
            protocol.data_received(more)
        await asyncio.sleep(100)
        assert wire.ended_s == 10 + REQUEST_S

    jumped(run())


def test_an_answer_may_take_its_time() -> None:
    async def run() -> None:
        protocol, wire = Line().connection()
        protocol.data_received(HEAD.replace(b"/ ", b"/slow ") + b"\r\n")
        await asyncio.sleep(900)
        assert wire.ended_s is None
        await asyncio.sleep(101)
        assert wire.written.endswith(b"here")

    jumped(run())


def test_a_visitor_who_takes_nothing_is_gone_and_one_who_takes_again_is_not() -> None:
    async def run() -> None:
        protocol, wire = Line().connection()
        protocol.data_received(HEAD.replace(b"/ ", b"/slow ") + b"\r\n")
        protocol.pause_writing()
        await asyncio.sleep(STUCK_S - 1)
        protocol.resume_writing()
        await asyncio.sleep(STUCK_S)
        assert wire.ended_s is None
        protocol.pause_writing()
        await asyncio.sleep(STUCK_S + 1)
        assert wire.ended_s == 3 * STUCK_S - 1

    jumped(run())


def test_a_connection_that_is_lost_leaves_no_deadline_behind() -> None:
    async def run() -> None:
        protocol, wire = Line().connection()
        protocol.pause_writing()
        protocol.connection_lost(ConnectionResetError())
        await asyncio.sleep(1000)
        assert wire.ended_s is None

    jumped(run())


@pytest.mark.parametrize("busy", [True, False])
def test_one_too_many_ends_the_oldest_that_is_silent_or_itself(busy: bool) -> None:
    async def run(prepare: Callable[[BoundedProtocol], None]) -> None:
        line = Line()
        made = []
        for _ in range(MAX_CONNECTIONS):
            made.append(line.connection())
            prepare(made[-1][0])
            await asyncio.sleep(0.1)
        made.append(line.connection())
        ended = [at for at, (_, wire) in enumerate(made) if wire.is_closing()]
        assert ended == [MAX_CONNECTIONS if busy else 0]

    def ask(protocol: BoundedProtocol) -> None:
        protocol.data_received(HEAD.replace(b"/ ", b"/slow ") + b"\r\n")

    def wait(_protocol: BoundedProtocol) -> None:
        pass

    jumped(run(ask if busy else wait))
