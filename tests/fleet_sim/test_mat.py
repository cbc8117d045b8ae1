"""One simulated mat: its documents are the contract's, its numbers have no gaps, and it sends again what is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.commands.events_table import PAGE_MOST
from acumat.commands.parser import parse_command
from acumat.contract.commands import Command
from acumat.contract.events import EventType
from acumat.mqtt.topics import Topics
from acumat_fleet_sim.mat import SimulatedMat, number_of
from acumat_fleet_sim.requested import answer
from acumat_fleet_sim.story import Habits
from tests.contract import SCHEMA

DAY_S = 86_400.0
WINDOW = 20


def mat(seed: str = "1/mat0001", *, kept: int = 5000) -> SimulatedMat:
    topics = Topics("acumat", "mat0001", "homeassistant")
    return SimulatedMat(topics, seed=seed, habits=Habits(), zero_s=1_790_000_000.0, kept=kept)


def ask(asked: SimulatedMat, **arguments: str) -> dict[str, Any]:
    command = parse_command("events", json.dumps(arguments).encode() if arguments else b"")
    assert isinstance(command, Command)
    document = answer(asked, command)
    SCHEMA["response"].validate(document)
    return document


def sent_in_turn(asked: SimulatedMat, now_s: float = 0.0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Everything that the mat sends, the oldest acknowledged before more is sent."""
    under_way: list[int] = []
    while True:
        for number, payload in asked.due(set(under_way), WINDOW, now_s):
            under_way.append(number)
            yield number, json.loads(payload)
        if not under_way:
            return
        asked.on_acknowledged(under_way.pop(0))


@pytest.mark.parametrize("seed", ["1/mat0001", "2/mat0001", "3/mat0007"])
def test_every_document_of_a_week_is_one_of_the_contract(seed: str) -> None:
    living = mat(seed)
    events = []
    while living.next_story_s < 7 * DAY_S:
        for topic in living.live(living.next_story_s, 0.0):
            leaf = topic.rpartition("/")[2]
            SCHEMA[leaf].validate(json.loads(living.document(topic)))
        events += [document for _, document in sent_in_turn(living)]
    for event in events:
        SCHEMA["event"].validate(event)
    assert [number_of(event["id"]) for event in events] == list(range(1, len(events) + 1))
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    kinds = {event["event_type"] for event in events}
    assert kinds >= {EventType.SESSION_STARTED, EventType.SESSION_ENDED, EventType.SENSOR_FAILED, EventType.LOPSIDED_ENDED}
    ended = [event["session_id"] for event in events if event["event_type"] == EventType.SESSION_ENDED]
    assert len(ended) == len(set(ended)) > 50


def test_a_seed_decides_everything() -> None:
    def payloads(seed: str) -> list[str]:
        living = mat(seed)
        living.live(5 * DAY_S, 0.0)
        return list(living.history.values())

    assert payloads("1/mat0001") == payloads("1/mat0001") != payloads("2/mat0001")


def test_an_event_that_waited_is_late() -> None:
    living = mat()
    living.live(living.next_story_s, 100.0)
    while not living.outbox:
        living.live(living.next_story_s, 100.0)
    assert [json.loads(payload)["late"] for _, payload in living.due(set(), WINDOW, 105.0)] == [False]
    assert [json.loads(payload)["late"] for _, payload in living.due(set(), WINDOW, 111.0)] == [True]


def test_what_is_asked_for_comes_again_with_the_same_ids_behind_what_is_new() -> None:
    living = mat()
    living.live(2 * DAY_S, 0.0)
    first = list(sent_in_turn(living))
    said = ask(living, **{"from": living.event_id(3), "to": living.event_id(9)})
    assert (said["ok"], said["count"], said["first_id"], said["last_id"]) == (
        True,
        7,
        living.event_id(3),
        living.event_id(9),
    )
    assert (said["more"], said["missing"], said["last_no"]) == (False, [], living.last_number)
    before = living.last_number
    while living.last_number == before:
        living.live(living.next_story_s, 0.0)
    again = list(sent_in_turn(living))
    new = [number for number, _ in again if number > before]
    assert [number for number, _ in again] == [*new, *range(3, 10)]
    assert [document for number, document in again if number <= before] == [
        {**document, "late": True} for number, document in first if 3 <= number <= 9
    ]


def test_what_is_sent_again_leaves_half_of_the_window_free() -> None:
    living = mat()
    living.live(10 * DAY_S, 0.0)
    list(sent_in_turn(living))
    ask(living, after=living.event_id(0))
    under_way = {number for number, _ in living.due(set(), WINDOW, 0.0)}
    assert len(under_way) == WINDOW // 2
    assert living.due(under_way, WINDOW, 0.0) == []
    before = living.last_number
    while living.last_number == before:
        living.live(living.next_story_s, 0.0)
    assert [number for number, _ in living.due(under_way, WINDOW, 0.0)] == [*range(before + 1, living.last_number + 1)]


def test_a_long_range_is_read_page_by_page() -> None:
    living = mat()
    living.live(8 * DAY_S, 0.0)
    list(sent_in_turn(living))
    assert living.last_number > 2 * PAGE_MOST
    got, after = [], living.event_id(0)
    while True:
        said = ask(living, after=after)
        assert said["count"] <= PAGE_MOST
        got += [number for number, _ in sent_in_turn(living)]
        if not said["more"]:
            break
        after = said["last_id"]
    assert got == list(range(1, living.last_number + 1))


def test_a_full_queue_is_busy() -> None:
    living = mat()
    living.live(8 * DAY_S, 0.0)
    list(sent_in_turn(living))
    ask(living, after=living.event_id(0))
    assert ask(living, after=living.event_id(PAGE_MOST))["reason"] == "busy"


@given(first=st.integers(1, 400), length=st.integers(0, 400))
def test_what_is_gone_is_named(first: int, length: int) -> None:
    living = mat(kept=50)
    living.live(2 * DAY_S, 0.0)
    list(sent_in_turn(living))
    last = min(first + length, living.last_number)
    said = ask(living, **{"from": living.event_id(first), "to": living.event_id(first + length)})
    named = [number for low, high in said["missing"] for number in range(low, high + 1)]
    got = [number for number, _ in sent_in_turn(living)]
    assert named + got == list(range(first, last + 1))


@pytest.mark.parametrize(
    "arguments",
    [
        {"after": "1f2e3d4c-1", "from": "1f2e3d4c-1"},
        {"after": "nonsense"},
        {"after": "1f2e3d4c-x"},
        {"from": "1f2e3d4c-1", "to": "2f2e3d4c-1"},
    ],
)
def test_a_range_that_is_none_is_refused(arguments: dict[str, str]) -> None:
    said = ask(mat(), **arguments)
    assert (said["ok"], said["reason"]) == (False, "bad_value")


def test_without_a_range_it_says_what_there_is() -> None:
    living = mat(kept=50)
    assert ask(living)["numberings"] == []
    living.live(4 * DAY_S, 0.0)
    (only,) = ask(living)["numberings"]
    last = living.last_number
    assert only == {"numbering": living.numbering, "first_no": last - 49, "last_no": last, "count": 50}


def test_nothing_else_is_done() -> None:
    command = parse_command("tare", b"PRESS")
    assert isinstance(command, Command)
    assert answer(mat(), command)["ok"] is False
