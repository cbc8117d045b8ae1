"""The dashboard of Home Assistant's own cards in each language, out of one template: `make docs` writes them."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

from acumat.words import LANGUAGES, catalogue, mat_words

TEMPLATE = Path(__file__).with_name("dashboard.template.yaml")
FOLDER = Path(__file__).parents[2] / "docs"
MARK = re.compile(r"<([a-z_.]+)>")
WIDTH = 126


def path_of(language: str) -> Path:
    """The first language bears the plain name."""
    return FOLDER / ("dashboard.yaml" if language == LANGUAGES[0] else f"dashboard.{language}.yaml")


def made(language: str) -> str:
    """The dashboard in one of LANGUAGES. YAML takes texts in the quotes of JSON. Raises KeyError for a mark without a word.

    The mat says in which situation it is in its own language, which need not be the dashboard's.
    """
    words = {f"{kind}.{key}": text for kind in ("card", "dashboard", "name") for key, text in mat_words(language, kind).items()}
    words |= catalogue(language)
    asked = json.dumps([mat_words(each, "state")["routine.question"] for each in LANGUAGES], ensure_ascii=False)
    how = textwrap.fill(words["dashboard.how"], WIDTH, initial_indent="# ", subsequent_indent="# ")

    def word(mark: re.Match[str]) -> str:
        return asked if mark[1] == "states" else json.dumps(words[mark[1]], ensure_ascii=False)

    return f"{how}\n{MARK.sub(word, TEMPLATE.read_text('utf-8'))}"


def write() -> None:
    for language in LANGUAGES:
        path_of(language).write_text(made(language), encoding="utf-8")
