"""The document `now`: what a person sees at a glance. It is made anew when something in it may have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from acumat.coach.advice import advise
from acumat.contract.documents import rfc3339
from acumat.contract.now import Advice, now_document
from acumat.contract.state import MatState, Presence
from acumat.service.turn import Turn

SAME_S = 2.0
"""A time that moves by less stays as it was published: the seconds of a session are rounded, and each change adds a row to a
database."""
LOOK_S = 1.0
"""Seconds between two checks of the times."""
SECONDS_PER_MIN = 60.0


class Now:
    """Follows each turn. `words` are the sentences by advice; `wall` is Unix time, None while it is not known."""

    def __init__(self, words: Mapping[str, str], wall: Callable[[], float | None]) -> None:
        self._words = words
        self._wall = wall
        self._of: tuple[object, ...] = ()
        self._document: dict[str, Any] = {}
        self._started_s: float | None = None
        self._ends_s: float | None = None

    def document(self, turn: Turn, routine: Mapping[str, Any] | None, *, paused: bool, plan_min: int | None) -> dict[str, Any]:
        """The same object as long as nothing has changed."""
        mat = turn.state
        second = None if mat.session_s is None else int(mat.session_s // LOOK_S)
        right_heavier = mat.lateral is not None and mat.lateral > 0
        seen = (mat.presence, mat.reason == "starting", mat.lopsided, right_heavier, mat.session_id, second)
        of = (routine, *seen, turn.calibrated, turn.calibrating, turn.alarming, paused, plan_min)
        if of != self._of:
            self._of = of
            advice = advise(
                mat,
                routine,
                calibrated=turn.calibrated,
                calibrating=turn.calibrating,
                paused=paused,
                alarming=turn.alarming,
            )
            self._follow_times(mat, plan_min)
            made = now_document(advice, self._text(advice, routine), started_at=_at(self._started_s), ends_at=_at(self._ends_s))
            if made != self._document:
                self._document = made
        return self._document

    def _text(self, advice: Advice, routine: Mapping[str, Any] | None) -> str:
        return self._words[advice].replace("{minutes}", str(None if routine is None else routine["planned_min"]))

    def _follow_times(self, mat: MatState, plan_min: int | None) -> None:
        wall_s = self._wall()
        if wall_s is None or mat.session_s is None:
            self._started_s = self._ends_s = None
            return
        if mat.presence is not Presence.LYING:  # the session's seconds stand still while nobody is seen to lie there
            return
        self._started_s = _moved(self._started_s, wall_s - mat.session_s)
        left_s = None if plan_min is None or mat.contact_s is None else plan_min * SECONDS_PER_MIN - mat.contact_s
        if left_s is None:
            self._ends_s = None
        elif left_s > 0.0 or self._ends_s is None:
            self._ends_s = _moved(self._ends_s, wall_s + left_s)


def _moved(shown_s: float | None, now_s: float) -> float:
    return now_s if shown_s is None or abs(now_s - shown_s) >= SAME_S else shown_s


def _at(wall_s: float | None) -> str | None:
    return None if wall_s is None else rfc3339(round(wall_s))
