"""The discovery payload: golden files, Home Assistant's rules, and what each entity shows of each document."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from jinja2.sandbox import SandboxedEnvironment

from acumat.coach.document import ROUTINE_KEYS, SITUATIONS, routine_document
from acumat.coach.guidance_gate import WHY
from acumat.coach.moment import Moment
from acumat.coach.rules import Rules
from acumat.coach.state import CoachState
from acumat.commands.parser import parse_command
from acumat.contract.commands import Command, CommandName, Response
from acumat.contract.documents import (
    SESSION_KEYS,
    encode,
    health_document,
    no_session_document,
    response_document,
    session_document,
    state_document,
)
from acumat.contract.events import EventType
from acumat.contract.now import NOW_KEYS
from acumat.contract.sessions import Profile, SessionRecord, Totals
from acumat.contract.state import Condition, HealthState, MatState, Phase, Presence
from acumat.contract.wellbeing import GROUPS, NOTHING_SHARED, WELLBEING_KEYS, Shared
from acumat.mqtt.discovery import discovery_payload
from acumat.mqtt.discovery_wellbeing import with_rhythm
from acumat.mqtt.retired_entities import RETIRED, stubs
from acumat.mqtt.topics import Topics
from acumat_hw.layout import PRESETS, grid
from tests.mqtt.discovery_rules import problems

GOLDEN = Path(__file__).parent / "golden"
PROFILE = Profile("72x43 cm", "lotus, 230 discs", "eco foam", "linen", "bed", "back", "neck roll")
ALL_SHARED = Shared(*[True] * len(GROUPS))
PLAIN = "2x2_plain"
FULL = "4x4_profile"

Payload = dict[str, Any]


def payload(which: str = FULL, *, routine: bool = True, asks_health: bool = True, shared: Shared = ALL_SHARED) -> Payload:
    if which == PLAIN:
        return discovery_payload(
            Topics("acumat", "0f3a91c2", "homeassistant"),
            name="Mat",
            version="1.2.3",
            layout=grid(*PRESETS["2x2"], rm_ohm=3300.0),
        )
    return discovery_payload(
        Topics("home/bedroom", "anna-s_mat", "ha"),
        name="Anna's mat",
        version="1.2.3",
        layout=grid(*PRESETS["4x4"], rm_ohm=3300.0),
        routine=routine,
        asks_health=asks_health,
        packaged=True,
        shared=shared,
    )


@pytest.mark.parametrize("which", [PLAIN, FULL])
def test_the_payload_is_the_golden_one(which: str) -> None:
    """A change here changes people's entities: keys, unique ids, units and classes stay for ever."""
    text = json.dumps(payload(which), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert text == (GOLDEN / f"{which}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("which", [PLAIN, FULL])
def test_home_assistant_accepts_the_payload(which: str) -> None:
    assert problems(payload(which)) == []


def test_unique_ids_come_from_the_mats_id_and_the_key_alone() -> None:
    for key, component in payload()["components"].items():
        assert component["unique_id"] == f"acumat_anna-s_mat_{key}"
    assert payload()["device"]["identifiers"] == ["acumat_anna-s_mat"]


def test_at_most_twenty_entities_are_to_be_read_and_ten_to_be_used_at_first() -> None:
    components = payload(asks_health=False, shared=NOTHING_SHARED)["components"].values()
    # an update is read where Home Assistant lists all of them
    living = [c for c in components if "unique_id" in c and c["platform"] != "update"]
    shown = [c for c in living if c.get("enabled_by_default", True)]
    readable = [c for c in shown if "command_topic" not in c]
    assert len(readable) <= 20
    assert len(shown) - len(readable) <= 10


@pytest.mark.parametrize(("key", "argument"), [("planned_minutes", "minutes"), ("cap", "cap")])
def test_minutes_are_a_number_that_the_daemon_takes(key: str, argument: str) -> None:
    number = payload()["components"][key]
    name = Topics("home/bedroom", "anna-s_mat", "ha").command_name(number["command_topic"]) or ""
    for limit in (number["min"], number["max"]):
        command = parse_command(name, number["command_template"].replace("{{ value }}", str(limit)).encode())
        assert isinstance(command, Command)
        assert {k: v for k, v in command.arguments.items() if v is not None} == {argument: limit}


def test_without_the_routine_its_entities_are_taken_away() -> None:
    """A key that is merely left out would stay in Home Assistant for ever."""
    without = payload(routine=False)
    assert problems(without) == []
    gone = {key: each for key, each in without["components"].items() if set(each) == {"platform"}}
    assert gone.keys() == {key for key, each in payload()["components"].items() if routines(each)}
    assert all(payload()["components"][key]["platform"] == each["platform"] for key, each in gone.items())
    assert not any(routines(each) for each in without["components"].values())


def routines(component: Payload) -> bool:
    topics = [component.get("state_topic", ""), component.get("command_topic", "")]
    ours = ("/routine", "/stop", "/symptom", "/redness", "/programme_set", "/check_in", "/health_answer", "/health_again")
    return any(topic.endswith(ours) for topic in topics)


def test_what_the_routine_shows_fits_what_home_assistant_takes() -> None:
    components = payload()["components"]
    assert components["routine"]["options"] == list(SITUATIONS)
    assert set(components["guidance"]["options"]) == {"on", *WHY}


def test_what_the_mat_is_made_of_is_visible_on_the_device() -> None:
    device = payload()["device"]
    assert device["model"] == "Acupressure mat 4x4"
    assert device["hw_version"] == "16 sensors, 4 converters"
    assert device["serial_number"] == "anna-s_mat"
    assert "configuration_url" not in device
    assert (
        discovery_payload(
            Topics("acumat", "a", "homeassistant"),
            name="Mat",
            version="1",
            layout=grid(*PRESETS["2x2"], rm_ohm=3300.0),
            page_url="http://bedroom.local:8480",
        )["device"]["configuration_url"]
        == "http://bedroom.local:8480"
    )


def test_every_event_and_every_phase_can_be_shown() -> None:
    components = payload()["components"]
    assert set(components["event"]["event_types"]) == set(EventType)
    assert components["phase"]["options"] == ["empty", *Phase]


def test_everything_that_can_be_set_sends_what_the_daemon_takes_and_shows_what_it_says() -> None:
    topics = Topics("home/bedroom", "anna-s_mat", "ha")
    components = payload()["components"]

    def asked(key: str, word: str) -> dict[str, object]:
        command = parse_command(topics.command_name(components[key]["command_topic"]) or "", word.encode())
        assert isinstance(command, Command), (key, word)
        return dict(command.arguments)

    for key in ("pause", "guest"):
        each = components[key]
        assert asked(key, each["payload_on"])["on"] is True
        assert asked(key, each["payload_off"])["on"] is False
    words = [asked("sensitivity", option)["sensitivity"] for option in components["sensitivity"]["options"]]
    assert words == ["low", "normal", "high"]
    assert {components[key]["state_topic"] for key in ("pause", "guest", "sensitivity")} == {topics.settings}


def test_what_can_be_used_at_first_is_what_a_session_needs() -> None:
    writable = {
        key
        for key, each in payload(asks_health=False, shared=NOTHING_SHARED)["components"].items()
        if "command_topic" in each and each.get("enabled_by_default", True)
    }
    needed = {"symptom_stop", "stop", "pause", "guest", "planned_minutes", "calm", "redness_faded", "still_red"}
    assert writable == needed | {"calibrate", "tare"}
    components = payload(asks_health=False)["components"]
    assert [key for key in writable if "entity_category" in components[key]] == [key for key in writable if key not in needed]
    assert len([each for each in components.values() if "unique_id" in each]) <= 70


def test_without_the_picture_its_entity_is_taken_back_and_the_payload_still_accepted() -> None:
    with_it = payload()["components"]
    without = discovery_payload(
        Topics("home/bedroom", "anna-s_mat", "ha"),
        name="Anna's mat",
        version="1.2.3",
        layout=grid(*PRESETS["4x4"], rm_ohm=3300.0),
        asks_health=True,
        picture=False,
        packaged=True,
        shared=ALL_SHARED,
    )
    assert without["components"] == {**with_it, "picture": {"platform": "image"}}
    assert problems(without) == []


def test_the_newest_release_is_named_where_acumat_is_a_package_and_can_be_installed_from_nowhere_else() -> None:
    entity = payload()["components"]["update"]
    assert "command_topic" not in entity, "who may publish is not who may install"
    assert payload(PLAIN)["components"]["update"] == {"platform": "update"}


def test_what_is_retired_is_sent_as_a_bare_stub_and_its_key_is_never_used_again() -> None:
    assert stubs({"volts": "sensor"}) == {"volts": {"platform": "sensor"}}
    living = {key for key, each in payload()["components"].items() if "unique_id" in each}
    assert not living & RETIRED.keys()
    assert problems({**payload(), "components": {**payload()["components"], **stubs({"volts": "sensor"})}}) == []


def test_buttons_send_what_the_daemon_takes() -> None:
    topics = Topics("home/bedroom", "anna-s_mat", "ha")
    buttons = [each for each in payload()["components"].values() if "payload_press" in each]
    asked = [
        parse_command(topics.command_name(each["command_topic"]) or "", each["payload_press"].encode()) for each in buttons
    ]
    assert [each.name for each in asked] == [
        CommandName.CALIBRATE,
        CommandName.TARE,
        CommandName.CALIBRATE_CANCEL,
        CommandName.CALIBRATE_UNDO,
        CommandName.STOP,
        CommandName.SYMPTOM,
        CommandName.REDNESS,
        CommandName.REDNESS,
        CommandName.HEALTH_AGAIN,
        CommandName.SKIP,
    ]
    assert not any(isinstance(each, Response) for each in asked)


def test_templates_read_keys_that_the_documents_have() -> None:
    session = no_session_document(PROFILE, Totals())
    health = health_document(HealthState.OK, {}, {"bus": Condition(), "store": Condition()})
    now = Moment(0.0, 1.8e9, "boot", UTC)
    routine = routine_document(CoachState(), MatState(), now, Rules())
    assert list(routine) == list(ROUTINE_KEYS)
    settings = {"paused", "paused_until", "guest", "sensitivity"}
    known = {
        *state_document(MatState()),
        *session,
        *session["totals"],
        *health,
        *settings,
        *NOW_KEYS,
        "installed_version",
        "latest_version",
        "code",
        "text",
        *routine,
        "health_question",
        *WELLBEING_KEYS,
    }
    for component in payload()["components"].values():
        template = component.get("value_template", "")
        asked = {part.split("'")[1] for part in template.split(".get(")[1:] if part.startswith("'")}
        assert asked <= known, template


def test_the_zones_are_told_in_tens_while_somebody_lies_there() -> None:
    """Every change is a row of somebody's database."""
    template = SandboxedEnvironment().from_string(payload()["components"]["left_share"]["json_attributes_template"])

    def zones(state: MatState) -> Any:
        return json.loads(template.render(value_json=state_document(state)))["zones"]

    shares = {"left": 52.0, "right": 48.0, "neck": 24.9, "shoulders": 35.1, "lumbar": 0.0, "pelvis": 40.0}
    assert zones(MatState(Presence.LYING, shares=shares)) == {"neck": 20, "shoulders": 40, "lumbar": 0, "pelvis": 40}
    assert zones(MatState(Presence.LYING)) == zones(MatState(Presence.CONTACT, shares=shares)) == zones(MatState()) == {}


def test_before_the_first_session_the_document_has_the_same_keys() -> None:
    record = SessionRecord("x-s1", 0.0, 60.0, 50.0, 1, "got_up")
    some = session_document(record, PROFILE, float, Totals(1, 1.0, 1, 1.0))
    none = no_session_document(PROFILE, Totals())
    assert list(none) == list(some)
    assert all(none[key] is None for key in SESSION_KEYS)
    assert none["totals"] == {"sessions_total": 0, "minutes_total": 0.0, "sessions_today": 0, "minutes_today": 0.0}


def test_a_response_has_every_key() -> None:
    document = response_document(Response("tare", ok=False, reason="bad_payload", text="No."))
    assert encode(document) == '{"name":"tare","ok":false,"reason":"bad_payload","text":"No.","correlation":null}'


def spoil(path: str, value: object) -> Callable[[Payload], None]:
    *way, last = path.split("/")

    def change(of: Payload) -> None:
        for step in way:
            of = of[step]
        if value is REMOVE:
            del of[last]
        else:
            of[last] = value

    return change


REMOVE = object()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (spoil("comment", "hi"), "comment at the top"),
        (spoil("device/colour", "red"), "colour at device"),
        (spoil("origin/mail", "x"), "mail at origin"),
        (spoil("origin/name", REMOVE), "origin needs a name"),
        (spoil("device/name", REMOVE), "device needs a name"),
        (spoil("device/identifiers", []), "identifiers or connections"),
        (spoil("device/configuration_url", "mat.local:8080"), "http://"),
        (spoil("availability_topic", "a"), "list form"),
        (spoil("components/load/availability_topic", "a"), "list form"),
        (spoil("components/load/platform", "thermostat"), "not one of ours"),
        (spoil("components/load/unique_id", REMOVE), "unique_id is missing"),
        (spoil("components/load/unique_id", "acumat_anna-s_mat_phase"), "more than once"),
        (spoil("components/load/icon", None), "must not be null"),
        (spoil("components/load/icon", "weight"), "mdi:"),
        (spoil("components/load/entity_category", "config"), "entity_category"),
        (spoil("components/load/unit_of_measurement", "N"), "unit N"),
        (spoil("components/load/options", ["a"]), "enum go together"),
        (spoil("components/load/object_id", "x"), "no key of sensor"),
        (spoil("components/load/value_template", "{{ value_json.load }}"), "would warn"),
        (spoil("components/load/value_template", "{{ value_json.get('load') }"), "open bracket"),
        (spoil("components/load/suggested_display_precision", REMOVE), "needless digits"),
        (spoil("components/load/name", "Anna's mat load"), "not begin"),
        (spoil("components/load/name", None), "exactly one main entity"),
        (spoil("components/last_session/unit_of_measurement", "minutes"), "unit minutes"),
        (spoil("components/last_session_ended/state_class", "measurement"), "state_class measurement"),
        (spoil("components/tare/command_topic", "a/+/b"), "wildcard"),
        (spoil("components/event/state_topic", REMOVE), "must be its own"),
        (spoil("components/pause/state_topic", REMOVE), "from its own state_topic"),
        (spoil("components/sensitivity/options", REMOVE), "options is missing"),
        (spoil("components/picture/image_topic", REMOVE), "image_topic is missing"),
        (spoil("components/event/event_types", REMOVE), "event_types is missing"),
        (spoil("components/planned_minutes/min", 31), "not below max"),
        (spoil("components/planned_minutes/mode", "wheel"), "mode wheel"),
        (spoil("components/planned_minutes/command_template", "{}"), "carry the value"),
        (spoil("components/Last session", {"platform": "sensor"}), "a-z, 0-9"),
    ],
)
def test_the_rules_find_what_home_assistant_refuses(change: Callable[[Payload], None], says: str) -> None:
    spoilt = copy.deepcopy(payload())
    change(spoilt)
    assert any(says in problem for problem in problems(spoilt)), problems(spoilt)


@pytest.mark.parametrize("name", GROUPS)
def test_only_what_is_shared_of_how_somebody_feels_has_entities(name: str) -> None:
    nothing, shared = payload(shared=NOTHING_SHARED), payload(shared=replace(NOTHING_SHARED, **{name: True}))
    assert problems(nothing) == problems(shared) == []
    added = {
        key
        for key, each in shared["components"].items()
        if "unique_id" in each and "unique_id" not in nothing["components"][key]
    }
    shown = {
        part.split("'")[1] for key in added for part in shared["components"][key].get("value_template", "").split(".get(")[1:]
    }
    assert added
    assert shown <= set(GROUPS[name]), "an entity shows nothing that is not shared"
    assert nothing["components"].keys() == shared["components"].keys(), "what is not shared any more is removed"


def test_the_taps_send_what_the_daemon_takes() -> None:
    topics = Topics("home/bedroom", "anna-s_mat", "ha")
    components = payload()["components"]
    taps = {key: each for key, each in components.items() if each.get("options") == ["1", "2", "3", "4", "5"]}
    assert len(taps) == 7
    for key, each in taps.items():
        name = topics.command_name(each["command_topic"]) or ""
        command = parse_command(name, each["command_template"].replace("{{ value }}", "4").encode())
        assert isinstance(command, Command), key
        assert [value for value in command.arguments.values() if value is not None] == [4]
    away = components["away_until"]
    assert re.fullmatch(away["pattern"], "2026-12-24")
    assert re.fullmatch(away["pattern"], "")
    for payload_text in (b'{"until": "2026-12-24"}', b'{"back": true}', b"back"):
        assert isinstance(parse_command("away", payload_text), Command)


def test_the_rhythm_that_is_switched_off_has_no_entity() -> None:
    topics = Topics("home/bedroom", "anna-s_mat", "ha")
    assert with_rhythm(payload(), topics, on=True) == payload()
    off = with_rhythm(payload(), topics, on=False)
    assert off["components"]["rhythm"] == {"platform": "sensor"}
    assert problems(off) == []
