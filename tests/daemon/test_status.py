"""How the daemon's status reads for a person."""

from __future__ import annotations

from typing import Any

import pytest

from acumat.cli.status import status_lines

QUIET: dict[str, Any] = {
    "presence": "empty", "confirmed": None, "session_id": None, "contact_s": None, "load": None, "reference": None,
    "lateral": None, "mode": "unknown", "breaths_per_min": None, "possible_doze": None, "reason_text": "The load is gone.",
}  # fmt: skip
LYING = {
    **QUIET, "presence": "lying", "confirmed": True, "session_id": "x-s1", "contact_s": 270.0, "load": 97.0,
    "reference": "learnt", "lateral": -2.4, "mode": "back", "breaths_per_min": 12.7, "reason_text": "It breathes.",
}  # fmt: skip
ROUTINE = {"text": "Breathe slowly.", "next_step_text": "Next: 10 minutes with a shirt, in the evening."}
LAST = {"session_id": "x-s0", "started_at": "2026-11-24T21:31:00Z", "contact_s": 612.0}


def answer(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    totals = {"sessions_today": 1, "minutes_today": 10.2, "sessions_total": 3, "minutes_total": 31.0}
    return {
        "ok": True, "mat": "m", "layout": "4x2", "version": "1", "state": state, "totals": totals, "routine": ROUTINE,
        "last_session": LAST, "session_plan_min": None, "calibration": None, "health": {"health": "ok", "sensors": {}}, **more,
    }  # fmt: skip


def line(answered: dict[str, Any], start: str) -> str:
    (found,) = [each for each in status_lines(answered) if each.startswith(start)]
    return found


@pytest.mark.parametrize(
    ("contact_s", "plan_min", "says"),
    [
        (0.0, 10, "Session: 0 of 10 minutes, 10 left."),
        (270.0, 10, "Session: 4 of 10 minutes, 6 left."),
        (240.0, 10, "Session: 4 of 10 minutes, 6 left."),
        (599.0, 10, "Session: 9 of 10 minutes, 1 left."),
        (600.0, 10, "Session: 10 minutes of 10 planned."),
        (725.0, 10, "Session: 12 minutes of 10 planned."),
        (60.0, None, "Session: 1 minute, not guided."),
    ],
)
def test_a_session_says_how_far_it_is(contact_s: float, plan_min: int | None, says: str) -> None:
    assert line(answer({**LYING, "contact_s": contact_s}, session_plan_min=plan_min), "Session") == says


def test_who_lies_there_reads_nothing_of_the_next_session() -> None:
    assert line(answer(LYING), "Routine") == "Routine: Breathe slowly."
    assert line(answer(QUIET), "Routine") == "Routine: Breathe slowly. Next: 10 minutes with a shirt, in the evening."


@pytest.mark.parametrize("state", [QUIET, {**LYING, "session_id": None, "confirmed": False}])
def test_without_a_session_none_is_spoken_of(state: dict[str, Any]) -> None:
    assert not [each for each in status_lines(answer(state)) if each.startswith("Session")]


@pytest.mark.parametrize(
    ("lateral", "says"),
    [(-0.4, "Balance even."), (0.0, "Balance even."), (-1.0, "Balance 1 of 100 to the mat's left."), (None, "usual load.")],
)
def test_a_balance_of_nothing_has_no_side(lateral: float | None, says: str) -> None:
    assert line(answer({**LYING, "lateral": lateral}), "Load").endswith(says)


def test_use_and_breath_are_reported_where_they_are_known() -> None:
    assert "Lies on the back. About 13 breaths a minute." in status_lines(answer(LYING))
    unknown = {**LYING, "mode": "unknown", "breaths_per_min": None}
    assert not [each for each in status_lines(answer(unknown)) if "Lies" in each or "breaths" in each]


def test_the_past_is_reported_with_the_last_session() -> None:
    assert line(answer(QUIET), "Finished") == "Finished today: 1 session, 10.2 min; in total: 3 sessions, 31 min."
    assert line(answer(QUIET), "Last session").endswith(", 10.2 min on the mat.")
    assert not [each for each in status_lines(answer(QUIET, last_session={"session_id": None})) if "Last" in each]


def test_notes_follow_the_health_and_name_a_sensor_once() -> None:
    health = {
        "health": "ok",
        "sensors": {"r1c1": {"code": "ok", "text": ""}, "r2c1": {"code": "short", "text": "r2c1 on chip 0x48 is shorted."}},
        "broker": {"code": "off", "text": ""},
    }
    lines = status_lines(answer(QUIET, health=health))
    assert lines[-3:] == ["Health: ok, with notes:", "  sensor r2c1: on chip 0x48 is shorted.", "  broker: off"]


@pytest.mark.parametrize("columns", [40, 80])
def test_no_line_is_wider_than_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    health = {
        "health": "ok",
        "sensors": {},
        "calibration": {"code": "not_calibrated", "text": "Left and right are rough. " * 9},
    }
    lines = status_lines(answer(LYING, health=health))
    assert max(map(len, lines)) <= columns
    assert len(lines) > 9


def test_an_answer_that_is_none_is_a_sentence() -> None:
    assert status_lines({"ok": False, "text": "Busy."}) == ["Busy."]
