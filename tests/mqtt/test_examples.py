"""What the documents show for others to copy: every topic is one that the mat has, and every command one that it takes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2.sandbox import SandboxedEnvironment

from acumat.commands.parser import parse_command
from acumat.contract.commands import Command, CommandName
from acumat.contract.events import EventType
from acumat.contract.now import Advice
from acumat.mqtt.discovery import discovery_payload
from acumat.mqtt.topics import Topics
from acumat.words import LANGUAGES, mat_words
from acumat_hw.layout import PRESETS, grid
from tests.docs import dashboards

DOCS = Path(__file__).parent.parent.parent / "docs"
TOPICS = Topics("acumat", "bedroom", "homeassistant")
LEAVES = {"availability", "state", "event", "session", "health", "settings", "now", "picture", "response"}
ROUTINE = {"cue_start", "cue_half", "cue_last_minute", "cue_end", "cue_louder", "cue_cap"}
"""Events of the guided routine."""
EXAMPLES = [DOCS / "mqtt.md", DOCS / "examples" / "node-red.json", DOCS / "examples" / "openhab.things"]
BLUEPRINTS = sorted((DOCS / "blueprints").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_topic_in_an_example_is_one_of_the_mats(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = set(re.findall(r"acumat/bedroom/([a-z_/]+)", text))
    assert found
    for leaf in found:
        name = TOPICS.command_name(f"acumat/bedroom/{leaf}")
        assert leaf in LEAVES or name in tuple(CommandName), leaf


def test_the_flow_for_node_red_can_be_imported_and_its_commands_are_taken() -> None:
    nodes: list[dict[str, Any]] = json.loads((DOCS / "examples" / "node-red.json").read_text(encoding="utf-8"))
    ids = {node["id"] for node in nodes}
    assert len(ids) == len(nodes)
    wires = {target for node in nodes for outputs in node.get("wires", []) for target in outputs}
    assert wires <= ids
    orders = [node for node in nodes if node["type"] == "inject"]
    assert orders
    for node in orders:
        name = TOPICS.command_name(node["topic"])
        assert isinstance(parse_command(name or "", node["payload"].encode()), Command), node["name"]


def test_every_item_for_openhab_is_linked_to_a_channel_that_the_thing_has() -> None:
    things, items = ((DOCS / "examples" / f"openhab.{kind}").read_text(encoding="utf-8") for kind in ("things", "items"))
    channels = set(re.findall(r"Type \w+ : (\w+) ", things))
    linked = re.findall(r'channel="mqtt:topic:home:mat:(\w+)"', items)
    assert len(linked) == len(items.strip().splitlines())
    assert set(linked) <= channels


def ids(*, asks_health: bool = False) -> set[str]:
    """The entities that are on at first."""
    layout = grid(*PRESETS["4x2"], rm_ohm=3300.0)
    payload = discovery_payload(TOPICS, name="Acupressure mat", version="1", layout=layout, asks_health=asks_health)
    return {
        f"{each['platform']}." + re.sub(r"[^a-z0-9]+", "_", f"acupressure mat {each['name'] or ''}".lower()).strip("_")
        for each in payload["components"].values()
        if "name" in each and each.get("enabled_by_default", True)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dashboard_shows_entities_that_there_are(language: str) -> None:
    text = dashboards.path_of(language).read_text(encoding="utf-8")
    assert text == dashboards.made(language), "make docs writes it anew"
    assert yaml.safe_load(text)["views"]
    shown = set(re.findall(r"[a-z_]+\.acupressure_mat\w*", text))
    wished = ids(asks_health=True) - ids()
    assert shown <= ids() | wished, "nothing that has to be switched on first"
    cards = [card for section in yaml.safe_load(text)["views"][0]["sections"] for card in section["cards"]]
    asking = [card for card in cards if any(each in str(card) for each in wished)]
    assert len(asking) == len(shown & wished) == 5
    open_ = {"condition": "state", "entity": "sensor.acupressure_mat_health_question", "state_not": ["unknown", "unavailable"]}
    assert all(card["visibility"] == [open_] for card in asking), "seen only while a question is open"
    assert len(shown) >= 15
    asked = [mat_words(language, "state")["routine.question"] for language in LANGUAGES]
    states = [yaml.safe_load(each) for each in re.findall(r" state: (.+)", text)]
    assert [each for each in states if each != "on"] == [asked] * 3, "the question about redness, in every language"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dashboard_says_in_words_that_the_mat_is_away_and_each_step_of_a_calibration(language: str) -> None:
    cards = yaml.safe_load(dashboards.made(language))["views"][0]["sections"][0]["cards"]
    content = next(each["content"] for each in cards if each["type"] == "markdown")

    def shown(advice: str, code: str | None = None, answer: str = "unknown") -> str:
        states = {"sensor.acupressure_mat_advice": advice, "sensor.acupressure_mat_answer": answer}
        known = {
            "states": states.get,
            "has_value": lambda entity: states[entity] not in ("unknown", "unavailable"),
            "is_state_attr": lambda entity, name, value: (entity in states, name, value) == (True, "advice", code),
        }
        return " ".join(SandboxedEnvironment().from_string(content).render(known).split())

    card = mat_words(language, "card")
    assert shown("unavailable") == card["away"]
    assert shown("unknown") == card["unknown"]
    assert shown("Breathe.", "breathe", "Keep off the mat.") == "Breathe."
    assert shown("Follow the steps.", "calibrating") == "Follow the steps."
    assert shown("Follow the steps.", "calibrating", "Keep off.") == "Follow the steps. **Keep off.**"


class Loader(yaml.SafeLoader):
    """Knows Home Assistant's own tag for the inputs of a blueprint."""


Loader.add_constructor("!input", lambda loader, node: {"!input": node.value})


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
def test_a_blueprint_uses_what_it_asks_for_and_does_not_fire_after_a_restart(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    loaded = yaml.load(text, Loader)
    inputs = set(loaded["blueprint"]["input"])
    used = set(re.findall(r"!input (\w+)", text))
    assert used == inputs
    assert loaded["blueprint"]["domain"] == "automation"
    looks = any("or ours and" in each for each in loaded.get("conditions", ()))
    for trigger in loaded["triggers"]:
        assert trigger["trigger"] != "homeassistant" or looks, "a start of Home Assistant must not fire it"
        if trigger["trigger"] == "state":
            from_to = {trigger.get("from"), trigger.get("to")} == {"on", "off"}
            gone = {"unavailable", "unknown"}
            never = set(trigger.get("not_from", ())) == gone == set(trigger.get("not_to", ()))
            undoes = looks and trigger.get("id") in ("up", "still")
            alarms = path.stem == "cap-alarm" and trigger.get("id") == "alarm"  # of that one see below
            assert from_to or never or undoes or alarms, "coming back from unavailable must not fire it"
    if any("attributes.event_type" in line and "late" not in text for line in text.splitlines()):
        pytest.fail("an event that waited for the broker must not act")


def test_blueprints_wait_for_events_that_there_are() -> None:
    known = {*EventType, *ROUTINE}
    text = "\n".join(path.read_text(encoding="utf-8") for path in BLUEPRINTS)
    waited = set(re.findall(r"(?:value|event_type ==|-) '?((?:cue|session|lopsided)_[a-z_]+)'?", text))
    waited |= set(re.findall(r"value: ([a-z_]+)", text))
    assert {"session_ended", "cue_start", "cue_end", "cue_cap", "cue_last_minute"} <= waited
    assert waited <= known


NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


def condition(name: str, at: int, **known: Any) -> bool:
    """What a condition of a blueprint says, with the filters that Home Assistant has."""
    loaded = yaml.load((DOCS / "blueprints" / f"{name}.yaml").read_text(encoding="utf-8"), Loader)
    template = SandboxedEnvironment().from_string(loaded["conditions"][at])
    return template.render(now=lambda: NOW, timedelta=timedelta, **known).strip() == "True"


@pytest.mark.parametrize(
    ("before", "after", "last_min", "alarms"),
    [
        ("breathe", "alarm", None, True),
        ("over_time", "alarm", 1, True),
        ("alarm", "alarm", 1, False),
        ("alarm", "rise", 1, False),
        (None, "breathe", None, False),
        (None, "alarm", None, True),
        (None, "alarm", 20, True),
        *((away, "alarm", 1, False) for away in (None, "", "starting", "blind", "paused")),
    ],
)
def test_the_alarm_at_the_cap_is_one_message_whatever_was_away(
    before: str | None, after: str, last_min: float | None, *, alarms: bool
) -> None:
    from_state = None if before is None else {"attributes": {"advice": before} if before else {}}
    trigger = {"id": "alarm", "from_state": from_state, "to_state": {"attributes": {"advice": after}}}
    last = None if last_min is None else NOW - timedelta(minutes=last_min)
    known = {"advice": "sensor.advice", "trigger": trigger, "this": {"attributes": {"last_triggered": last}}}
    assert condition("cap-alarm", 0, **known) is alarms


@pytest.mark.parametrize(("advice", "late", "alarms"), [([], False, True), ([], True, False), ("sensor.advice", False, False)])
def test_without_the_advice_the_event_is_the_alarm(advice: object, *, late: bool, alarms: bool) -> None:
    event = {"attributes": {"event_type": "cue_cap", "late": late}}
    trigger = {"id": "event", "from_state": event, "to_state": event}
    assert condition("cap-alarm", 0, advice=advice, trigger=trigger, this={"attributes": {"last_triggered": None}}) is alarms


@pytest.mark.parametrize("said", [None, *Advice])
def test_nobody_is_reminded_whom_the_mat_would_not_guide_for_their_own_good(said: str | None) -> None:
    never = {"alarm", "rise", "symptom", "professional", "ask_professional", "rest_day", "fading", "redness"}
    reminded = condition("reminder", 2, advice="sensor.advice", state_attr=lambda _entity, _name: said)
    assert reminded is (said not in never)
    assert condition("reminder", 2, advice=[], state_attr=None)
