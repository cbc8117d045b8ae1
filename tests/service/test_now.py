"""What a person sees at a glance: the sentence, and times that stay where they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from acumat.contract.now import NOW_KEYS, Advice
from acumat.contract.state import MatState, Presence
from acumat.service.now import Now
from acumat.service.turn import Turn
from acumat.words import LANGUAGES, mat_words
from tests.coach.test_advice import EMPTY, READY
from tests.contract import SCHEMA

START_WALL_S = 1.8e9


class Watch:
    """The time of day as somebody sets it; None: not known."""

    def __init__(self) -> None:
        self.wall_s: float | None = START_WALL_S

    def wall(self) -> float | None:
        return self.wall_s


def lying(seconds: float, lifted_s: float = 0.0) -> Turn:
    mat = MatState(
        Presence.LYING, confirmed=True, lopsided=False, session_id="a", session_s=seconds, contact_s=seconds - lifted_s
    )
    return Turn(mat, calibrated=True)


def shown(now: Now, turn: Turn, *, plan_min: int | None = 10, paused: bool = False, **routine: Any) -> dict[str, Any]:
    return now.document(turn, READY | {"situation": "guided"} | routine, paused=paused, plan_min=plan_min)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def now(watch: Watch) -> Now:
    return Now(mat_words("en", "advice"), watch.wall)


def test_a_session_begins_once_and_its_end_moves_by_the_time_that_somebody_was_up(now: Now, watch: Watch) -> None:
    seen = []
    for second in range(300):
        watch.wall_s = START_WALL_S + second
        seen.append(shown(now, lying(second + 0.049 * (second % 2))))
    assert {each["started_at"] for each in seen} == {"2027-01-15T08:00:00.000Z"}
    assert {each["ends_at"] for each in seen} == {"2027-01-15T08:10:00.000Z"}
    watch.wall_s = START_WALL_S + 315
    lifted = shown(now, lying(315.0, lifted_s=15.0))
    assert (lifted["started_at"], lifted["ends_at"]) == ("2027-01-15T08:00:00.000Z", "2027-01-15T08:10:15.000Z")
    watch.wall_s = START_WALL_S + 900
    over = shown(now, lying(900.0, lifted_s=15.0), situation="over_time")
    assert (over["advice"], over["ends_at"]) == (Advice.OVER_TIME, "2027-01-15T08:10:15.000Z")


@pytest.mark.parametrize("presence", [Presence.EMPTY, Presence.CONTACT, Presence.BLIND])
def test_times_stay_while_nobody_is_seen_to_lie_there(now: Now, watch: Watch, presence: Presence) -> None:
    before = shown(now, lying(60.0))
    up = lying(60.0)
    up = replace(up, state=replace(up.state, presence=presence))
    for second in range(1, 20):
        watch.wall_s = START_WALL_S + second
        seen = shown(now, up, plan_min=9 + second % 2)  # something else changes
        assert (seen["started_at"], seen["ends_at"]) == (before["started_at"], before["ends_at"])
    watch.wall_s = START_WALL_S + 20
    back = shown(now, lying(80.0, lifted_s=20.0))
    assert (back["started_at"], back["ends_at"]) == (before["started_at"], "2027-01-15T08:09:20.000Z")


def test_a_session_that_goes_on_after_a_restart_has_no_times_before_somebody_is_seen(now: Now) -> None:
    blind = lying(60.0)
    blind = replace(blind, state=replace(blind.state, presence=Presence.BLIND))
    assert shown(now, blind)["started_at"] is None
    assert shown(now, lying(90.0))["started_at"] == "2027-01-15T07:58:30.000Z"


def test_without_a_session_or_a_known_date_there_are_no_times(now: Now, watch: Watch) -> None:
    shown(now, lying(5.0))
    after = shown(now, Turn(EMPTY, calibrated=True), situation="ready", plan_min=None)
    assert (after["started_at"], after["ends_at"]) == (None, None)
    watch.wall_s = None
    unknown = shown(now, lying(6.0))
    assert (unknown["started_at"], unknown["ends_at"]) == (None, None)


def test_the_same_object_is_given_while_nothing_changes(now: Now, watch: Watch) -> None:
    first = shown(now, lying(5.0))
    watch.wall_s = START_WALL_S + 2
    assert shown(now, lying(7.0)) is first
    assert shown(now, replace(lying(7.0), alarming=True)) is not first


def test_what_holds_for_everything_that_advice_depends_on_is_looked_at(now: Now) -> None:
    """A change of each input alone is seen in the very next document."""
    empty = Turn(EMPTY, calibrated=True)
    assert shown(now, empty)["advice"] is Advice.READY
    assert shown(now, replace(empty, calibrated=False))["advice"] is Advice.CALIBRATE
    assert shown(now, replace(empty, calibrating=True))["advice"] is Advice.CALIBRATING
    assert shown(now, empty, paused=True)["advice"] is Advice.PAUSED
    assert shown(now, empty, done_today=True)["advice"] is Advice.DONE_TODAY
    assert shown(now, replace(empty, state=MatState()))["advice"] is Advice.STARTING
    assert shown(now, replace(empty, state=MatState(reason="bus")))["advice"] is Advice.BLIND
    side = replace(lying(5.0).state, lopsided=True, lateral=40.0)
    assert shown(now, Turn(side))["advice"] is Advice.SHIFT_RIGHT
    assert shown(now, Turn(replace(side, lateral=-40.0)))["advice"] is Advice.SHIFT_LEFT


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_advice_has_a_sentence_that_fits_what_home_assistant_shows(language: str, watch: Watch) -> None:
    words = mat_words(language, "advice")
    assert list(words) == [each.value for each in Advice]
    made = Now(words, watch.wall).document(Turn(EMPTY, calibrated=True), READY, paused=False, plan_min=None)
    assert tuple(made) == NOW_KEYS
    assert str(READY["planned_min"]) in made["text"]
    for each in Advice:
        SCHEMA["now"].validate(made | {"advice": each, "text": words[each]})
