"""Names and states in the language of the configuration: every one has its word, and nothing else of the payload changes."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2.sandbox import SandboxedEnvironment

from acumat.mqtt.discovery_routine import with_people
from acumat.mqtt.discovery_words import DiscoveryWords, in_words, slug
from acumat.mqtt.topics import Topics
from acumat.wiring.broker import calibration_steps, questions, verdicts
from acumat.words import LANGUAGES, catalogue, mat_words
from tests.mqtt.discovery_rules import problems
from tests.mqtt.test_discovery import payload

PAYLOAD = with_people(payload(), Topics("home/bedroom", "anna-s_mat", "ha"), ("Anna", "Ben"))
NAMED = {key: each["name"] for key, each in PAYLOAD["components"].items() if each.get("name") is not None}
ENUMS = {key: each for key, each in PAYLOAD["components"].items() if each.get("device_class") == "enum"}


def words(language: str) -> DiscoveryWords:
    return DiscoveryWords(
        mat_words(language, "name"),
        {**mat_words(language, "state"), **questions(language)},
        calibration_steps(language),
        verdicts(language),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_entity_has_a_name_and_each_state_a_word_of_its_own(language: str) -> None:
    spoken = words(language)
    assert spoken.names.keys() == NAMED.keys()
    assert len(set(spoken.names.values())) == len(NAMED)
    states = {f"{key}.{state}" for key, each in ENUMS.items() for state in each["options"]}
    assert spoken.states.keys() == states
    for key in ENUMS:
        shown = [text for state, text in spoken.states.items() if state.startswith(f"{key}.")]
        assert len(set(shown)) == len(shown), key
        assert not {"unknown", "unavailable"} & {text.lower() for text in shown}, "Home Assistant's own words"


def test_english_names_are_those_of_the_contract() -> None:
    assert words("en").names == NAMED


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_translation_is_one(language: str) -> None:
    english = words("en")
    for kind in ("names", "states"):
        pairs = [(getattr(english, kind)[key], text) for key, text in getattr(words(language), kind).items()]
        assert [pair for pair in pairs if pair[0] == pair[1] and len(pair[0].split()) > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_assistant_accepts_each_language_and_ids_stay(language: str) -> None:
    made = in_words(PAYLOAD, words(language))
    assert problems(made) == []
    assert made.keys() == PAYLOAD.keys()
    for key, each in made["components"].items():
        before: dict[str, Any] = PAYLOAD["components"][key]
        changed = {name for name in each if each[name] != before.get(name)}
        assert changed <= {"name", "options", "value_template", "default_entity_id"}
        if each.get("name") != before.get("name"):
            assert each["default_entity_id"] == f"{each['platform']}.anna_s_mat_{slug(before['name'])}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ENUMS)
def test_a_state_is_shown_as_its_word_and_what_is_none_of_them_is_unknown(language: str, key: str) -> None:
    spoken, jinja = words(language), SandboxedEnvironment()
    shown = in_words(PAYLOAD, spoken)["components"][key]
    plain = jinja.from_string(ENUMS[key]["value_template"])
    word = jinja.from_string(shown["value_template"])
    reads = {part.split("'")[1] for part in ENUMS[key]["value_template"].split(".get(")[1:] if part.startswith("'")}
    for state in ENUMS[key]["options"]:
        for document in (dict.fromkeys(reads, state), {}):
            code = plain.render(value_json=document)
            assert word.render(value_json=document) == spoken.states.get(f"{key}.{code}", "None")
        assert spoken.states[f"{key}.{state}"] in shown["options"]


@pytest.mark.parametrize(
    ("name", "part"),
    [("Anna's mat", "anna_s_mat"), ("Bärenmatte", "barenmatte"), ("Große Å–Mat 2", "grosse_a_mat_2"), ("  ", "")],
)
def test_a_name_becomes_a_part_of_an_id_as_home_assistant_makes_it(name: str, part: str) -> None:
    assert slug(name) == part


@pytest.mark.parametrize(
    ("language", "ok", "said", "shown"),
    [
        ("en", True, "Keep off the mat.", "Keep off the mat."),
        ("de", True, "Keep off the mat.", "Von der Matte fernbleiben."),
        ("sv", True, "Get up and keep off the mat.", catalogue("sv")["stage.get_up"]),
        ("en", False, "Nobody lies there.", "Nobody lies there."),
        ("de", True, "You chose 7 minutes.", "Erledigt. You chose 7 minutes."),
        ("de", False, "Nobody lies there.", "Das wurde nicht getan. Nobody lies there."),
        ("sv", False, "x" * 300, f"Det gjordes inte. {'x' * 236}…"),
        ("de", None, None, "None"),
    ],
)
def test_the_steps_of_a_calibration_are_said_in_the_language_and_of_all_else_whether_it_is_done(
    language: str, ok: bool | None, said: str | None, shown: str
) -> None:
    template = in_words(PAYLOAD, words(language))["components"]["answer"]["value_template"]
    assert SandboxedEnvironment().from_string(template).render(value_json={"text": said, "ok": ok}) == shown
