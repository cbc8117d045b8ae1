"""The answer to a request for events, as docs/mqtt.md has it: the history gives it, whoever lies there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acumat.commands.events_table import PAGE_MOST
from acumat.service.answers import HOLD_S
from acumat.service.history_requests import SEARCHES_MOST
from tests.history.stores import document
from tests.service.test_commands import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "h.db")


def numbering(bench: Bench) -> str:
    bench.writer.work()
    return bench.home.store.install


def written(bench: Bench, count: int) -> None:
    bench.writer.record([document("x")] * count)
    bench.writer.work()


def answered(bench: Bench, **ids: str) -> dict[str, Any]:
    assert bench.ask("events", "mqtt", **ids) is None
    bench.deliver()
    return bench.answered[-1]


def test_a_range_is_answered_with_what_comes_and_what_is_gone(bench: Bench) -> None:
    mat = numbering(bench)
    written(bench, 5)
    with bench.home.store.transaction() as db:
        db.execute("DELETE FROM outbox")
        db.execute("DELETE FROM event WHERE seq IN (2, 3)")
    found = answered(bench, **{"from": f"{mat}-1", "to": f"{mat}-4", "correlation": "a7"})
    assert found.pop("text")
    assert found == {
        "name": "events",
        "ok": True,
        "reason": "done",
        "correlation": "a7",
        "numbering": mat,
        "last_no": 5,
        "count": 2,
        "first_id": f"{mat}-1",
        "last_id": f"{mat}-4",
        "more": False,
        "missing": [[2, 3]],
    }
    nothing = answered(bench, after=f"{mat}-5")
    assert [nothing[key] for key in ("ok", "count", "first_id", "last_id", "missing")] == [True, 0, None, None, []]


def test_without_a_range_the_numberings_are_listed_and_nothing_comes(bench: Bench) -> None:
    mat = numbering(bench)
    written(bench, 3)
    found = answered(bench)
    assert found["numberings"] == [{"numbering": mat, "first_no": 1, "last_no": 3, "count": 3}]
    assert (found["count"], found["last_no"]) == (0, 3)


def test_a_page_says_that_there_is_more_and_what_finds_no_room_is_refused_as_busy(bench: Bench) -> None:
    mat = numbering(bench)
    written(bench, PAGE_MOST + 1)
    with bench.home.store.transaction() as db:
        db.execute("DELETE FROM outbox")
    page = answered(bench, **{"from": f"{mat}-1"})
    assert (page["count"], page["last_id"], page["more"]) == (PAGE_MOST, f"{mat}-{PAGE_MOST}", True)
    refused = answered(bench, after=page["last_id"])
    assert (refused["ok"], refused["reason"]) == (False, "busy")


def test_what_is_new_waits_behind_few_requests(bench: Bench) -> None:
    """Each may go through the whole history before the next event is written."""
    for _ in range(SEARCHES_MOST):
        assert bench.ask("events", "mqtt") is None
    refused = bench.ask("events", "mqtt")
    assert refused is not None
    assert (refused["ok"], refused["reason"]) == (False, "busy")
    bench.deliver()
    assert [each["ok"] for each in bench.answered] == [False] + [True] * SEARCHES_MOST
    assert answered(bench)["ok"]
    for _ in range(SEARCHES_MOST):
        bench.ask("events", "mqtt")
    bench.clock.sleep(HOLD_S + 1)
    bench.commands.follow(bench.answered.append)
    assert answered(bench)["ok"], "what was never answered stands in nobody's way"


def test_somebody_who_lies_there_is_no_reason_to_wait(bench: Bench) -> None:
    bench.somebody()
    assert answered(bench)["ok"]


def test_what_is_no_range_is_refused_at_once(bench: Bench) -> None:
    found = bench.ask("events", "mqtt", after="812")
    assert found is not None
    assert (found["ok"], found["reason"]) == (False, "bad_value")


def test_a_history_that_does_not_answer_in_time_says_so(bench: Bench) -> None:
    assert bench.ask("events", "mqtt") is None
    bench.clock.sleep(HOLD_S + 1)
    bench.commands.follow(bench.answered.append)
    assert bench.answered[-1]["reason"] == "history"
