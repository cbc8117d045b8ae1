"""How somebody lies: shifts of posture, how the load came on, a doze, shoulders, the mode of use."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.events import EventType
from acumat.contract.state import Mode
from acumat.detect.lying.breathing import Breath
from acumat.detect.lying.doze import Doze
from acumat.detect.lying.modes import Modes
from acumat.detect.lying.shifts import Shifts
from acumat.detect.lying.shoulders import Shoulders
from acumat.detect.parameters import Parameters
from acumat.detect.presence.landing import Landing, loading_kind
from acumat.detect.signal.load import Load
from acumat.detect.signal.shape import Shape
from tests.detect.harness import PipelineHarness, layout, one, types

P = Parameters()
MAT = layout()
SHAPE = Shape(MAT, P)


def load(t_s: float, us: Iterable[float], pct: float = 100.0) -> Load:
    each = tuple(us)
    return Load(t_s, each, sum(each), pct, (False,) * len(each), True, 100.0 * sum(each) / pct, None, 0.0, 0.0, SHAPE)


def even(t_s: float) -> list[float]:
    return [100.0 * (1 + 0.005 * math.sin(1.5 * t_s))] * 8


def rolled(share: float) -> Callable[[float], list[float]]:
    return lambda t_s: [
        a * (1 + share * (1 if sensor.x_mm > 0 else -1)) for a, sensor in zip(even(t_s), MAT.sensors, strict=True)
    ]


def reported(course: Iterable[tuple[float, Callable[[float], list[float]]]]) -> list[float]:
    shifts, found, t_s = Shifts(MAT, P), [], 0.0
    for seconds, us in course:
        until_s = t_s + seconds
        while t_s < until_s:
            if shifts.step(load(t_s, us(t_s))) is not None:
                found.append(t_s)
            t_s += 0.1
    return found


@pytest.mark.parametrize(("share", "count"), [(0.05, 0), (0.3, 1), (0.8, 1)])
def test_a_shift_is_reported_once_when_it_is_large_enough_and_held(share: float, count: int) -> None:
    found = reported([(20, even), (30, rolled(share))])
    assert len(found) == count
    assert all(25 <= t_s <= 32 for t_s in found)


def test_back_again_is_another_shift_and_a_short_one_is_none() -> None:
    assert len(reported([(20, even), (20, rolled(0.4)), (20, even)])) == 2
    assert reported([(20, even), (2, rolled(0.4)), (20, even)]) == []


@given(share=st.floats(-0.9, 0.9))
def test_what_drifts_over_ten_minutes_is_followed(share: float) -> None:
    shifts = Shifts(MAT, P)
    found = [shifts.step(load(float(t), rolled(0.25 * share * t / 600)(0.0))) for t in range(600)]
    assert found == [None] * 600


@pytest.mark.parametrize(("over_s", "word"), [(0.5, "dropped"), (2.0, "medium"), (6.0, "slow")])
def test_loading_time_runs_from_a_tenth_to_nine_tenths(over_s: float, word: str) -> None:
    landing = Landing(P)
    landing.bare(-0.05)
    landing.begin(0.0)
    course = None
    for step in range(300):
        t_s = step / 20
        landing.note(load(t_s, [100 * min(1.0, t_s / over_s)] * 8))
        course = landing.decide(t_s, 0.5 * over_s) or course
    assert course is not None
    assert course.loading_s == pytest.approx(0.8 * over_s, abs=0.11)
    assert course.from_s < course.t60_s < course.until_s
    assert loading_kind(course.loading_s, P) == word


@pytest.mark.parametrize(("bare_s", "gap_s"), [(-0.6, 0.05), (-0.05, 0.6)])
def test_how_it_came_is_not_known_where_nobody_was_looking(bare_s: float, gap_s: float) -> None:
    """After blindness the load is there at once, and that is no drop."""
    landing = Landing(P)
    landing.bare(bare_s)
    landing.begin(0.0)
    landing.note(load(0.0, [10.0] * 8))
    for step in range(300):
        landing.note(load(gap_s + step / 20, [100.0] * 8))
        assert landing.decide(gap_s + step / 20, 0.0) is None
    assert landing.course is None


@pytest.mark.parametrize(("rise_s", "dropped"), [(0.2, 1), (5.0, 0)])
def test_who_drops_onto_the_mat_is_reported_so_once_confirmed(rise_s: float, dropped: int) -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(60, rise_s=rise_s)
    assert types(drive.events).count(EventType.DROPPED) == dropped
    numbers = one(drive.events, EventType.SETTLED).numbers
    assert numbers["loading"] == ("dropped" if dropped else "slow")
    assert float(str(numbers["settling_s"])) < 10


def test_a_dropped_box_is_no_drop() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.box(70)
    assert EventType.DROPPED not in types(drive.events)


def test_how_an_earlier_lying_came_on_says_nothing_of_a_later_one() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(60, rise_s=0.2)
    drive.go(40, lambda _: [60.0] * 2 + [0.5] * 6)
    drive.person(60, rise_s=5.0)
    settled = [event.numbers["loading"] for event in drive.events if event.event_type is EventType.SETTLED]
    assert settled == ["dropped", None]


FALLS_ASLEEP_S = 300.0


def doze(
    varieties: tuple[float, float], *, paces: tuple[float, float] = (14.0, 13.0), still_from_s: float = 0.0, from_s: float = 0.0
) -> float | None:
    """When it is told of breath that is so various before FALLS_ASLEEP_S and after; a look every 5 s, the first at `from_s`."""
    step = Doze(P)
    for t in range(600):
        asleep = 1 if t >= FALLS_ASLEEP_S else 0
        look_s = max(from_s, float(t - t % 5))
        breath = Breath(paces[asleep], 0.9, 0.1, look_s, variety=varieties[asleep]) if t >= from_s else None
        if step.step(float(t), still_from_s, breath):
            return float(t)
    return None


def test_breath_that_becomes_more_even_in_long_stillness_is_a_possible_doze() -> None:
    reported_s = doze((0.2, 0.08))
    assert reported_s is not None
    assert FALLS_ASLEEP_S + 20 <= reported_s <= FALLS_ASLEEP_S + P.doze_span_s


@pytest.mark.parametrize(
    ("varieties", "paces"),
    [
        ((0.05, 0.05), (13, 13)),  # even from the start
        ((0.2, 0.15), (13, 13)),
        ((0.2, 0.08), (6, 6)),  # slow on purpose
        ((0.2, 0.08), (25, 25)),
        ((0.2, 0.08), (16, 10)),  # slow from now on
    ],
)
def test_breath_that_stays_as_it_was_or_is_paced_is_no_doze(varieties: tuple[float, float], paces: tuple[float, float]) -> None:
    assert doze(varieties, paces=paces) is None


def test_no_doze_without_breath_before_it_or_without_stillness() -> None:
    assert doze((0.2, 0.08), from_s=FALLS_ASLEEP_S - 30) is None
    assert doze((0.2, 0.08), still_from_s=520.0) is None
    assert doze((0.2, 0.08), still_from_s=400.0) == 400.0 + P.doze_still_s


def test_a_movement_ends_the_doze_a_sigh_does_not_and_waking_does() -> None:
    def asleep() -> Doze:
        step = Doze(P)
        for t in range(0, 450, 5):
            step.step(float(t), 0.0, Breath(13, 0.9, 0.1, float(t), variety=0.2 if t < FALLS_ASLEEP_S else 0.08))
        assert step.on
        return step

    step = asleep()
    step.step(450.0, 0.0, None)
    step.step(455.0, 0.0, Breath(13, 0.9, 0.1, 455.0, variety=0.3))
    assert step.on
    step.step(460.0, 459.5, Breath(13, 0.9, 0.1, 460.0, variety=0.08))
    assert [step.on] == [False]
    step = asleep()
    for t in range(450, 520, 5):
        step.step(float(t), 0.0, Breath(13, 0.9, 0.1, float(t), variety=0.2))
    assert [step.on] == [False]
    step = asleep()
    step.step(445.0 + P.doze_forgive_s, 0.0, None)
    assert [step.on] == [False]


def shoulders(mat_rows: tuple[int, int], growth: float, *, stirs: float = 0.0) -> float | None:
    """`stirs` is added to the shoulders' load at 100 s at once, and taken off again at 399 s."""
    mat = layout(mat_rows)
    step = Shoulders(mat, P)
    for t in range(600):
        grown = 1 + growth * min(1.0, t / 300) + stirs * (100 <= t < 399)
        us = tuple(100 * grown if sensor.zone == "shoulders" else 100.0 for sensor in mat.sensors)
        found = step.step(Load(float(t), us, sum(us), 100.0, (False,) * len(us), True, sum(us), None, 0.0, 0.0, Shape(mat, P)))
        if found is not None:
            return found
    return None


def test_shoulders_that_sink_are_reported_with_four_upper_sensors_only() -> None:
    found = shoulders((4, 2), 0.3)
    assert found is not None
    assert found >= P.shoulders_growth_pct
    assert shoulders((4, 2), 0.03) is None
    assert shoulders((2, 2), 0.3) is None


@pytest.mark.parametrize("stirs", [0.15, -0.15])
def test_what_comes_at_once_is_no_relaxing_and_hides_none(stirs: float) -> None:
    assert shoulders((4, 2), 0.0, stirs=stirs) is None
    assert shoulders((4, 2), 0.3, stirs=stirs) is not None


def mode(
    us: Iterable[float],
    pct: float,
    *,
    confirmed: bool = False,
    breathes: bool | None = False,
    still_s: float = 0.0,
    upright: Mode | None = None,
) -> Mode:
    modes = Modes(MAT, P)
    for t in range(10):
        modes.step(load(float(t), us, pct), confirmed=confirmed, breathes=breathes, still_s=still_s, upright=upright)
    return modes.mode


ROWS = ((1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0.4, 0.6), (0.3, 0.2, 0.2, 0.3))


@pytest.mark.parametrize(
    ("row", "pct", "expected"),
    [
        (0, 15.0, Mode.NECK),
        (0, 90.0, Mode.UNKNOWN),
        (1, 120.0, Mode.UNKNOWN),
        (2, 120.0, Mode.UNKNOWN),
        (3, 90.0, Mode.UNKNOWN),
    ],
)
def test_what_is_loaded_reports_the_mode(row: int, pct: float, expected: Mode) -> None:
    names = MAT.zones
    us = [100 * ROWS[row][names.index(sensor.zone)] for sensor in MAT.sensors if sensor.zone]
    assert mode(us, pct) is expected


@pytest.mark.parametrize("upright", [Mode.SITTING, Mode.STANDING, Mode.UNKNOWN])
@pytest.mark.parametrize("confirmed", [True, False])
def test_somebody_upright_does_not_lie(upright: Mode, confirmed: bool) -> None:
    assert mode(even(0.0), 100.0, confirmed=confirmed, breathes=True, upright=upright) is upright


def test_who_breathes_lies_on_the_back_and_who_long_does_not_has_the_legs_there() -> None:
    us = even(0.0)
    assert mode(us, 100, confirmed=True, breathes=True) is Mode.BACK
    assert mode(us, 100, confirmed=True, breathes=None, still_s=100.0) is Mode.UNKNOWN, "a faint breath may be either's"
    assert mode(us, 100, confirmed=True, still_s=200) is Mode.LEGS
    assert mode(us, 100, confirmed=True, still_s=20) is Mode.UNKNOWN


def test_a_mode_set_by_hand_holds_for_the_session() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.pipeline.set_mode(Mode.NECK)
    drive.person(60)
    assert drive.pipeline.state.mode is Mode.NECK
    drive.empty(30)
    assert [drive.pipeline.state.mode] == [Mode.UNKNOWN]


def test_auto_brings_back_what_the_mat_reports() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(60)
    drive.pipeline.set_mode(Mode.LEGS)
    assert drive.pipeline.state.mode is Mode.LEGS
    drive.pipeline.set_mode(None)
    assert [drive.pipeline.state.mode] == [Mode.BACK]
