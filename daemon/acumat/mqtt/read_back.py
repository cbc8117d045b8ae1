"""Published messages that should come back: documents that a 3.1.1 broker retains, and a message on a command topic. Pure."""

from __future__ import annotations

from acumat.mqtt.in_flight import BrokerReply

ANSWER_S = 3.0
"""A message that cannot be read back within this time is missing."""
AGAIN_S = 1.0
"""Seconds until a missing document is read again: NATS acknowledges a document a moment before a subscriber gets it."""
PROBE_S = 60.0
"""Seconds between two tests of what has failed: whether commands arrive, and whether a document is there."""


class ReadBack:
    """Times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._expected: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        """When each of these documents, and of the unseen ones, was read last."""
        self._probe = ""
        self._probed_s = 0.0
        self.unseen: set[str] = set()
        """Topics whose document did not come back."""
        self.commands_lost = False
        """Whether the message on the command topic did not come back."""

    @property
    def probe(self) -> str:
        """The command topic on which the message to ourselves was sent."""
        return self._probe

    def clear(self) -> None:
        """The connection is gone."""
        self._expected.clear()
        self._asked.clear()
        self.unseen.clear()
        self.commands_lost = False

    def expect(self, topic: str, now_s: float) -> None:
        """A document was published here."""
        self._expected[topic] = self._asked[topic] = now_s

    def due_again(self, now_s: float) -> list[str]:
        """The documents to read again."""
        waiting = {topic: AGAIN_S for topic in self._expected if topic != self._probe} | dict.fromkeys(self.unseen, PROBE_S)
        due = [topic for topic, wait_s in waiting.items() if now_s - self._asked[topic] >= wait_s]
        for topic in due:
            self._asked[topic] = now_s
            self._expected.setdefault(topic, now_s)
        return due

    def on_probe_sent(self, topic: str, now_s: float) -> None:
        """A message to ourselves was sent on this command topic."""
        self._probe, self._probed_s = topic, now_s
        self.expect(topic, now_s)

    def probe_due(self, now_s: float) -> str | None:
        """The topic to test again, if no command reached us in the last test; else None."""
        return self._probe if self.commands_lost and now_s - self._probed_s > PROBE_S else None

    def on_reply(self, topic: str, reply: BrokerReply) -> None:
        """Whether the topic may be read or written at all: what may not be is not missing."""
        if reply.refused:
            self._expected.pop(topic, None)

    def on_message(self, topic: str) -> bool:
        """A message came; True if it was expected."""
        self.unseen.discard(topic)
        self.commands_lost = self.commands_lost and topic != self._probe
        return self._expected.pop(topic, None) is not None

    def tick(self, now_s: float) -> list[str]:
        """The topics that are missing from now on."""
        late = [topic for topic, since_s in self._expected.items() if now_s - since_s > ANSWER_S]
        for topic in late:
            del self._expected[topic]
            if topic == self._probe:
                self.commands_lost = True
            else:
                self.unseen.add(topic)
        return late
