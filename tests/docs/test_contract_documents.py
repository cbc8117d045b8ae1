"""The documents leave nothing out: events, phases, keys of the state, commands, faults, entities of Home Assistant."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from acumat_sim.faults import BUS_FAULTS, CHIP_FAULTS, MAT_FAULTS, SENSOR_FAULTS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MQTT = (DOCS / "mqtt.md").read_text("utf-8")


def schema(name: str) -> dict[str, Any]:
    """A schema of the contract, which other tests hold to the code."""
    found: dict[str, Any] = json.loads((DOCS / "schemas" / f"{name}.schema.json").read_text("utf-8"))
    return found


STATE = schema("state")["properties"]


def section(text: str, title: str) -> str:
    """From a heading to the next one of its rank or above."""
    rank = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert rank is not None, title
    rest = text[rank.end() :]
    following = re.search(rf"^#{{1,{len(rank[1])}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def first_cells(text: str) -> list[str]:
    """What stands in code in the first column of the tables."""
    return [word for line in text.splitlines() if line.startswith("| ") for word in re.findall(r"`(\w+)`", line.split("|")[1])]


def test_every_event_has_its_row_and_no_other() -> None:
    assert first_cells(section(MQTT, "Events")) == schema("event")["properties"]["event_type"]["enum"]


def test_every_phase_has_its_row_and_no_other() -> None:
    assert first_cells(section(MQTT, "Phases")) == list(filter(None, STATE["phase"]["enum"]))


def test_every_key_of_the_state_has_its_row_and_no_other() -> None:
    before_phases = section(MQTT, "State").partition("### Phases")[0]
    assert sorted(first_cells(before_phases)) == sorted(STATE)


@pytest.mark.parametrize("key", ["presence", "mode", "health"])
def test_every_word_of_the_state_is_named(key: str) -> None:
    assert not [word for word in STATE[key]["enum"] if f"`{word}`" not in section(MQTT, "State")]


def test_every_command_is_named() -> None:
    assert not [name for name in schema("command")["$defs"] if f"`{name}`" not in section(MQTT, "Commands")]


def test_every_fault_of_the_simulator_has_its_row() -> None:
    rows = first_cells(section((DOCS / "faults.md").read_text("utf-8"), "Break it yourself"))
    assert sorted(rows) == sorted(["do", *SENSOR_FAULTS, *MAT_FAULTS, *CHIP_FAULTS, *BUS_FAULTS])


def test_every_entity_of_home_assistant_is_in_the_right_table() -> None:
    payload = json.loads((ROOT / "tests" / "mqtt" / "golden" / "4x4_profile.json").read_text("utf-8"))
    entities = section((DOCS / "home-assistant.md").read_text("utf-8"), "Entities")
    on, off = (re.sub(r"\s+", " ", part) for part in entities.split("Off at first."))
    for component in payload["components"].values():
        name = component.get("name") or "the mat itself"
        part = on if component.get("enabled_by_default", True) else off
        assert re.search(rf"^\|? ?.*\b{name}\b", part), name


def test_the_routine_s_entities_are_on_or_off_at_first_as_its_document_says() -> None:
    payload = json.loads((ROOT / "tests" / "mqtt" / "golden" / "4x4_profile.json").read_text("utf-8"))
    on_at_first = {each.get("name"): each.get("enabled_by_default", True) for each in payload["components"].values()}
    text = re.sub(r"\s+", " ", (DOCS / "routine.md").read_text("utf-8"))
    on, off = text.split("In Home Assistant: ")[1].split(" exist, but are switched off at first.")[0].rsplit(". ", 1)
    assert {"Guidance", "Redness faded"} <= {name for name in on_at_first if name and name in on}
    assert not [name for name, is_on in on_at_first.items() if name and (name in off if is_on else name in on)]
