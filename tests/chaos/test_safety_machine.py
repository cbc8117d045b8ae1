"""The routine's safety rules, held against any order of commands, frames, kills, disks and clocks, over weeks."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from acumat.coach.screening import QUESTIONS
from acumat.coach.serialisation import DOCUMENT
from acumat.contract.commands import CommandName
from tests.chaos.safety_story import DAY_S, HOUR_S, NOON_S, Story, counted

EXAMPLES = int(os.environ.get("ACUMAT_SAFETY_EXAMPLES", "0"))
STEPS = 60
OUTAGES_S = (1.0, 4.0, 30.0, 119.0, 150.0, 700.0, 1900.0, 3 * HOUR_S)
MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None


class Weeks(Story, RuleBasedStateMachine):
    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        logging.disable()
        self._folder = TemporaryDirectory(dir=MEMORY)
        Story.__init__(self, Path(self._folder.name))

    # what people do

    @precondition(lambda self: not self.person.lies)
    @rule(seconds=st.sampled_from([3.0, 20.0, 130.0, 400.0, 640.0, 1195.0, 1300.0]))
    def lie_down(self, seconds: float) -> None:
        self.person.lie_down(self.clock.t_s)
        self.live(seconds)

    @precondition(lambda self: self.person.lies)
    @rule(seconds=st.sampled_from([2.0, 12.0, 19.0, 25.0, 60.0]))
    def get_up(self, seconds: float) -> None:
        self.person.get_up()
        self.live(seconds)

    @precondition(lambda self: self.person.lies)
    @rule(seconds=st.sampled_from([60.0, 300.0, 620.0, 900.0, 1250.0]))
    def stay(self, seconds: float) -> None:
        self.live(seconds)

    @precondition(lambda self: self.person.lies and self.routine is not None)
    @rule(
        how=st.sampled_from(["kill", "power"]),
        dark_s=st.sampled_from(OUTAGES_S),
        resumes=st.booleans(),
        history=st.sampled_from(["there", "unreadable"]),
        dated=st.booleans(),
        stays_s=st.sampled_from([4.0, 600.0, 1250.0]),
    )
    def outage_under_a_person(self, how: str, dark_s: float, resumes: bool, history: str, dated: bool, stays_s: float) -> None:
        self.cut_off(how, dark_s)
        if dated:
            self.set_clock()
        self.begin_again(resumes=resumes, history=history)
        self.live(stays_s)
        self.set_clock()

    @rule(seconds=st.sampled_from([0.5, 5.0, 60.0, 290.0, 600.0]))
    def wait_a_while(self, seconds: float) -> None:
        self.live(seconds)

    @precondition(lambda self: not self.person.lies)
    @rule(hours=st.sampled_from([1.1, 5.0, 9.0, 23.0, 25.0, 24 * 6.0]))
    def wait_for_hours(self, hours: float) -> None:
        self.live(hours * HOUR_S)

    @precondition(lambda self: self.routine is not None)
    @rule(then=st.sampled_from(["on", "kill", "power"]))
    def say_symptom(self, then: str) -> None:
        """What counts is the answer that says it is kept; the kill comes in that very moment."""
        stops = len(self.stops_s)
        answer = self.ask(CommandName.SYMPTOM)
        if answer is None or not answer.ok:
            return
        again = answer.text.startswith("This is noted already")
        self.reported.quiet = True

        def stored(kept: bool) -> None:
            counted["symptoms kept" if kept else "symptoms lost unanswered"] += 1
            if kept and not again:
                self.stops_s.append(said_s)

        said_s = self.clock.t_s
        assert self.routine is not None
        self.routine.when_stored(stored)
        if then != "on":
            if len(self.stops_s) == stops and not again:
                self.reported.quiet = False
            self.cut_off(then, 5.0)
        elif not again and len([each for each in self.stops_s if said_s - each < 14 * DAY_S]) >= 2:
            self.professional = True

    @precondition(lambda self: self.routine is not None)
    @rule(name=st.sampled_from([CommandName.STOP, CommandName.PRESS]))
    def stop(self, name: CommandName) -> None:
        assert self.routine is not None
        sounding = self.routine.document()["situation"] == "alarm"
        answer = self.ask(name)
        if sounding:
            assert answer is not None
            assert answer.ok, "rule 5: an alarm can always be ended"
            self.reported.quiet = True

    @precondition(lambda self: self.routine is not None)
    @rule(answer=st.sampled_from(["faded", "still_red"]))
    def answer_redness(self, answer: str) -> None:
        given = self.ask(CommandName.REDNESS, answer=answer)
        if given is not None and given.ok and answer == "still_red":
            # from four to four by UTC: the day after this one has to be over
            today = (NOON_S + self.clock.t_s - 4 * HOUR_S) // DAY_S
            self.when_kept(lambda: setattr(self, "rest_until_s", (today + 2) * DAY_S + 4 * HOUR_S - NOON_S))

    @precondition(lambda self: self.routine is not None)
    @rule(heart=st.sampled_from(["no", "no", "yes"]))
    def answer_questions(self, heart: str) -> None:
        answer = self.ask(CommandName.SCREEN, **{**dict.fromkeys(QUESTIONS, "no"), "heart": heart})
        if answer is None or not answer.ok:
            return
        self.screenings += 1
        number = self.screenings
        if heart == "no":
            self.screened = True
        else:
            self.when_kept(lambda: setattr(self, "screened", self.screened and self.screenings != number))

    @precondition(lambda self: self.routine is not None)
    @rule()
    def take_advice(self) -> None:
        answer = self.ask(CommandName.ADVICE)
        if answer is not None and answer.ok:
            self.professional, self.screened = False, True
            self.screenings += 1  # an answer before it that is kept only now is older

    @precondition(lambda self: self.routine is not None)
    @rule(
        command=st.sampled_from([("check_in", {"discomfort": 7}), ("programme_set", {"minutes": 6}), ("programme_reset", {})])
    )
    def change_the_programme(self, command: tuple[str, dict[str, Any]]) -> None:
        self.ask(CommandName(command[0]), **command[1])

    @rule(seconds=st.sampled_from([2.0, 125.0, 1500.0]), how=st.sampled_from(["paused", "blind"]))
    def lose_sight(self, seconds: float, how: str) -> None:
        self.without_sight(seconds, how)

    # what machines do

    @precondition(lambda self: self.routine is not None)
    @rule(how=st.sampled_from(["kill", "power"]), dark_s=st.sampled_from(OUTAGES_S), torn=st.booleans())
    def end_daemon(self, how: str, dark_s: float, torn: bool) -> None:
        self.cut_off(how, dark_s, torn=torn)

    @precondition(lambda self: self.routine is None)
    @rule(resumes=st.booleans(), history=st.sampled_from(["there", "there", "unreadable"]))
    def start_again(self, resumes: bool, history: str) -> None:
        self.begin_again(resumes=resumes, history=history)

    @rule()
    def clock_is_set(self) -> None:
        self.set_clock()

    @rule(on=st.booleans())
    def card_stalls(self, on: bool) -> None:
        self.slow_card = self.file.slow = on
        if not on and self.routine is not None:
            self.file.turn()

    @rule()
    def history_fails_or_comes_back(self) -> None:
        self.history.works = not self.history.works
        self.history.turn()
        if self.history.works and self.routine is not None:
            self.routine.restore_late(dict(self.history.stored))

    @precondition(lambda self: self.routine is None)
    @rule(what=st.sampled_from(["lost", "nonsense", "flipped", "old"]))
    def history_is_damaged(self, what: str) -> None:
        """Salvaged without it, unreadable, or a copy of weeks ago put back. The file apart from it is whole."""
        text = self.history.stored.get(DOCUMENT)
        if text is None:
            return
        if what == "lost":
            self.history.stored.pop(DOCUMENT)
        elif what == "old":
            self.history.stored = dict(self.history.old)
        else:
            middle = len(text) // 2
            self.history.stored[DOCUMENT] = "{" if what == "nonsense" else text[:middle] + "?" + text[middle + 1 :]

    @rule()
    def back_up_the_history(self) -> None:
        self.history.old = dict(self.history.stored)

    @rule(wrong_s=st.sampled_from([-HOUR_S, 5.0, -NOON_S + 100.0, 3 * DAY_S]))
    def clock_jumps(self, wrong_s: float) -> None:
        """Nobody has said that it is right."""
        if not self.known:
            self.clock.wrong_s = wrong_s

    def teardown(self) -> None:
        counted["interleavings"] += 1
        counted["days"] += self.clock.t_s / DAY_S
        self._folder.cleanup()
        logging.disable(logging.NOTSET)

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        counted["steps"] += 1
        super().check_invariants(*args, **kwargs)


@pytest.mark.timeout(7200 if EXAMPLES else 300)
def test_no_interleaving_breaks_a_safety_rule() -> None:
    run_state_machine_as_test(
        Weeks,
        settings=settings(
            max_examples=EXAMPLES or 150,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not EXAMPLES,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if "ACUMAT_MACHINE_SHRINK" in os.environ else (Phase.generate,),
        ),
    )
    print("\nsafety machine:", ", ".join(f"{number:.0f} {name}" for name, number in counted.items()), "and 0 violations")
    assert counted["alarms"] > 10
    assert counted["guided"] > 10
    assert counted["symptoms kept"] > 10
