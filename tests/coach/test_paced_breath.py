"""Somebody who follows the pacer, seen by the real detection on a simulated mat: led for minutes, never taken for asleep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from acumat.coach.coach import ask, follow
from acumat.coach.moment import Moment
from acumat.coach.programme import Programme
from acumat.coach.rules import Rules
from acumat.coach.screening import QUESTIONS
from acumat.coach.state import CoachState
from acumat.contract.commands import CommandName
from acumat.contract.events import Event, EventType
from acumat.detect.pipeline import Pipeline
from acumat_hw.layout import PRESETS, grid
from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import parse_scenario
from acumat_sim.source import SimSource
from tests.coach.world import START_S

PERIOD_S = 0.1
LAIN_S = 700.0
RULES = Rules(pacer=True)
FOLLOWED = 0.03
"""How much the lengths of breaths stray of somebody who follows a pacer, as a share; by themselves this person's do by 0.15."""


class Follower:
    """A person who breathes as the pacer leads while it does, and the mat that notices it, if it is told of the pacer."""

    def __init__(self, *, mat_knows: bool) -> None:
        self.mat_knows = mat_knows
        self.events: list[Event] = []
        self.led_s = 0.0
        layout = grid(*PRESETS["4x2"], rm_ohm=3300.0)
        steps = [{"at_s": 5, "do": "lie_down"}, {"at_s": 5 + LAIN_S, "do": "get_up"}]
        person = {"mass_kg": 70, "breaths_per_min": 14, "irregularity": 0.15, "moves_per_min": 0}
        data = {"seed": 3, "duration_s": 10 + LAIN_S, "person": person, "step": steps}
        self.mat = SimulatedMat(parse_scenario("follower", data, layout), layout)
        self.pipeline = Pipeline(layout)

    def live(self) -> Follower:
        breathing = next(each.breathing for each in self.mat.scenario.occupants if each.breathing is not None)
        own = breathing._length_s, breathing._irregularity
        state = CoachState(programme=Programme(minutes=10))
        for now, events in self._frames():
            if state.safety.screening.answered is None:
                answers = dict.fromkeys(QUESTIONS, "no")
                state = ask(state, CommandName.SCREEN, answers, self.pipeline.state, now, RULES)[0].state
            update = follow(state, events, self.pipeline.state, now, RULES)
            state = update.state
            pace = None if state.pacer is None else state.pacer.pace
            breathing._length_s, breathing._irregularity = own if pace is None else (pace.period_s, FOLLOWED)
            self.pipeline.paced = pace is not None and self.mat_knows
            self.led_s += PERIOD_S * (pace is not None)
            self.events += [*events, *update.events]
        return self

    def _frames(self) -> Iterator[tuple[Moment, tuple[Event, ...]]]:
        clock = SimClock(0.0)
        source = SimSource(self.mat, clock, period_s=PERIOD_S)
        source.open()
        zero_s = clock.monotonic()
        for slot in range(round((LAIN_S + 9) / PERIOD_S)):
            clock.sleep(zero_s + slot * PERIOD_S - clock.monotonic())
            frame = source.read()
            yield Moment(frame.t_mono_s, START_S + frame.t_mono_s, "boot", UTC), self.pipeline.step(frame)

    def count(self, event_type: EventType) -> int:
        return sum(event.event_type is event_type for event in self.events)


def test_whoever_follows_the_pacer_is_led_for_minutes_and_not_taken_for_asleep() -> None:
    follower = Follower(mat_knows=True).live()
    assert follower.led_s > 300.0
    assert follower.count(EventType.CUE_END) == 1
    assert follower.count(EventType.POSSIBLE_DOZE) == 0


def test_a_mat_that_is_not_told_of_the_pacer_would_take_them_for_asleep() -> None:
    assert Follower(mat_knows=False).live().count(EventType.POSSIBLE_DOZE) > 0
