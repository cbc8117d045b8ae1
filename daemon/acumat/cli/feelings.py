"""The weekly look on the terminal, days away, and the rhythm's switch."""

from __future__ import annotations

import sys
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.talk import order
from acumat.contract.wellbeing import WEEKLY_ANSWERS
from acumat_hw.errors import InputError

TAPS = ("1", "2", "3", "4", "5")


def weekly_look(config_path: Path | None, **answers: int | None) -> int:
    """Send the given answers. Without any, and on a terminal, ask for each."""
    if all(each is None for each in answers.values()) and sys.stdin.isatty():
        try:
            answers = {key: _answer_to(text) for key, text in WEEKLY_ANSWERS.items()}
        except (EOFError, KeyboardInterrupt):
            print("\nNothing is stored.")
            return exit_codes.INTERRUPTED
        if all(each is None for each in answers.values()):
            return order(config_path, "skip")
    return order(config_path, "weekly_look", **answers)


def note(config_path: Path | None, *, alertness: int | None, sleep: int | None, **notes: str | None) -> int:
    """Note how the body feels, how alert somebody is, or how they slept."""
    said = {key: None if word is None else word == "yes" for key, word in notes.items()}
    return order(config_path, "note", **said, alertness=alertness, sleep=sleep)


def away(config_path: Path | None, *, action: str, day: str | None) -> int:
    """Set being away until a day, or being back."""
    if (action == "until") != (day is not None):
        raise InputError(
            "acumat away until takes a day, such as 2026-12-24" if day is None else "acumat away back takes no day"
        )
    return order(config_path, "away", **({"back": True} if day is None else {"until": day}))


def rhythm(config_path: Path | None, *, switch: str) -> int:
    """Whether the rhythm is shown."""
    return order(config_path, "rhythm", on=switch == "on")


def _answer_to(question: str) -> int | None:
    while True:
        word = input(f"{question} [1-5, Enter: leave it out] ").strip()
        if word in TAPS or not word:
            return int(word) if word else None
        print("Please answer 1 to 5, or Enter alone.")
