"""When the next frame is due: an absolute schedule, from which a message that arrives may wake the loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from acumat_hw.clock import Clock

LOOKS = 10
"""How often something is looked at between two slots."""


@dataclass(slots=True)
class Slots:
    """An absolute schedule: a slow frame delays no later one, and a missed slot is skipped and counted."""

    clock: Clock
    rate_hz: float
    start_s: float
    next: int = 0
    skipped: int = 0
    _stride: int = 1

    def begin(self) -> None:
        """The schedule begins now."""
        self.start_s = self.clock.monotonic()

    def wait(self, woken: Callable[[], bool] | None = None) -> None:
        """Sleep until the next slot that is wanted, or until the first one at which `woken` returns True."""
        for slot in range(self.next - self._stride + 1, self.next + 1):
            self.clock.sleep(self.start_s + slot / self.rate_hz - self.clock.monotonic())
            if slot < self.next and woken is not None and woken():
                self.next = slot
                return

    def look(self, do: Callable[[], None]) -> None:
        """Call it now and again until shortly before the next wanted slot, for work that need not wait until then."""
        left_s = self.start_s + self.next / self.rate_hz - self.clock.monotonic()
        until_s = self.clock.monotonic() + left_s * (1 - 1 / LOOKS)
        do()
        while self.clock.monotonic() < until_s:
            self.clock.sleep(left_s / LOOKS)
            do()

    def done(self, stride: int = 1) -> None:
        """The frame of this slot is done; the next one wanted is `stride` slots later."""
        due = int((self.clock.monotonic() - self.start_s) * self.rate_hz + 1e-6)
        self.next += stride
        self._stride = stride
        if due > self.next:
            self.skipped += due - self.next
            self.next, self._stride = due, 1
