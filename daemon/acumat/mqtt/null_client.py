"""Takes the place of the MQTT client if MQTT is switched off."""

from __future__ import annotations

from collections.abc import Callable

from acumat.contract.state import Condition

OFF = Condition("off", "MQTT is switched off in the configuration.")


class NullClient:
    """A connection that never comes up. An event that is handed over counts as delivered: it stays in the history."""

    version_5 = False
    condition = OFF

    def __init__(self, monotonic: Callable[[], float], *, on_acked: Callable[[int], None]) -> None:
        self._monotonic = monotonic
        self._on_acked = on_acked

    @property
    def progress(self) -> float:
        """There is no thread that could hang."""
        return self._monotonic()

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def maintain(self) -> None: ...

    def accept_events(self) -> None: ...

    def abandon_events(self) -> None: ...

    def subscribe(self, topic: str, *, retained: bool = True) -> None: ...

    def probe(self, topic: str) -> None: ...

    def publish_retained(self, topic: str, payload: str | bytes, *, checked: bool = False) -> None: ...

    def publish(self, topic: str, payload: str) -> None: ...

    def deliver(self, _topic: str, seq: int, _payload: str) -> bool:
        """Taken, and arrived."""
        self._on_acked(seq)
        return True
