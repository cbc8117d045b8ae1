"""What a frame decided, collected in order, and the reason for the mat's last change."""

from __future__ import annotations

from acumat.contract.events import Event, EventType
from acumat.contract.state import JsonScalar


class FrameLog:
    """Events of the frame under way at `t_s`, and the reason that the state shows."""

    def __init__(self) -> None:
        self.t_s = 0.0
        self.reason = ("starting", "The mat has not been seen long enough to tell.")
        self._events: list[Event] = []

    def begin(self, t_s: float) -> None:
        """A new frame."""
        self.t_s = t_s
        self._events = []

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(self._events)

    def say(self, reason: str, text: str) -> None:
        """The state changes for this reason."""
        self.reason = (reason, text)

    def tell(
        self, event_type: EventType, reason: str, text: str, *, edge_s: float | None = None, **numbers: JsonScalar
    ) -> None:
        """Something happened; `edge_s` is when it really began."""
        self._events.append(Event(event_type, self.t_s, reason, text, edge_s, numbers))
