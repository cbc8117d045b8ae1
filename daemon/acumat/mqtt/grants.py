"""What the broker grants: subscriptions, and the documents that it should retain. Pure.

A broker of MQTT 5 says what it refuses. One of 3.1.1 acknowledges what it throws away: there a document counts as accepted once
it has been read back. Whatever is missing is named, and a subscription is requested again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from acumat.contract.state import Condition
from acumat.mqtt.in_flight import BrokerReply, SentDocument, Subscription

ANSWER_S = 3.0
"""A subscription that is not answered, or a document that cannot be read back, within this time is missing."""
RETRY_S = (5.0, 300.0)
"""First and longest wait before a subscription is requested again."""
PROBE_S = 60.0
"""How often to test whether commands arrive, while they do not."""
LARGE_BYTES = 2048
"""A broker hangs up for the length of a message only if the message is longer than this."""
HANG_UPS = 2
"""So many connections in a row must end over a long message before it is blamed: a broker may stop at any moment."""


@dataclass(slots=True)
class _Request:
    subscription: Subscription
    sent_s: float
    wait_s: float = RETRY_S[0]
    answered: bool = False
    problem: str = ""


class Grants:
    """Times are those of a monotonic clock."""

    def __init__(self, user: str | None, where: str) -> None:
        self._who = "clients without a user name" if user is None else f"the user {user}"
        self._where = where
        self._max_packet: int | None = None
        self._subscriptions: dict[str, _Request] = {}
        self._refused: dict[str, str] = {}
        self._hang_ups: dict[str, int] = {}
        self._too_large: dict[str, str] = {}
        """Topics whose documents are not sent on this connection, and why."""
        self._reading: dict[str, float] = {}
        self._unseen: set[str] = set()
        self._probe = ""
        self._probed_s = 0.0
        self._commands_lost = False

    @property
    def subscriptions(self) -> Iterable[str]:
        """The topics that were subscribed to."""
        return self._subscriptions

    def on_connected(self, max_packet: int | None) -> None:
        """A connection begins, to a broker that accepts packets up to this size."""
        self._max_packet = max_packet

    def on_disconnected(self, in_flight: Iterable[SentDocument], *, short: bool, certain: bool) -> None:
        """A connection ended, these documents unacknowledged: a `short` one, or for their length (`certain`)."""
        self._subscriptions.clear()
        self._refused.clear()
        self._reading.clear()
        self._unseen.clear()
        self._commands_lost = False
        self._too_large.clear()  # a broker that was put right was restarted: the next connection shows
        for each in in_flight:
            if each.size > LARGE_BYTES and (short or certain):
                self._hang_ups[each.topic] = self._hang_ups.get(each.topic, 0) + (HANG_UPS if certain else 1)
                if self._hang_ups[each.topic] >= HANG_UPS:
                    self._blame(each.topic, f"hangs up on the {each.size} bytes")

    def accepts(self, topic: str, size: int, overhead: int) -> bool:
        """Whether the broker accepts a document of this size; one that it does not accept must not be sent."""
        if self._max_packet is not None and size + overhead > self._max_packet:
            self._blame(topic, f"takes messages of at most {self._max_packet} bytes, not the {size} bytes")
        return topic not in self._too_large

    def on_subscribe_sent(self, subscription: Subscription, now_s: float) -> None:
        """A subscription was requested, perhaps again."""
        known = self._subscriptions.setdefault(subscription.topic, _Request(subscription, now_s))
        known.sent_s, known.answered = now_s, False

    def on_subscribed(self, topic: str, reply: BrokerReply) -> None:
        """The answer to it: the QoS granted, or a refusal."""
        known = self._subscriptions.get(topic)
        if known is None:
            return
        known.answered = True
        if reply.refused:
            known.problem = f"refuses the subscription to {topic} ({reply.reason})"
        elif reply.code < known.subscription.qos:
            known.problem = f"grants the subscription to {topic} with QoS {reply.code} alone, so that messages may get lost"
        else:
            known.problem, known.wait_s = "", RETRY_S[0]

    def on_published(self, topic: str, reply: BrokerReply) -> None:
        """The answer to a document or an event."""
        self._hang_ups.pop(topic, None)
        if reply.refused:
            self._refused[topic] = reply.reason

    def expect_back(self, topic: str, now_s: float) -> None:
        """A document was published here and should come back."""
        self._reading[topic] = now_s

    def on_probe_sent(self, topic: str, now_s: float) -> None:
        """A message to ourselves was sent here, where commands come in: it should come back, unless it is refused."""
        self._probe, self._probed_s = topic, now_s
        self._reading[topic] = now_s

    def probe_due(self, now_s: float) -> str | None:
        """The topic to test again, if no command reached us in the last test; else None."""
        return self._probe if self._commands_lost and now_s - self._probed_s > PROBE_S else None

    def on_read_reply(self, topic: str, reply: BrokerReply) -> None:
        """Whether the topic may be read or written at all: what may not be is not missing."""
        if reply.refused:
            self._reading.pop(topic, None)

    def on_message(self, topic: str) -> bool:
        """A document came; True if it was expected."""
        self._unseen.discard(topic)
        self._commands_lost = self._commands_lost and topic != self._probe
        return self._reading.pop(topic, None) is not None

    def tick(self, now_s: float) -> tuple[list[Subscription], list[str]]:
        """What has come due: subscriptions to request again, and topics that need not be read any longer."""
        again = []
        for topic, each in self._subscriptions.items():
            if not each.answered and not each.problem and now_s - each.sent_s > ANSWER_S:
                each.problem = f"does not answer the subscription to {topic}"
            if each.problem and now_s - each.sent_s > each.wait_s:
                each.wait_s = min(RETRY_S[1], each.wait_s * 2)
                again.append(each.subscription)
        late = [topic for topic, since_s in self._reading.items() if now_s - since_s > ANSWER_S]
        for topic in late:
            del self._reading[topic]
            if topic == self._probe:
                self._commands_lost = True
            else:
                self._unseen.add(topic)
        return again, [topic for topic in late if topic not in self._subscriptions]

    @property
    def condition(self) -> Condition:
        """What is missing; ok if nothing is."""
        at = f"The broker at {self._where}"
        allow = f"Allow it to {self._who} on the broker (acl_file of mosquitto)."
        missing = [each.problem for each in self._subscriptions.values() if each.problem]
        if self._commands_lost:
            missing.append(f"takes what is sent to {self._probe} and does not pass it on to us, so no command arrives")
        if missing:
            return Condition("subscription_refused", f"{at} {' and '.join(missing)}. {allow}")
        if self._refused:
            topics = ", ".join(f"{topic} ({reason})" for topic, reason in sorted(self._refused.items()))
            return Condition("publish_refused", f"{at} refuses what is published on {topics}. {allow}")
        if self._too_large:
            fix = "Raise max_packet_size and message_size_limit in its configuration."
            return Condition("message_too_large", f"{at} {' and '.join(self._too_large.values())}. {fix}")
        if self._unseen:
            text = f"{at} does not give back what was published on {', '.join(sorted(self._unseen))}, so it may not keep it."
            return Condition("publish_unseen", f"{text} Let {self._who} write and read there, and look at message_size_limit.")
        return Condition()

    def _blame(self, topic: str, what: str) -> None:
        self._too_large[topic] = f"{what} for {topic}"
