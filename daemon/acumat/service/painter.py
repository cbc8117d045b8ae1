"""When the body on the mat is painted anew: seldom, only if something is to be seen, and beside the loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from acumat.contract.state import MatState, Presence
from acumat.picture.heatmap import Canvas, Scene

PACE_S = 10.0
"""At most one picture in so long."""
SHARE_POINTS = 2.0
"""What is worth a new one: a sensor's part of the load has changed by this much (points of a hundred), ..."""
COP_MM = 10.0
"""... or the centre of pressure by this much, or who is there, or which sensors tell something."""
REST_S = 0.001
"""The painter sleeps so long after each row, or it would hold up the loop, which gives way at every transfer on the bus."""


class Painter:
    """Looks at the mat after each frame. Painting is done in a thread of its own; `show` is called in the caller's."""

    def __init__(
        self,
        canvas: Canvas,
        *,
        state: Callable[[], MatState],
        loads: Callable[[], tuple[float | None, ...]],
        monotonic: Callable[[], float],
        show: Callable[[bytes], object],
    ) -> None:
        self._canvas = canvas
        self._state = state
        self._loads = loads
        self._monotonic = monotonic
        self._show = show
        self._next_s = monotonic()
        self._seen: Scene | None = None
        self._done: bytes | None = None
        self._thread: threading.Thread | None = None

    def follow(self) -> None:
        """After each frame: show what has been painted, and begin a new one if it is due and worth it."""
        if self._thread is not None:
            if self._thread.is_alive():
                return
            self._thread = None
            if self._done is not None:
                self._show(self._done)
        now_s = self._monotonic()
        if now_s < self._next_s:
            return
        scene = scene_of(self._state(), self._loads())
        if self._seen is not None and not differs(self._seen, scene):
            return
        self._next_s, self._seen, self._done = now_s + PACE_S, scene, None
        self._thread = threading.Thread(target=self._paint, args=(scene,), name="painter", daemon=True)
        self._thread.start()

    def _paint(self, scene: Scene) -> None:
        self._done = self._canvas.paint(scene, rest=lambda: time.sleep(REST_S))


def scene_of(state: MatState, loads: tuple[float | None, ...]) -> Scene:
    """What a state shows: a body while somebody lies there, else the bare mat, or a mat that cannot tell."""
    if state.presence is Presence.BLIND:
        return Scene(None)
    if state.presence is not Presence.LYING:
        return Scene(tuple(None if load is None else 0.0 for load in loads))
    left_pct = None if state.lateral is None else 50.0 - state.lateral / 2.0
    return Scene(loads, lying=True, left_pct=left_pct, cop_mm=state.cop_mm)


def differs(before: Scene, now: Scene) -> bool:
    """Whether somebody would see a difference."""
    if before.lying is not now.lying or before.loads is None or now.loads is None:
        return before != now
    if [load is None for load in before.loads] != [load is None for load in now.loads]:
        return True
    if (before.cop_mm is None) is not (now.cop_mm is None) or (before.left_pct is None) is not (now.left_pct is None):
        return True
    pairs = zip(_shares(before.loads), _shares(now.loads), strict=True)
    moved_mm = [abs(a - b) for a, b in zip(before.cop_mm or (), now.cop_mm or (), strict=True)]
    return any(abs(a - b) >= SHARE_POINTS for a, b in pairs) or any(mm >= COP_MM for mm in moved_mm)


def _shares(loads: tuple[float | None, ...]) -> list[float]:
    total = sum(load for load in loads if load is not None)
    return [100.0 * (load or 0.0) / total if total > 0 else 0.0 for load in loads]
