"""Step 5: empty, contact or lying, by load and spread, each with hysteresis and dwell; edges are back-dated."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.detect.parameters import Parameters
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.signal.load import Load


@dataclass(slots=True)
class Hysteresis:
    """A yes or no that changes only when the wish to change has lasted: hysteresis in level and in time."""

    on: bool = False
    since_s: float | None = None

    def step(self, t_s: float, *, rise: bool, fall: bool, rise_dwell_s: float, fall_dwell_s: float) -> float | None:
        """True-time of the edge if it changes now, else None. `rise` and `fall` are the wishes at this moment."""
        wants = fall if self.on else rise
        if not wants:
            self.since_s = None
            return None
        if self.since_s is None:
            self.since_s = t_s
        if t_s - self.since_s < (fall_dwell_s if self.on else rise_dwell_s) - 1e-9:
            return None
        edge, self.since_s, self.on = self.since_s, None, not self.on
        return edge


@dataclass(frozen=True, slots=True)
class Edges:
    """Changes decided at one reading, each with its back-dated time, or None."""

    contact_on_s: float | None = None
    contact_off_s: float | None = None
    lying_on_s: float | None = None
    lying_off_s: float | None = None


class PresenceDetector:
    """Two held answers: is something on the mat, and does it lie there as a person would."""

    def __init__(self, parameters: Parameters, own: SettledLoad) -> None:
        self._p = parameters
        self.own = own
        self._contact = Hysteresis()
        self._lying = Hysteresis()
        self._contact_on_s = 0.0
        self._recent_pct: float | None = None
        self._recent_s = 0.0
        self.withdrawn_pct: float | None = None
        """The load of what turned out to be no person: it is not announced again until it left, or much more came."""

    @property
    def contact(self) -> bool:
        return self._contact.on

    @property
    def lying(self) -> bool:
        return self._lying.on

    def retune(self, parameters: Parameters) -> None:
        """Go on with other thresholds; what is on the mat stays what it is until it crosses them."""
        self._p = parameters

    def forget(self) -> None:
        """Start again from empty, as after blindness."""
        self._contact, self._lying, self.withdrawn_pct, self._recent_pct = Hysteresis(), Hysteresis(), None, None
        self.own.forget()

    def withdraw(self, load: Load) -> None:
        """What lies there is no person."""
        self._lying = Hysteresis()
        self.withdrawn_pct = load.pct
        self.own.forget()

    def step(self, load: Load) -> Edges:
        """Decide at one load."""
        p, t_s = self._p, load.t_mono_s
        if self.withdrawn_pct is not None and load.pct > self.withdrawn_pct + p.lying_on_pct * max(
            1.0, self.withdrawn_pct / 100.0
        ):
            self.withdrawn_pct = None
        gone = load.pct < p.contact_off_pct
        contact = self._step_contact(load, gone=gone)
        share = self.own.share_of(load)
        lies = self._comes(load) if share is None else share >= p.own_share_again
        edge = self._lying.step(
            t_s,
            rise=lies and self.withdrawn_pct is None,
            fall=gone or (load.pct < p.lying_off_pct if share is None else share < p.own_share),
            rise_dwell_s=p.lying_dwell_s,
            fall_dwell_s=p.got_up_dwell_s,
        )
        if self._contact.on:
            self.own.note(load)
        if self._lying.on and load.pct >= p.lying_off_pct:
            self.own.settle(load)
        if contact is not None and not self._contact.on:
            self.withdrawn_pct = None
        return Edges(
            contact if contact is not None and self._contact.on else None,
            contact if contact is not None and not self._contact.on else None,
            edge if edge is not None and self._lying.on else None,
            edge if edge is not None and not self._lying.on else None,
        )

    def _comes(self, load: Load) -> bool:
        """Whether somebody of whom nothing is known yet seems to lie there; what is gathered like a box must live first."""
        return load.pct >= self._p.lying_on_pct and load.spread and (self._lying.on or not load.gathered)

    def admit(self) -> None:
        """What is in contact lives: it lies there."""
        self._lying, self.withdrawn_pct = Hysteresis(on=True), None

    def _step_contact(self, load: Load, *, gone: bool) -> float | None:
        """By level, or by a jump: drift never jumps, so a jump may be smaller. What jumped has a moment to reach the level.

        Contact ends with lying or after it, never before.
        """
        p, t_s = self._p, load.t_mono_s
        if self._recent_pct is None:
            self._recent_pct = load.pct
        else:
            weight = min(1.0, max(0.0, t_s - self._recent_s) / p.jump_tau_s)
            self._recent_pct += (load.pct - self._recent_pct) * weight
        self._recent_s = t_s
        jumped = load.pct - self._recent_pct >= p.contact_jump_pct
        edge = self._contact.step(
            t_s,
            rise=load.pct >= p.contact_on_pct or jumped,
            fall=gone and t_s - self._contact_on_s >= p.jump_tau_s,
            rise_dwell_s=p.contact_dwell_s,
            fall_dwell_s=max(p.leave_dwell_s, p.got_up_dwell_s) if self._lying.on else p.leave_dwell_s,
        )
        if edge is not None and self._contact.on:
            self._contact_on_s = t_s
            self.own.arrive()
        return edge
