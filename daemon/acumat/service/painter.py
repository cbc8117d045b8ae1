"""Paints the body on the mat: seldom, only where a difference would show, and beside the loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from acumat.contract.state import MatState, Presence
from acumat.picture.heatmap import Canvas, Scene
from acumat.service.turn import Turn

PACE_S = 10.0
"""Between two pictures, at least."""
LOOK_S = 0.5
"""Seconds between two looks for a difference, while there is none to see."""
SHARE_POINTS = 2.0
"""A new picture is due when a sensor's share of the load has changed by this much (percentage points), ..."""
COP_MM = 10.0
"""... or the centre of pressure by this much, or the presence, or the set of sensors with a reading."""
REST_S = 0.001
"""The painter sleeps after each row: otherwise it would delay the loop, which yields at every transfer on the bus."""


class Painter:
    """Looks at the mat after each reported frame. A thread of its own paints; `publish` is called in the caller's."""

    def __init__(self, canvas: Canvas, *, monotonic: Callable[[], float], publish: Callable[[bytes], object]) -> None:
        self._canvas = canvas
        self._monotonic = monotonic
        self._publish = publish
        self._next_s = monotonic()
        self._painted: Scene | None = None
        self._picture: bytes | None = None
        self._thread: threading.Thread | None = None

    def after_frame(self, turn: Turn) -> None:
        """Publish what has been painted, and begin a new picture if it is due and shows a difference."""
        if self._thread is not None:
            if self._thread.is_alive():
                return
            self._thread = None
            if self._picture is not None:
                self._publish(self._picture)
        now_s = self._monotonic()
        if now_s < self._next_s:
            return
        scene = scene_of(turn.state, turn.loads_us)
        if self._painted is not None and not differs(self._painted, scene):
            self._next_s = now_s + LOOK_S
            return
        self._next_s, self._painted, self._picture = now_s + PACE_S, scene, None
        self._thread = threading.Thread(target=self._paint, args=(scene,), name="painter", daemon=True)
        self._thread.start()

    def _paint(self, scene: Scene) -> None:
        self._picture = self._canvas.paint(scene, rest=_rest)


class NullPainter:
    """Paints nothing: for a daemon that publishes no picture."""

    def after_frame(self, turn: Turn) -> None: ...


def _rest() -> None:
    time.sleep(REST_S)


def scene_of(state: MatState, loads: tuple[float | None, ...]) -> Scene:
    """The picture of a state: a body while somebody lies there, else the bare mat; a blind mat has no loads."""
    if state.presence is Presence.BLIND:
        return Scene(None)
    if state.presence is not Presence.LYING:
        return Scene(tuple([None if load is None else 0.0 for load in loads]))
    left_pct = None if state.lateral is None else 50.0 - state.lateral / 2.0
    return Scene(loads, lying=True, left_pct=left_pct, cop_mm=state.cop_mm)


def differs(before: Scene, now: Scene) -> bool:
    """Whether somebody would see a difference."""
    if before == now:  # as of a bare mat
        return False
    if before.lying is not now.lying or before.loads is None or now.loads is None:
        return before != now
    if [load is None for load in before.loads] != [load is None for load in now.loads]:
        return True
    if (before.cop_mm is None) is not (now.cop_mm is None) or (before.left_pct is None) is not (now.left_pct is None):
        return True
    pairs = zip(_shares(before.loads), _shares(now.loads), strict=True)
    moved_mm = [abs(a - b) for a, b in zip(before.cop_mm or (), now.cop_mm or (), strict=True)]
    return max([abs(a - b) for a, b in pairs], default=0.0) >= SHARE_POINTS or any(mm >= COP_MM for mm in moved_mm)


def _shares(loads: tuple[float | None, ...]) -> list[float]:
    total = sum([load for load in loads if load is not None])
    return [100.0 * (load or 0.0) / total if total > 0 else 0.0 for load in loads]
