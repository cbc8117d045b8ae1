"""The order of the steps for one frame."""

from __future__ import annotations

from acumat.contract.events import EventType
from acumat.contract.learned import Learned
from acumat.detect.parameters import Parameters
from acumat.detect.presence.session import SessionTracker
from acumat.detect.steps import Steps
from acumat.detect.thresholds import Thresholds
from acumat_hw.frame import Frame
from tests.detect.harness import code, layout

P = Parameters()
MAT = layout()
KNOWN = Learned((0.5,) * 8, (1.0,) * 8, 1200.0)


def steps() -> Steps:
    return Steps(MAT, P, Thresholds.of(P), KNOWN, SessionTracker("test", 1))


def frame(number: int, us: float) -> Frame:
    return Frame(100.0 + number / 10, number, (code(us, MAT),) * 8, (None,) * 8)


def feed(of: Steps, first: int, count: int, us: float, *, paused: bool = False) -> list[EventType]:
    return [e.event_type for n in range(first, first + count) for e in of.step(frame(n, us), paused=paused)]


def test_a_frame_that_comes_no_later_than_the_last_says_nothing_new() -> None:
    made = steps()
    assert feed(made, 0, 10, 0.5) == [EventType.BLIND_ENDED]
    reading = made.reading
    assert [made.step(frame(number, 150.0), paused=False) for number in [9] * 50 + [3] * 50] == [()] * 100
    assert made.reading is reading


def test_contact_comes_before_lying_and_both_before_what_is_learnt() -> None:
    made = steps()
    feed(made, 0, 10, 0.5)
    assert feed(made, 10, 20, 150.0) == [EventType.CONTACT_STARTED, EventType.LYING_STARTED]
    assert made.load is not None
    assert made.observer.balance.lateral is not None, "the load that begins the lying is measured at once"


def test_a_pause_ends_what_is_open_once_and_reads_nothing() -> None:
    made = steps()
    feed(made, 0, 10, 0.5)
    feed(made, 10, 20, 150.0)
    reading = made.reading
    assert feed(made, 30, 10, 150.0, paused=True) == [EventType.LYING_WITHDRAWN, EventType.BLIND_STARTED]
    assert made.reading is reading


def test_readings_that_stay_away_are_reported_before_the_frame_is_looked_at() -> None:
    made = steps()
    feed(made, 0, 10, 0.5)
    late = 10 + round(10 * (P.gap_s + 1))
    lost, *back = feed(made, late, 3, 0.5)
    assert lost is EventType.BLIND_STARTED
    assert back == [EventType.BLIND_ENDED]
