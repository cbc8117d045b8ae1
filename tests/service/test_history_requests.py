"""What is asked of the history in the running daemon: its own thread answers, and the loop knows when something has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acumat.coach.moment import Stamp
from acumat.coach.programme import Programme
from acumat.coach.safety import Safety, safety_from_text, safety_text, without_answers
from acumat.coach.screening import Screening
from acumat.service.answers import HOLD_S
from acumat.service.machine_zone import zone_name
from tests.coach.world import World
from tests.history.test_forgetting import CANARY, found_in
from tests.service.test_commands import Bench
from tests.service.test_recorder import Bench as RecorderBench


def answered(bench: Bench, name: str, **arguments: Any) -> dict[str, Any]:
    """The answer that comes once the history has had its turns: one, or three where something is forgotten."""
    assert bench.ask(f"history_{name}", **arguments) is None
    count = len(bench.answered)
    for _ in range(3 if name == "forget" else 1):
        assert len(bench.answered) == count
        bench.deliver()
    assert len(bench.answered) == count + 1
    return bench.answered[-1]


def test_the_loop_reads_its_sums_again_after_a_change_and_after_no_other_request(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db")
    added = answered(bench, "add", at="1970-01-01T00:00:00Z", minutes=10)
    assert (added["ok"], added["name"], bench.changes) == (True, "history_add", [False])
    assert [each["session_id"] for each in answered(bench, "list")["sessions"]] == [added["id"]]
    assert answered(bench, "delete", id="none-s1")["reason"] == "not_found"
    assert bench.changes == [False]
    assert answered(bench, "forget", everything=True)["sessions"] == 1
    assert bench.changes == [False, True]


def test_what_is_written_between_a_request_to_forget_and_its_answer_is_gone_as_well(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db")
    bench.writer.work()
    bench.ask("history_forget", everything=True)
    bench.writer.record([], documents={"routine": CANARY})  # by the frame that follows the request
    bench.writer.work()
    assert found_in(tmp_path)
    bench.writer.record([], documents={"routine": "nothing"})  # by the loop, which hears that all is forgotten
    bench.writer.save_document("prompts", "nothing")
    bench.receive()
    assert not bench.answered
    bench.deliver()
    bench.deliver()
    assert (bench.answered[-1]["ok"], bench.changes) == (True, [True])
    assert found_in(tmp_path) == []
    assert found_in(tmp_path, "nothing")


def test_a_history_that_does_not_answer_in_time_says_so_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db")
    assert bench.ask("history_list") is None
    bench.clock.sleep(HOLD_S + 1)
    bench.commands.follow(bench.answered.append)
    assert bench.answered[-1]["reason"] == "history"
    bench.deliver()
    assert len(bench.answered) == 1


def test_the_last_session_and_the_sums_follow_what_was_changed(tmp_path: Path) -> None:
    bench = RecorderBench(tmp_path / "h.db")
    bench.session(1)
    bench.session(2, minutes=5.0)
    bench.writer.work()
    with bench.store.transaction() as db:
        db.execute("DELETE FROM session WHERE number = 2")
    bench.book.read_again()
    bench.writer.work()
    bench.book.add(bench.put[-1].totals, bench.put[-1].last)
    assert bench.book.document()["session_id"] == "0a0b0c0d-s1"
    assert bench.totals() == (1, 1)
    bench.book.read_again()
    bench.writer.work()
    bench.session(3)  # since then: it is the last one, and counts once
    bench.book.add(bench.put[-1].totals, bench.put[-1].last)
    assert bench.book.document()["session_id"] == "0a0b0c0d-s3"
    assert bench.totals() == (2, 2)


def test_who_is_forgotten_begins_anew_and_stays_protected() -> None:
    from acumat.coach.forgetting import forget
    from acumat.coach.state import Update
    from acumat.contract.commands import CommandName

    world = World().screened()
    world.lie_down()
    world.stay(600)
    world.ask(CommandName.SYMPTOM)
    world.get_up()
    update = Update(world.state, world.now(), world.rules)
    forget(update)
    state = update.state
    assert (state.programme, state.last, state.lain, state.note) == (Programme(), None, None, None)
    assert state.safety.screening == Screening()
    assert state.safety.stops == world.state.safety.stops != ()
    assert state.safety.exposure == world.state.safety.exposure


def test_the_answers_about_health_leave_the_file_and_nothing_else_does() -> None:
    safety = World().screened().state.safety
    at = Stamp(1.8e9, 100.0, "boot", known=True)
    text = safety_text(safety, at)
    assert '"no"' in text
    left = without_answers(text)
    assert '"no"' not in left
    assert safety_from_text(left, "boot") == safety.changed(screening=Screening())
    with pytest.raises(ValueError, match="damaged"):
        without_answers('{"kept": 1}')
    assert safety_from_text(without_answers(safety_text(Safety(), at)), "boot") == Safety()


@pytest.mark.parametrize(
    ("variable", "link", "name"),
    [
        ("", "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("", "../usr/share/zoneinfo/Etc/GMT+5", "Etc/GMT+5"),
        (":America/Argentina/Ushuaia", "/usr/share/zoneinfo/Europe/Berlin", "America/Argentina/Ushuaia"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "", ""),
        ("", "", ""),
        ("", "/etc/my-own-zone with spaces", ""),
    ],
)
def test_the_zone_has_the_name_that_the_machine_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, link: str, name: str
) -> None:
    monkeypatch.setenv("TZ", variable)
    localtime = tmp_path / "localtime"
    if link:
        localtime.symlink_to(link)
    assert zone_name(localtime) == name
