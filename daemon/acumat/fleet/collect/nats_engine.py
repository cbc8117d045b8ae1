"""NATS for a fleet: a connection, and the stream and the consumer that must exist before the first mat."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any

import nats
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from acumat.fleet.collect.messages import BATCH

STREAM, SUBJECT = "$MQTT_msgs", "$MQTT.msgs."
"""The stream of NATS' MQTT side, and what it puts before the subject of a message (server/mqtt.go)."""
DURABLE = "acumat-collect"
REPLICAS = 3
NOT_CLUSTERED = 10074
"""The error of JetStream that says that a single server keeps no replicas."""
ACK_WAIT_S = 30.0
"""After so long an unacknowledged message comes again, to any collector."""
JWT_START = "eyJ"
"""The beginning of every JWT: the base 64 of an object of JSON."""
UNACKNOWLEDGED = 10 * BATCH
CONNECT_S = 5
REQUEST_S = 5.0


@dataclass(frozen=True, slots=True)
class NatsTarget:
    """The cluster: any of these addresses will do. A password that is a token (JWT) says itself who we are."""

    urls: tuple[str, ...]
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None


async def connected(target: NatsTarget, **callbacks: Any) -> Client:  # noqa: ANN401  what nats takes
    """A client. Raises NatsError or OSError if no server accepts us."""
    login: dict[str, Any] = {"user": target.username, "password": target.password}
    if target.password is not None and target.password.startswith(JWT_START):
        token = target.password.encode()
        # a bearer token: whoever shows it is its user, and signs nothing
        login = {"user_jwt_cb": lambda: bytearray(token), "signature_cb": lambda _nonce: b""}
    return await nats.connect(
        list(target.urls),
        **login,
        tls=target.tls,
        name="acumat collect",
        connect_timeout=CONNECT_S,
        allow_reconnect=True,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        **callbacks,
    )


async def provisioned(stream: JetStreamContext, base_topic: str) -> int:
    """Make the stream and the durable consumer, or check that they exist. Returns on how many nodes each message is stored.

    Raises NatsError if the cluster is not complete: the stream would stay on too few nodes.
    """
    replicas = await _stream(stream)
    config = ConsumerConfig(
        durable_name=DURABLE,
        filter_subject=SUBJECT + subject_of(base_topic, "event"),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_S,
        max_ack_pending=UNACKNOWLEDGED,
    )
    await stream.add_consumer(STREAM, config)
    return replicas


async def _stream(stream: JetStreamContext) -> int:
    """As NATS itself makes it at the first connection of a mat, but on three nodes or none."""
    try:
        config = (await stream.stream_info(STREAM)).config
    except NotFoundError:
        config = StreamConfig(
            name=STREAM,
            subjects=[SUBJECT + ">"],
            retention=RetentionPolicy.INTEREST,
            storage=StorageType.FILE,
            num_replicas=REPLICAS,
        )
        try:
            await stream.add_stream(config)
        except APIError as error:
            if error.err_code != NOT_CLUSTERED:
                raise
            config.num_replicas = 1
            await stream.add_stream(config)
        return int(config.num_replicas or 1)
    if (config.num_replicas or 1) < REPLICAS:
        config.num_replicas = REPLICAS
        try:
            await stream.update_stream(config)
        except APIError as error:
            if error.err_code != NOT_CLUSTERED:
                raise
            return 1
    return REPLICAS


def said(error: BaseException) -> str:
    """An error of NATS in a few words."""
    text = (error.description or "") if isinstance(error, APIError) else str(error)
    return f"{type(error).__name__}: {text}".rstrip(": ")


def subject_of(base_topic: str, leaf: str) -> str:
    """The subject of this topic of every mat."""
    return f"{base_topic.replace('/', '.')}.*.{leaf}"
