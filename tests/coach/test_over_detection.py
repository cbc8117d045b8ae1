"""The coach behind the real detection, where a world of its own would hide what the first frames after a pause look like."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC

import pytest

from acumat.coach.coach import ask, follow
from acumat.coach.moment import Moment
from acumat.coach.rules import Rules
from acumat.coach.screening import QUESTIONS
from acumat.coach.state import CoachState
from acumat.contract.commands import CommandName
from acumat.contract.events import Event, EventType
from tests.coach.world import START_S
from tests.detect.harness import PipelineHarness

RULES = Rules(cap_min=20)
RATE_HZ = 2.0


class Both:
    """A mat and who follows it, frame by frame."""

    def __init__(self) -> None:
        self.drive = PipelineHarness(rate_hz=RATE_HZ)
        self.reported: list[Event] = []
        turn, _ = ask(
            CoachState(), CommandName.SCREEN, dict.fromkeys(QUESTIONS, "no"), self.drive.pipeline.state, self.now(), RULES
        )
        self.state = turn.state

    def now(self) -> Moment:
        return Moment(self.drive.t_s, START_S + self.drive.t_s, "boot", UTC)

    def go(self, seconds: float, us: Callable[[float], float]) -> None:
        """So many seconds of this course, in microsiemens on each sensor, by the mat's own time."""
        for _ in range(round(seconds * RATE_HZ)):
            level_us = us(self.drive.t_s)
            events = self.drive.go(1 / RATE_HZ, lambda _, level_us=level_us: [level_us] * len(self.drive.mat.sensors))  # type: ignore[misc]
            turn = follow(self.state, events, self.drive.pipeline.state, self.now(), RULES)
            self.state = turn.state
            self.reported += [*events, *turn.events]

    def caps(self) -> list[float]:
        return [event.t_mono_s for event in self.reported if event.event_type is EventType.CUE_CAP]


def nobody(_: float) -> float:
    return 0.5


def somebody(t_s: float) -> float:
    """Breathes, and stirs once a minute, as whoever is awake."""
    stir = 0.05 * math.sin(7.0 * t_s) if t_s % 60 < 3 else 0.0
    return 150.0 * (1 + 0.005 * math.sin(2 * math.pi * 0.25 * t_s) + stir)


def test_whoever_lies_on_through_a_pause_is_alarmed_when_the_skin_has_had_enough() -> None:
    both = Both()
    both.go(8, nobody)
    lain_from_s = both.drive.t_s
    both.go(900, somebody)
    both.drive.pipeline.pause()
    both.go(60, somebody)
    both.drive.pipeline.end_pause()
    both.go(300, somebody)
    (cap_s,) = both.caps()
    assert abs(cap_s - lain_from_s - 1200) <= 2.0


def test_whoever_was_up_during_a_pause_may_lie_there_as_long_as_ever() -> None:
    both = Both()
    both.go(8, nobody)
    both.go(900, somebody)
    both.drive.pipeline.pause()
    both.go(60, nobody)
    both.drive.pipeline.end_pause()
    both.go(30, nobody)
    both.go(600, somebody)
    assert both.caps() == []


def test_a_session_has_one_figure_whoever_reports_it() -> None:
    both = Both()
    both.go(8, nobody)
    both.go(100, somebody)
    both.go(12, nobody)  # a lift
    both.go(60, somebody)
    both.go(90, nobody)
    texts = {event.event_type: event.text for event in both.reported}
    figures = {
        re.findall(r"(\d+\.\d) minutes", texts[each])[0] for each in (EventType.SESSION_ENDED, EventType.COOL_DOWN_STARTED)
    }
    assert len(figures) == 1, texts
    assert float(figures.pop()) == pytest.approx(160 / 60, abs=0.1)


@pytest.mark.parametrize(("load_us", "doubts"), [(150.0, True), (0.5, False)])
def test_what_is_taken_for_empty_without_knowing_is_doubted_where_it_could_be_somebody(load_us: float, doubts: bool) -> None:
    drive = PipelineHarness(rate_hz=RATE_HZ)
    drive.go(12, lambda _: [load_us] * len(drive.mat.sensors))
    assert drive.presence == "empty"
    assert drive.pipeline.doubts_empty is doubts
