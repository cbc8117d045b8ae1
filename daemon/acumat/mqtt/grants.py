"""What the broker grants of what was asked: subscriptions, and the documents that are to stay there. Pure.

A broker of MQTT 5 says what it refuses. One of 3.1.1 acknowledges what it throws away: there a document counts as taken once it
has been read back. Whatever is missing is named, and a subscription is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from acumat.contract.state import Condition
from acumat.mqtt.in_flight import BrokerReply, SentDocument, Subscription

ANSWER_S = 3.0
"""A subscription that is not answered, or a document that cannot be read back, within this time is missing."""
RETRY_S = (5.0, 300.0)
"""First and longest wait before a subscription is asked for again."""
PROBE_S = 60.0
"""How often it is tried whether commands arrive, while they do not."""
LARGE_BYTES = 2048
"""Only a message longer than this can be what a broker hangs up on for its length."""
DEATHS = 2
"""So many connections in a row have to end over a long message before it is blamed: a broker may stop at any moment."""


@dataclass(slots=True)
class _Asked:
    subscription: Subscription
    asked_s: float
    wait_s: float = RETRY_S[0]
    answered: bool = False
    problem: str = ""


class Grants:
    """Times are those of a monotonic clock."""

    def __init__(self, user: str | None, where: str) -> None:
        self._who = "clients without a user name" if user is None else f"the user {user}"
        self._where = where
        self._max_packet: int | None = None
        self._subscriptions: dict[str, _Asked] = {}
        self._refused: dict[str, str] = {}
        self._deaths: dict[str, int] = {}
        self._too_large: dict[str, str] = {}
        """Topics whose documents are not sent on this connection, and why."""
        self._reading: dict[str, float] = {}
        self._unseen: set[str] = set()
        self._probe = ""
        self._probed_s = 0.0
        self._deaf = False

    @property
    def subscriptions(self) -> Iterable[str]:
        """What was asked for."""
        return self._subscriptions

    def connected(self, max_packet: int | None) -> None:
        """A connection begins, to a broker that takes packets up to this size."""
        self._max_packet = max_packet

    def lost(self, under_way: Iterable[SentDocument], *, young: bool, certain: bool) -> None:
        """The connection ended while these documents were not acknowledged: right after they were sent, or for their length."""
        self._subscriptions.clear()
        self._refused.clear()
        self._reading.clear()
        self._unseen.clear()
        self._deaf = False
        self._too_large.clear()  # who has put the broker right has restarted it: the next connection shows
        for each in under_way:
            if each.size > LARGE_BYTES and (young or certain):
                self._deaths[each.topic] = self._deaths.get(each.topic, 0) + (DEATHS if certain else 1)
                if self._deaths[each.topic] >= DEATHS:
                    self._blame(each.topic, f"hangs up on the {each.size} bytes")

    def takes(self, topic: str, size: int, overhead: int) -> bool:
        """Whether the broker takes a document of this size; one that it does not take is not to be sent."""
        if self._max_packet is not None and size + overhead > self._max_packet:
            self._blame(topic, f"takes messages of at most {self._max_packet} bytes, not the {size} bytes")
        return topic not in self._too_large

    def asked(self, subscription: Subscription, now_s: float) -> None:
        """A subscription was asked for, perhaps again."""
        known = self._subscriptions.setdefault(subscription.topic, _Asked(subscription, now_s))
        known.asked_s, known.answered = now_s, False

    def subscribed(self, topic: str, reply: BrokerReply) -> None:
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

    def published(self, topic: str, reply: BrokerReply) -> None:
        """The answer to a document or an event."""
        self._deaths.pop(topic, None)
        if reply.refused:
            self._refused[topic] = reply.reason

    def read_back(self, topic: str, now_s: float) -> None:
        """A document was sent here and is waited for."""
        self._reading[topic] = now_s

    def probe(self, topic: str, now_s: float) -> None:
        """A message to ourselves was sent here, where commands come in: it is to come back, unless it is refused."""
        self._probe, self._probed_s = topic, now_s
        self._reading[topic] = now_s

    def probe_due(self, now_s: float) -> str | None:
        """The topic to try again, if no command reached us when it was last tried."""
        return self._probe if self._deaf and now_s - self._probed_s > PROBE_S else None

    def reads(self, topic: str, reply: BrokerReply) -> None:
        """Whether it may be read at all, or written: what may not is not missing."""
        if reply.refused:
            self._reading.pop(topic, None)

    def seen(self, topic: str) -> bool:
        """A document came; True if it was waited for."""
        self._unseen.discard(topic)
        self._deaf = self._deaf and topic != self._probe
        return self._reading.pop(topic, None) is not None

    def tick(self, now_s: float) -> tuple[list[Subscription], list[str]]:
        """Look at the time: subscriptions to ask for again, and topics that need not be read any longer."""
        again = []
        for topic, each in self._subscriptions.items():
            if not each.answered and not each.problem and now_s - each.asked_s > ANSWER_S:
                each.problem = f"does not answer the subscription to {topic}"
            if each.problem and now_s - each.asked_s > each.wait_s:
                each.wait_s = min(RETRY_S[1], each.wait_s * 2)
                again.append(each.subscription)
        late = [topic for topic, since_s in self._reading.items() if now_s - since_s > ANSWER_S]
        for topic in late:
            del self._reading[topic]
            if topic == self._probe:
                self._deaf = True
            else:
                self._unseen.add(topic)
        return again, [topic for topic in late if topic not in self._subscriptions]

    @property
    def condition(self) -> Condition:
        """What is missing; ok if nothing is."""
        at = f"The broker at {self._where}"
        allow = f"Allow it to {self._who} on the broker (acl_file of mosquitto)."
        missing = [each.problem for each in self._subscriptions.values() if each.problem]
        if self._deaf:
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
