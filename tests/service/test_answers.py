"""Answers wait for the disk: given once it confirms, with a warning when it does not, and never held for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from acumat.service.answers import HOLD_S, NOT_STORED, WAITING_MOST, Answers
from acumat.service.inbox import LoopCall
from tests.hw.bench import JumpingClock

Then = Callable[[bool], None]


class Bench:
    """A disk that confirms when the test says so, and a loop that runs what is enqueued."""

    def __init__(self) -> None:
        self.clock = JumpingClock()
        self.written: list[Then] = []
        self.stored: list[Then] = []
        self.due: list[LoopCall] = []
        self.given: list[dict[str, Any]] = []
        self.answers = Answers(
            written=self.written.append,
            stored=self.stored.append,
            enqueue=self.due.append,
            monotonic=self.clock.monotonic,
        )

    def change(self, name: str, *, safety: bool = False) -> None:
        self.answers.hold({"name": name, "reason": "ok", "text": "Done."}, self.given.append, safety=safety)

    def confirm(self, who: list[Then], *, stored: bool) -> None:
        who.pop(0)(stored)
        while self.due:
            self.due.pop(0).act()

    @property
    def reasons(self) -> list[tuple[str, str]]:
        return [(each["name"], each["reason"]) for each in self.given]


@pytest.mark.parametrize(("stored", "reason"), [(True, "ok"), (False, "not_stored")])
def test_a_change_is_answered_after_the_frame_that_wrote_it_once_the_disk_says_what_became_of_it(
    stored: bool, reason: str
) -> None:
    bench = Bench()
    bench.change("guest")
    assert (bench.written, bench.answers.waiting) == ([], 1), "it enters the history with the next frame"
    bench.answers.follow()
    assert bench.given == []
    bench.confirm(bench.written, stored=stored)
    assert bench.reasons == [("guest", reason)]
    assert (NOT_STORED in bench.given[0]["text"]) is not stored
    assert bench.answers.waiting == 0


def test_what_protects_asks_its_own_file_at_once_and_says_nothing_of_the_history() -> None:
    bench = Bench()
    bench.change("guest")
    bench.change("symptom", safety=True)
    bench.answers.follow()
    bench.confirm(bench.stored, stored=True)
    assert bench.reasons == [("symptom", "ok")]
    assert bench.answers.unconfirmed == 1, "the guest switch is still not on disk"
    bench.confirm(bench.written, stored=True)
    assert bench.answers.unconfirmed == 0


def test_a_change_that_the_disk_does_not_confirm_stays_unconfirmed() -> None:
    bench = Bench()
    bench.change("guest")
    bench.answers.follow()
    bench.confirm(bench.written, stored=False)
    assert bench.answers.unconfirmed == 1


@pytest.mark.parametrize(("waited_s", "given"), [(HOLD_S - 0.1, []), (HOLD_S, [("guest", "not_stored")])])
def test_no_answer_waits_longer_than_who_asked(waited_s: float, given: list[tuple[str, str]]) -> None:
    bench = Bench()
    bench.change("guest")
    bench.answers.follow()
    bench.clock.sleep(waited_s)
    bench.answers.follow()
    assert bench.reasons == given
    bench.confirm(bench.written, stored=True)
    assert len(bench.given) == 1, "and none is given twice"


def test_beyond_so_many_an_answer_comes_at_once_and_says_that_it_is_not_stored() -> None:
    bench = Bench()
    for number in range(WAITING_MOST + 1):
        bench.change(str(number))
    assert bench.reasons == [(str(WAITING_MOST), "not_stored")]


def test_at_the_end_every_answer_is_given() -> None:
    bench = Bench()
    bench.change("guest")
    bench.change("symptom", safety=True)
    late = bench.answers.promise({"name": "undo", "reason": "late", "text": "Later."}, bench.given.append)
    bench.answers.end()
    assert bench.reasons == [("guest", "not_stored"), ("symptom", "not_stored"), ("undo", "late")]
    late({"name": "undo", "reason": "ok", "text": "Done."})
    assert len(bench.given) == 3


def test_a_promise_is_stored_once() -> None:
    bench = Bench()
    answer = bench.answers.promise({"name": "undo", "reason": "late", "text": "Later."}, bench.given.append)
    for _ in range(2):
        answer({"name": "undo", "reason": "ok", "text": "Done."})
    assert bench.reasons == [("undo", "ok")]
