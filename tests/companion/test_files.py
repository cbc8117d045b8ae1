"""What Home Assistant's own check of integrations (hassfest) and HACS ask of the files, as far as it can be known here."""

from __future__ import annotations

import ast
import json
import re
import struct
import tomllib
from pathlib import Path
from typing import Any

import pytest

from acumat.coach.document import SITUATIONS
from acumat.coach.guidance_gate import WHY
from acumat.contract.now import Advice
from acumat.words import LANGUAGES, mat_words
from tests.docs import companion_states

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "custom_components" / "acumat"
PLACEHOLDER = re.compile(r"\{(\w*)\}")
ENTITY_WORDS = {
    "questions_unanswered": ("health_question",),
    "not_calibrated": ("calibrate", "answer"),
    "sensor_problem": ("problem",),
}
"""Entities of the mat that the text of an issue names: on at first, or there if somebody asked for them."""


def flat(document: dict[str, Any], path: str = "") -> dict[str, str]:
    """Texts by their path."""
    found: dict[str, str] = {}
    for key, value in document.items():
        found |= flat(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found


def literals(module: str) -> dict[str, object]:
    """The constants of a module: to import it would need Home Assistant."""
    found: dict[str, object] = {}
    for node in ast.parse((FOLDER / f"{module}.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign):
            for target, value in _pairs(node):
                if isinstance(target, ast.Name) and isinstance(value, ast.Constant | ast.List):
                    found[target.id] = ast.literal_eval(value)
    return found


def _pairs(node: ast.Assign) -> list[tuple[ast.expr, ast.expr]]:
    target = node.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        return list(zip(target.elts, node.value.elts, strict=True))
    return [(target, node.value)]


def test_the_manifest_has_what_is_asked_for_in_the_order_that_is_asked_for() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]
    assert {"codeowners", "config_flow", "dependencies", "integration_type", "iot_class", "version"} <= set(keys)
    assert manifest["domain"] == FOLDER.name == literals("mat")["DOMAIN"]
    assert manifest["version"] == tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def test_hacs_finds_one_integration() -> None:
    assert [each.name for each in FOLDER.parent.iterdir() if each.is_dir()] == ["acumat"]
    assert json.loads((ROOT / "hacs.json").read_text("utf-8")).keys() == {"name", "homeassistant"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_text_with_the_same_placeholders(language: str) -> None:
    english, texts = flat(companion_states.stored("en")), flat(companion_states.stored(language))
    assert texts.keys() == english.keys()
    assert all(texts.values())
    named = {key: set(PLACEHOLDER.findall(text)) for key, text in texts.items()}
    assert named == {key: set(PLACEHOLDER.findall(text)) for key, text in english.items()}
    assert not [key for key, text in texts.items() if "<" in text or "http" in text], "hassfest takes neither"


@pytest.mark.parametrize("language", LANGUAGES)
def test_states_are_those_of_the_catalogue(language: str) -> None:
    shown = {key: each["state"] for key, each in companion_states.stored(language)["entity"]["sensor"].items()}
    assert shown == companion_states.states(language), "make docs writes them anew"
    assert not [text for words in shown.values() for text in words.values() if "{" in text or len(text) > 255]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_repair_names_entities_as_the_mat_does(language: str) -> None:
    issues, names = companion_states.stored(language)["issues"], mat_words(language, "name")
    for issue, entities in ENTITY_WORDS.items():
        for entity in entities:
            assert f"*{names[entity]}*" in issues[issue]["description"]


def test_codes_are_those_of_the_daemon() -> None:
    sensor, issues = literals("sensor"), literals("issues")
    assert sensor["ADVICE"] == [each.value for each in Advice]
    assert sensor["SITUATIONS"] == list(SITUATIONS)
    assert sensor["GUIDANCE"] == ["on", *WHY]
    assert {issues[name] for name in ("QUESTIONS", "CALIBRATION", "SENSORS", "SAME_ID")} == set(
        companion_states.stored("en")["issues"]
    )


@pytest.mark.parametrize(("name", "size"), [("icon.png", 256), ("icon@2x.png", 512)])
def test_the_brand_has_icons_of_the_sizes_that_are_asked_for(name: str, size: int) -> None:
    head = (FOLDER / "brand" / name).read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == (size, size)
