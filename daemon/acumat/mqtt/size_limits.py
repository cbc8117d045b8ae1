"""Documents that are too long for the broker: by its own limit, or because it hangs up on them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from acumat.mqtt.in_flight import SentDocument

LARGE_BYTES = 2048
"""A broker hangs up for the length of a message only if the message is longer than this."""
HANG_UPS = 2
"""A long message is blamed after so many connections in a row that ended with it: a broker may stop at any moment."""


class SizeLimits:
    """`too_large`: the topics whose documents are not sent on this connection, and why."""

    def __init__(self) -> None:
        self._max_packet: int | None = None
        self._hang_ups: dict[str, int] = {}
        self.too_large: dict[str, str] = {}

    def on_connected(self, max_packet: int | None) -> None:
        """A connection begins, to a broker that accepts packets up to this size."""
        self._max_packet = max_packet

    def on_disconnected(self, in_flight: Iterable[SentDocument], *, short: bool, certain: bool) -> None:
        """A connection ended, these documents unacknowledged: a `short` one, or for their length (`certain`)."""
        self.too_large.clear()  # a corrected broker was restarted: the next connection shows it
        for each in in_flight:
            if each.size > LARGE_BYTES and (short or certain):
                self._hang_ups[each.topic] = self._hang_ups.get(each.topic, 0) + (HANG_UPS if certain else 1)
                if self._hang_ups[each.topic] >= HANG_UPS:
                    self._blame(each.topic, f"hangs up on the {each.size} bytes")

    def on_published(self, topic: str) -> None:
        """The broker has answered: it did not hang up on this document."""
        self._hang_ups.pop(topic, None)

    def accepts(self, topic: str, size: int, overhead: int) -> bool:
        """Whether the broker accepts a document of this size; otherwise it must not be sent."""
        if self._max_packet is not None and size + overhead > self._max_packet:
            self._blame(topic, f"takes messages of at most {self._max_packet} bytes, not the {size} bytes")
        return topic not in self.too_large

    def _blame(self, topic: str, what: str) -> None:
        self.too_large[topic] = f"{what} for {topic}"
