"""What NATS retains is read to its end, whatever is slow or ends meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.js.errors import NotFoundError

from acumat.fleet.collect.nats_engine import NatsTarget, connected, provisioned
from acumat.fleet.collect.nats_retained import ANEW_S, RetainedReader
from acumat.fleet.collect.over_nats import NatsTransport
from tests.broker import until
from tests.fleet.engines import nats
from tests.fleet.fake_mats import FakeMat

SLOW, GONE = TimeoutError(), NoRespondersError()
Turn = Sequence[str] | Exception


@dataclass
class FakeNats:
    """The client, its stream and its consumer in one. `turns` is what the fetches of one consumer after another give."""

    pending: list[int | Exception]
    turns: list[Turn] = field(default_factory=list)
    opened: int = 0
    closed: int = 0

    def jetstream(self, **_: Any) -> FakeNats:
        return self

    async def pull_subscribe(self, *_: Any, **__: Any) -> FakeNats:
        if not self.pending:
            raise NotFoundError
        self.opened += 1
        return self

    async def consumer_info(self) -> Any:
        found = self.pending.pop(0)
        if isinstance(found, Exception):
            raise found
        return type("Info", (), {"num_pending": found})

    async def fetch(self, *_: Any, **__: Any) -> Sequence[str]:
        found = self.turns.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def unsubscribe(self) -> None:
        self.closed += 1


@dataclass
class Read:
    found: list[str]
    reads: int


def read_all(nats: FakeNats, *, turn_s: float = 1.0) -> Read:
    """As the collector does, a turn after another."""
    now_s = 0.0
    reader = RetainedReader("acumat", lambda: now_s)
    read = Read([], 0)
    reader.begin(cast("Client", nats))
    while reader.is_reading:
        read.found += cast("list[str]", asyncio.run(reader.read()))
        read.reads += 1
        now_s += turn_s
        assert read.reads < 50
    assert nats.closed == nats.opened
    return read


@pytest.mark.parametrize(
    "turns",
    [
        pytest.param([["a", "b", "c"]], id="at once"),
        pytest.param([SLOW, SLOW, ["a"], SLOW, [], ["b", "c"]], id="late"),
    ],
)
def test_slowness_is_no_end(turns: list[Turn]) -> None:
    reads, nats = len(turns), FakeNats([3], turns)
    assert read_all(nats) == Read(["a", "b", "c"], reads)
    assert nats.opened == 1


def test_a_consumer_that_ends_with_its_node_is_followed_by_another() -> None:
    nats = FakeNats([3, 3], [["a"], GONE, ["a", "b", "c"]])
    assert read_all(nats, turn_s=ANEW_S).found == ["a", "a", "b", "c"]
    assert nats.opened == 2


@pytest.mark.parametrize("error", [SLOW, NatsError()])
def test_a_reading_that_cannot_begin_begins_later(error: Exception) -> None:
    nats = FakeNats([error, 1], [["a"]])
    assert read_all(nats).found == ["a"]


@pytest.mark.broker
def test_it_is_read_again_after_the_connection_was_lost() -> None:
    """What a mat has said meanwhile reached nobody here, and it may say nothing more for hours."""
    with nats() as (node,), closing(FakeMat("mat1", node.mqtt_port)) as mat:
        target = NatsTarget((node.url,))
        asyncio.run(made(target))
        mat.send("availability", "online", retain=True)
        with closing(NatsTransport(target, base_topic="acumat")) as transport:
            transport.open()
            for _ in range(2):
                until(lambda: any(each.retained for each in transport.receive(0.1)), "what is retained is read")
                node.kill()
                node.start()


async def made(target: NatsTarget) -> None:
    client = await connected(target)
    await provisioned(client.jetstream(), "acumat")
    await client.close()


def test_where_nothing_is_retained_nothing_is_waited_for() -> None:
    assert read_all(FakeNats([0])) == Read([], 1)
    assert read_all(FakeNats([])) == Read([], 1)
