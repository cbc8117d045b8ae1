"""Parts whose threads work when the test says so, in the test's own thread."""

from __future__ import annotations

from acumat.service.safety_file import SafetyFile, Then


class HandSafetyFile(SafetyFile):
    """Writes at once; on a `slow` card only when `turn` is called."""

    slow = False

    def _begin(self) -> None:
        pass

    def keep(self, text: str) -> None:
        super().keep(text)
        if not self.slow:
            self.turn()

    def when_stored(self, then: Then) -> None:
        super().when_stored(then)
        if not self.slow:
            self.turn()
