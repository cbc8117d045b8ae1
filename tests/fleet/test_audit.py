"""Which mats are asked for what: tables, and a mat, a lossy engine and two auditors that heal whatever was lost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.commands.parser import parse_command
from acumat.contract.commands import Command
from acumat.fleet.collect.audit import LONGEST_WAIT_S, Pace, Question, answers_of, due_mats, due_ranges
from acumat.fleet.collect.reading import Response
from acumat.fleet.record.entries import Lacking, MatAnswer
from acumat.fleet.record.numbers import ranges_of

PACE = Pace(settle_s=60.0, every_s=600.0, retry_s=30.0)
NUMBERING = "0a0b0c0d"


def lacking(missing: tuple[tuple[int, int], ...], *, since_s: float = 100.0, **more: Any) -> Lacking:
    return Lacking("mat1", NUMBERING, missing, since_s, **more)


@pytest.mark.parametrize(
    ("missing", "page"),
    [
        (((3, 5),), (3, 5)),
        (((3, 5), (9, 9), (40, 50)), (3, 50)),
        (((3, 5), (502, 502)), (3, 502)),
        (((3, 5), (503, 503)), (3, 5)),
        (((1, 50_000),), (1, 500)),
        (((7, 7), (100, 2_000)), (7, 506)),
    ],
)
def test_a_page_begins_with_the_first_and_has_at_most_500_numbers(
    missing: tuple[tuple[int, int], ...], page: tuple[int, int]
) -> None:
    assert due_ranges([lacking(missing)], PACE) == [Question("mat1", NUMBERING, *page)]


@pytest.mark.parametrize(
    ("since_s", "asked_s", "times_asked", "due"),
    [
        (59.0, None, 0, False),
        (60.0, None, 0, True),
        (100.0, 29.0, 1, False),
        (100.0, 30.0, 1, True),
        (100.0, 29.0, 0, False),
        (100.0, 59.0, 2, False),
        (100.0, 60.0, 2, True),
        (1e6, LONGEST_WAIT_S - 1, 30, False),
        (1e6, LONGEST_WAIT_S, 3000, True),
    ],
)
def test_a_mat_is_asked_once_the_gap_has_settled_and_then_ever_more_seldom(
    since_s: float, asked_s: float | None, times_asked: int, due: bool
) -> None:
    found = due_ranges([lacking(((1, 1),), since_s=since_s, asked_s=asked_s, times_asked=times_asked)], PACE)
    assert bool(found) is due


def test_nothing_missing_asks_for_nothing() -> None:
    assert due_ranges([lacking(())], PACE) == []


def test_mats_are_asked_which_events_they_have_now_and_then() -> None:
    assert due_mats({"new": None, "lately": 599.0, "long ago": 600.0}, PACE) == [Question("new"), Question("long ago")]


@pytest.mark.parametrize("question", [Question("mat1"), Question("mat1", NUMBERING, 3, 502)])
def test_a_mat_understands_the_question(question: Question) -> None:
    command = parse_command("events", question.payload.encode())
    assert isinstance(command, Command), command
    asked = {key: value for key, value in command.arguments.items() if value is not None}
    assert asked == ({} if question.incarnation is None else {"from": f"{NUMBERING}-3", "to": f"{NUMBERING}-502"})


def answer(**document: Any) -> Response:
    usual = {"name": "events", "ok": True, "correlation": "audit", "numbering": NUMBERING, "last_no": 40}
    return Response("mat1", usual | document)


PRESENT = MatAnswer("mat1", NUMBERING, known_last=40)
RANGE = f"audit:{NUMBERING}:3:20"


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"numberings": []}, [PRESENT]),
        (
            {"numberings": [{"numbering": "11112222", "first_no": 8, "last_no": 30, "count": 23}]},
            [PRESENT, MatAnswer("mat1", "11112222", ((1, 7),), 30)],
        ),
        ({"correlation": RANGE, "missing": [[3, 4], [9, 9]]}, [PRESENT, MatAnswer("mat1", NUMBERING, ((3, 4), (9, 9)))]),
        ({"correlation": RANGE, "missing": [[1, 99]]}, [PRESENT, MatAnswer("mat1", NUMBERING, ((3, 20),))]),
        ({"correlation": RANGE, "missing": []}, [PRESENT, MatAnswer("mat1", NUMBERING)]),
        ({"correlation": RANGE, "missing": [[3], [True, 4], ["3", 4], 7]}, [PRESENT, MatAnswer("mat1", NUMBERING)]),
        ({"correlation": RANGE, "missing": "all", "numbering": 7}, [MatAnswer("mat1", NUMBERING)]),
        ({"correlation": RANGE, "ok": False, "reason": "busy"}, []),
        ({"correlation": "cleaning"}, []),
        ({"correlation": None}, []),
        ({"correlation": "audit:x:1:2"}, []),
        ({"name": "status"}, []),
        ({"last_no": -1, "numberings": [3, {"numbering": "x"}]}, []),
        ({"last_no": 10**13, "numberings": [{"numbering": NUMBERING, "first_no": 10**13, "last_no": 1}]}, []),
    ],
)
def test_what_an_answer_says(document: dict[str, Any], found: list[MatAnswer]) -> None:
    assert answers_of(answer(**document)) == found


@dataclass
class Healing:
    """A mat with what it still has, and what the record has of it; questions may be lost on the way, as events may."""

    kept: frozenset[int]
    last_no: int
    received: set[int]
    lost: set[int] = field(default_factory=set)
    known_last: int = 0

    @property
    def missing(self) -> tuple[tuple[int, int], ...]:
        top = max([self.known_last, *self.received], default=0)
        return ranges_of(set(range(1, top + 1)) - self.received - self.lost)

    def ask(self, question: Question, *, arrives: bool, events_arrive: bool) -> None:
        if not arrives:
            return
        document = json.loads(question.payload) | {"name": "events", "ok": True}
        document |= {"numbering": NUMBERING, "last_no": self.last_no}
        if question.incarnation is None:
            ends = {"first_no": min(self.kept, default=0), "last_no": max(self.kept, default=0)}
            document["numberings"] = [{"numbering": NUMBERING, **ends}] if self.kept else []
        else:
            asked = range(question.first, min(question.last, self.last_no) + 1)
            document["missing"] = [[each, each] for each in asked if each not in self.kept]
            if events_arrive:
                self.received |= self.kept & set(asked)
        for each in answers_of(Response("mat1", document)):
            self.known_last = max(self.known_last, each.known_last)
            self.lost |= {number for first, last in each.lost for number in range(first, last + 1)} - self.received


some = st.frozensets(st.integers(1, 1200), max_size=60)


@given(some, some, st.integers(0, 1200), st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_every_loss_heals_or_is_named(
    gone: frozenset[int], arrived: frozenset[int], last_no: int, luck: list[tuple[bool, bool]]
) -> None:
    published = frozenset(range(1, last_no + 1))
    mat = Healing(published - gone, last_no, set(published & arrived))
    for arrives, events_arrive in [*luck, *[(True, True)] * (last_no // 500 + 2)]:
        mat.ask(Question("mat1"), arrives=arrives, events_arrive=events_arrive)
        for question in due_ranges([lacking(mat.missing)], PACE):
            assert question.last - question.first < 500
            mat.ask(question, arrives=arrives, events_arrive=events_arrive)
    assert mat.missing == ()
    assert mat.received >= mat.kept
    assert mat.received | mat.lost == published
    assert not mat.lost & mat.kept
