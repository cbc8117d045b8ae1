"""The words inside of the card for Home Assistant, out of the catalogues: `make docs` writes them anew."""

from __future__ import annotations

import json
import re

from acumat.coach.screening import ALL, QUESTIONS
from acumat.web.assets import CARD
from acumat.words import LANGUAGES, catalogue, mat_words

PART = re.compile(r"(// generated: words\n).*?(// end\n)", re.DOTALL)
AS_ON_THE_PAGE = (
    "feel.calm",
    "feel.calm.1",
    "feel.calm.5",
    "now.back",
    "now.left",
    "now.map",
    "now.right",
    "now.share",
    "now.share.unknown",
    "now.stop",
    "now.symptom",
    "plan.next",
    "red.ask",
    "red.faded",
    "red.still",
    "reply.no",
    "reply.unknown",
    "reply.yes",
)
"""What the card says in the words of the mat's own page."""


def words(language: str) -> dict[str, str]:
    """All words of the card in one of LANGUAGES, by key."""
    page = catalogue(language)
    states, asking = mat_words(language, "state"), mat_words(language, "advice_with_questions")
    situations = {key: text for key, text in states.items() if key.startswith("routine.")}
    return {
        **{f"card.{key}": text for key, text in mat_words(language, "card").items()},
        **{key: page[key] for key in AS_ON_THE_PAGE},
        **situations,
        **{f"advice.{key}": text for key, text in mat_words(language, "advice").items()},
        **{f"asking.{key}": text for key, text in asking.items()},
        f"question.{ALL}": states[f"health_question.{ALL}"],
        **{f"question.{key}": page[f"question.{key}"] for key in QUESTIONS},
        "card.again": mat_words(language, "dashboard")["again"],
    }


def fresh(text: str) -> str:
    """The card's file with its words made anew."""
    lines = [f'  "{language}": {json.dumps(words(language), ensure_ascii=False)},' for language in LANGUAGES]
    made = "\n".join(["const WORDS = {", *lines, "};", ""])
    return PART.sub(lambda part: f"{part[1]}{made}{part[2]}", text)


def write() -> None:
    CARD.write_text(fresh(CARD.read_text("utf-8")), encoding="utf-8")
