"""What a request has to pass, and in which order."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from acumat.web.code import SecretFile, new_code, store
from acumat.web.door import Door
from acumat.web.gate import BODY_S, MAX_BODY_BYTES, MAX_HEADERS, Gate
from tests.web.jumping import jumped

HOST = {"host": "localhost:8480"}
ORIGIN = {"origin": "http://localhost:8480"}
JSON = {"content-type": "application/json"}
POST = {**HOST, **ORIGIN, **JSON, "sec-fetch-site": "same-origin", "content-length": "2"}


class Inside:
    """What is behind the gate: it notes what gets there."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append((await receive()).get("body", b""))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class Visitor:
    def __init__(self, folder: Path) -> None:
        store(folder / "code", new_code()[1])
        self.door = Door(SecretFile(folder / "code"))
        self.inside = Inside()
        self.visits = 0
        self.gate = Gate(self.inside, names=frozenset({"pi"}), door=self.door, on_visit=self._visited)

    @property
    def cookie(self) -> dict[str, str]:
        return {"cookie": self.door.cookie(time.time(), secure=False).partition(";")[0]}

    def ask(self, method: str, path: str, headers: dict[str, str], *bodies: bytes | None) -> tuple[int, dict[str, str], Any]:
        """Status, headers and document. A body of None never comes."""
        sent: list[Message] = []
        chunks = list(bodies or (b"",))

        async def receive() -> Message:
            chunk = chunks.pop(0)
            if chunk is None:
                await asyncio.sleep(1e6)
            return {"type": "http.request", "body": chunk or b"", "more_body": bool(chunks)}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "server": ("127.0.0.1", 8480),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        }
        jumped(self.gate(scope, receive, send))
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        body = sent[1]["body"]
        return sent[0]["status"], found, json.loads(body) if body else None

    def _visited(self) -> None:
        self.visits += 1


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    return Visitor(tmp_path)


@pytest.mark.parametrize("path", ["/", "/static/x/main.js", "/acumat-card.js"])
def test_the_empty_page_needs_no_session(visitor: Visitor, path: str) -> None:
    assert visitor.ask("GET", path, HOST)[0] == 200


@pytest.mark.parametrize(
    "path", ["/api/state", "/api/live", "/api/command/stop", "/nothing", "/login/", "//", "/static", "/Static/x"]
)
def test_everything_else_does(visitor: Visitor, path: str) -> None:
    assert visitor.ask("GET", path, HOST)[0] == 401
    assert visitor.ask("GET", path, {**HOST, **visitor.cookie})[0] == 200
    assert visitor.visits == 1


def test_another_sites_page_may_read_the_card_and_nothing_else(visitor: Visitor) -> None:
    foreign = {"origin": "http://home.example:8123", "sec-fetch-site": "cross-site"}
    assert visitor.ask("GET", "/acumat-card.js", HOST | foreign)[0] == 200
    assert visitor.ask("GET", "/acumat-card.js", {"host": "evil.example"} | foreign)[0] == 421
    assert visitor.ask("POST", "/acumat-card.js", POST | foreign, b"{}")[0] == 403
    for path in ("/static/x/main.js", "/acumat-card.js/", "/api/state"):
        assert visitor.ask("GET", path, HOST | foreign | visitor.cookie)[0] == 403


def test_a_request_of_the_page_gets_in_with_its_body(visitor: Visitor) -> None:
    assert visitor.ask("POST", "/api/command/stop", {**POST, **visitor.cookie}, b"{", b"}")[0] == 200
    assert visitor.inside.bodies == [b"{}"]


FAULTS: dict[str, tuple[int, Callable[[dict[str, str]], dict[str, str]]]] = {
    "another host": (421, lambda sent: sent | {"host": "evil.example"}),
    "no host": (421, lambda sent: {key: value for key, value in sent.items() if key != "host"}),
    "a chunked body": (400, lambda sent: sent | {"transfer-encoding": "chunked"}),
    "an upgrade": (400, lambda sent: sent | {"upgrade": "h2c"}),
    "no length": (411, lambda sent: {key: value for key, value in sent.items() if key != "content-length"}),
    "two lengths": (411, lambda sent: sent | {"content-length": "2, 3"}),
    "a negative length": (411, lambda sent: sent | {"content-length": "-2"}),
    "a length in other digits": (411, lambda sent: sent | {"content-length": "²"}),
    "a long body": (413, lambda sent: sent | {"content-length": str(MAX_BODY_BYTES + 1)}),
    "a length beyond counting": (413, lambda sent: sent | {"content-length": "9" * 5000}),
    "another site": (403, lambda sent: sent | {"sec-fetch-site": "cross-site"}),
    "a neighbour": (403, lambda sent: sent | {"sec-fetch-site": "same-site"}),
    "a typed address": (200, lambda sent: sent | {"sec-fetch-site": "none"}),
    "an old browser": (200, lambda sent: {key: value for key, value in sent.items() if key != "sec-fetch-site"}),
    "another origin": (403, lambda sent: sent | {"origin": "http://evil.example"}),
    "another port": (403, lambda sent: sent | {"origin": "http://localhost:8481"}),
    "a hidden origin": (403, lambda sent: sent | {"origin": "null"}),
    "no origin": (403, lambda sent: {key: value for key, value in sent.items() if key != "origin"}),
    "a proxy with TLS": (200, lambda sent: sent | {"origin": "https://localhost:8480"}),
    "a form": (415, lambda sent: sent | {"content-type": "application/x-www-form-urlencoded"}),
    "text": (415, lambda sent: sent | {"content-type": "text/plain"}),
    "JSON and more": (415, lambda sent: sent | {"content-type": "application/json, text/plain"}),
    "JSON in UTF-8": (200, lambda sent: sent | {"content-type": "application/json; charset=UTF-8"}),
    "no session": (401, lambda sent: {key: value for key, value in sent.items() if key != "cookie"}),
    "many headers": (431, lambda sent: sent | {f"x-{number}": "1" for number in range(MAX_HEADERS)}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_by_itself_is_refused(visitor: Visitor, fault: str) -> None:
    status, change = FAULTS[fault]
    found, headers, document = visitor.ask("POST", "/api/command/stop", change({**POST, **visitor.cookie}), b"{}")
    assert found == status
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    if status != 200:
        assert (document["ok"], headers["connection"]) == (False, "close")
        assert (visitor.inside.bodies, visitor.visits) == ([], 0)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"])
def test_other_methods_are_refused(visitor: Visitor, method: str) -> None:
    assert visitor.ask(method, "/", HOST)[0] == 405


def test_the_host_is_looked_at_before_anything_else(visitor: Visitor) -> None:
    assert visitor.ask("DELETE", "/api/state", {"host": "evil.example", "transfer-encoding": "x"})[0] == 421


def test_another_site_may_lead_to_the_page_and_may_read_nothing_of_it(visitor: Visitor) -> None:
    foreign = {**HOST, "sec-fetch-site": "cross-site"}
    assert visitor.ask("GET", "/", foreign)[0] == 200
    assert visitor.ask("GET", "/api/state", {**foreign, **visitor.cookie})[0] == 403
    assert visitor.ask("GET", "/static/x/main.js", foreign)[0] == 403
    assert visitor.ask("GET", "/api/live", {**HOST, **visitor.cookie, "origin": "http://evil.example"})[0] == 403


def test_a_request_that_reads_has_no_body(visitor: Visitor) -> None:
    assert visitor.ask("GET", "/", {**HOST, "content-length": "5"})[0] == 400
    assert visitor.ask("GET", "/", {**HOST, "content-length": "0"})[0] == 200


def test_a_body_that_is_longer_than_it_says_is_cut_off(visitor: Visitor) -> None:
    assert visitor.ask("POST", "/login", POST, b"x" * MAX_BODY_BYTES, b"x")[0] == 413
    assert visitor.inside.bodies == []


def test_a_body_that_does_not_come_is_not_waited_for(visitor: Visitor) -> None:
    status, _, document = visitor.ask("POST", "/login", POST, b"{", None)
    assert (status, document["reason"]) == (408, "slow")
    assert BODY_S <= 10
