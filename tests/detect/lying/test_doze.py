"""A possible doze is breath that becomes more even than this person's own before, in long stillness, and ends with either."""

from __future__ import annotations

import pytest

from acumat.detect.lying.breath_look import Breath
from acumat.detect.lying.doze import Doze
from tests.detect.readings import P

LOOK_S = 5.0
AWAKE, ASLEEP = 0.2, 0.05


class Sleeper:
    """One look at the breath every five seconds; the last movement was long ago unless one comes."""

    def __init__(self) -> None:
        self.doze = Doze(P)
        self.t_s = 0.0
        self.moved_s = -1000.0
        self.reported_s: list[float] = []

    def breathe(self, seconds: float, variety: float | None, *, per_min: float = 14.0, paced: bool = False) -> bool:
        for _ in range(round(seconds / LOOK_S)):
            self.t_s += LOOK_S
            breath = Breath(per_min, 0.9, 0.1, self.t_s, variety=variety)
            if self.doze.step(self.t_s, self.moved_s, breath, paced=paced):
                self.reported_s.append(self.t_s)
        return self.doze.on

    def hold_breath(self, seconds: float) -> bool:
        for _ in range(round(seconds)):
            self.t_s += 1.0
            self.doze.step(self.t_s, self.moved_s, None)
        return self.doze.on


def asleep() -> Sleeper:
    sleeper = Sleeper()
    sleeper.breathe(300.0, AWAKE)
    assert sleeper.breathe(90.0, ASLEEP)
    return sleeper


def test_it_is_reported_once_and_lasts_as_long_as_the_breath_stays_even() -> None:
    sleeper = asleep()
    # longer than all that is remembered: breath in a doze is nobody's usual breath
    assert sleeper.breathe(1.2 * P.doze_looks_most * LOOK_S, ASLEEP)
    assert len(sleeper.reported_s) == 1


def test_breath_that_is_various_again_ends_it_and_another_doze_is_reported() -> None:
    sleeper = asleep()
    assert not sleeper.breathe(60.0, AWAKE)
    assert sleeper.breathe(120.0, ASLEEP)
    assert len(sleeper.reported_s) == 2


def test_a_movement_ends_it_and_it_takes_stillness_to_come_back() -> None:
    sleeper = asleep()
    sleeper.moved_s = sleeper.t_s
    assert not sleeper.breathe(P.doze_still_s - LOOK_S, ASLEEP)
    assert sleeper.breathe(2 * LOOK_S, ASLEEP)


@pytest.mark.parametrize(("seconds", "on"), [(P.doze_forgive_s - 2.0, True), (P.doze_forgive_s + 2.0, False)])
def test_breath_that_cannot_be_seen_for_a_moment_is_forgiven(seconds: float, on: bool) -> None:
    assert asleep().hold_breath(seconds) is on


@pytest.mark.parametrize(
    "per_min", [P.doze_slowest_per_min - 0.5, P.doze_fastest_per_min + 0.5, 14.0 * (1.05 + P.doze_pace_share)]
)
def test_breath_at_another_pace_is_no_doze(per_min: float) -> None:
    sleeper = Sleeper()
    sleeper.breathe(300.0, AWAKE)
    assert not sleeper.breathe(300.0, ASLEEP, per_min=per_min)


@pytest.mark.parametrize("before_s", [0.0, 60.0])
def test_without_breath_of_before_nothing_is_known(before_s: float) -> None:
    sleeper = Sleeper()
    sleeper.breathe(before_s, AWAKE)
    assert not sleeper.breathe(95.0, ASLEEP)


def test_breaths_too_few_to_be_various_say_nothing() -> None:
    sleeper = Sleeper()
    sleeper.breathe(300.0, AWAKE)
    assert not sleeper.breathe(300.0, None)


def test_breath_that_follows_a_pacer_is_no_doze_and_nobodys_usual_breath() -> None:
    sleeper = Sleeper()
    sleeper.breathe(120.0, AWAKE)
    assert not sleeper.breathe(600.0, ASLEEP, per_min=12.5, paced=True)
    sleeper.breathe(P.doze_span_s, ASLEEP, per_min=12.5)
    assert not sleeper.breathe(300.0, AWAKE)
    assert sleeper.reported_s == []


def test_somebody_who_has_dozed_off_under_the_pacer_is_found_soon_after_its_end() -> None:
    sleeper = Sleeper()
    sleeper.breathe(120.0, AWAKE)
    sleeper.breathe(600.0, ASLEEP, paced=True)
    assert sleeper.breathe(P.doze_span_s + 60.0, ASLEEP)


def test_a_doze_ends_when_the_pacer_begins() -> None:
    assert not asleep().breathe(LOOK_S, ASLEEP, paced=True)


def test_somebody_else_begins_anew() -> None:
    sleeper = asleep()
    sleeper.doze.reset()
    assert not sleeper.breathe(P.doze_apart_s, ASLEEP)
