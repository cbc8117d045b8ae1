"""Names and states of the entities in the language of the configuration: discovery itself has no translations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from unicodedata import combining, normalize

from acumat.mqtt.discovery_sensors import MAX_STATE_CHARS

ANSWER = "answer"
"""The component that shows the answer to a command."""


@dataclass(frozen=True, slots=True)
class DiscoveryWords:
    """By component key: the name of the entity. By component key and state, as `phase.settled`: what is shown for the state.

    `sentences` translates the mat's English answers. Any other answer is shown as it is, behind the first of `verdicts` if the
    command was done, behind the second if it was refused.
    """

    names: Mapping[str, str]
    states: Mapping[str, str]
    sentences: Mapping[str, str] = field(default_factory=dict)
    verdicts: tuple[str, str] | None = None


def in_words(payload: Mapping[str, Any], words: DiscoveryWords) -> dict[str, Any]:
    """The same payload with these names, and with a word for each state of an enumeration.

    The entity ids stay those of the English names, if Home Assistant accepts a default (2025.10 and later): automations and the
    dashboard then work in every language.
    """
    device = payload["device"]["name"]
    return {
        **payload,
        "components": {key: component_in_words(key, each, device, words) for key, each in payload["components"].items()},
    }


def component_in_words(key: str, component: Mapping[str, Any], device: str, words: DiscoveryWords) -> dict[str, Any]:
    """The component `key` of the device with this name."""
    made = dict(component)
    if key in words.names and component.get("name") is not None:
        if words.names[key] != component["name"]:
            made["default_entity_id"] = f"{component['platform']}.{slug(device)}_{slug(component['name'])}"
        made["name"] = words.names[key]
    if component.get("device_class") == "enum":
        shown = {state: words.states.get(f"{key}.{state}", state) for state in component["options"]}
        made["options"] = list(shown.values())
        made["value_template"] = _shown(component["value_template"], shown)
    if key == ANSWER and words.verdicts:
        made["value_template"] = _said(component["value_template"], words.sentences, words.verdicts)
    return made


def slug(name: str) -> str:
    """The name as a part of an entity id: letters without their marks, digits and single underscores."""
    plain = normalize("NFKD", name.casefold())
    return "_".join(
        "".join(each if each.isascii() and each.isalnum() else " " for each in plain if not combining(each)).split()
    )


def _shown(template: str, shown: Mapping[str, str]) -> str:
    """The same template with the word for its value; a value outside the states stays unknown."""
    return f"{{% set state %}}{template}{{% endset %}}{{{{ {json.dumps(shown, ensure_ascii=False)}.get(state | trim) }}}}"


def _said(template: str, sentences: Mapping[str, str], verdicts: tuple[str, str]) -> str:
    known = json.dumps(sentences, ensure_ascii=False)
    done, refused = (json.dumps(f"{each} ", ensure_ascii=False) for each in verdicts)
    verdict = f"{{true: {done}, false: {refused}}}.get(value_json.get('ok'), '')"
    return (
        f"{{% set said %}}{template}{{% endset %}}"
        f"{{{{ {known}.get(said | trim) or ({verdict} ~ (said | trim)) | truncate({MAX_STATE_CHARS}, true, '…', 0) }}}}"
    )
