"""The state of the mat that everybody is shown, made of what the steps know."""

from __future__ import annotations

from dataclasses import replace

from acumat.contract.state import HealthState, MatState, Phase, Presence
from acumat.detect.sight import LOOKING
from acumat.detect.steps import Steps


def mat_state(steps: Steps, *, paused: bool) -> MatState:
    """The mat as it is known after the last frame."""
    visit, sight, load, t_s = steps.visit, steps.sight, steps.load, steps.log.t_s
    session, seconds = visit.sessions.open, visit.sessions.seconds(t_s)
    reason, text = LOOKING if sight.looking and not sight.blind else steps.log.reason
    state = MatState(
        health=_health(steps, paused=paused),
        session_id=None if session is None else session.session_id,
        session_s=None if seconds is None else seconds[0],
        contact_s=None if seconds is None else seconds[1],
        mode=steps.observer.mode,
        reason=reason,
        reason_text=text,
    )
    if sight.blind or sight.looking or load is None:
        return state
    reference = "learnt" if steps.loads.reference_us else "default"
    if visit.lying:
        state = replace(state, presence=Presence.LYING, confirmed=visit.confirmed, load=load.pct, reference=reference)
        return steps.observer.add_to(state, t_s)
    if visit.touched:
        phase = Phase.LEAVING if visit.session_open else Phase.CONTACT
        return replace(state, presence=Presence.CONTACT, phase=phase, load=load.pct, reference=reference)
    return replace(state, presence=Presence.EMPTY, load=load.pct, reference=reference)


def _health(steps: Steps, *, paused: bool) -> HealthState:
    if not paused and (steps.sight.blind or steps.sight.looking or steps.reading is None):
        return HealthState.BLIND
    # blind by somebody's wish is no fault
    missing = not paused and steps.reading is not None and None in steps.reading.us
    return HealthState.DEGRADED if missing or not steps.health.all_ok else HealthState.OK
