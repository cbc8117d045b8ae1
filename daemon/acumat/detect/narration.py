"""The sentences of detection: one method an event, so that rules read as rules. Loads are in percent of the reference.

Most changes of presence also give the state its reason; what only adds to a visit does not.
"""

from __future__ import annotations

from acumat.contract.commands import Refusal
from acumat.contract.events import NOBODY_LIES, EventType
from acumat.contract.sessions import SessionRecord
from acumat.contract.state import Condition, Mode
from acumat.detect.frame_log import FrameLog

INTERRUPTIONS = {"no_readings": "The sensors were lost", "paused": "Measuring was paused"}
"""By reason code; any other is the daemon's own end."""
LOPSIDED_ENDS = {"left": "Nobody lies there any more.", **dict.fromkeys(NOBODY_LIES, "Nobody lies there.")}
"""Why nobody is lopsided any more although the weight did not change, by reason code; any other is an interruption."""

SEATED = {Mode.SITTING: "Somebody sits there, and does not lie.", Mode.STANDING: "Somebody stands there, and does not lie."}
OTHERS = {
    "upright": "It sways as people do who sit, stand or kneel: somebody is there, and does not lie.",
    "two": "Two people sit there: each moves alone, and nothing goes to and fro between them as within one body.",
    "pet": "It walked about before it lay down, or breathes fast, as pets do.",
    "shape": "It bears as no lying body does, and keeps still: most likely a thing.",
}
"""By what the load looks like."""


class Narration:
    """Puts what the rules decide into words, and both into the frame's log."""

    def __init__(self, log: FrameLog) -> None:
        self._log = log

    # the visit

    def contact_started(self, load_pct: float, edge_s: float) -> None:
        """Something touches the mat."""
        text = f"Load rose to {load_pct:.0f} % of the reference."
        self._log.set_reason("load_above", text)
        self._log.emit(EventType.CONTACT_STARTED, "load_above", text, edge_s=edge_s, load=load_pct)

    def contact_ended(self, edge_s: float) -> None:
        """The mat is bare."""
        self._log.set_reason("load_gone", "The load is gone.")
        self._log.emit(EventType.CONTACT_ENDED, "load_gone", "The load is gone.", edge_s=edge_s)

    def lying_started(self, load_pct: float, edge_s: float) -> None:
        """Something lies there as a body does."""
        text = f"Load {load_pct:.0f} % of the reference, spread as a body's."
        self._log.set_reason("load_and_spread", text)
        self._log.emit(EventType.LYING_STARTED, "load_and_spread", text, edge_s=edge_s, load=load_pct)

    def person_found(self, load_pct: float, evidence: str, edge_s: float) -> None:
        """A mere contact turns out to be a person: lying begins, and `found_confirmed` follows."""
        text = _found(evidence)
        self._log.set_reason("alive", text)
        self._log.emit(EventType.LYING_STARTED, "alive", text, edge_s=edge_s, load=load_pct)

    def found_confirmed(self, evidence: str, swing_pct: float, nats: float) -> None:
        """The person who was found is confirmed by what found them."""
        self._log.emit(EventType.LYING_CONFIRMED, "alive", _found(evidence), swing_pct=swing_pct, nats=nats)

    def person_confirmed(self, evidence: str, swing_pct: float, nats: float) -> None:
        """The evidence says that it is a person, most of all by the kind named."""
        text = f"The load is a person's: {evidence}."
        self._log.set_reason("alive", text)
        self._log.emit(EventType.LYING_CONFIRMED, "alive", text, swing_pct=swing_pct, nats=nats)

    def unsure(self, within_s: float) -> None:
        """Its time is over, and the evidence does not decide."""
        text = f"After {within_s:g} s it is still open whether a person lies there or a thing; the search goes on."
        self._log.set_reason("unsure", text)

    def withdrawn(self, reason: str, other: str | None, mode: Mode | None, within_s: float) -> None:
        """No person lies there: the `reason` is one of `contract.events.NOBODY_LIES`.

        `other` is what the load looks like instead (None: it has shown no life in its time), and `mode` how it is used.
        """
        text = OTHERS.get(other or "", f"Nothing at rest moved or breathed for {within_s:g} s: this is a thing, not a person.")
        if other == "upright" and mode is not None:
            text = SEATED.get(mode, text)
        self._log.set_reason(reason, text)
        self._log.emit(EventType.LYING_WITHDRAWN, reason, text)

    def left_unsure(self, load_pct: float, since_s: float, lay_s: float) -> None:
        """The load left, and it stays open whether it was a person's."""
        self._log.set_reason("load_below", _fell(load_pct))
        text = f"Left after {lay_s:.0f} s; it stays open whether a person lay there or a thing."
        self._log.emit(EventType.LYING_WITHDRAWN, "unsure", text, edge_s=since_s, load=load_pct, lay_s=lay_s)

    def left_unconfirmed(self, load_pct: float) -> None:
        """The load left before it had shown life."""
        self._log.set_reason("load_below", _fell(load_pct))
        self._log.emit(EventType.LYING_WITHDRAWN, "left_unconfirmed", "Left before a person was confirmed.", load=load_pct)

    def interrupted_unconfirmed(self, reason: str) -> None:
        """Measuring ends before what lies there has shown life."""
        self._log.emit(EventType.LYING_WITHDRAWN, reason, f"{_interruption(reason)} before anybody was confirmed.")

    def got_up(self, load_pct: float, edge_s: float) -> None:
        """The person got up."""
        self._log.set_reason("load_below", _fell(load_pct))
        self._log.emit(EventType.GOT_UP, "load_below", _fell(load_pct), edge_s=edge_s, load=load_pct)

    def session_started(self, session_id: str, edge_s: float) -> None:
        """A session begins."""
        self._log.emit(EventType.SESSION_STARTED, "alive", "The session began.", edge_s=edge_s, session_id=session_id)

    def session_ended(self, record: SessionRecord) -> None:
        """A session is over."""
        self._log.emit(
            EventType.SESSION_ENDED,
            record.end_reason,
            f"The session is over after {record.contact_s / 60:.1f} minutes on the mat.",
            edge_s=record.end_mono_s,
            session_id=record.session_id,
            session_s=record.wall_s,
            contact_s=record.contact_s,
            lifts=record.lifts,
            recovered=record.recovered,
            guest=record.guest,
        )

    def dropped(self, loading_s: float, edge_s: float) -> None:
        """The load came on fast."""
        text = f"The load came on within {loading_s:.1f} s. Lower yourself slowly onto the spikes."
        self._log.emit(EventType.DROPPED, "loaded_fast", text, edge_s=edge_s, loading_s=loading_s)

    # how somebody lies

    def settled(
        self, quiet_s: float, *, after_s: float, settling_s: float | None, loading_s: float | None, loading: str | None
    ) -> None:
        """The load has been quiet; the numbers are None where nobody saw it come on."""
        self._log.emit(
            EventType.SETTLED,
            "quiet",
            f"Lying quietly for {quiet_s:g} s.",
            after_s=after_s,
            settling_s=settling_s,
            loading_s=loading_s,
            loading=loading,
        )

    def lopsided(self, lateral: float, edge_s: float) -> None:
        """More weight has been on one side for a while; `lateral` as in the contract, right is above 0."""
        side = "right" if lateral > 0 else "left"
        text = f"More weight on the mat's {side} side ({abs(lateral):.0f} of 100)."
        self._log.emit(EventType.LOPSIDED_STARTED, "asymmetry_held", text, edge_s=edge_s, lateral=lateral)

    def even_again(self, lateral: float, edge_s: float) -> None:
        """The weight is even again."""
        self._log.emit(EventType.LOPSIDED_ENDED, "even_again", "The weight is even again.", edge_s=edge_s, lateral=lateral)

    def balance_not_known(self, edge_s: float) -> None:
        """A sensor was lost, and with it the balance."""
        text = "A sensor is missing or at its end, so nobody knows how the weight lies."
        self._log.emit(EventType.LOPSIDED_ENDED, "not_known", text, edge_s=edge_s, lateral=None)

    def lopsided_over(self, reason: str, edge_s: float) -> None:
        """The lopsided person does not lie there any more, or nobody measures it."""
        text = LOPSIDED_ENDS.get(reason) or f"{_interruption(reason)}."
        self._log.emit(EventType.LOPSIDED_ENDED, reason, text, edge_s=edge_s)

    def posture_shift(self, moved: float, dx_mm: float, dy_mm: float, edge_s: float) -> None:
        """The pattern of the load changed and stayed changed; `moved` is the share of the load (0 to 1)."""
        text = f"Lies differently: {100 * moved:.0f} % of the load has gone elsewhere."
        self._log.emit(
            EventType.POSTURE_SHIFT, "pattern_held", text, edge_s=edge_s, moved=100 * moved, dx_mm=dx_mm, dy_mm=dy_mm
        )

    def shoulders_relaxed(self, points: float) -> None:
        """The shoulders' share of the load grew by so many points."""
        text = f"The shoulders' share of the load has grown by {points:.1f} points: they seem to relax."
        self._log.emit(EventType.SHOULDERS_RELAXED, "share_grew", text, points=points)

    def possible_doze(self, still_s: float, breaths_per_min: float) -> None:
        """Long stillness with even breath."""
        text = f"Still for {still_s:.0f} s, and breath ({breaths_per_min:.0f}/min) has become more even: perhaps dozing."
        self._log.emit(EventType.POSSIBLE_DOZE, "still_and_even", text, still_s=still_s, breaths_per_min=breaths_per_min)

    def guest_found(self, breaths_per_min: float, load_pct: float) -> None:
        """It is not the person of this mat, as the breath and what else is known of it say."""
        text = f"It breathes {breaths_per_min:.0f} times a minute: a guest or a pet, so the session counts as a guest's."
        self._log.emit(EventType.GUEST_FOUND, "guest_or_pet", text, breaths_per_min=breaths_per_min, load=load_pct)

    def recalibration_advised(self, reason: str, text: str, sensor: str | None, change_pct: float | None) -> None:
        """The mat does not answer to this person as it did."""
        self._log.emit(EventType.RECALIBRATION_ADVISED, reason, text, sensor=sensor, change_pct=change_pct)

    # the mat and its sensors

    def baseline_assumed(self, steady_s: float) -> None:
        """A first power-up found a steady mat."""
        text = f"Steady for {steady_s:g} s: the mat is taken for empty until it shows otherwise."
        self._log.set_reason("baseline_assumed", text)

    def presumed_loaded(self) -> None:
        """A first power-up found a loaded mat."""
        text = "The sensors stand above half of their supply: something seems to lie there already."
        self._log.set_reason("presumed_loaded", text)

    def baseline_revoked(self) -> None:
        """A mat that was taken for empty lives."""
        text = "What was taken for an empty mat breathes or moves: somebody lies there."
        self._log.set_reason("baseline_revoked", text)

    def blind(self, reason: str, text: str) -> None:
        """The mat is blind for this reason already: only the reason is new."""
        self._log.set_reason(reason, text)

    def blind_started(self, reason: str, text: str, edge_s: float) -> None:
        """Nobody knows what is on the mat from here on."""
        self._log.set_reason(reason, text)
        self._log.emit(EventType.BLIND_STARTED, reason, text, edge_s=edge_s)

    def paused(self) -> None:
        """Measuring is paused on a mat that was blind before."""
        self._log.set_reason(*PAUSED)

    def resumed(self) -> None:
        """A pause is over."""
        self._log.set_reason("resumed", "Measuring goes on after a pause.")

    def blind_ended(self) -> None:
        """The mat is seen again. A first power-up or a pause stays the reason; otherwise it is that readings are back."""
        if self._log.reason[0] not in ("baseline_assumed", "presumed_loaded", "resumed"):
            self._log.set_reason("readings_back", "Readings are there, and the baseline is known.")
        self._log.emit(EventType.BLIND_ENDED, *self._log.reason)

    def sensor_recovered(self, where: str, sensor: str) -> None:
        """A sensor works again."""
        self._log.emit(EventType.SENSOR_RECOVERED, "readings_back", f"{where} works again.", sensor=sensor)

    def sensor_failed(self, condition: Condition, sensor: str) -> None:
        """A sensor cannot be relied on."""
        self._log.emit(EventType.SENSOR_FAILED, condition.code, condition.text, sensor=sensor)

    def calibrated(self, margin: float, gains: tuple[float, ...], *, turned: bool) -> None:
        """A calibration is done; `margin` is the load over what the empty mat shows."""
        text = f"Calibrated: your load stands {_times(margin)} above the empty mat."
        numbers = {"margin": margin, "gain_min": min(gains), "gain_max": max(gains), "turned": turned}
        self._log.emit(EventType.CALIBRATION_DONE, "measured", text, **numbers)

    def calibration_failed(self, refusal: Refusal) -> None:
        """A calibration ended without a result; nothing was changed."""
        self._log.emit(EventType.CALIBRATION_FAILED, refusal.reason, refusal.text)

    def tared(self) -> None:
        """The present readings count as the empty mat."""
        self._log.emit(EventType.TARE_DONE, "asked", "What the mat reads now counts as empty.")


PAUSED = ("paused", "Measuring is paused: nothing is told or recorded until it is switched on again.")
CANCELLED = Refusal("cancelled", "The calibration was cancelled; nothing was changed.")
LOST = Refusal("no_readings", "The sensors were lost. Check the mat's health and calibrate again.")
"""Why a calibration ended."""


def no_readings(for_s: float) -> tuple[str, str]:
    """Reason and text of a mat without usable readings for so long."""
    return "no_readings", f"No usable reading for {for_s:.1f} s: the mat is blind."


def _interruption(reason: str) -> str:
    return INTERRUPTIONS.get(reason, "The daemon stops")


def _found(evidence: str) -> str:
    return f"What lies there is a person after all: {evidence}."


def _fell(load_pct: float) -> str:
    return f"Load fell to {load_pct:.0f} % of the reference."


def _times(margin: float) -> str:
    """A margin in words; beyond a thousand it says only that the empty mat is very quiet."""
    return f"{margin:.0f} times" if margin < 1000 else "more than 1000 times"
