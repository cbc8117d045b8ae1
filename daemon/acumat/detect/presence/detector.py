"""Contact and lying by load and spread, each with hysteresis and dwell; edges are back-dated."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.detect.parameters import Parameters
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.signal.hysteresis import Hysteresis
from acumat.detect.signal.load import Load
from acumat.detect.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class Edges:
    """Changes decided at one reading, each with its back-dated time, or None."""

    contact_on_s: float | None = None
    contact_off_s: float | None = None
    lying_on_s: float | None = None
    lying_off_s: float | None = None


class PresenceDetector:
    """Whether something is on the mat, and whether it lies there as a person would. A lying is a contact as well."""

    def __init__(self, parameters: Parameters, settled: SettledLoad, thresholds: Thresholds | None = None) -> None:
        """`thresholds` are those of the parameters unless others are given."""
        self._p = parameters
        self._thresholds = thresholds or Thresholds.of(parameters)
        self.settled = settled
        self._contact = Hysteresis()
        self._lying = Hysteresis()
        self._contact_on_s = 0.0
        self._there_since_s: float | None = None
        """Since when the next contact was there unseen, if it was."""
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

    def forget(self) -> None:
        """Start again from empty, as after blindness."""
        self._contact, self._lying, self.withdrawn_pct, self._recent_pct = Hysteresis(), Hysteresis(), None, None
        self.settled.forget()

    def withdraw(self, load: Load) -> None:
        """The load is no person."""
        self._lying = Hysteresis()
        self.withdrawn_pct = load.pct
        self.settled.forget()

    def step(self, load: Load) -> Edges:
        """Decide at one load."""
        p, levels, t_s = self._p, self._thresholds, load.t_mono_s
        if self.withdrawn_pct is not None and self._much_more(load, self.withdrawn_pct):
            self.withdrawn_pct = None
        gone = load.pct < levels.contact_off_pct
        share = self.settled.share_of(load)
        lies = self._looks_like_lying(load) if share is None else share >= p.settled_share_again
        comes = lies and not gone and self.withdrawn_pct is None
        contact = self._step_contact(load, gone=gone, lies=comes)
        lying = self._lying.step(
            t_s,
            rise=comes,
            fall=gone or (load.pct < levels.lying_off_pct if share is None else share < p.settled_share),
            rise_dwell_s=p.lying_dwell_s,
            fall_dwell_s=p.got_up_dwell_s,
        )
        if self._contact.on:
            self.settled.note(load)
        if self._lying.on and load.pct >= levels.lying_off_pct:
            self.settled.settle(load)
        if contact is not None and not self._contact.on:
            self.withdrawn_pct = None
        return Edges(
            contact if self._contact.on else None,
            None if self._contact.on else contact,
            lying if self._lying.on else None,
            None if self._lying.on else lying,
        )

    def was_there(self, since_s: float) -> None:
        """What the next load shows has been there since then, unseen."""
        if self._contact.on:
            self.settled.arrive(there_since_s=since_s)
        else:
            self._contact.since_s = self._there_since_s = since_s

    def left_since(self, since_s: float) -> None:
        """Nothing has borne on the mat since then: the end of the contact is dated back to it."""
        self._contact.since_s = since_s

    def set_lying(self, load: Load) -> None:
        """The contact lives: it lies there. Who bears too little for the person before is somebody else."""
        self._lying, self.withdrawn_pct = Hysteresis(on=True), None
        share = self.settled.share_of(load)
        if share is not None and share < self._p.settled_share_again:
            self.settled.forget()

    def _much_more(self, load: Load, withdrawn_pct: float) -> bool:
        """Whether so much came onto what was withdrawn that somebody may lie there now."""
        return load.pct > withdrawn_pct + self._thresholds.lying_on_pct * max(1.0, withdrawn_pct / 100.0)

    def _looks_like_lying(self, load: Load) -> bool:
        """Whether somebody whose settled load is not known seems to lie there; what is concentrated must show life first."""
        enough = load.pct >= self._thresholds.lying_on_pct
        return enough and load.looks_like_trunk and (self._lying.on or not load.concentrated)

    def _step_contact(self, load: Load, *, gone: bool, lies: bool) -> float | None:
        """By level, or by a jump: drift never jumps, so a jump may be smaller. It has a moment to reach the level.

        Contact begins with lying or before it, and ends with lying or after it.
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
            rise=load.pct >= self._thresholds.contact_on_pct or jumped or lies,
            fall=gone and t_s - self._contact_on_s >= p.jump_tau_s,
            rise_dwell_s=p.contact_dwell_s,
            fall_dwell_s=max(p.leave_dwell_s, p.got_up_dwell_s) if self._lying.on else p.leave_dwell_s,
        )
        if edge is not None and self._contact.on:
            self._contact_on_s = t_s
            self.settled.arrive(there_since_s=self._there_since_s)
            self._there_since_s = None
        return edge
