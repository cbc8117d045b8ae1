"""Commands of the routine: programme, stop, symptom, screen, check-in, redness. They need the daemon, and no broker."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from acumat.cli import exit_codes
from acumat.cli.talk import answer_of, order
from acumat.coach.first_month import first_month
from acumat.coach.rules import Rules
from acumat.coach.screening import QUESTIONS, Answer
from acumat_hw.errors import InputError

WORDS = {"n": Answer.NO, "no": Answer.NO, "y": Answer.YES, "yes": Answer.YES, "?": Answer.UNKNOWN, "unknown": Answer.UNKNOWN}

MAX_ANSWERS_CHARS = 4096
BY_STDIN = (
    f"Give a line NAME=no, NAME=yes or NAME=unknown for each of {', '.join(QUESTIONS)} to: acumat screen --answers - < file"
)


def programme(
    config_path: Path | None,
    *,
    action: str,
    minutes: float | None,
    clothing: str | None,
    cap: float | None,
    as_json: bool,
) -> int:
    """Show, change or reset the programme, or print a beginner's month."""
    if action == "month":
        return month()
    if action == "set":
        return change(config_path, minutes=minutes, clothing=clothing, cap=cap)
    if action == "reset":
        return order(config_path, "programme_reset")
    return show(config_path, as_json=as_json)


def show(config_path: Path | None, *, as_json: bool) -> int:
    """The level of the programme, and every step that led there."""
    answer = answer_of(config_path, "programme")
    if as_json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    elif answer.get("ok"):
        print("\n".join(programme_lines(answer)))
    else:
        print(answer.get("text", ""), file=sys.stderr)
    return exit_codes.OK if answer.get("ok") else exit_codes.REFUSED


def programme_lines(answer: Mapping[str, Any]) -> list[str]:
    """The daemon's answer in words."""
    routine = answer["routine"]
    worn = "with a shirt" if routine["clothing"] == "shirt" else "on bare skin"
    summary = (
        f"Programme: {routine['planned_min']} minutes {worn}, stage {routine['stage']}; your own limit is "
        f"{routine['person_cap_min']} minutes, the alarm comes after {routine['cap_min']}."
    )
    lines = [routine["text"], routine["next_step_text"], summary]
    if routine["last_note"]:
        lines.append(routine["last_note"])
    lines += [""] * bool(answer["steps"])
    return lines + [f"{step['at'][:16].replace('T', ' ')} UTC  {step['text']} ({step['reason']})" for step in answer["steps"]]


def change(config_path: Path | None, *, minutes: float | None, clothing: str | None, cap: float | None) -> int:
    """Set fewer minutes, other clothing or an earlier alarm."""
    if minutes is None and clothing is None and cap is None:
        raise InputError("acumat programme set needs --minutes N, --clothing shirt|skin or --cap N")
    return order(config_path, "programme_set", minutes=minutes, clothing=clothing, cap=cap)


def redness(config_path: Path | None, *, answer: str) -> int:
    """Answer whether the redness has faded."""
    return order(config_path, "redness", answer=answer.replace("-", "_"))


def month() -> int:
    """Print a beginner's first month under the default rules."""
    print("\n".join(first_month(Rules())))
    return exit_codes.OK


def screen(config_path: Path | None, *, answers: str | None, answer: list[str] | None, none: bool, advice_taken: bool) -> int:
    """Ask the questions about health on a terminal one by one, or read `answers` from standard input."""
    if answer:
        raise InputError(f"--answer is gone: other users of the machine can read the options of a command. {BY_STDIN}")
    if advice_taken:
        return order(config_path, "advice")
    if none:
        return order(config_path, "screen", **dict.fromkeys(QUESTIONS, Answer.NO.value))
    if answers:
        return order(config_path, "screen", **given(sys.stdin.read(MAX_ANSWERS_CHARS)))
    if not sys.stdin.isatty():
        raise InputError(f"without a terminal give --none or --answers -. {BY_STDIN}")
    try:
        answered = {name: _answer_to(question).value for name, question in QUESTIONS.items()}
    except (EOFError, KeyboardInterrupt):
        print("\nNothing is stored.")
        return exit_codes.INTERRUPTED
    return order(config_path, "screen", **answered)


def given(text: str) -> dict[str, str]:
    """The answers in lines such as wounds=no. Raises InputError, which names the line and quotes nothing of it."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, _, word = (part.strip() for part in line.partition("="))
        if not name and not word:
            continue
        if name not in QUESTIONS or word.lower() not in WORDS:
            raise InputError(f"line {number} is no answer. {BY_STDIN}")
        found[name] = WORDS[word.lower()].value
    return found


def _answer_to(question: str) -> Answer:
    while True:
        word = input(f"{question} [y/n/?] ").strip().lower()
        if word in WORDS:
            return WORDS[word]
        print("Please answer y for yes, n for no or ? if you do not know.")
