"""The breathing pacer: how slow it may be, when it leads, and what pauses and ends it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

import pytest

from acumat.coach.moment import Stamp
from acumat.coach.pace import OWN_SHARE, SLOWEST_PER_MIN, Pace, slower_s
from acumat.coach.pacer import FREE_S, STILL_S
from acumat.coach.rules import Rules
from acumat.coach.serialisation import from_text, to_text
from acumat.contract.commands import CommandName
from acumat.contract.events import EventType
from tests.coach.world import World

GRAIN_S = 0.5
LED = Rules(pacer=True)
ERROR_S = 0.05
"""So far from its time a breath of the pacer may begin."""


@dataclass
class Breather(World):
    """Somebody who lies still or not and breathes at a rate that the mat sees or not."""

    still: bool | None = True
    per_min: float | None = 14.0
    dozes: bool | None = None

    def lie(self, seconds: float) -> Breather:
        for _ in range(round(seconds / GRAIN_S)):
            self.t_s += GRAIN_S
            self.lying["contact_s"] += GRAIN_S
            self._feel()
            self.frame()
        return self

    def _feel(self) -> None:
        super()._feel()
        self.mat = replace(self.mat, still=self.still, breaths_per_min=self.per_min, possible_doze=self.dozes)

    @property
    def pacing(self) -> list[tuple[str, str, float]]:
        """Type, reason and second after lying down of what the pacer has reported."""
        found = self.events(EventType.PACER_STARTED, EventType.PACER_STOPPED)
        return [(each.event.event_type.value, each.event.reason, each.t_s - self.lain_s) for each in found]

    lain_s: float = 0.0

    def begin(self) -> Breather:
        self.lain_s = self.t_s
        self.lie_down()
        return self


def led(rules: Rules = LED) -> Breather:
    breather = Breather(rules=rules)
    breather.screened()
    return breather.begin()


STARTED = ("pacer_started", "still", FREE_S)


@pytest.mark.parametrize(
    ("own_per_min", "period_s"), [(14.0, 4.8), (25.0, 2.7), (12.0, 5.6), (6.7, 10.0), (6.1, 10.0), (6.0, None), (4.7, None)]
)
def test_the_pace_is_nine_tenths_of_the_own_rate(own_per_min: float, period_s: float | None) -> None:
    assert slower_s(own_per_min) == period_s


def test_of_ten_thousand_rates_no_pace_is_below_six_a_minute_or_faster_than_the_person() -> None:
    for own_per_min in (0.006 * case for case in range(1, 10_001)):
        period_s = slower_s(own_per_min)
        if period_s is None:
            assert own_per_min <= SLOWEST_PER_MIN
            continue
        assert SLOWEST_PER_MIN <= 60.0 / period_s < own_per_min
        assert 60.0 / period_s <= max(SLOWEST_PER_MIN, OWN_SHARE * own_per_min) + 1e-9
        assert period_s * 10.0 == pytest.approx(round(period_s * 10.0))


@pytest.mark.parametrize("period_s", [2.7, 4.8, 10.0])
def test_over_twenty_minutes_no_breath_begins_more_than_50_ms_from_its_time(period_s: float) -> None:
    pace, random = Pace(period_s, 1234.5), Random(2)
    inhaled, began_s = False, list[float]()
    for turn in range(12_000):
        now_s = 1234.5 + 0.1 * turn + random.uniform(-0.02, 0.02)
        if pace.breathes_in(now_s) and not inhaled:
            began_s.append(now_s)
        inhaled = pace.breathes_in(now_s)
    assert len(began_s) == pytest.approx(1200.0 / period_s, abs=1)
    assert max(abs(at_s - 1234.5 - breath * period_s) for breath, at_s in enumerate(began_s)) <= ERROR_S


@pytest.mark.parametrize(("at_s", "breathes_in"), [(0.0, True), (2.9, True), (3.0, False), (9.9, False), (10.0, True)])
def test_three_tenths_of_a_breath_go_in(at_s: float, breathes_in: bool) -> None:
    assert Pace(10.0, 50.0).breathes_in(50.0 + at_s) is breathes_in


def test_it_is_off_unless_somebody_asks_for_it() -> None:
    assert led(Rules()).lie(590).pacing == []


def test_it_leads_after_three_minutes_until_the_plan_is_over() -> None:
    breather = led().lie(700)
    assert breather.pacing == [STARTED, ("pacer_stopped", "over", 600.0)]
    assert breather.events(EventType.PACER_STARTED)[0].event.numbers["per_min"] == 12.5


def test_whoever_is_not_guided_is_not_led() -> None:
    assert Breather(rules=LED).begin().lie(590).pacing == []


def test_a_movement_pauses_it_at_once_and_the_pace_stays_that_of_the_session() -> None:
    breather = led().lie(250)
    breather.still = False
    breather.lie(5)
    breather.still, breather.per_min = True, 12.0
    breather.lie(200)
    again = ("pacer_started", "still", 255.0 + STILL_S + GRAIN_S)
    assert breather.pacing == [STARTED, ("pacer_stopped", "moved", 250.0 + GRAIN_S), again]
    assert {each.event.numbers["per_min"] for each in breather.events(EventType.PACER_STARTED)} == {12.5}


def test_half_a_minute_of_stillness_begins_anew_with_each_movement() -> None:
    breather = led().lie(170)
    breather.still = None
    breather.lie(10)
    breather.still = True
    assert breather.lie(STILL_S).pacing == []
    assert len(breather.lie(1).pacing) == 1


def test_a_breath_that_is_not_seen_pauses_it() -> None:
    breather = led().lie(250)
    breather.per_min = None
    assert breather.lie(100).pacing[1:] == [("pacer_stopped", "breath_unseen", 250.0 + GRAIN_S)]


def test_somebody_who_may_doze_is_not_led() -> None:
    breather = led()
    breather.dozes = True
    assert breather.lie(300).pacing == []
    breather.dozes = False
    assert len(breather.lie(1).pacing) == 1


def test_somebody_who_breathes_slowly_is_not_led() -> None:
    breather = led()
    breather.per_min = 5.5
    assert breather.lie(590).pacing == []


@pytest.mark.parametrize("command", [CommandName.STOP, CommandName.SYMPTOM])
def test_what_ends_the_guidance_ends_it(command: CommandName) -> None:
    breather = led().lie(250)
    breather.ask(command)
    assert breather.lie(1).pacing[1:] == [("pacer_stopped", "over", 250.0 + GRAIN_S)]
    assert len(breather.lie(300).pacing) == 2


def test_a_guest_is_not_led() -> None:
    breather = led().lie(250)
    breather.guest = True
    assert breather.lie(1).pacing[1:] == [("pacer_stopped", "over", 250.0 + GRAIN_S)]


def test_getting_up_ends_it_and_the_next_session_finds_a_pace_of_its_own() -> None:
    breather = led().lie(250)
    breather.get_up()
    breather.wait(9 * 3600)
    breather.per_min = 20.0
    breather.begin().lie(250)
    assert [each.event.numbers.get("per_min") for each in breather.events(EventType.PACER_STARTED)] == [12.5, 17.65]
    assert breather.state.pacer is not None
    assert breather.state.pacer.session_id == breather.lying["id"]


def test_another_session_that_follows_at_once_waits_for_its_own_time() -> None:
    breather = led().lie(250)
    session_id, guide = breather.lie_down(), breather.state.guide
    assert guide is not None
    breather.state = replace(breather.state, guide=replace(guide, session_id=session_id))
    assert breather.lie(FREE_S - 1).pacing == [STARTED, ("pacer_stopped", "over", 250.0 + GRAIN_S)]
    breather.lie(2)
    assert breather.events(EventType.PACER_STARTED)[-1].event.numbers["session_id"] == session_id


def test_it_is_not_stored_and_a_restart_begins_it_anew() -> None:
    breather = led().lie(250)
    assert breather.state.pacer is not None
    assert "pacer" not in to_text(breather.state, Stamp.at(breather.now()))
    assert from_text(to_text(breather.state)).pacer is None
    assert breather.state.stored.pacer is None
