"""An event loop whose clock jumps to the next deadline as soon as nothing else is to do: no test waits for one."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):
    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if not found and timeout is not None and timeout > 0:
            self.now_s += timeout
        return found


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


def jumped(what: Coroutine[Any, Any, T]) -> T:
    """Its result; it must wait for nothing but time."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(what)
