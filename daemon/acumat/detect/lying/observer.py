"""Step 10: the manner in which somebody lies, beside when: breath, posture, a doze, shoulders, the mode of use.

Watches over a visit, and never decides whether somebody is there.
"""

from __future__ import annotations

from typing import TypedDict

from acumat.contract.events import EventType
from acumat.contract.state import Mode
from acumat.detect.frame_log import FrameLog
from acumat.detect.lying.breathing import Breathing
from acumat.detect.lying.doze import Doze
from acumat.detect.lying.modes import Modes
from acumat.detect.lying.shifts import Shift, Shifts
from acumat.detect.lying.shoulders import Shoulders
from acumat.detect.parameters import Parameters
from acumat.detect.presence.visit import Visit
from acumat.detect.sensors.health import DISTRUSTED
from acumat.detect.signal.load import Load
from acumat.detect.signal.noise import SPIKES
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout

STEP_S = 0.5


class Known(TypedDict, total=False):
    """The keys of the state that are known of somebody who lies."""

    breaths_per_min: float
    breath_quality: float
    breath_evenness: float | None
    possible_doze: bool


class LyingObserver:
    """Fed with every frame and with every load, after the visit has taken it in."""

    def __init__(self, layout: Layout, parameters: Parameters, visit: Visit, telling: FrameLog) -> None:
        self._visit = visit
        self._telling = telling
        self._breathing = Breathing(layout)
        self._shifts = Shifts(layout, parameters)
        self._shoulders = Shoulders(layout, parameters)
        self._doze = Doze(parameters)
        self._modes = Modes(layout, parameters)
        self._looks_alive = parameters.life_breath_looks
        self._p = parameters
        self._lying = False
        self._breathes = False
        self._session_id: str | None = None
        self._next_s = 0.0

    @property
    def mode(self) -> Mode:
        """How the mat is being used."""
        return self._modes.mode

    @property
    def breathes_steadily(self) -> bool:
        """Whether a breath of one and the same rate has been found often enough to be no chance."""
        return self._breathing.looks_alike >= self._looks_alive

    def retune(self, parameters: Parameters) -> None:
        """Go on with other thresholds."""
        self._modes.retune(parameters)

    def set_mode(self, mode: Mode | None) -> None:
        """Somebody says how; None: the mat tells by itself."""
        self._modes.by_hand = mode

    def hear(self, frame: Frame, base_us: tuple[float | None, ...], codes: tuple[str, ...]) -> None:
        """Every frame as it was read: averages are better made before anything is rounded. `codes`: the sensors' health."""
        if not self._lying:
            return
        left_out = tuple([i for i, code in enumerate(codes) if code in DISTRUSTED])
        spiky = tuple([i for i, code in enumerate(codes) if code == SPIKES])
        self._breathing.step(frame, base_us, left_out=left_out, spiky=spiky)

    def step(self, load: Load, *, lying: bool, contact: bool) -> None:
        """One load."""
        if self._lying and not lying:
            self._left()
        self._lying = lying
        self._follow_session()
        if load.t_mono_s < self._next_s:
            return
        self._next_s = load.t_mono_s + STEP_S
        if not contact and not lying:
            self._modes.reset()
            return
        t_s, confirmed = load.t_mono_s, lying and self._visit.confirmed
        still_since_s = max(self._breathing.moved_s, self._visit.lying_since_s or t_s)
        if confirmed:
            breath = self._breathing.breath
            self._breathes = self._breathes or (breath is not None and breath.swing >= self._p.mode_trunk_swing)
            self._watch(load, still_since_s)
        faint = self._breathing.breath is not None and self._breathing.breath.swing >= self._p.mode_faint_swing
        breathes = None if faint and not self._breathes else self._breathes
        self._modes.step(load, confirmed=confirmed, breathes=breathes, still_s=t_s - still_since_s)

    def lost(self) -> None:
        """The sensors were lost."""
        self._left()
        self._lying = False
        self._modes.reset()

    @property
    def known(self) -> Known:
        """What is known now of a confirmed person."""
        if not self._visit.confirmed or not self._lying:
            return Known()
        known = Known(possible_doze=self._doze.on)
        breath = self._breathing.breath
        if breath is not None:
            known |= Known(breaths_per_min=breath.per_min, breath_quality=breath.quality, breath_evenness=breath.evenness)
        return known

    def _left(self) -> None:
        self._breathing.reset()
        self._shifts.reset()
        self._shoulders.reset()
        self._doze.reset()
        self._breathes = False

    def _follow_session(self) -> None:
        """What was set by hand holds for one session."""
        session_id = None if self._visit.sessions.open is None else self._visit.sessions.open.session_id
        if self._session_id is not None and session_id is None:
            self._modes.by_hand = None
        self._session_id = session_id

    def _watch(self, load: Load, still_since_s: float) -> None:
        shift = self._shifts.step(load)
        if shift is not None:
            self._tell_shift(shift)
            self._shoulders.reset()
        grown = self._shoulders.step(load)
        if grown is not None:
            text = f"The shoulders' share of the load has grown by {grown:.1f} points: they seem to relax."
            self._telling.tell(EventType.SHOULDERS_RELAXED, "share_grew", text, points=grown)
        breath = self._breathing.breath
        if self._doze.step(load.t_mono_s, still_since_s, breath) and breath is not None:
            still_s = load.t_mono_s - still_since_s
            text = f"Still for {still_s:.0f} s, and breath ({breath.per_min:.0f}/min) has become more even: perhaps dozing."
            self._telling.tell(EventType.POSSIBLE_DOZE, "still_and_even", text, still_s=still_s, breaths_per_min=breath.per_min)

    def _tell_shift(self, shift: Shift) -> None:
        text = f"Lies differently: {100 * shift.moved:.0f} % of the load has gone elsewhere."
        self._telling.tell(
            EventType.POSTURE_SHIFT,
            "pattern_held",
            text,
            edge_s=shift.since_s,
            moved=100 * shift.moved,
            dx_mm=shift.dx_mm,
            dy_mm=shift.dy_mm,
        )
