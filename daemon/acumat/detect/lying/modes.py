"""How the mat is being used, by what is loaded and whether it breathes; unknown where that decides nothing."""

from __future__ import annotations

from acumat.contract.state import Mode
from acumat.detect.parameters import Parameters
from acumat.detect.signal.load import Load
from acumat.detect.thresholds import Thresholds
from acumat_hw.layout import Layout


class Modes:
    """Found by the mat once seen for a while, or set by hand, which holds until `auto` or the end of the session."""

    def __init__(self, layout: Layout, parameters: Parameters, thresholds: Thresholds | None = None) -> None:
        """`thresholds` are those of the parameters unless others are given."""
        self._p = parameters
        self._thresholds = thresholds or Thresholds.of(parameters)
        self._rows = tuple(tuple(i for i, s in enumerate(layout.sensors) if s.zone == zone) for zone in layout.zones)
        self.by_hand: Mode | None = None
        self.reset()

    def reset(self) -> None:
        """Nothing is on the mat."""
        self._found = Mode.UNKNOWN
        self._seen = Mode.UNKNOWN
        self._seen_since_s = 0.0

    @property
    def mode(self) -> Mode:
        """The mode now."""
        return self.by_hand or self._found

    def step(self, load: Load, *, confirmed: bool, breathes: bool | None, still_s: float, upright: Mode | None = None) -> None:
        """One load while something is on the mat.

        `breathes`: whether a trunk's breath has been seen since; None: perhaps. `upright` is how somebody sits or stands there,
        None if nobody does.
        """
        seen = upright or (self._lies(load, breathes=breathes, still_s=still_s) if confirmed else self._rests(load))
        if seen is not self._seen:
            self._seen, self._seen_since_s = seen, load.t_mono_s
        if load.t_mono_s - self._seen_since_s >= self._p.mode_hold_s:
            self._found = seen

    def _lies(self, load: Load, *, breathes: bool | None, still_s: float) -> Mode:
        if breathes:
            return Mode.BACK
        return (
            Mode.LEGS if breathes is False and still_s >= self._p.mode_breathless_s and load.looks_like_trunk else Mode.UNKNOWN
        )

    def _rests(self, load: Load) -> Mode:
        """Something less than lying: a neck, or a thing. A layout of two rows cannot tell."""
        p = self._p
        if len(self._rows) < 3 or not load.all_known or load.pct < self._thresholds.contact_on_pct:
            return Mode.UNKNOWN
        top = sum([load.us[i] or 0.0 for i in self._rows[0]]) / load.total_us
        return Mode.NECK if top >= p.mode_row_most and load.pct < p.mode_neck_most_pct else Mode.UNKNOWN
