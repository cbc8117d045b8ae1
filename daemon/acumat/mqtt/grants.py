"""What the broker grants: subscriptions, and documents to retain. Pure. A broker of MQTT 5 reports what it refuses.

A broker of 3.1.1 also acknowledges what it discards: there a document counts as accepted once it has been read back. Everything
that is missing is named, and subscriptions are requested again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from acumat.contract.state import Condition
from acumat.mqtt.in_flight import BrokerReply, SentDocument, Subscription
from acumat.mqtt.read_back import ANSWER_S, ReadBack
from acumat.mqtt.size_limits import SizeLimits

OK = Condition()

RETRY_S = (5.0, 300.0)
"""First and longest wait before a subscription is requested again."""


@dataclass(slots=True)
class _Request:
    subscription: Subscription
    sent_s: float
    wait_s: float = RETRY_S[0]
    answered: bool = False
    problem: str = ""


class Grants:
    """Times are those of a monotonic clock. `where` is the broker as people write it, `sizes` are the limits on documents, and
    `read_back` is what should come back.
    """

    def __init__(self, user: str | None, where: str) -> None:
        self._who = "clients without a user name" if user is None else f"the user {user}"
        self.where = where
        self._subscriptions: dict[str, _Request] = {}
        self._refused: dict[str, str] = {}
        self.sizes = SizeLimits()
        self.read_back = ReadBack()

    @property
    def subscriptions(self) -> Iterable[str]:
        """The topics that were subscribed to."""
        return self._subscriptions

    def on_disconnected(self, in_flight: Iterable[SentDocument], *, short: bool, certain: bool) -> None:
        """A connection ended, these documents unacknowledged: a `short` one, or for their length (`certain`)."""
        self._subscriptions.clear()
        self._refused.clear()
        self.read_back.clear()
        self.sizes.on_disconnected(in_flight, short=short, certain=certain)

    def on_subscribe_sent(self, subscription: Subscription, now_s: float) -> None:
        """A subscription was requested, perhaps again."""
        known = self._subscriptions.setdefault(subscription.topic, _Request(subscription, now_s))
        known.sent_s, known.answered = now_s, False

    def on_subscribed(self, topic: str, reply: BrokerReply) -> None:
        """The answer to it: granted, or a refusal."""
        known = self._subscriptions.get(topic)
        if known is None:
            return
        known.answered = True
        if reply.refused:
            known.problem = f"refuses the subscription to {topic} ({reply.reason})"
        else:
            known.problem, known.wait_s = "", RETRY_S[0]

    def on_published(self, topic: str, reply: BrokerReply) -> None:
        """The answer to a document or an event."""
        self.sizes.on_published(topic)
        if reply.refused:
            self._refused[topic] = reply.reason

    def tick(self, now_s: float) -> tuple[list[Subscription], list[str]]:
        """What is due: subscriptions to request again, and topics that need not be read any longer."""
        again = []
        for topic, each in self._subscriptions.items():
            if not each.answered and not each.problem and now_s - each.sent_s > ANSWER_S:
                each.problem = f"does not answer the subscription to {topic}"
            if each.problem and now_s - each.sent_s > each.wait_s:
                each.wait_s = min(RETRY_S[1], each.wait_s * 2)
                again.append(each.subscription)
        return again, [topic for topic in self.read_back.tick(now_s) if topic not in self._subscriptions]

    @property
    def condition(self) -> Condition:
        """What is missing; ok if nothing is."""
        problems = [each for each in self._subscriptions.values() if each.problem]
        nothing = not (problems or self.read_back.commands_lost or self._refused or self.sizes.too_large)
        if nothing and not self.read_back.unseen:
            return OK
        at = f"The broker at {self.where}"
        allow = (
            f"Allow it to {self._who} on the broker (acl_file of mosquitto), or look at its log for a limit that is reached."
        )
        missing = [each.problem for each in problems]
        if self.read_back.commands_lost:
            missing.append(f"takes what is sent to {self.read_back.probe} and does not pass it on to us, so no command arrives")
        if missing:
            return Condition("subscription_refused", f"{at} {' and '.join(missing)}. {allow}")
        if self._refused:
            topics = ", ".join(f"{topic} ({reason})" for topic, reason in sorted(self._refused.items()))
            return Condition("publish_refused", f"{at} refuses what is published on {topics}. {allow}")
        if self.sizes.too_large:
            fix = "Raise max_packet_size and message_size_limit in its configuration."
            return Condition("message_too_large", f"{at} {' and '.join(self.sizes.too_large.values())}. {fix}")
        unseen = ", ".join(sorted(self.read_back.unseen))
        text = f"{at} does not give back what was published on {unseen}, so it may not have stored it."
        return Condition("publish_unseen", f"{text} Let {self._who} write and read there, and look at message_size_limit.")
