"""How somebody lies, beside when: balance, stillness, breath, posture, a doze, shoulders, the mode of use, and what is learnt.

The observer asks the visit, and never decides whether somebody is there.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from acumat.contract.sessions import SessionRecord, SessionSnapshot
from acumat.contract.state import Mode, Phase
from acumat.detect.lying.balance import Balance, Balances
from acumat.detect.lying.breath_look import Breath
from acumat.detect.lying.breathing import Breathing
from acumat.detect.lying.doze import Doze
from acumat.detect.lying.learning import Learning
from acumat.detect.lying.modes import Modes
from acumat.detect.lying.shifts import Shifts
from acumat.detect.lying.shoulders import Shoulders
from acumat.detect.lying.stillness import Stillness
from acumat.detect.narration import Narration
from acumat.detect.parameters import Parameters
from acumat.detect.presence.bearing import Bearing
from acumat.detect.presence.landing import loading_kind
from acumat.detect.presence.visit import Visit
from acumat.detect.sensors.health import DISTRUSTED, SensorHealth
from acumat.detect.signal.load import Load
from acumat.detect.signal.noise import SPIKES
from acumat.detect.thresholds import Thresholds
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout

STEP_S = 0.5


class Measures(NamedTuple):
    """How somebody lies; breath and doze only of a confirmed person. None: not known, or nobody lies there."""

    balance: Balance = Balance()
    phase: Phase | None = None
    lopsided: bool | None = None
    still: bool | None = None
    restlessness_pct: float | None = None
    breath: Breath | None = None
    possible_doze: bool | None = None


class LyingObserver:
    """Fed with every frame, and with every load after the visit has taken it in."""

    def __init__(
        self,
        layout: Layout,
        parameters: Parameters,
        thresholds: Thresholds,
        *,
        visit: Visit,
        bearing: Bearing,
        health: SensorHealth,
        learning: Learning,
        narration: Narration,
    ) -> None:
        self._p = parameters
        self._thresholds = thresholds
        self._visit = visit
        self._bearing = bearing
        self._health = health
        self._narration = narration
        self.learning = learning
        self._balances = Balances(layout, parameters)
        self._stillness = Stillness(parameters)
        self._breathing = Breathing(layout)
        self._shifts = Shifts(layout, parameters)
        self._shoulders = Shoulders(layout, parameters)
        self._doze = Doze(parameters)
        self._modes = Modes(layout, parameters, thresholds)
        self._balance = Balance()
        self._listens = False
        """Whether the breath of what is on the mat is looked for."""
        self._breathes: bool | None = False
        """Whether a trunk's breath has been seen; None: one that may be anybody's."""
        self._searched = False
        """Whether a breath was looked for where nobody was known to lie."""
        self._session_id: str | None = None
        self._next_s = 0.0
        self.paced = False
        self.same_body = True
        """The person breathes along with a pacer, as far as is known."""
        self._resumed_s = -math.inf
        """Since when this run sees a lying of an earlier one."""

    @property
    def mode(self) -> Mode:
        """How the mat is being used."""
        return self._modes.mode

    @property
    def breathes_steadily(self) -> bool:
        """Whether a breath of one and the same rate has been found often enough to be no chance."""
        return self._breathing.looks_alike >= self._p.life_breath_looks

    @property
    def looks_alike(self) -> int:
        """So many looks in a row found the same breath."""
        return self._breathing.looks_alike

    @property
    def breath(self) -> Breath | None:
        """The breath of what lies there, person or not; None when not sure."""
        return self._breathing.breath

    @property
    def balance(self) -> Balance:
        """How the load lies now."""
        return self._balance

    @property
    def moved_pct(self) -> float | None:
        """How much the load moved in the last whole epoch, in percent of it."""
        return self._stillness.moved_pct

    @property
    def settled(self) -> bool:
        """Whether this lying has been quiet for long enough."""
        return self._stillness.settled_at_s is not None

    def set_mode(self, mode: Mode | None) -> None:
        """Somebody says how the mat is used; None: the mat finds out by itself."""
        self._modes.by_hand = mode

    # one frame

    def sample_breath(self, frame: Frame, base_us: tuple[float | None, ...], *, nobody_seen: bool = False) -> None:
        """Every frame as it was read: averages are better made before anything is rounded.

        With `nobody_seen` a breath is looked for in what was taken for an empty mat.
        """
        if not self._listens and not nobody_seen:
            if self._searched:
                self._searched = False
                self._breathing.reset()
            return
        self._searched = not self._listens
        codes = self._health.codes
        left_out = tuple([i for i, code in enumerate(codes) if code in DISTRUSTED])
        spiky = tuple([i for i, code in enumerate(codes) if code == SPIKES])
        self._breathing.step(frame, base_us, left_out=left_out, spiky=spiky)

    def begin(self, t_s: float, known: SessionSnapshot | None = None) -> None:
        """A lying begins; `known` is the earlier run's session if it is that lying which continues."""
        self._stillness.reset()
        self.learning.done = False
        if known is not None:
            self.carry_on(t_s, known)

    def carry_on(self, t_s: float, known: SessionSnapshot) -> None:
        """The lying is that of an earlier run: nothing is learnt or reported twice."""
        self._resumed_s = t_s
        self.learning.done = known.learnt
        if known.settled:
            self._stillness.settled_before(t_s)

    def measure(self, load: Load, *, calibrated: bool) -> None:
        """One load while something lies there."""
        t_s, visit, session = load.t_mono_s, self._visit, self._visit.sessions.open
        since_s = t_s if visit.lying_since_s is None else visit.lying_since_s
        self._balance = balance = self._balances.step(load)
        if session is not None:
            edge_s = self._balances.hold_lopsided(t_s, balance.lateral, calibrated=calibrated)
            if edge_s is not None:
                self._report_lopsided(balance.lateral, edge_s)
            visit.sessions.measure(
                t_s, load=load.pct, lateral=balance.lateral, head_foot=balance.head_foot, evenness=balance.evenness
            )
            if visit.proven and not self.learning.done:
                doubtful = self._bearing.pet.doubtful
                self.learning.step(load, self._stillness, session, since_s, sound=self._health.all_ok, doubtful=doubtful)
        if self._stillness.step(t_s, load.total_us):
            self._report_settled(t_s, since_s)

    def step(self, load: Load) -> None:
        """One load, whatever is on the mat."""
        lying = self._visit.lying
        self._listen(load, lying=lying)
        self._follow_session()
        t_s = load.t_mono_s
        if t_s < self._next_s:
            return
        self._next_s = t_s + STEP_S
        if not lying and not self._visit.touched:
            self._modes.reset()
            return
        confirmed = self._visit.confirmed
        still_since_s = max(self._breathing.moved_s, self._visit.lying_since_s or t_s)
        breath = self._breathing.breath
        if confirmed:
            self._see_breath(breath)
            self._watch(load, still_since_s)
            self._find_guest(load)
        # what breathed in an earlier run is not known here: without a breath it has to lie still as long as anything new
        still_s = t_s - max(still_since_s, self._resumed_s)
        self._modes.step(load, confirmed=confirmed, breathes=self._breathes, still_s=still_s, upright=self._bearing.kind)

    # what ends it

    def stop(self, reason: str, edge_s: float) -> None:
        """Nobody lies there any more, or nobody measures it."""
        if self._balances.lopsided:
            self._narration.lopsided_over(reason, edge_s)
        self._balances.reset()
        self._balance = Balance()
        self._breathing.reset()
        self._shifts.reset()
        self._shoulders.reset()
        self._doze.reset()
        self._listens, self._breathes = False, False

    def on_blind(self, reason: str, edge_s: float) -> None:
        """Nobody knows what is on the mat from now on."""
        self.stop(reason, edge_s)
        self._modes.reset()

    def session_over(self, record: SessionRecord | None) -> None:
        """A session has ended, if one has."""
        if record is not None:
            self.learning.session_over(guest=record.guest or not self.same_body)

    # what is known

    def measures(self, t_s: float) -> Measures:
        """All that is known now of how somebody lies."""
        since_s, confirmed, stillness = self._visit.lying_since_s, self._visit.confirmed, self._stillness
        return Measures(
            balance=self._balance,
            phase=None if since_s is None else stillness.phase(t_s, since_s),
            lopsided=None if self._balance.lateral is None else self._balances.lopsided,
            still=stillness.still,
            restlessness_pct=stillness.restlessness_pct,
            breath=self._breathing.of_a_person if confirmed else None,
            possible_doze=self._doze.on if confirmed else None,
        )

    def _listen(self, load: Load, *, lying: bool) -> None:
        """Of what lies there, and of what may turn out to lie there."""
        listens = lying or (self._visit.touched and load.pct >= self._thresholds.lying_on_pct)
        if self._listens and not listens:
            self._breathing.reset()
        self._listens = listens

    def _follow_session(self) -> None:
        """A mode set by hand holds for one session."""
        session = self._visit.sessions.open
        session_id = None if session is None else session.session_id
        if self._session_id is not None and session_id is None:
            self._modes.by_hand = None
        self._session_id = session_id

    def _watch(self, load: Load, still_since_s: float) -> None:
        shift = self._shifts.step(load)
        if shift is not None:
            self._narration.posture_shift(shift.moved, shift.dx_mm, shift.dy_mm, shift.since_s)
            self._shoulders.reset()
        grown = self._shoulders.step(load)
        if grown is not None:
            self._narration.shoulders_relaxed(grown)
        breath = self._breathing.breath
        if self._doze.step(load.t_mono_s, still_since_s, breath, paced=self.paced) and breath is not None:
            self._narration.possible_doze(load.t_mono_s - still_since_s, breath.per_min)

    def _see_breath(self, breath: Breath | None) -> None:
        if breath is not None and not self._breathes:
            self._breathes = True if breath.swing >= self._p.mode_trunk_swing else None

    def _find_guest(self, load: Load) -> None:
        """Who breathes too fast for the person of this mat is a guest. The session of who lay there before ends without it."""
        session, pet = self._visit.sessions.open, self._bearing.pet
        if session is None or session.guest or not pet.is_guest:
            return
        if session.lifts:
            self.session_over(self._visit.part())
        else:
            session.guest = True
            self._narration.guest_found(pet.per_min or 0.0, load.pct)

    def _report_lopsided(self, lateral: float | None, edge_s: float) -> None:
        if lateral is None:
            self._narration.balance_not_known(edge_s)
        elif self._balances.lopsided:
            self._narration.lopsided(lateral, edge_s)
        else:
            self._narration.even_again(lateral, edge_s)

    def _report_settled(self, t_s: float, since_s: float) -> None:
        """Settling runs from 60 % of the load to the start of the quiet."""
        quiet_s, loading = self._p.settle_window_s, self._visit.loading
        self._narration.settled(
            quiet_s,
            after_s=t_s - since_s,
            settling_s=None if loading is None else max(0.0, t_s - quiet_s - loading.t60_s),
            loading_s=None if loading is None else loading.loading_s,
            loading=None if loading is None else loading_kind(loading.loading_s, self._p),
        )
