"""The states of the companion's sensors in each language, from the catalogue of the daemon."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from acumat.coach.document import SITUATIONS
from acumat.coach.guidance_gate import WHY
from acumat.contract.now import Advice
from acumat.words import LANGUAGES, mat_words

TRANSLATIONS = Path(__file__).parents[2] / "custom_components" / "acumat" / "translations"
NUMBER = re.compile(r"[:.] [^:.]*\{.*")
"""The part of a sentence that has a number in it: the state of an entity has none."""


def states(language: str) -> dict[str, dict[str, str]]:
    """By sensor and code."""
    advice, state = mat_words(language, "advice"), mat_words(language, "state")
    return {
        "next_step": {each.value: NUMBER.sub(".", advice[each]) for each in Advice},
        "routine_state": {each: state[f"routine.{each}"] for each in SITUATIONS},
        "guidance_state": {each: state[f"guidance.{each}"] for each in ("on", *WHY)},
    }


def stored(language: str) -> dict[str, Any]:
    """The translation as Home Assistant reads it."""
    document: dict[str, Any] = json.loads((TRANSLATIONS / f"{language}.json").read_text("utf-8"))
    return document


def write() -> None:
    """The states anew; all else in these files is written by hand."""
    for language in LANGUAGES:
        document = stored(language)
        for sensor, words in states(language).items():
            document["entity"]["sensor"][sensor]["state"] = words
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        (TRANSLATIONS / f"{language}.json").write_text(text, encoding="utf-8")
