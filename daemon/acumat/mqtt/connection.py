"""Maintains the connection to the broker in a thread of its own: which protocol, how long to wait, and why there is none.

MQTT 5 is tried first, for its reason codes and its limit on what a broker may send, and MQTT 3.1.1 right after it if the broker
does not know MQTT 5. Every connection gets a new client of paho, so that paho never sends leftovers of an earlier one.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from acumat.contract.state import Condition
from acumat.mqtt.backoff import Backoff
from acumat.mqtt.bounded_client import IN_FLIGHT, BoundedClient, bounded_client, connect
from acumat.mqtt.diagnosis import AWAY, ClockSynchronised, examine, of_error, tls_problem
from acumat.mqtt.in_flight import BrokerReply
from acumat.mqtt.problems import Problem, Target, UnusableFileError, refused

log = logging.getLogger(__name__)

TURN_S = 1.0
UNSUPPORTED_PROTOCOL, TAKEN_OVER, TOO_LARGE = 132, 142, 149
"""Reason codes of MQTT 5, to which paho translates those of 3.1.1."""
CODES = {
    "refused": "unreachable",
    "no_answer": "unreachable",
    "login": "auth_failed",
    "broker_refuses": "refused",
    "ca_missing": "ca_unusable",
    "cert_missing": "cert_unusable",
    "key_hidden": "cert_unusable",
}
"""Codes of the health document that are older than the diagnosis, and unchanged in meaning."""


class Outcome(Enum):
    """How an attempt ended."""

    STOOD = auto()
    UNANSWERED = auto()
    OLD_BROKER = auto()
    AGAIN = auto()
    REFUSED = auto()
    AWAY = auto()


class Hooks(NamedTuple):
    """Called in the connection's thread; none may block."""

    on_open: Callable[[int | None], None]
    """The broker has accepted us, and accepts packets up to this size (None: it does not say)."""
    on_close: Callable[[float, bool], None]
    """The connection has ended after so many seconds; whether the broker said that a message was too long."""
    on_message: Callable[[MQTTMessage], None]
    on_reply: Callable[[int, BrokerReply], None]
    on_change: Callable[[], None]
    """`problem` has changed."""


@dataclass(slots=True)
class _Attempt:
    """What has happened to one client of paho so far."""

    client: BoundedClient
    refusal: Outcome | None = None
    since_s: float | None = None
    reason_code: int = 0
    reason: str = "no answer"
    closed: bool = False


class Connection:
    """`client` is paho's while there is one; `problem` says why the broker has not accepted us, and is None while it has."""

    def __init__(
        self,
        target: Target,
        *,
        client_id: str,
        will_topic: str,
        keepalive_s: int,
        monotonic: Callable[[], float],
        clock_synchronised: ClockSynchronised,
        hooks: Hooks,
    ) -> None:
        self._nodes = deque(random.sample(target.nodes, len(target.nodes)))  # many mats spread over the nodes
        self._client_id, self._will_topic = client_id, will_topic
        self._keepalive_s = keepalive_s
        self._monotonic, self._clock_synchronised = monotonic, clock_synchronised
        self._hooks = hooks
        self._ending = threading.Event()
        self._speaks_5 = True
        self._in_flight = IN_FLIGHT
        self._unanswered = False
        self._lasted_s = 0.0
        self._taken_over = False
        self.backoff = Backoff(len(self._nodes))
        self.thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self.client: BoundedClient | None = None
        self.turns = 0
        self.problem: Condition | None = Condition("connecting", f"Not yet connected to {self.where}.")

    @property
    def where(self) -> str:
        """Host and port of the node that is used, or tried next."""
        return self._target.where

    @property
    def up(self) -> bool:
        """Whether the broker has accepted us."""
        return self.problem is None

    @property
    def live(self) -> BoundedClient | None:
        """Paho's client while the broker accepts us."""
        return self.client if self.up else None

    @property
    def version_5(self) -> bool:
        """Whether MQTT 5 is spoken now."""
        client = self.client
        return client is not None and client.protocol == MQTTProtocolVersion.MQTTv5

    @property
    def contested(self) -> Condition | None:
        """Why connections end right after their start again and again; None if they do not."""
        if not self.backoff.contested:
            return None
        sure, where = self.backoff.taken_over, self._target.where
        text = (
            f"Another client uses the client id {self._client_id} at {where}: each of the two disconnects the other."
            if sure
            else f"Connections to {where} end within seconds. Most likely another client uses the client id {self._client_id}."
        )
        fix = (
            "A copied card carries its id along: give the copy one of its own (there: sudo acumat id --new), "
            "and another mqtt.client_id if one is set."
        )
        return Condition("id_in_use", f"{text} {fix}" if sure else f"{text} {fix} If it is unique, look at the broker's log.")

    @property
    def _target(self) -> Target:
        return self._nodes[0]

    def end(self) -> None:
        """Stop: no further attempt, and one that waits gives up."""
        self._ending.set()

    def _run(self) -> None:
        wait_s = 0.0
        while not self._ending.wait(wait_s):
            try:
                wait_s = self._wait_after(self._cycle())
            except Exception:
                log.exception("the MQTT client failed and is started again")
                text = f"The MQTT client failed over {self._target.where} and is started again."
                self._set(Condition("client_died", text))
                self._nodes.rotate(-1)
                wait_s = self.backoff.after_refusal()

    def _cycle(self) -> Outcome:
        """Make one attempt, and a second one at once if the broker does not understand MQTT 5."""
        protocols = [MQTTProtocolVersion.MQTTv5] if self._speaks_5 else []
        outcome = Outcome.UNANSWERED
        for protocol in (*protocols, MQTTProtocolVersion.MQTTv311):
            outcome = self._attempt(protocol)
            if outcome is Outcome.OLD_BROKER:
                self._speaks_5 = False
            elif outcome is not Outcome.UNANSWERED or self._ending.is_set():
                break
        self._unanswered = outcome is Outcome.UNANSWERED
        return outcome

    def _wait_after(self, outcome: Outcome) -> float:
        if outcome is Outcome.AGAIN:
            return 0.0
        self._nodes.rotate(-1)
        if outcome is Outcome.STOOD:
            wait_s = self.backoff.after_loss(self._lasted_s, taken_over=self._taken_over)
            if not self._ending.is_set():
                self._hooks.on_change()  # it may now be contested
            return wait_s
        # a port that hangs up may hide a broker that is away, as the ports of containers do
        return self.backoff.after_no_answer() if outcome in (Outcome.AWAY, Outcome.UNANSWERED) else self.backoff.after_refusal()

    def _attempt(self, protocol: MQTTProtocolVersion) -> Outcome:
        """One connection from its beginning to its end."""
        try:
            client = bounded_client(self._target, client_id=self._client_id, protocol=protocol, in_flight=self._in_flight)
        except UnusableFileError as error:  # the TLS files could be used at the start
            return self._failed(error.problem)
        attempt = _Attempt(client)
        self._listen(attempt)
        try:
            connect(client, self._target, self._keepalive_s)
        except (OSError, ValueError) as error:
            client.hang_up()
            return self._failed(of_error(error, self._target, clock_synchronised=self._clock_synchronised()))
        self.client = client
        if self._ending.is_set():  # while it connected
            client.disconnect()
        try:
            while client.loop(TURN_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                self.turns += 1
        except Exception:
            if attempt.since_s is not None or protocol == MQTTProtocolVersion.MQTTv311:
                raise
            log.debug("the answer to a login with MQTT 5 cannot be read", exc_info=True)
        finally:
            client.hang_up()
            self._closed(attempt)
            self.client = None
        if attempt.since_s is not None:
            return Outcome.STOOD
        if attempt.refusal is not None:
            return attempt.refusal
        if protocol == MQTTProtocolVersion.MQTTv311 and not self._ending.is_set():
            self._hung_up(client.network_error)
        return Outcome.UNANSWERED

    def _listen(self, attempt: _Attempt) -> None:
        client = attempt.client
        client.will_set(self._will_topic, "offline", qos=1, retain=True)

        def on_connect(_c: Client, _u: object, _f: ConnectFlags, reason: ReasonCode, properties: Properties | None) -> None:
            self._answered(attempt, reason, properties)

        def on_disconnect(_c: Client, _u: object, _f: DisconnectFlags, reason: ReasonCode, _p: Properties | None) -> None:
            if not attempt.closed:  # a broker's reason comes first, and then the end of the socket
                attempt.reason_code, attempt.reason = reason.value, str(reason)
            self._closed(attempt)

        def on_subscribe(_c: Client, _u: object, number: int, reasons: list[ReasonCode], _p: Properties | None) -> None:
            self._hooks.on_reply(number, BrokerReply(reasons[0].value, str(reasons[0])))

        def on_publish(_c: Client, _u: object, number: int, reason: ReasonCode, _p: Properties) -> None:
            self._hooks.on_reply(number, BrokerReply(reason.value, str(reason)))

        client.on_connect, client.on_disconnect = on_connect, on_disconnect
        client.on_subscribe, client.on_publish = on_subscribe, on_publish
        client.on_message = lambda _c, _u, message: self._hooks.on_message(message)
        # without this paho would write in the thread of the publisher; it wakes its loop in any case
        client.on_socket_register_write = lambda _c, _u, _s: None

    def _answered(self, attempt: _Attempt, reason: ReasonCode, properties: Properties | None) -> None:
        client = attempt.client
        if reason.is_failure:
            old = reason.value == UNSUPPORTED_PROTOCOL and client.protocol == MQTTProtocolVersion.MQTTv5
            if old:
                attempt.refusal = Outcome.OLD_BROKER
            else:
                attempt.refusal = Outcome.REFUSED
                self._failed(refused(reason.value, str(reason), self._target))
            return
        in_flight = int(getattr(properties, "ReceiveMaximum", self._in_flight))
        if in_flight < self._in_flight:  # paho takes it only before it connects
            self._in_flight = in_flight
            attempt.refusal = Outcome.AGAIN
            client.disconnect()
            return
        attempt.since_s = self._monotonic()
        self._unanswered = False
        self._set(None)
        self._hooks.on_open(getattr(properties, "MaximumPacketSize", None))

    def _closed(self, attempt: _Attempt) -> None:
        """Report the end of an attempt, once, in however many ways it shows."""
        if attempt.closed or attempt.since_s is None:
            return
        attempt.closed = True
        self._lasted_s = self._monotonic() - attempt.since_s
        self._taken_over = attempt.reason_code == TAKEN_OVER
        if not self._ending.is_set():
            text = f"The broker at {self._target.where} went away ({attempt.reason})."
            self._set(Condition("connection_lost", text))
        else:
            self.problem = Condition("connection_lost", "The daemon has ended the connection.")
        self._hooks.on_close(self._lasted_s, attempt.reason_code == TOO_LARGE)

    def _hung_up(self, error: OSError | None) -> None:
        """The broker accepted the connection and ended it without an answer. The port is examined once."""
        if self._unanswered:
            return
        clock = self._clock_synchronised()
        found = tls_problem(error, self._target, clock_synchronised=clock)
        if found is not None:
            self._failed(found)
            return
        found = examine(self._target, clock_synchronised=clock)
        text = f"What answers at {self._target.where} hangs up before it has accepted us."
        self._failed(found or Problem("hangs_up", text, "Look at the broker's log."))

    def _failed(self, problem: Problem) -> Outcome:
        self._set(Condition(CODES.get(problem.code, problem.code), problem.text))
        return Outcome.AWAY if problem.code in AWAY else Outcome.REFUSED

    def _set(self, problem: Condition | None) -> None:
        self.problem = problem
        self._hooks.on_change()
