"""Snapshots for another run: the session under way, or a lying that has no session yet; and how a run continues from one."""

from __future__ import annotations

from typing import TypedDict

from acumat.contract.sessions import SessionSnapshot
from acumat.detect.signal.baseline import Origin
from acumat.detect.steps import Steps


class Known(TypedDict):
    """The part of a snapshot that says what is known of the mat and of the person."""

    baseline_us: tuple[float | None, ...]
    baseline_origin: str
    baseline_sure: bool
    own_us: tuple[float | None, ...] | None
    learnt: bool
    settled: bool


def session_snapshot(steps: Steps) -> SessionSnapshot | None:
    """The session under way as of the last usable reading; None if there is none."""
    visit, usable_s = steps.visit, steps.sight.usable_s
    session = visit.sessions.open
    if session is None:
        return None
    if session.interrupted and visit.earlier is not None:  # it stands as the earlier run left it
        return visit.earlier
    since_s, last_s, contact_s = session.lying_since_s, session.left_s, session.contact_s
    if since_s is not None:
        last_s = last_s if usable_s is None else max(usable_s, since_s)
        contact_s += last_s - since_s
    return SessionSnapshot(
        session_id=session.session_id,
        start_mono_s=session.start_s,
        sure_mono_s=last_s,
        lying_since_mono_s=session.unseen_since_s if since_s is None else visit.lying_since_s or since_s,
        contact_s=contact_s,
        lifts=session.lifts,
        sums=session.sums,
        guest=session.guest,
        **_known(steps),
    )


def pending_lying(steps: Steps) -> SessionSnapshot | None:
    """A person confirmed while no session may begin, as a session without an id; None if there is nobody.

    Lying that began before the last calibration ended belongs to that.
    """
    visit, usable_s = steps.visit, steps.sight.usable_s
    since_s = visit.lying_since_s
    if not visit.session_pending or not visit.confirmed or since_s is None or since_s <= steps.calibrator.last_s:
        return None
    last_s = since_s if usable_s is None else max(usable_s, since_s)
    return SessionSnapshot(
        session_id="",
        start_mono_s=since_s,
        sure_mono_s=last_s,
        lying_since_mono_s=since_s,
        contact_s=last_s - since_s,
        lifts=0,
        sums={},
        guest=visit.guest,
        **_known(steps),
    )


def carry_on(steps: Steps, snapshot: SessionSnapshot, *, hold: bool) -> None:
    """Start with the empty mat that an earlier run knew; with `hold` no session begins until that run's is settled."""
    steps.baseline.carry_on(snapshot.baseline_us, Origin(snapshot.baseline_origin), sure=snapshot.baseline_sure)
    steps.visit.session_pending = hold


def resume(steps: Steps, snapshot: SessionSnapshot) -> bool:
    """Continue a session of an earlier run; False if another one has begun meanwhile."""
    if steps.visit.session_open:
        return False
    continued = steps.visit.take_up(snapshot)
    if continued is not None:
        steps.observer.carry_on(steps.log.t_s, continued)
    return True


def _known(steps: Steps) -> Known:
    return Known(
        baseline_us=steps.baseline.us,
        baseline_origin=steps.baseline.origin,
        baseline_sure=steps.baseline.sure,
        own_us=steps.settled.us,
        learnt=steps.observer.learning.done,
        settled=steps.observer.settled,
    )
