"""What another run needs to continue with whoever lies here now."""

from __future__ import annotations

from typing import TypedDict

from acumat.contract.sessions import SessionSnapshot
from acumat.detect.lying.observer import LyingObserver
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.presence.visit import Visit
from acumat.detect.signal.baseline import Baseline, Origin


class Known(TypedDict):
    """The part of a snapshot that says what is known of the mat and of the person."""

    baseline_us: tuple[float | None, ...]
    baseline_origin: str
    baseline_sure: bool
    own_us: tuple[float | None, ...] | None
    learnt: bool
    settled: bool


def known(baseline: Baseline, settled: SettledLoad, observer: LyingObserver) -> Known:
    """What is known now."""
    return Known(
        baseline_us=baseline.us,
        baseline_origin=baseline.origin,
        baseline_sure=baseline.sure,
        own_us=settled.us,
        learnt=observer.learning.done,
        settled=observer.settled,
    )


def session_snapshot(visit: Visit, what: Known, usable_s: float | None) -> SessionSnapshot | None:
    """The session under way as of the last usable reading; None if there is none."""
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
        **what,
    )


def pending_lying(visit: Visit, what: Known, usable_s: float | None, calibrated_s: float) -> SessionSnapshot | None:
    """Whoever was found to lie here while no session may begin: one that has no id yet. None if there is nobody.

    Lying that began up to `calibrated_s` belongs to a calibration.
    """
    since_s = visit.lying_since_s
    if not visit.session_pending or not visit.confirmed or since_s is None or since_s <= calibrated_s:
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
        **what,
    )


def carry_on(snapshot: SessionSnapshot, baseline: Baseline, visit: Visit, *, hold: bool) -> None:
    """Start with the empty mat that an earlier run knew; with `hold` no session begins until that run's is settled."""
    baseline.carry_on(snapshot.baseline_us, Origin(snapshot.baseline_origin), sure=snapshot.baseline_sure)
    visit.session_pending = hold
