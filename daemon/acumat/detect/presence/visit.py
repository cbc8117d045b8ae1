"""Step 9: a visit, from the first touch to the closed session: what comes, whether it lives, how it lies, when it left."""

from __future__ import annotations

import math
from collections.abc import Callable

from acumat.contract.events import EventType
from acumat.contract.sessions import SessionRecord, SessionSnapshot
from acumat.contract.state import Phase
from acumat.detect.frame_log import FrameLog
from acumat.detect.lying.balance import Balance, Balances
from acumat.detect.lying.stillness import Stillness
from acumat.detect.parameters import Parameters
from acumat.detect.presence.detector import Edges, PresenceDetector
from acumat.detect.presence.landing import Landing, loading_kind
from acumat.detect.presence.life import LifeDetector
from acumat.detect.presence.session import SessionTracker
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.presence.unannounced import UnannouncedPerson
from acumat.detect.sensors.wear import Wear
from acumat.detect.signal.load import Load, Loads
from acumat_hw.layout import Layout

SEEN_EMPTY_S = 3.0
"""Readings that are back, and nothing on the mat for so long: whoever lay there has got up."""


class Visit:
    """Whoever or whatever is on the mat now, and the session that comes of it."""

    def __init__(
        self,
        layout: Layout,
        parameters: Parameters,
        *,
        loads: Loads,
        own: SettledLoad,
        presence: PresenceDetector,
        sessions: SessionTracker,
        telling: FrameLog,
        is_degraded: Callable[[], bool] = lambda: False,
        breathes: Callable[[], bool] = lambda: False,
    ) -> None:
        """`is_degraded` says whether any sensor has failed: nothing is learnt of the mat then.

        `breathes` says whether what lies there has for a while shown a breath of one and the same rate.
        """
        self._p = parameters
        self._loads = loads
        self._own = own
        self._presence = presence
        self._telling = telling
        self._is_degraded = is_degraded
        self._breathes = breathes
        self._balances = Balances(layout, parameters)
        self._stillness = Stillness(parameters)
        self._coming = Landing(parameters)
        self.sessions = sessions
        self.guest = False
        """Whether somebody else lies here: nothing is learnt of them."""
        self.life = LifeDetector(parameters)
        self._hidden = UnannouncedPerson(loads.shape.head_half, parameters)
        self._proven = True
        """Whether what came back into an open session has shown life since."""
        self.contact_since_s: float | None = None
        self.lying_since_s: float | None = None
        self.confirmed = False
        self._quiet_since_s = 0.0
        """Since when what is only in contact has shown neither life nor movement."""
        self._faint_since_s = 0.0
        """Since when it has been faint."""
        self._landed_s = 0.0
        self._learnt = False
        self.wear = Wear(layout, parameters)
        self._quiet_us: tuple[float, ...] | None = None
        """Load per sensor at a quiet moment of the session under way, before gains."""
        self._earlier: SessionSnapshot | None = None
        """The session gone on with, until whoever lay there is seen again."""
        self.held = False
        """No session begins: an earlier one may turn out to go on. Who lies here meanwhile has a session all the same."""
        self._balance = Balance()
        self._records: list[SessionRecord] = []

    @property
    def balance(self) -> Balance:
        """How the load lies now."""
        return self._balance

    @property
    def lopsided(self) -> bool:
        return self._balances.lopsided

    @property
    def still(self) -> bool | None:
        return self._stillness.still

    @property
    def restlessness_pct(self) -> float | None:
        return self._stillness.restlessness_pct

    @property
    def moved_pct(self) -> float | None:
        """How much the load moved in the last whole epoch."""
        return self._stillness.moved_pct

    def phase(self, t_s: float) -> Phase | None:
        """How far the lying has come; None if nobody lies there."""
        return None if self.lying_since_s is None else self._stillness.phase(t_s, self.lying_since_s)

    def take_records(self) -> tuple[SessionRecord, ...]:
        """SessionTracker finished since the last call."""
        records, self._records = tuple(self._records), []
        return records

    @property
    def learnt(self) -> bool:
        """Whether this lying has taught the person's load already."""
        return self._learnt

    @property
    def settled(self) -> bool:
        return self._stillness.settled_at_s is not None

    @property
    def earlier(self) -> SessionSnapshot | None:
        """The session gone on with, as long as whoever lay there has not been seen again."""
        return self._earlier

    def resume(self, snapshot: SessionSnapshot, t_s: float) -> None:
        """Go on with a session of another run, with whoever lies here by now."""
        self.held = False
        self._earlier = snapshot
        self.sessions.reopen(snapshot)
        if self._own.us is None and snapshot.own_us is not None:
            self._own.carry_on(snapshot.own_us)
        if self.lying_since_s is not None:
            self._go_on(self.lying_since_s, t_s)

    def _go_on(self, back_s: float, t_s: float) -> None:
        """Lying here again while a session is open."""
        earlier, self._earlier = self._earlier, None
        # what comes back must show life; who was known when the daemon stopped, and lies there still, has shown it
        self.confirmed, self._proven = True, earlier is not None and earlier.lying_since_mono_s is not None
        self.sessions.resume(back_s)
        if earlier is not None and earlier.lying_since_mono_s is not None:
            self.lying_since_s = earlier.lying_since_mono_s
            self._learnt = earlier.learnt
            if earlier.settled:
                self._stillness.settled_before(t_s)

    def lost(self, sure_s: float) -> None:
        """The sensors were lost; nobody knows what happens from now on."""
        self._claim(sure_s)
        self.sessions.lift(sure_s, seen=False)
        if self.lying_since_s is not None and not self.confirmed:
            self._telling.tell(EventType.LYING_WITHDRAWN, "no_readings", "The sensors were lost before anybody was confirmed.")
        self._end_lopsided("no_readings", "The sensors were lost.", sure_s)
        self.contact_since_s = None
        self._forget()

    def retune(self, parameters: Parameters) -> None:
        """Go on with other thresholds."""
        self._p = parameters
        self._hidden.retune(parameters)

    def finish(self, reason: str, sure_s: float, *, close: bool) -> None:
        """The daemon stops or pauses: what is open ends at the last moment that is sure; a session only if `close`."""
        why = "Measuring was paused" if reason == "paused" else "The daemon stops"
        if self.lying_since_s is not None and not self.confirmed:
            self._telling.tell(EventType.LYING_WITHDRAWN, reason, f"{why} before anybody was confirmed.")
        self._end_lopsided(reason, f"{why}.", sure_s)
        if close:
            self._claim(sure_s)
            self.sessions.lift(sure_s)
            self._close_session(reason)
        self._forget()

    def _forget(self) -> None:
        self.lying_since_s, self.confirmed, self._proven = None, False, True
        self._presence.forget()
        self._clear_balance()

    def _clear_balance(self) -> None:
        self._balances.reset()
        self._balance = Balance()

    def arrive(self, load: Load, edges: Edges) -> None:
        """What came onto the mat at this reading."""
        t_s = load.t_mono_s
        if edges.contact_on_s is not None:
            self._coming.begin(t_s)
        if self._presence.contact:
            self._coming.note(load)
        elif load.pct < self._p.contact_off_pct:
            self._coming.bare(t_s)
        if edges.contact_on_s is not None:
            self._begin_contact(edges.contact_on_s)
            self._landed_s = t_s
            text = f"Load rose to {load.pct:.0f} % of the reference."
            self._telling.say("load_above", text)
            self._telling.tell(EventType.CONTACT_STARTED, "load_above", text, edge_s=edges.contact_on_s, load=load.pct)
        if edges.lying_on_s is not None:
            text = f"Load {load.pct:.0f} % of the reference, spread as a body's."
            self._telling.say("load_and_spread", text)
            self.lying_since_s, self._landed_s = edges.lying_on_s, t_s
            self.life.reset()
            self._stillness.reset()
            self._learnt = False
            self._telling.tell(EventType.LYING_STARTED, "load_and_spread", text, edge_s=edges.lying_on_s, load=load.pct)
            if self.sessions.open is not None:
                self._go_on(edges.lying_on_s, t_s)

    def touch(self, load: Load) -> None:
        """One reading while there is only contact: is it a load that never moves, and for how long has it been faint?"""
        t_s = load.t_mono_s
        least_us = load.total_us * self._p.half_share_pct / 100.0
        divides = least_us < load.head_us < load.total_us - least_us  # else one half is the empty mat's noise
        usual_us = self._loads.reference_us or self._loads.default_us
        least_usual_us = usual_us * self._p.lying_on_pct / 100.0
        self.life.step(t_s, load.total_us, load.head_us if divides else 0.0, least_usual_us)
        if self.life.alive:
            self.life.reset()
            self._quiet_since_s = t_s
        self._quiet_since_s = max(self._quiet_since_s, self.life.stirred_s)
        if load.pct > self._p.rest_load_pct:
            self._faint_since_s = t_s
        since_s = self._hidden.step(load)
        if since_s is not None:
            self._admit(load, since_s)

    def _admit(self, load: Load, since_s: float) -> None:
        """Somebody lies there who was not announced."""
        text = f"What lies there breathes or moves ({self._hidden.life.swing_pct:.2f} %): a person lies there after all."
        self._presence.admit()
        self.lying_since_s, self.confirmed, self._learnt = since_s, True, False
        self._stillness.reset()
        self._telling.say("alive", text)
        self._telling.tell(EventType.LYING_STARTED, "alive", text, edge_s=since_s, load=load.pct)
        self._telling.tell(EventType.LYING_CONFIRMED, "alive", text, swing_pct=self._hidden.life.swing_pct)
        self.sessions.resume(since_s)

    def lifeless(self, t_s: float) -> bool:
        """Whether what is in contact has for a while shown nothing of a person."""
        quiet_s = t_s - self._quiet_since_s
        return self.contact_since_s is not None and self.lying_since_s is None and quiet_s >= self._p.confirm_within_s

    def left_behind(self, t_s: float) -> bool:
        """Whether what is in contact has been faint and without life for so long that somebody left it behind."""
        still_since_s = max(self._quiet_since_s, self._faint_since_s)
        return self.contact_since_s is not None and self.lying_since_s is None and t_s - still_since_s >= self._p.rest_s

    def _begin_contact(self, since_s: float) -> None:
        self.contact_since_s = self._quiet_since_s = self._faint_since_s = since_s
        self.life.reset()
        self._hidden.reset(since_s)

    def lie(self, load: Load, *, calibrated: bool, calibrated_until_s: float) -> None:
        """One reading while something lies there. A session begins for no lying up to `calibrated_until_s`: that calibrates."""
        t_s, since_s = load.t_mono_s, self.lying_since_s
        if since_s is None:
            return
        if not self.confirmed or not self._proven:
            self._seek_life(load, since_s)
        if not self._presence.lying:
            return
        self._balance = self._balances.step(load)
        since_s = self.lying_since_s or since_s  # life may just have dated it back
        if self.confirmed and self.sessions.open is None and not self.held:
            self._begin_session(t_s, since_s, calibrated_until_s)
        if self.confirmed and self.sessions.open is not None:
            self.sessions.open.guest |= self.guest
            edge_s = self._balances.hold_lopsided(t_s, self._balance.lateral, calibrated=calibrated)
            if edge_s is not None:
                self._tell_lopsided(edge_s)
        self.sessions.measure(
            t_s,
            load=load.pct,
            lateral=self._balance.lateral,
            head_foot=self._balance.head_foot,
            evenness=self._balance.evenness,
        )
        if not self._learnt and self.sessions.open is not None and t_s - since_s >= self._p.learn_after_s:
            self._learnt = True
            if not self.sessions.open.guest:
                self._learn_reference(load)
        if self.confirmed:
            self._tell_coming(t_s, since_s)
        if self._stillness.step(t_s, load.total_us):
            self._tell_settled(t_s, since_s)

    def _tell_coming(self, t_s: float, since_s: float) -> None:
        came = self._coming.decide(t_s, since_s)
        if came is not None and came.loading_s < self._p.dropped_s:
            text = f"The load came on within {came.loading_s:.1f} s. Lower yourself slowly onto the spikes."
            self._telling.tell(EventType.DROPPED, "loaded_fast", text, edge_s=came.from_s, loading_s=came.loading_s)

    def _tell_settled(self, t_s: float, since_s: float) -> None:
        """Settling runs from 60 % of the load to the start of the quiet."""
        came = self._coming.came
        self._telling.tell(
            EventType.SETTLED,
            "quiet",
            f"Lying quietly for {self._p.settle_window_s:g} s.",
            after_s=t_s - since_s,
            settling_s=None if came is None else max(0.0, t_s - self._p.settle_window_s - came.most_s),
            loading_s=None if came is None else came.loading_s,
            loading=None if came is None else loading_kind(came.loading_s, self._p),
        )

    def _seek_life(self, load: Load, since_s: float) -> None:
        t_s = load.t_mono_s
        if not load.spread:
            self.life.reset()  # what lives while it stands or kneels is no life lying here
        elif t_s - self._landed_s >= self._p.confirm_rest_s:
            self.life.step(t_s, load.total_us, load.head_us, side=load.side_us)
        rests = load.spread and t_s - self.life.stirred_s >= self._p.life_breath_rest_s
        breathes = rests and self._breathes()
        alive = self.life.alive or breathes
        if alive and self.confirmed:
            self._proven = True
        elif alive:
            self.confirmed = True
            text = f"The load breathes or moves ({self.life.swing_pct:.2f} %): a person lies there."
            if not self.life.alive:
                text = "The load breathes, faintly but at a steady rate: a person lies there."
            self._telling.say("alive", text)
            self._telling.tell(EventType.LYING_CONFIRMED, "alive", text, swing_pct=self.life.swing_pct)
            self.lying_since_s = self._own.came_s(self.contact_since_s or since_s, since_s)
        elif t_s - max(since_s, min(self.life.moved_s, since_s + self._p.confirm_longest_s)) >= self._p.confirm_within_s:
            self._quiet_since_s, self._faint_since_s = max(since_s, self.life.moved_s), t_s
            text = f"Nothing at rest moved or breathed for {self._p.confirm_within_s:g} s: this is a thing, not a person."
            self._hidden.withdrawn(self._own.came_s(self.contact_since_s or since_s, since_s), load)
            self._presence.withdraw(load)
            self._end_lopsided("not_alive", "Nobody lies there.", t_s)
            self.lying_since_s, self.confirmed, self._proven = None, False, True
            self.sessions.not_resumed()
            self._clear_balance()
            self._telling.say("not_alive", text)
            self._telling.tell(EventType.LYING_WITHDRAWN, "not_alive", text)

    def _begin_session(self, t_s: float, since_s: float, calibrated_until_s: float) -> None:
        """Lying for a calibration is no session; who stays long after it began one when it ended."""
        if since_s <= calibrated_until_s:
            if t_s - calibrated_until_s < self._p.calibration_leave_s:
                return
            since_s = calibrated_until_s
        session_id = self.sessions.begin(since_s)
        self._telling.tell(EventType.SESSION_STARTED, "alive", "The session began.", edge_s=since_s, session_id=session_id)

    def _claim(self, t_s: float) -> None:
        """Whatever becomes of an earlier session, who was found to lie here has had one, before it is too late to say so."""
        if self.held and self.confirmed and self.lying_since_s is not None:
            self.held = False
            self._begin_session(t_s, self.lying_since_s, -math.inf)

    def leave(self, load: Load, edges: Edges) -> None:
        """What left it at this reading."""
        t_s = load.t_mono_s
        if edges.lying_off_s is not None:
            text = f"Load fell to {load.pct:.0f} % of the reference."
            self._telling.say("load_below", text)
            if self.confirmed:
                self._claim(t_s)
                self._telling.tell(EventType.GOT_UP, "load_below", text, edge_s=edges.lying_off_s, load=load.pct)
                self.sessions.lift(edges.lying_off_s)
            elif self.lying_since_s is not None:
                self._telling.tell(
                    EventType.LYING_WITHDRAWN, "left_unconfirmed", "Left before a person was confirmed.", load=load.pct
                )
            self._end_lopsided("left", "Nobody lies there any more.", edges.lying_off_s)
            self.lying_since_s, self.confirmed, self._proven = None, False, True
            self._clear_balance()
            # the contact that remains must show life of its own
            self._begin_contact(edges.lying_off_s)
        if edges.contact_off_s is not None:
            self._telling.say("load_gone", "The load is gone.")
            self._telling.tell(EventType.CONTACT_ENDED, "load_gone", "The load is gone.", edge_s=edges.contact_off_s)
            self.contact_since_s = None
            self.life.reset()

    def close_overdue(self, t_s: float, *, blind: bool, back_s: float) -> None:
        """A session ends when nobody came back in time; blindness is waited out longer, since nobody knows."""
        session = self.sessions.open
        if session is None or session.lying_since_s is not None:
            return
        # who was seen to get up before a restart has as long to come back as without one
        seen_s = session.left_s if blind or session.carried else max(session.left_s, back_s)
        if not blind and self.contact_since_s is None and t_s - back_s >= SEEN_EMPTY_S:
            self.sessions.seen_empty()
        wait_s = self._p.blind_keep_s if blind else self._p.merge_s
        if t_s - seen_s < wait_s or self.lying_since_s is not None:
            return
        if session.interrupted:
            self._close_session("interrupted")
        else:
            unseen = blind or back_s > session.left_s
            self._close_session("lost_signal" if unseen and not session.carried else "got_up")

    def _close_session(self, reason: str) -> None:
        self._earlier = None
        record = self.sessions.end(reason)
        self._own.forget()
        if record is None:
            return
        self._records.append(record)
        self._telling.tell(
            EventType.SESSION_ENDED,
            reason,
            f"The session is over after {record.contact_s / 60:.1f} minutes on the mat.",
            edge_s=record.end_mono_s,
            session_id=record.session_id,
            session_s=record.wall_s,
            contact_s=record.contact_s,
            lifts=record.lifts,
            recovered=record.recovered,
            guest=record.guest,
        )
        self._note_wear(guest=record.guest)

    def _learn_reference(self, load: Load) -> None:
        """One confirmed lying moves what is known of the person's settled load: the mean of an epoch, never a moment."""
        mean_us = self._stillness.epoch_mean
        if mean_us is None or any(load.saturated) or any(us is None for us in load.us):
            return
        known = self._loads.reference_us
        share = 1.0 if known is None else self._p.learn_share
        self._loads.reference_us = mean_us * share + (known or 0.0) * (1.0 - share)
        own = [us for us in self._own.us or () if us is not None and us > 0]
        if len(own) == len(load.us) and self._stillness.still and not self._is_degraded():
            self._quiet_us = tuple([us / gain for us, gain in zip(own, self._loads.gains, strict=True)])

    def _note_wear(self, *, guest: bool) -> None:
        """What the session's quiet moment says of the mat itself; another body would look like another mat."""
        us, self._quiet_us = self._quiet_us, None
        advice = None if us is None or guest else self.wear.note(us)
        if advice is not None:
            self._telling.tell(
                EventType.RECALIBRATION_ADVISED, advice.reason, advice.text, sensor=advice.sensor, change_pct=advice.change_pct
            )

    def _tell_lopsided(self, edge_s: float) -> None:
        lateral = self._balance.lateral
        if lateral is None:
            text = "A sensor is missing or at its end, so nobody knows how the weight lies."
            self._telling.tell(EventType.LOPSIDED_ENDED, "not_known", text, edge_s=edge_s, lateral=None)
        elif self._balances.lopsided:
            side = "right" if lateral > 0 else "left"
            text = f"More weight on the mat's {side} side ({abs(lateral):.0f} of 100)."
            self._telling.tell(EventType.LOPSIDED_STARTED, "asymmetry_held", text, edge_s=edge_s, lateral=lateral)
        else:
            self._telling.tell(
                EventType.LOPSIDED_ENDED, "even_again", "The weight is even again.", edge_s=edge_s, lateral=lateral
            )

    def _end_lopsided(self, reason: str, text: str, edge_s: float) -> None:
        if self._balances.lopsided:
            self._telling.tell(EventType.LOPSIDED_ENDED, reason, text, edge_s=edge_s)
