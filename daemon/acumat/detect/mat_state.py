"""The state of the mat that everybody is shown, made of what the steps know."""

from __future__ import annotations

from acumat.contract.state import HealthState, MatState, Phase, Presence
from acumat.detect.lying.observer import Measures
from acumat.detect.presence.visit import Visit
from acumat.detect.sight import LOOKING
from acumat.detect.steps import Steps

NOBODY = Measures()


def mat_state(steps: Steps, *, paused: bool) -> MatState:
    """The mat as it is known after the last frame."""
    visit, sight, load, t_s = steps.visit, steps.sight, steps.load, steps.log.t_s
    looking = sight.looking and not sight.blind
    seen = None if sight.blind or looking else load
    lies = seen is not None and visit.lying
    known = steps.observer.measures(t_s) if lies else NOBODY
    balance, breath = known.balance, known.breath
    session, seconds = visit.sessions.open, visit.sessions.seconds(t_s)
    reason, text = LOOKING if looking else steps.log.reason
    return MatState(
        presence=Presence.BLIND if seen is None else _presence(visit),
        confirmed=visit.confirmed if lies and not visit.unsure else None,
        phase=_touch_phase(visit) if seen is not None and visit.touched else known.phase,
        load=None if seen is None else seen.pct,
        reference=None if seen is None else "learnt" if steps.loads.reference_us else "default",
        lateral=balance.lateral,
        head_foot=balance.head_foot,
        lopsided=known.lopsided,
        shares=balance.shares,
        evenness=balance.evenness,
        cop_mm=balance.cop_mm,
        still=known.still,
        restlessness=known.restlessness_pct,
        breaths_per_min=None if breath is None else breath.per_min,
        breath_quality=None if breath is None else breath.quality,
        breath_evenness=None if breath is None else breath.evenness,
        possible_doze=known.possible_doze,
        mode=steps.observer.mode,
        session_id=None if session is None else session.session_id,
        session_s=None if seconds is None else seconds[0],
        contact_s=None if seconds is None else seconds[1],
        health=_health(steps, paused=paused),
        reason=reason,
        reason_text=text,
    )


def _presence(visit: Visit) -> Presence:
    if visit.lying:
        return Presence.LYING
    return Presence.CONTACT if visit.touched else Presence.EMPTY


def _touch_phase(visit: Visit) -> Phase:
    return Phase.LEAVING if visit.session_open else Phase.CONTACT


def _health(steps: Steps, *, paused: bool) -> HealthState:
    if not paused and (steps.sight.blind or steps.sight.looking or steps.reading is None):
        return HealthState.BLIND
    # blind by somebody's wish is no fault
    missing = not paused and steps.reading is not None and None in steps.reading.us
    return HealthState.DEGRADED if missing or not steps.health.all_ok else HealthState.OK
