"""Lives that once went wrong, told step by step, and an hour of memory."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from tests.chaos.house import House
from tests.chaos.memory import held
from tests.chaos.verdict import judge


def reported(house: House, event_type: str) -> list[str]:
    return [event["session_id"] for each in house.broker.listened if (event := json.loads(each))["event_type"] == event_type]


def test_a_session_gone_on_with_and_closed_at_once_is_not_closed_again_by_the_next_start(house: House) -> None:
    house.lie_down()
    house.wait(60)
    house.kill()
    house.wait(150)
    house.start()
    house.wait(3)
    assert len(reported(house, "session_ended")) == 1
    house.cut_power(dark_s=5, wrong_by_s=0.0)
    house.start()
    house.set_clock()
    house.wait(70)
    assert len(reported(house, "session_ended")) == 1
    assert len(reported(house, "session_started")) == 2


def test_visits_that_nothing_disturbs_are_as_long_as_they_were(house: House) -> None:
    """What the state machine sees too seldom, since it seldom leaves anybody in peace."""
    house.wait(40.0)
    for number in range(12):
        house.lie_down()
        house.wait(70.0 + 11.3 * number)
        house.get_up()
        house.wait(40.0)
    verdict = judge(house.lyings, [stored.span for stored in house.sessions()], house.unwatched, house.forgotten)
    assert (verdict.lyings, verdict.sessions, verdict.undisturbed, verdict.faults) == (12, 12, 12, 0), verdict


@pytest.mark.parametrize("how", ["killed", "power"])
def test_who_lay_there_in_a_boot_without_a_clock_has_a_session_whatever_ends_it_before_anybody_knows(
    house: House, how: str
) -> None:
    house.lie_down()
    house.wait(70)
    house.cut_power(dark_s=20, wrong_by_s=-3e7)
    house.start()
    lay_s = house.clock.now_s
    house.wait(70)
    ended_s = house.clock.now_s
    if how == "killed":
        house.kill()
    else:
        house.cut_power(dark_s=20, wrong_by_s=-3e7)
    house.get_up()
    house.wait(5)
    house.start()
    house.wait(150)
    first, second = house.sessions()
    assert (first.recovered, second.recovered) == (True, True)
    assert lay_s <= second.span.start_s <= lay_s + 5.0
    assert ended_s - 30.0 <= second.span.end_s <= ended_s
    assert reported(house, "session_started") == reported(house, "session_ended") == [first.session_id, second.session_id]
    house.set_clock()
    house.wait(5)
    with house.history() as db:
        dated = db.execute("SELECT dated FROM session ORDER BY number").fetchall()
    assert dated == [(1,), (int(how == "killed"),)], "what another boot wrote without a clock stays undated"


def test_who_stays_through_a_cut_a_boot_without_a_clock_and_a_kill_loses_nothing(house: House) -> None:
    house.lie_down()
    house.wait(70)
    house.cut_power(dark_s=20, wrong_by_s=-3e7)
    house.start()
    booted_s = house.clock.now_s
    house.wait(70)
    house.kill()
    house.wait(5)
    house.start()
    house.wait(60)
    house.get_up()
    left_s = house.clock.now_s
    house.wait(40)
    first, second = house.sessions()
    assert (first.recovered, second.recovered) == (True, False)
    assert second.span.start_s - booted_s <= 5.0
    assert second.span.end_s == pytest.approx(left_s, abs=3.0)


@pytest.mark.parametrize("how", ["killed", "power"])
def test_a_session_is_closed_even_if_no_start_lives_long_and_no_clock_is_ever_set(house: House, how: str) -> None:
    house.lie_down()
    house.wait(70)
    house.get_up()
    house.wait(0.5)
    house.cut_power(dark_s=5, wrong_by_s=-3e7)
    starts = 0
    while not house.sessions():
        house.start()
        starts += 1
        house.wait(5)
        if how == "killed":
            house.kill()
            house.wait(10)
        else:
            house.cut_power(dark_s=5, wrong_by_s=-3e7)
        assert starts < 12
    assert len(reported(house, "session_ended")) == 1


def test_what_memory_alone_knew_is_reported_but_once_and_stored_when_the_disk_is_back(house: House) -> None:
    house.break_disk()
    house.lie_down()
    house.wait(60)
    house.get_up()
    house.wait(40)
    assert len(reported(house, "session_ended")) == 1
    house.mend_disk()
    house.wait(35)
    ids = [json.loads(each)["id"] for each in house.broker.listened]
    assert len(ids) == len(set(ids))
    assert len(house.sessions()) == 1
    with house.history() as db:
        assert db.execute("SELECT COUNT(*) FROM event").fetchone() == (len(ids),)
        assert db.execute("SELECT COUNT(*) FROM outbox").fetchone() == (0,)


def test_two_hours_with_a_visit_an_outage_and_a_failing_disk_in_each_leave_nothing_behind(tmp_path: Path) -> None:
    logging.disable()
    try:
        first, second = held(tmp_path, 2)
    finally:
        logging.disable(logging.NOTSET)
    assert second[0] - first[0] < 3000, "blocks of memory that an hour left behind"
