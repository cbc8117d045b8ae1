"""Which frames may wait for the next one: while somebody lies still, detection takes several frames one after the other.

Between two frames other work empties the processor's caches, so that the first frame after a pause costs detection more than
the next ones do. Detection's results are the same, since it sees the same frames in the same order.
"""

from __future__ import annotations

import math
from operator import sub
from typing import cast

from acumat.contract.state import MatState, Presence
from acumat_hw.frame import Frame

MOVED_SHARE = 0.02
"""A frame whose codes differ from the last one's by more than this share of their sum is taken at once. On two real beds, a
real mat and a simulated one the median difference is 0.0001 to 0.0006, the 90th percentile 0.0005 to 0.003. What is above 0.02
are movements: 1 to 3 % of the frames."""
QUIET_S = 5.0
"""After such a frame so much time passes before one may wait. That is longer than somebody has to be up or gone before it is
reported, so that these events come with their own frame."""
MOST = 4
"""So many frames are taken one after the other. At 10 Hz the fifth one is reported: on a slow machine both take a part of a
slot, and each has a slot of its own. At a higher rate more of them would take longer than a slot."""


class QuietFrames:
    """Fed with every frame. Its user takes the frames when one may not wait, and before anything else counts."""

    def __init__(self) -> None:
        self._waiting: list[Frame] = []
        self._codes: tuple[int | None, ...] = ()
        """The codes of the last frame."""
        self._moved_s = -math.inf
        """When a frame last differed from the one before."""

    def add(self, frame: Frame, state: MatState) -> bool:
        """Add a frame. Returns whether it may wait, by itself and by the state before it."""
        self._waiting.append(frame)
        before, self._codes = self._codes, frame.codes
        if _moved(before, frame.codes):
            self._moved_s = frame.t_mono_s
        in_session = state.presence is Presence.LYING and state.session_id is not None
        return in_session and len(self._waiting) < MOST and frame.t_mono_s - self._moved_s >= QUIET_S

    def take(self) -> list[Frame]:
        """The frames that have not been taken yet, in order."""
        waiting, self._waiting = self._waiting, []
        return waiting


def _moved(before: tuple[int | None, ...], after: tuple[int | None, ...]) -> bool:
    """Whether the readings differ, or one of them is missing."""
    if not before or None in before or None in after:
        return True
    now, last = cast("tuple[int, ...]", after), cast("tuple[int, ...]", before)
    changed: int = sum(map(abs, map(sub, now, last)))
    return changed > MOVED_SHARE * sum(now)
