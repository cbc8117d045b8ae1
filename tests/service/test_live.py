"""What those who watch are shown, from the whole daemon in its house, and against the published schema."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acumat.coach.screening import QUESTIONS
from acumat.commands.parser import parse_command
from acumat.contract.commands import CommandName
from acumat.contract.state import Condition, MatState
from acumat.feed.feed import Entry, Feed
from acumat.feed.reader import line_of
from acumat.service import live
from acumat.service.turn import Turn
from tests import contract
from tests.chaos.house import House

LINE_MOST_BYTES = 64 << 10


class HandFeed(Feed):
    """Makes each line at once, in the test's thread."""

    def __init__(self) -> None:
        super().__init__(time.monotonic)
        self.on = True
        self.entries = 0
        self.lines: list[dict[str, Any]] = []

    @property
    def watched(self) -> bool:
        return self.on

    def put(self, entry: Entry) -> None:
        self.entries += 1
        document = entry.document()
        if document is not None:
            data = line_of(document)
            assert len(data) < LINE_MOST_BYTES
            self.lines.append(json.loads(data))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.lines if each["kind"] == kind]


class Watched:
    """A house whose daemon is watched by hand."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.feed = HandFeed()

    def start(self) -> None:
        self.house.start()
        self.live: Any = self.house.service._reporting._outputs.live
        self.live._feed = self.feed


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    house = House(tmp_path, monkeypatch)
    yield Watched(house)
    house.close()


def hello(house: House, **arguments: Any) -> dict[str, Any]:
    answers: list[dict[str, Any]] = []
    house.run(CommandName.WATCH, answers.append, **arguments)
    return answers[0]


def live_through(watched: Watched) -> None:
    """A guided session with a symptom, a calibration begun, and the end of the daemon."""
    house = watched.house
    watched.start()
    house.wait(10.0)
    house.ask(CommandName.SCREEN, **dict.fromkeys(QUESTIONS, "no"))
    house.wait(1.0)
    house.lie_down()
    house.wait(90.0)
    house.ask(CommandName.CHECK_IN, calm=3)
    house.ask(CommandName.STATUS)
    house.ask(CommandName.SYMPTOM)
    house.wait(5.0)
    house.get_up()
    house.wait(40.0)
    house.ask(CommandName.CALIBRATE)
    house.wait(3.0)
    house.bus.hung = True
    house.wait(30.0)
    house.stop()


def test_every_line_of_a_whole_story_keeps_the_published_contract(watched: Watched) -> None:
    live_through(watched)
    for line in watched.feed.lines:
        contract.SCHEMA["feed"].validate(line)
        if line["kind"] == "frame":
            contract.state(line["state"])
    frames = watched.feed.of("frame")
    assert {each["state"]["presence"] for each in frames} >= {"empty", "lying", "blind"}
    assert any(each["calibration"] for each in frames)
    assert any("bus" in each["problems"] for each in frames)
    assert all(len(each["loads_us"]) == 4 for each in frames)
    lying = [each for each in frames if each["state"]["presence"] == "lying"]
    assert max(load for each in lying for load in each["loads_us"]) > 20.0


def test_what_is_left_of_the_session_goes_down_with_the_time_on_the_mat(watched: Watched) -> None:
    live_through(watched)
    guided = [each for each in watched.feed.of("frame") if each["session_left_s"] is not None]
    assert len(guided) > 100
    for each in guided:
        assert each["session_left_s"] == pytest.approx(60.0 * each["session_plan_min"] - each["state"]["contact_s"], abs=0.11)


def test_the_events_are_those_of_the_broker_and_in_their_order(watched: Watched) -> None:
    live_through(watched)
    sent = [json.loads(each) for each in watched.house.broker.listened]
    shown = watched.feed.of("event")
    assert [each["event_type"] for each in shown] == [each["event_type"] for each in sent][-len(shown) :]
    keys = ("event_type", "at", "edge_at", "reason", "text")
    assert [[each[key] for key in keys] for each in shown] == [[each[key] for key in keys] for each in sent[-len(shown) :]]


def test_answers_are_shown_but_for_questions_and_what_is_said_of_the_health(watched: Watched) -> None:
    live_through(watched)
    assert [each["name"] for each in watched.feed.of("answer")] == ["symptom", "check_in", "calibrate"]
    whole = json.dumps(watched.feed.lines).lower()
    assert not [word for word in contract.PRIVATE if word in whole]


def test_a_flood_that_is_refused_is_not_shown(watched: Watched) -> None:
    watched.start()
    watched.house.wait(5.0)
    answers = [watched.house.ask(CommandName.TARE) for _ in range(100)]
    busy = sum(each.get("reason") == "busy" for each in answers)
    assert busy > 20
    assert len(watched.feed.of("answer")) <= 100 - busy


def test_nothing_is_made_while_nobody_watches(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def costs(*_: object) -> None:
        raise AssertionError("made for nobody")

    watched.feed.on = False
    watched.start()
    for name in ("frame_document", "event_line_document", "answer_line_document", "calibration_document", "Shown", "partial"):
        monkeypatch.setattr(live, name, costs)
    watched.house.lie_down()
    watched.house.wait(60.0)
    watched.house.ask(CommandName.STOP)
    assert watched.feed.entries == 0
    assert watched.house.service.status()["steps_failed"] == 0


def test_a_line_that_fails_is_left_out_and_counted(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.start()
    watched.house.wait(5.0)
    before = len(watched.feed.of("frame"))
    with monkeypatch.context() as patch:
        patch.setattr(live, "frame_document", lambda *_: 1 / 0)
        watched.house.wait(2.0)
    assert len(watched.feed.of("frame")) == before
    assert watched.house.service.status()["steps_failed"] > 0
    watched.house.wait(2.0)
    assert len(watched.feed.of("frame")) > before


def test_where_detection_has_failed_a_frame_is_shown_all_the_same(watched: Watched) -> None:
    watched.start()
    conditions = {"bus": Condition("failed", "The bus hangs.")}
    watched.live.report(Turn(MatState(), conditions=conditions))
    (frame,) = watched.feed.of("frame")[-1:]
    contract.SCHEMA["feed"].validate(frame)
    assert frame["loads_us"] == []
    assert frame["problems"] == {"bus": {"code": "failed", "text": "The bus hangs."}}


def test_the_first_line_names_mat_layout_and_versions(watched: Watched) -> None:
    watched.start()
    line = hello(watched.house, rate_hz=2.5, correlation="me")
    contract.SCHEMA["feed"].validate(json.loads(line_of(line)))
    assert (line["kind"], line["ok"], line["correlation"], line["rate_hz"]) == ("hello", True, "me", 2.5)
    assert [each["name"] for each in line["layout"]["sensors"]] == ["r1c1", "r1c2", "r2c1", "r2c2"]


@pytest.mark.parametrize("rate_hz", [-1, 21, "5", True, None, [5], 1e300])
def test_a_rate_that_cannot_be_is_refused_with_what_can(watched: Watched, rate_hz: Any) -> None:
    watched.start()
    answer = hello(watched.house, rate_hz=rate_hz)
    assert not answer["ok"]
    assert "kind" not in answer
    assert "rate_hz must be a number from 0 to 20" in answer["text"]


def test_a_broker_may_not_watch(watched: Watched) -> None:
    watched.start()
    watched.house.wait(1.0)
    answers: list[dict[str, Any]] = []
    watched.house.intake.run(parse_command("watch", b"{}"), answers.append)
    assert (answers[0]["ok"], answers[0]["reason"]) == (False, "local_only")
