"""Messages of NATS JetStream: a durable consumer on the stream into which NATS puts what its MQTT side acknowledges.

A mat's PUBACK from NATS means "in the stream $MQTT_msgs", and that stream keeps only what some consumer waits for. So the
durable consumer must be there before the first mat, and a stream of our own would lose what is in flight when a node dies.
Several collectors share the consumer. Retained documents and answers come as plain messages, each to one of the collectors.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.client import JetStreamContext

from acumat.fleet.collect.messages import BATCH, BATCH_S, QUIET_S, Message
from acumat.fleet.collect.nats_engine import (
    DURABLE,
    REQUEST_S,
    STREAM,
    SUBJECT,
    UNACKNOWLEDGED,
    NatsTarget,
    connected,
    provisioned,
    said,
    subject_of,
)
from acumat.fleet.collect.nats_retained import SUBJECT as RETAINED_SUBJECT
from acumat.fleet.collect.nats_retained import RetainedReader
from acumat.fleet.collect.personal import KEYS
from acumat.mqtt.backoff import Backoff

log = logging.getLogger(__name__)

GROUP = "acumat-collect"
LOOK_S = 5.0
"""Seconds between two looks at the consumer, which is made anew if the engine has lost it."""

T = TypeVar("T")


class NatsTransport:
    """Everything happens in the caller's thread: its event loop runs while one of the methods does."""

    def __init__(self, target: NatsTarget, *, base_topic: str) -> None:
        self._target, self._base_topic = target, base_topic
        self._loop = asyncio.new_event_loop()
        self._client: Client | None = None
        self._events: JetStreamContext.PullSubscription | None = None
        self._retained = RetainedReader(base_topic)
        self._heard: set[str] = set()
        """Topics heard while what is retained is read: that is older."""
        self._documents: list[Message] = []
        self._backoff = Backoff()
        self._next_s = self._looked_s = 0.0
        self._problem: str | None = "not connected yet"
        self._waiting: int | None = None

    @property
    def problem(self) -> str | None:
        """Why nothing can come."""
        return self._problem

    @property
    def waiting(self) -> int | None:
        """Number of undelivered messages, by the consumer's last report."""
        return self._waiting

    def open(self) -> None:
        """Begin to connect."""
        self._run(self._ready())

    def receive(self, wait_s: float) -> list[Message]:
        """Up to a batch of events, and the documents that came meanwhile."""
        return self._run(self._receive(wait_s))

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """The acknowledgement of a message that has been sent again meanwhile counts as well."""
        self._run(self._acknowledge(messages))

    def idle(self, wait_s: float) -> None:
        """Answer the server's pings."""
        self._run(asyncio.sleep(wait_s))

    def publish(self, topic: str, payload: str) -> None:
        """As a plain message, which NATS gives to the mat that has subscribed by MQTT."""
        if self._client is not None:
            self._run(self._guarded(self._client.publish(topic.replace("/", "."), payload.encode())))

    def close(self) -> None:
        """The consumer stays, and with it the waiting messages."""
        if self._client is not None:
            self._run(self._guarded(self._client.close()))
        # tasks that nats-py has cancelled end in a turn of the loop
        self._run(asyncio.sleep(0))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    async def _receive(self, wait_s: float) -> list[Message]:
        began_s = time.monotonic()
        found: list[Message] = []
        if await self._ready():
            found = [*await self._past(), *await self._fetch(0.0 if self._retained.is_reading else wait_s)]
        left_s = began_s + wait_s - time.monotonic()
        if not found and not self._documents and left_s > 0:
            await asyncio.sleep(left_s)
        documents, self._documents = self._documents[:BATCH], self._documents[BATCH:]
        return [*found, *documents]

    async def _fetch(self, wait_s: float) -> list[Message]:
        assert self._events is not None
        found: list[Msg] = []
        end_s = time.monotonic() + (QUIET_S if self._documents else max(wait_s, QUIET_S))
        while len(found) < BATCH and (left_s := end_s - time.monotonic()) > 0:
            try:
                new = await self._events.fetch(BATCH - len(found), timeout=min(left_s, BATCH_S))
            except TimeoutError:
                if found or self._documents:
                    break
                continue
            except NatsError as error:
                self._failed(f"NATS does not deliver ({said(error)}).")
                self._looked_s = 0.0
                break
            if not found:
                end_s = time.monotonic() + BATCH_S
            found += new
        return [self._message(each) for each in found]

    async def _past(self) -> list[Message]:
        """The next of what is retained; once that is all, it is not asked for again."""
        if not self._retained.is_reading:
            self._heard.clear()
            return []
        found = await self._retained.read()
        topics = ((_topic(each.subject.removeprefix(RETAINED_SUBJECT)), each.data) for each in found)
        return [
            Message(topic, data, retained=True) for topic, data in topics if self._is_ours(topic) and topic not in self._heard
        ]

    def _is_ours(self, topic: str) -> bool:
        return topic.startswith(f"{self._base_topic}/") and topic.rpartition("/")[2] in ("availability", *KEYS)

    def _message(self, message: Msg) -> Message:
        metadata = message.metadata
        self._waiting = metadata.num_pending
        age_s = max(0.0, time.time() - metadata.timestamp.timestamp())
        return Message(_topic(message.subject.removeprefix(SUBJECT)), message.data, message, age_s=age_s)

    async def _acknowledge(self, messages: Sequence[Message]) -> None:
        for each in messages:
            if isinstance(each.receipt, Msg):
                await self._guarded(each.receipt.ack())
        if self._client is not None:
            await self._guarded(self._client.flush(int(REQUEST_S)))

    async def _guarded(self, work: Coroutine[Any, Any, object]) -> None:
        """What cannot be sent now comes again, or is asked for again."""
        try:
            await work
        except (NatsError, OSError, TimeoutError) as error:
            log.debug("not sent: %s", error)

    async def _ready(self) -> bool:
        """Connected, with the consumer in place; makes both where they are not."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return False
        try:
            if self._client is None or self._client.is_closed:  # nats-py gives up after refusals
                self._client = None
                await self._connect()
            if self._client is None or not self._client.is_connected:
                self._failed("No node of NATS answers.")
                return False
            if now_s - self._looked_s > LOOK_S:
                await provisioned(self._client.jetstream(timeout=REQUEST_S), self._base_topic)
                self._looked_s = time.monotonic()
        except (NatsError, OSError, TimeoutError) as error:
            self._next_s = time.monotonic() + self._backoff.after_no_answer()
            self._failed(f"NATS is not ready ({said(error)}).")
            return False
        if self._problem is not None:
            log.warning("Connected to NATS at %s.", self._client.connected_url.netloc if self._client.connected_url else "?")
            self._problem = None
            self._backoff.on_stable()
        return True

    async def _connect(self) -> None:
        client = await connected(self._target, error_cb=_on_error, reconnected_cb=self._on_reconnected)
        for leaf in ("availability", "response", *KEYS):
            await client.subscribe(subject_of(self._base_topic, leaf), queue=GROUP, cb=self._on_document)
        self._events = await client.jetstream(timeout=REQUEST_S).pull_subscribe_bind(DURABLE, STREAM)
        self._client = client
        self._retained.begin(client)

    async def _on_reconnected(self) -> None:
        """What has changed meanwhile was said to nobody here."""
        if self._client is not None:
            self._retained.begin(self._client)

    async def _on_document(self, message: Msg) -> None:
        if len(self._documents) >= UNACKNOWLEDGED:  # while the record is away: the newest ones count
            del self._documents[:BATCH]
        topic = _topic(message.subject)
        if self._retained.is_reading:
            self._heard.add(topic)
        self._documents.append(Message(topic, message.data))

    def _failed(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("%s", problem)
        self._problem = problem


async def _on_error(error: Exception) -> None:
    log.debug("NATS: %s", error)


def _topic(subject: str) -> str:
    return subject.replace(".", "/")
