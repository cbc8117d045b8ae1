"""Reads what NATS retains of mats: once at each connection, completely, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from acumat.fleet.collect.messages import BATCH, BATCH_S
from acumat.fleet.collect.nats_engine import REQUEST_S, subject_of

STREAM, SUBJECT = "$MQTT_rmsgs", "$MQTT.rmsgs."
"""The stream of NATS' MQTT side, and what it puts before the subject of a message."""
ANEW_S = 5.0
"""After so long without a message the reading begins anew: a consumer ends with its node."""


class RetainedReader:
    """Reads through a consumer of its own, whose number of messages at the beginning shows when all are read."""

    def __init__(self, base_topic: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._subject = SUBJECT + subject_of(base_topic, "*")
        self._monotonic = monotonic
        self._client: Client | None = None
        self._consumer: JetStreamContext.PullSubscription | None = None
        self._left: int | None = None
        self._anew_s = 0.0

    @property
    def is_reading(self) -> bool:
        """Whether more messages may come."""
        return self._client is not None

    def begin(self, client: Client) -> None:
        """Begin again on a new or restored connection."""
        self._client, self._consumer, self._left, self._anew_s = client, None, None, 0.0

    async def read(self) -> list[Msg]:
        """The next messages, perhaps none yet."""
        found: list[Msg] = []
        with suppress(NatsError, OSError):  # one of these is TimeoutError
            if (consumer := await self._opened()) is not None:
                found = await consumer.fetch(BATCH, timeout=BATCH_S)
        if found and self._left is not None:
            self._anew_s = self._monotonic() + ANEW_S
            self._left -= len(found)
            if self._left <= 0:
                await self._end()
        elif self._monotonic() >= self._anew_s:
            await self._drop()
        return found

    async def _opened(self) -> JetStreamContext.PullSubscription | None:
        """The consumer, if there is one with something to read."""
        if self._consumer is None and self._client is not None and self._monotonic() >= self._anew_s:
            self._anew_s = self._monotonic() + ANEW_S
            config = ConsumerConfig(deliver_policy=DeliverPolicy.LAST_PER_SUBJECT, ack_policy=AckPolicy.NONE)
            stream = self._client.jetstream(timeout=REQUEST_S)
            try:
                self._consumer = await stream.pull_subscribe(self._subject, stream=STREAM, config=config)
            except NotFoundError:  # no mat has been here yet
                await self._end()
        if self._consumer is not None and self._left is None:
            self._left = (await self._consumer.consumer_info()).num_pending or 0
            if not self._left:
                await self._end()
        return self._consumer

    async def _end(self) -> None:
        await self._drop()
        self._client = None

    async def _drop(self) -> None:
        consumer, self._consumer, self._left = self._consumer, None, None
        if consumer is not None:
            with suppress(NatsError, OSError):
                await consumer.unsubscribe()
