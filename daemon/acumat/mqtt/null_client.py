"""What takes the place of the MQTT client where MQTT is switched off."""

from __future__ import annotations

from collections.abc import Callable

from acumat.contract.state import Condition

OFF = Condition("off", "MQTT is switched off in the configuration.")


class NullClient:
    """A connection that never comes up. An event that is handed over counts as arrived: it stays in the history."""

    version_5 = False
    condition = OFF

    def __init__(self, monotonic: Callable[[], float], *, acked: Callable[[int], None]) -> None:
        self._monotonic = monotonic
        self._acked = acked

    @property
    def progress(self) -> float:
        """There is no thread that could hang."""
        return self._monotonic()

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def tend(self) -> None: ...

    def resumed(self) -> None: ...

    def forget(self) -> None: ...

    def subscribe(self, topic: str, *, qos: int = 0, retained: bool = True) -> None: ...

    def probe(self, topic: str) -> None: ...

    def show(self, topic: str, payload: str | bytes, *, checked: bool = False) -> None: ...

    def say(self, topic: str, payload: str) -> None: ...

    def deliver(self, _topic: str, seq: int, _payload: str) -> bool:
        """Taken, and arrived."""
        self._acked(seq)
        return True
