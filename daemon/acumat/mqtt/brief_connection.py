"""A short connection for `doctor` and `unpublish`: reads what the broker retains, clears it, and collects refusals."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from acumat.mqtt.bounded_client import BoundedClient, bounded_client, connect, end_loop
from acumat.mqtt.diagnosis import examine, of_error
from acumat.mqtt.in_flight import BrokerReply
from acumat.mqtt.problems import TIMEOUT_S, Problem, Target, refused
from acumat_hw.errors import AcumatError

QUIET_S = 1.0
"""Retained messages come right after the subscription; after so many seconds without one there are no more."""
ANSWER_S = 10.0
KEEPALIVE_S = 60
UNSUPPORTED_PROTOCOL = 132


class BriefConnectionError(AcumatError):
    """The broker cannot be used. The message has the cause and the fix."""


class BriefConnection:
    """Every method raises BriefConnectionError if the broker does not answer."""

    def __init__(self, client: BoundedClient, where: str) -> None:
        self._client, self._where = client, where
        self._replies: dict[int, BrokerReply] = {}
        self._changed = threading.Condition()
        self._messages = 0
        self.retained: dict[str, bytes] = {}
        """The retained messages that were found."""
        self.cleared: set[str] = set()
        """Topics on which an empty message came back to us."""
        client.on_message = self._on_message
        client.on_subscribe = lambda _c, _u, number, reasons, _p: self._answer(number, reasons[0])
        client.on_publish = lambda _c, _u, number, reason, _p: self._answer(number, reason)

    @property
    def version_5(self) -> bool:
        """Whether the broker says what it refuses."""
        return self._client.protocol == MQTTProtocolVersion.MQTTv5

    def read(self, topics: Iterable[str]) -> dict[str, BrokerReply]:
        """Subscribe and collect retained messages until no more come. Returns the refusals."""
        self.retained.clear()
        replies = {topic: self._reply(self._client.subscribe(topic)[1]) for topic in topics}
        self.wait_for_quiet()
        return {topic: reply for topic, reply in replies.items() if reply.refused}

    def wait_for_quiet(self) -> None:
        """Wait until no message has come for a while."""
        with self._changed:
            seen = -1
            while seen != self._messages:
                seen = self._messages
                self._changed.wait_for(partial(self._came_since, seen), QUIET_S)

    def _came_since(self, seen: int) -> bool:
        return self._messages != seen

    def clear(self, topic: str) -> BrokerReply:
        """Remove the retained message of this topic. Returns the broker's answer."""
        return self._reply(self._client.publish(topic, b"", qos=1, retain=True).mid)

    def _reply(self, number: int | None) -> BrokerReply:
        with self._changed:
            if number is None or not self._changed.wait_for(lambda: number in self._replies, ANSWER_S):
                raise BriefConnectionError(f"the broker at {self._where} does not answer; look at its log, and ask again")
            return self._replies.pop(number)

    def _answer(self, number: int, reason: ReasonCode) -> None:
        with self._changed:
            self._replies[number] = BrokerReply(reason.value, str(reason))
            self._changed.notify_all()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        with self._changed:
            self._messages += 1
            if not message.payload:
                self.cleared.add(message.topic)
            elif message.retain:
                self.retained[message.topic] = bytes(message.payload)
            self._changed.notify_all()


@contextmanager
def brief_connection(target: Target) -> Iterator[BriefConnection]:
    """A connection with MQTT 5 or else 3.1.1 to the first node that accepts us, closed at the end.

    Raises BriefConnectionError, InputError for TLS files.
    """
    *others, last = target.nodes
    opened: tuple[BoundedClient, BriefConnection] | None = None
    for node in others:
        with suppress(BriefConnectionError):
            opened = _opened(node)
            break
    client, made = opened or _opened(last)
    try:
        yield made
    finally:
        _close(client)


def _opened(target: Target) -> tuple[BoundedClient, BriefConnection]:
    for protocol in (MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311):
        client = bounded_client(target, client_id=f"acumat-visit-{os.getpid()}", protocol=protocol)
        made = BriefConnection(client, target.where)
        try:
            reason = _connected(client, target)
        except BaseException:
            _close(client)
            raise
        if reason is not None and not reason.is_failure:
            return client, made
        _close(client)
        if reason is not None and (reason.value != UNSUPPORTED_PROTOCOL or protocol is not MQTTProtocolVersion.MQTTv5):
            raise _error(refused(reason.value, str(reason), target))
    raise _error(
        examine(target, clock_synchronised=None)
        or Problem(
            "hangs_up", f"What answers at {target.where} hangs up before it has accepted us.", "Look at the broker's log."
        )
    )


def _close(client: BoundedClient) -> None:
    client.disconnect()
    end_loop(client)


def _connected(client: BoundedClient, target: Target) -> ReasonCode | None:
    """The broker's answer to the login; None if it hangs up without one."""
    answers: list[ReasonCode | None] = []
    ended = threading.Event()

    def answered(reason: ReasonCode | None) -> None:
        answers.append(reason)
        ended.set()

    client.on_connect = lambda _c, _u, _f, reason, _p: answered(reason)
    client.on_disconnect = lambda *_: answered(None)
    try:
        connect(client, target, KEEPALIVE_S)
    except (OSError, ValueError) as error:
        raise _error(of_error(error, target, clock_synchronised=None)) from error
    client.loop_start()
    ended.wait(TIMEOUT_S)
    return answers[0] if answers else None


def _error(problem: Problem) -> BriefConnectionError:
    return BriefConnectionError(problem.text)
