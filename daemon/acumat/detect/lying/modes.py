"""Step 9c: how the mat is being used, by what is loaded and whether it breathes; unknown where that does not tell."""

from __future__ import annotations

from acumat.contract.state import Mode
from acumat.detect.parameters import Parameters
from acumat.detect.signal.load import Load
from acumat_hw.layout import Layout


class Modes:
    """Told by the mat once seen for a while, or set by hand, which holds until `auto` or the end of the session."""

    def __init__(self, layout: Layout, parameters: Parameters) -> None:
        self._p = parameters
        self._rows = tuple(tuple(i for i, s in enumerate(layout.sensors) if s.zone == zone) for zone in layout.zones)
        self.by_hand: Mode | None = None
        self.reset()

    def retune(self, parameters: Parameters) -> None:
        """Go on with other thresholds."""
        self._p = parameters

    def reset(self) -> None:
        """Nothing is on the mat."""
        self._told = Mode.UNKNOWN
        self._seen = Mode.UNKNOWN
        self._seen_since_s = 0.0

    @property
    def mode(self) -> Mode:
        """The mode now."""
        return self.by_hand or self._told

    def step(self, load: Load, *, confirmed: bool, breathes: bool | None, still_s: float) -> None:
        """One load while something is on the mat; `breathes`: has a trunk's breath been seen since it came? None: perhaps."""
        seen = self._lies(load, breathes=breathes, still_s=still_s) if confirmed else self._rests(load)
        if seen is not self._seen:
            self._seen, self._seen_since_s = seen, load.t_mono_s
        if load.t_mono_s - self._seen_since_s >= self._p.mode_hold_s:
            self._told = seen

    def _lies(self, load: Load, *, breathes: bool | None, still_s: float) -> Mode:
        if breathes:
            return Mode.BACK
        return Mode.LEGS if breathes is False and still_s >= self._p.mode_breathless_s and load.spread else Mode.UNKNOWN

    def _rests(self, load: Load) -> Mode:
        """Something less than lying. A layout of two rows cannot tell what it is."""
        p = self._p
        if len(self._rows) < 3 or not load.whole or load.pct < p.contact_on_pct:
            return Mode.UNKNOWN
        rows = [sum([load.us[i] or 0.0 for i in row]) / load.total_us for row in self._rows]
        if rows[0] >= p.mode_row_most:
            return Mode.NECK if load.pct < p.mode_neck_most_pct else Mode.UNKNOWN
        if load.pct < p.lying_on_pct:
            return Mode.UNKNOWN
        if max(rows) >= p.mode_row_most:
            return Mode.STANDING
        return Mode.SITTING if rows[-1] + rows[-2] >= p.mode_two_rows and min(rows[-2:]) > 1 - p.mode_row_most else Mode.UNKNOWN
