"""Evidence is gathered from windows, looks and the arrival of one load."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

import pytest

from acumat.detect.presence.evidence import TABLE, Sign, Verdict
from acumat.detect.presence.search import EVERY_S, FIRST_S, SETTLE_S, LifeSearch
from tests.detect.readings import P, load

INSIDE = (0.5, 0.5, 1.0, 1.0, 0.3, 0.3, -0.4, -0.4)
ALIKE = (1.0,) * 8
FINE = (0.0,) * 8


def searched(
    swing: float,
    couplings: Sequence[float],
    seconds: float = 60.0,
    *,
    step_us: Sequence[float] = FINE,
    noise: float = 5e-5,
    breathes: bool = False,
    us: Callable[[float], Sequence[float]] = lambda _: (150.0,) * 8,
) -> LifeSearch:
    search, random = LifeSearch(P), Random(5)
    for step in range(round(seconds * 10)):
        t_s = step / 10
        moved = swing / 2 * math.sin(2 * math.pi * 0.25 * t_s)
        loads = [u * (1 + c * moved + random.gauss(0, noise)) for u, c in zip(us(t_s), couplings, strict=True)]
        search.step(load(t_s, loads), tuple(step_us), breathes=breathes)
    return search


def test_a_breath_inside_is_a_persons_and_one_alike_everywhere_is_not() -> None:
    body, thing = (searched(0.002, each).evidence for each in (INSIDE, ALIKE))
    assert body.nats[Sign.INSIDE] > 3.0
    assert body.verdict is Verdict.PERSON
    assert Sign.INSIDE not in thing.nats or thing.nats[Sign.INSIDE] == 0.0
    assert thing.nats[Sign.OUTSIDE] < 0.0
    assert thing.verdict is Verdict.OPEN


def test_a_look_sees_a_breath_among_knocks_that_break_every_window() -> None:
    def knocked(t_s: float) -> Sequence[float]:
        return [151.0 if t_s % 5.0 < 0.3 else 150.0] * 8

    found, silent = searched(0.001, ALIKE, us=knocked), searched(0.0, ALIKE)
    assert found.swings.found == 0
    assert found.evidence.nats[Sign.SWING] > 1.0
    assert Sign.SWING not in silent.evidence.nats


def test_more_than_a_floor_can_do_is_life_however_alike() -> None:
    assert searched(0.015, ALIKE).evidence.verdict is Verdict.PERSON


def test_silence_withdraws_within_its_time_and_only_where_a_breath_would_be_seen() -> None:
    assert searched(0.0, ALIKE).evidence.verdict is Verdict.THING
    noisy = searched(0.0, ALIKE, noise=3e-3)
    assert noisy.evidence.nats.get(Sign.SILENCE, 0.0) == 0.0
    assert noisy.evidence.verdict is Verdict.OPEN


def test_a_step_of_the_converter_hides_what_is_less_and_makes_no_life() -> None:
    found = searched(0.0, ALIKE, step_us=(1.0,) * 8, us=lambda t_s: [150.0 + (int(t_s) // 7) % 2] * 8, noise=0.0)
    assert not {Sign.SWING, Sign.LARGE_SWING, Sign.INSIDE, Sign.SEVERAL} & {s for s, n in found.evidence.nats.items() if n > 0}


@pytest.mark.parametrize(("came_s", "sign"), [(0.1, Sign.AT_ONCE), (2.0, Sign.STAGES), (0.4, None)])
def test_how_it_came_on_counts_and_stays(came_s: float, sign: Sign | None) -> None:
    search = LifeSearch(P)
    search.landed(came_s)
    search.step(load(0.0, [150.0] * 8), FINE, breathes=False)
    search.reset()
    search.step(load(0.1, [150.0] * 8), FINE, breathes=False)
    assert {each for each, nats in search.evidence.nats.items() if nats} == ({sign} if sign else set())
    search.begin()
    search.step(load(0.2, [150.0] * 8), FINE, breathes=False)
    assert search.evidence.total == 0.0


def test_the_longer_it_took_to_come_on_the_more_it_says_up_to_a_second() -> None:
    nats = []
    for came_s in (0.45, 0.7, 1.0, 5.0):
        search = LifeSearch(P)
        search.landed(came_s)
        search.step(load(0.0, [150.0] * 8), FINE, breathes=False)
        nats.append(search.evidence.total)
    assert nats[0] == pytest.approx(2.3, abs=0.05)
    assert nats[0] < nats[1] < nats[2] == nats[3] == TABLE[Sign.STAGES].nats


def test_somebody_who_sat_there_counts_as_surely_as_that_is_known_and_as_long() -> None:
    search, nats = LifeSearch(P), []
    for at, part in enumerate((0.0, 0.5, 1.0, 0.0)):
        search.sat_part = part
        search.step(load(at / 10, [150.0] * 8), FINE, breathes=False)
        nats.append(search.evidence.total)
    assert nats == [0.0, TABLE[Sign.SAT].nats / 2, TABLE[Sign.SAT].nats, 0.0]


def test_a_steady_breath_and_a_short_load_count_as_long_as_they_are_so() -> None:
    search = LifeSearch(P)
    short = [us for us in (30.0, 200.0, 90.0, 8.0) for _ in range(2)]
    search.step(load(0.0, short), FINE, breathes=True)
    assert search.evidence.total == TABLE[Sign.RHYTHM].nats + TABLE[Sign.SHORT].nats
    search.step(load(0.1, [150.0] * 8), FINE, breathes=False)
    assert search.evidence.total == 0.0


def test_the_first_look_waits_until_the_foam_has_settled_and_a_movement_begins_it_anew() -> None:
    assert searched(0.002, INSIDE, SETTLE_S + FIRST_S - 1.0).look is None
    assert searched(0.002, INSIDE, SETTLE_S + FIRST_S + EVERY_S).look is not None
    moves_s = SETTLE_S + FIRST_S - 2.0
    moved = searched(0.002, INSIDE, SETTLE_S + FIRST_S + EVERY_S, us=lambda t_s: [150.0 + 50.0 * (t_s > moves_s)] * 8)
    assert moved.look is None


@pytest.mark.parametrize(("share", "seen"), [(1.0, True), (0.4, False)])
def test_a_sensor_that_may_bear_most_of_it_leaves_open_what_goes_against_what(share: float, seen: bool) -> None:
    search, random = LifeSearch(P), Random(5)
    for step in range(600):
        t_s = step / 10
        moved = 0.002 / 2 * math.sin(2 * math.pi * 0.25 * t_s)
        loads: list[float | None] = [share * 150.0 * (1 + c * moved + random.gauss(0, 5e-5)) for c in INSIDE]
        loads[0] = None
        search.step(load(t_s, loads), FINE, breathes=False)
    assert (Sign.INSIDE in search.evidence.nats) is seen
