"""What visitors are shown: bounded, newest first to stay, and a start that knows what went before."""

from __future__ import annotations

import asyncio

from acumat.web.hub import MAX_VISITORS, QUEUED, REMEMBERED, Hub, Visitor
from acumat.web.stream import KEEP_ALIVE_S, stream
from tests.web.jumping import jumped


def taken(visitor: Visitor) -> list[str]:
    """The events that wait, as kind and data."""

    async def take() -> bytes:
        return await asyncio.wait_for(visitor.take(), 1) or b""

    blocks = jumped(take()).decode().split("\n\n")
    assert blocks.pop() == ""
    return [block.replace("event: ", "").replace("\ndata: ", " ") for block in blocks]


def joined(hub: Hub) -> Visitor:
    visitor = hub.join()
    assert visitor is not None
    return visitor


def test_everybody_gets_every_line() -> None:
    hub = Hub()
    visitors = [joined(hub), joined(hub)]
    for visitor in visitors:
        assert taken(visitor) == ['link {"up":false}']
    hub.link(up=True)
    hub.put("hello", "h")
    hub.put("frame", "f")
    for visitor in visitors:
        assert taken(visitor) == ['link {"up":true}', "hello h", "frame f"]


def test_a_slow_visitor_gets_the_newest_frame_and_the_last_lines() -> None:
    hub = Hub()
    slow = joined(hub)
    for number in range(1000):
        hub.put("frame", f"f{number}")
        hub.put("event", f"e{number}")
    assert taken(slow) == [*(f"event e{number}" for number in range(1000 - QUEUED, 1000)), "frame f999"]


def test_who_comes_later_sees_what_is_now_and_what_has_happened() -> None:
    hub = Hub()
    hub.link(up=True)
    hub.put("hello", "h1")
    hub.put("frame", "f")
    for number in range(50):
        hub.put("event", f"e{number}")
    late = joined(hub)
    assert taken(late) == ['link {"up":true}', "hello h1", *(f"event e{n}" for n in range(50 - REMEMBERED, 50)), "frame f"]


def test_what_a_daemon_that_is_gone_has_shown_is_not_shown_as_now() -> None:
    hub = Hub()
    hub.put("hello", "h")
    hub.put("frame", "f")
    hub.link(up=False)
    assert taken(joined(hub)) == ['link {"up":false}', "hello h"]
    hub.put("hello", "h2")
    assert taken(joined(hub)) == ['link {"up":false}', "hello h2"]


def test_there_are_so_many_visitors_and_no_more() -> None:
    hub = Hub()
    visitors = [joined(hub) for _ in range(MAX_VISITORS)]
    assert hub.join() is None
    hub.leave(visitors[0])
    hub.leave(visitors[0])
    assert hub.join() is not None
    assert hub.join() is None


def test_it_is_watched_while_somebody_is_there() -> None:
    hub = Hub()
    assert not hub.watched.is_set()
    first, second = joined(hub), joined(hub)
    hub.leave(first)
    assert hub.watched.is_set()
    hub.leave(second)
    assert not hub.watched.is_set()


class Browser:
    """The other end of a stream: it hangs up when it is told to."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.open = True
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, str]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, object]) -> None:
        body = message.get("body")
        if isinstance(body, bytes):
            self.got.append(body)
            self.open = bool(message["more_body"])


def test_a_stream_says_so_when_there_is_nothing_and_ends_with_the_session() -> None:
    browser, hub = Browser(), Hub()
    session = [True] * 4

    async def run() -> None:
        visitor = joined(hub)
        began_s = asyncio.get_running_loop().time()
        await stream(visitor, lambda: bool(session) and session.pop(), browser.receive, browser.send)  # type: ignore[arg-type]
        assert asyncio.get_running_loop().time() - began_s == 3 * KEEP_ALIVE_S  # the first look found the first line

    jumped(run())
    assert browser.got[1:] == [b'event: link\ndata: {"up":false}\n\n', b": \n\n", b": \n\n", b": \n\n", b""]
    assert not browser.open


def test_a_stream_ends_when_the_visitor_goes_and_when_the_page_closes() -> None:
    async def run(hub: Hub, browser: Browser, *, closes: bool) -> None:
        streaming = asyncio.create_task(stream(joined(hub), lambda: True, browser.receive, browser.send))  # type: ignore[arg-type]
        await asyncio.sleep(1)
        if closes:
            hub.close()
        else:
            browser.gone.set()
        await asyncio.wait_for(streaming, 1)

    for closes in (True, False):
        browser = Browser()
        jumped(run(Hub(), browser, closes=closes))
        assert not browser.open
