"""Coming and going are reported against what this very person rests on each sensor."""

from __future__ import annotations

import math

import pytest

from acumat.contract.events import Event, EventType
from tests.detect.harness import PipelineHarness, one, types

T = EventType
HEAD, FOOT = 4, 4
"""A 4 x 2 layout has four sensors on the head's half and four on the foot's."""


def lie(drive: PipelineHarness, *, us: float = 150.0) -> None:
    drive.empty(8)
    drive.person(60, us=us)
    assert T.SESSION_STARTED in types(drive.events)


@pytest.mark.parametrize("us", [60.0, 150.0, 900.0])
@pytest.mark.parametrize(("left", "gone"), [(0.8, False), (0.5, False), (0.4, False), (0.28, True), (0.1, True)])
def test_light_or_heavy_getting_up_is_a_third_of_ones_own_load(us: float, left: float, gone: bool) -> None:
    drive = PipelineHarness()
    lie(drive, us=us)
    events = drive.go(3, lambda _: [us * left] * 8)
    assert (T.GOT_UP in types(events)) is gone


def test_who_sits_up_has_got_up_though_the_hips_bear_more_than_before() -> None:
    drive = PipelineHarness()
    lie(drive)
    began_s = drive.t_s
    events = drive.go(20, lambda _: [0.5] * HEAD + [300.0] * FOOT)
    got_up = one(events, T.GOT_UP)
    assert got_up.t_mono_s - began_s < 2.0
    assert got_up.edge_mono_s == pytest.approx(began_s, abs=0.3)
    assert drive.presence == "contact"
    assert T.LYING_STARTED not in types(events)


def test_hips_lifted_are_no_getting_up() -> None:
    drive = PipelineHarness()
    lie(drive)
    assert T.GOT_UP not in types(drive.go(20, lambda _: [200.0] * HEAD + [0.5] * FOOT))


@pytest.mark.parametrize(("heave_s", "gone"), [(0.5, False), (0.9, False), (2.0, True)])
def test_the_heave_of_turning_over_is_no_getting_up(heave_s: float, gone: bool) -> None:
    drive = PipelineHarness()
    lie(drive)
    drive.go(heave_s, lambda _: [5.0] * 8)
    drive.person(20, rise_s=0.01)
    assert (T.GOT_UP in types(drive.events)) is gone
    assert drive.presence == "lying"


def test_creep_by_a_sixth_and_slow_shifts_are_followed() -> None:
    drive = PipelineHarness()
    lie(drive)
    drive.go(1200, lambda t_s: [150.0 * (1 - 0.7 * t_s / 1200)] * 8)
    assert T.GOT_UP not in types(drive.events)


def test_one_sensor_at_its_end_for_ten_seconds_makes_nobody_get_up() -> None:
    drive = PipelineHarness()
    lie(drive)
    drive.go(10, lambda _: [1e5] + [150.0] * 7)
    drive.person(20, rise_s=0.01)
    assert T.GOT_UP not in types(drive.events)


def test_a_lost_chip_is_no_getting_up_and_getting_up_is_still_seen_without_it() -> None:
    drive = PipelineHarness()
    lie(drive)
    assert T.GOT_UP not in types(drive.go(10, lambda _: [150.0] * 8, lost=frozenset(range(4))))
    assert T.GOT_UP in types(drive.go(5, lambda _: [0.5] * 8, lost=frozenset(range(4))))


def test_the_session_begins_where_a_third_of_the_own_load_came_on_however_slowly() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    came_s = drive.t_s
    drive.person(60, us=900.0, rise_s=6.0)
    began = one(drive.events, T.SESSION_STARTED)
    assert began.edge_mono_s == pytest.approx(came_s + 2.0, abs=0.3)


def test_getting_up_is_reported_before_the_contact_has_ended() -> None:
    drive = PipelineHarness()
    lie(drive)
    reported = types(drive.empty(5))
    assert reported.index(T.GOT_UP) < reported.index(T.CONTACT_ENDED)


def test_sensors_that_all_stand_at_their_end_for_a_moment_leave_no_lying_behind() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.go(4, lambda _: [1e6] * 8)
    drive.empty(10)
    assert drive.presence == "empty"
    assert types(drive.events).count(T.LYING_STARTED) == types(drive.events).count(T.LYING_WITHDRAWN)


def recovering(drive: PipelineHarness, seconds: float, *, paw_us: float = 0.0, cover_us: float = 0.0) -> list[Event]:
    """What a person of five minutes leaves behind, and a paw on two sensors; a cover presses all of them."""

    def course(t_s: float) -> list[float]:
        left = 0.5 + cover_us + 40.0 * math.log1p(300.0 / (t_s + 1.0)) / math.log1p(300.0)
        return [left + paw_us * (1 + 0.01 * math.log10(1 + t_s))] * 2 + [left] * 6

    return drive.go(seconds, course)


def test_a_contact_that_only_recovers_has_ended_when_the_person_left() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(300)
    left_s = drive.t_s
    recovering(drive, 120)
    ended = one(drive.events, EventType.CONTACT_ENDED)
    assert ended.t_mono_s - left_s < 25.0
    assert ended.edge_mono_s is not None
    assert ended.edge_mono_s == pytest.approx(left_s, abs=3.0)
    got_up = one(drive.events, EventType.GOT_UP).edge_mono_s
    assert got_up is not None
    assert ended.edge_mono_s >= got_up
    assert drive.presence == "empty"
    drive.person(60)
    assert types(drive.events).count(EventType.SESSION_STARTED) == 2, "who comes next is found as ever"


@pytest.mark.parametrize("paw_us", [60.0, 100.0])
def test_who_stays_when_the_person_leaves_is_in_contact(paw_us: float) -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(300)
    recovering(drive, 300, paw_us=paw_us)
    assert EventType.CONTACT_ENDED not in types(drive.events)
    assert drive.presence == "contact"


def test_a_paw_hidden_in_what_recovers_shows_when_that_is_gone() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(300)
    recovering(drive, 900, paw_us=34.0)
    assert drive.presence == "contact"


def test_after_the_first_power_up_with_somebody_there_a_cover_that_presses_becomes_the_empty_mat() -> None:
    drive = PipelineHarness()
    drive.person(300, us=400.0, rise_s=0.01)
    left_s = drive.t_s
    recovering(drive, 120, cover_us=60.0)
    assert drive.presence == "empty"
    assert one(drive.events, EventType.CONTACT_ENDED).t_mono_s - left_s < 60.0
    drive.person(60, us=460.0)
    assert types(drive.events).count(EventType.SESSION_STARTED) == 2
