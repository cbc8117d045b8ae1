"""Step 10: the manner in which somebody lies, beside when: breath and what follows from it. Told while a person is there."""

from __future__ import annotations

from typing import TypedDict

from acumat.detect.breathing import Breathing
from acumat.detect.visit import Visit
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout


class Known(TypedDict, total=False):
    """The keys of the state that are known of this."""

    breaths_per_min: float
    breath_quality: float
    breath_evenness: float | None


class Manner:
    """Watches over a visit: never decides whether somebody is there, only how."""

    def __init__(self, layout: Layout, visit: Visit) -> None:
        self._visit = visit
        self._breathing = Breathing(layout)
        self._lying = False

    def hear(self, frame: Frame, base_us: tuple[float | None, ...]) -> None:
        """Every frame as it was read, since averages are better made before anything is rounded or left out."""
        if self._lying:
            self._breathing.step(frame, base_us)

    def step(self, *, lying: bool) -> None:
        """One load, after the visit has taken it in."""
        if self._lying and not lying:
            self._breathing.reset()
        self._lying = lying

    def lost(self) -> None:
        """The sensors were lost."""
        self._breathing.reset()
        self._lying = False

    @property
    def known(self) -> Known:
        """What is known now of a confirmed person."""
        breath = self._breathing.breath
        if breath is None or not self._visit.confirmed or not self._lying:
            return Known()
        return Known(breaths_per_min=breath.per_min, breath_quality=breath.quality, breath_evenness=breath.evenness)
