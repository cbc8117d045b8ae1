"""The history in words: tables for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from acumat.contract.wellbeing import BODY_NOTES

SESSIONS = f"{'began':<16}  {'min':>6}  {'load %':>6}  {'calm':>6}  {'discomfort':>10}  id"
HELPED = {
    "sessions": "IN A SESSION",
    "weeks": "OVER WEEKS",
    "rhythm": "RHYTHM",
    "together": "WHAT GOES TOGETHER",
    "known": "WHAT IS KNOWN OF SUCH MATS (acumat about)",
    "not_known": "WHAT IS NOT KNOWN",
}
WIDTH = 100
"""Characters of a line of sentences."""
MINUTES = f"{'minute':>6}  {'load %':>6}  {'left/right':>10}  {'head/foot':>9}  {'even':>5}  {'still':>5}  {'breath':>6}"


def lines_of(action: str) -> Callable[[Mapping[str, Any]], list[str]]:
    """The function that prints the answer to this action."""
    return {"list": _list, "show": _show, "helped": _helped}.get(action, _text)


def _text(answer: Mapping[str, Any]) -> list[str]:
    return [str(answer.get("text", ""))]


def _list(answer: Mapping[str, Any]) -> list[str]:
    by = next((each for each in ("day", "week", "month") if f"{each}s" in answer), None)
    if by is not None:
        head = f"{by:<10}  {'sessions':>8}  {'minutes':>8}"
        return [head, *(f"{each[by]:<10}  {each['sessions']:>8}  {each['minutes']:>8}" for each in answer[f"{by}s"])]
    sessions = answer["sessions"]
    return [SESSIONS, *map(_session, sessions)] if sessions else ["No session is stored yet."]


def _session(session: Mapping[str, Any]) -> str:
    pairs = [f"{_figure(session[f'{name}_before'])}>{_figure(session[f'{name}_after'])}" for name in ("calm", "discomfort")]
    figures = f"{session['contact_s'] / 60:>6.1f}  {_tenth(session['load']):>6}  {pairs[0]:>6}  {pairs[1]:>10}"
    return " ".join([f"{_local(session['started_at'])}  {figures}  {session['session_id']}", *_notes(session)])


def _notes(record: Mapping[str, Any]) -> list[str]:
    notes = {
        "guest": record.get("guest"),
        "added": record["source"] == "added",
        f"edited {_local(record['edited_at'])}" if record["edited_at"] else "": record["edited_at"],
        "date not known for sure": not record["clock_known"],
        f"{record['person']}, a guess" if record.get("guessed") else str(record["person"]): record["person"],
    }
    return [f"({note})" for note, holds in notes.items() if holds]


def _show(answer: Mapping[str, Any]) -> list[str]:
    session = answer["session"]
    zone = f" ({session['zone']})" if session["zone"] else ""
    lines = [
        " ".join([f"Session {session['session_id']}, number {session['number']}", *_notes(session)]),
        f"from {session['started_at']} to {session['ended_at']}{zone}",
        f"{session['contact_s'] / 60:.1f} min on the mat, {session['lifts']} lift(s), ended by {session['end_reason']}",
    ]
    lines += [f"{key} {value}" for key in ("load", "lateral", "head_foot", "evenness") if (value := session[key]) is not None]
    lines += [f"{key}: {value}" for key, value in session["profile"].items() if value]
    lines += [_check_in(each) for each in answer["check_ins"]]
    return [*lines, MINUTES, *map(_minute, answer["minutes"])] if answer["minutes"] else lines


def _check_in(each: Mapping[str, Any]) -> str:
    felt = [f"{name} {each[name]}" for name in ("calm", "discomfort", "alertness", "sleep") if each[name] is not None]
    felt += [name for name in BODY_NOTES if each[name]]
    when = "the morning after" if each["moment"] == "morning" else each["moment"]
    return " ".join([f"{each['id']} {when} it: {', '.join(felt) or '-'}, at {_local(each['at'])}", *_notes(each)])


def _minute(each: Mapping[str, Any]) -> str:
    keys = {"minute": 6, "load": 6, "lateral": 10, "head_foot": 9, "evenness": 5, "still": 5, "breath": 6}
    return "  ".join(f"{_figure(each[key]):>{width}}" for key, width in keys.items())


def _helped(answer: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for key, title in HELPED.items():
        lines += ["", title, *(textwrap.fill(text, WIDTH) for text in answer[key])] if answer[key] else []
    return lines[1:]


def _local(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _tenth(value: float | None) -> str:
    return _figure(None if value is None else round(value, 1))
