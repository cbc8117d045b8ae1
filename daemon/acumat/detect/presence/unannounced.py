"""A person who lies there unannounced, since the load looked like a thing or showed no life in its time.

A load that is long enough for a trunk is announced at once, and must then show life. A load that is concentrated like a box, or
that was withdrawn, is only in contact. The test of life goes on: what it takes for a person is one after all.
"""

from __future__ import annotations

from acumat.detect.parameters import Parameters
from acumat.detect.presence.evidence import Verdict
from acumat.detect.presence.search import LifeSearch
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.signal.load import Load
from acumat.detect.thresholds import Thresholds


class UnannouncedPerson:
    """Watches what is only in contact, with the visit's search for life. Times are monotonic seconds."""

    def __init__(self, head_half: tuple[int, ...], parameters: Parameters, thresholds: Thresholds, search: LifeSearch) -> None:
        """`head_half` holds the indices of the sensors in the head's half."""
        self._p = parameters
        self._thresholds = thresholds
        self._search = search
        self._settled = SettledLoad(head_half, parameters)
        self.reset(0.0)

    def reset(self, contact_since_s: float) -> None:
        """Another contact begins."""
        self._settled.forget()
        self._settled.arrive()
        self._contact_since_s = contact_since_s
        self._since_s: float | None = None
        self._withdrawn_since_s: float | None = None
        self._withdrawn_us = 0.0
        self._landed_s = contact_since_s

    def withdrawn(self, since_s: float, load: Load) -> None:
        """The load that lay there since then was no person by the test, which goes on."""
        self.reset(self._contact_since_s)
        self._withdrawn_since_s, self._withdrawn_us = since_s, load.total_us
        self._landed_s = load.t_mono_s

    @property
    def may_be(self) -> bool:
        """Whether enough lies there, and as a body does."""
        return self._since_s is not None

    def step(self, load: Load, step_us: tuple[float, ...], *, breathes: bool) -> float | None:
        """One reading in contact; since when somebody lies there if that is found now. The rest as in `LifeSearch.step`."""
        t_s = load.t_mono_s
        self._settled.note(load)
        if load.pct < self._thresholds.lying_on_pct or not load.looks_like_trunk:
            self._search.reset()
            self._settled.forget()
            self._since_s, self._landed_s = None, t_s
            return None
        if self._since_s is None:
            self._since_s = t_s
        self._settled.settle(load)
        if t_s - self._landed_s >= self._p.confirm_rest_s:
            self._search.step(load, step_us, breathes=breathes)
        if self._search.evidence.verdict is not Verdict.PERSON:
            return None
        if self._withdrawn_since_s is not None and self._is_the_same(load):
            return self._withdrawn_since_s
        return self._settled.lying_began_s(self._contact_since_s, self._since_s)

    def _is_the_same(self, load: Load) -> bool:
        """Whether it is the load that was withdrawn, creep apart."""
        return abs(load.total_us - self._withdrawn_us) < self._p.settled_share * self._withdrawn_us
