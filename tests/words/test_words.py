"""The catalogues: no key is missing in a language, no value is dropped, and English says what the daemon says."""

from __future__ import annotations

import json
import re

import pytest

from acumat.coach.document import SITUATIONS
from acumat.coach.guidance_gate import WHY
from acumat.coach.screening import QUESTIONS, Answer
from acumat.contract.events import EventType
from acumat.contract.state import HealthState, Presence
from acumat.detect.sensors.calibration_stages import TEXTS
from acumat.words import LANGUAGES, catalogue, path_of

ENGLISH = catalogue("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_key_in_the_same_order(language: str) -> None:
    assert list(catalogue(language)) == list(ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice_and_every_text_is_filled(language: str) -> None:
    pairs = json.loads(path_of(language).read_text("utf-8"), object_pairs_hook=list)
    assert len(pairs) == len(dict(pairs))
    for key, text in pairs:
        assert isinstance(text, str), key
        assert text == text.strip() != "", key


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_translation_shows_the_same_values_and_is_one(language: str) -> None:
    texts = catalogue(language)
    for key, text in ENGLISH.items():
        assert sorted(re.findall(r"\{\w+\}", texts[key])) == sorted(re.findall(r"\{\w+\}", text)), key
    same = {key for key, text in ENGLISH.items() if texts[key] == text and len(text.split()) > 1}
    assert same == set()


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("event", EventType),
        ("presence", Presence),
        ("health", HealthState),
        ("question", QUESTIONS),
        ("reply", Answer),
        ("situation", SITUATIONS),
        ("why", WHY),
        ("stage", TEXTS),
    ],
)
def test_there_is_a_word_for_each_code_of_the_daemon(prefix: str, names: object) -> None:
    assert isinstance(names, type | dict | tuple)
    assert {f"{prefix}.{name}" for name in names} <= ENGLISH.keys()  # type: ignore[union-attr]


def test_english_asks_and_instructs_as_the_daemon_does() -> None:
    assert {key: ENGLISH[f"question.{key}"] for key in QUESTIONS} == QUESTIONS
    assert {stage: ENGLISH[f"stage.{stage}"] for stage in TEXTS} == TEXTS
