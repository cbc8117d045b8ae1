"""The words that people read, one catalogue a language: a key leads to a text, and {name} in a text stands for a value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

LANGUAGES = ("en", "de", "sv")
"""The first one is the language of the daemon's own sentences."""


def path_of(language: str) -> Path:
    """The file of one of LANGUAGES."""
    return Path(__file__).with_name(f"{language}.json")


def mat_words(language: str, kind: str) -> Mapping[str, str]:
    """What Home Assistant shows, in one of LANGUAGES: the texts of a kind (`advice`, `name` or `state`) by their keys.

    Raises OSError or ValueError for an installation that is damaged.
    """
    words: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name(f"mat.{language}.json").read_text("utf-8"))
    return words[kind]


def catalogue(language: str) -> Mapping[str, str]:
    """All texts of one of LANGUAGES by their keys. Raises OSError or ValueError for an installation that is damaged."""
    texts: dict[str, str] = json.loads(path_of(language).read_text("utf-8"))
    return texts
