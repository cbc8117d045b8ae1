"""The mat in a real Home Assistant: what appears, what it shows, what it can be told, and what fires when."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.broker import until
from tests.ha.house import BASE, LAMP_CONFIG, LAMP_TOPIC, House, note
from tests.system.process import scenario

pytestmark = pytest.mark.timeout(600)

COUNTERS = ("down", "up", "woken", "lopsided", "reminded", "asked")
OCCUPANCY, EVENT, ADVICE = "binary_sensor.test_mat", "event.test_mat_event", "sensor.test_mat_advice"
SWITCHED_OFF = ("sensitivity", "picture", "sensors_failing", "calibrate_cancel", "head_foot", "last_event")


def automations() -> list[Mapping[str, Any]]:
    """Each blueprint once; what it does is counted."""

    def use(name: str, **inputs: Any) -> Mapping[str, Any]:
        return {"id": name, "alias": name, "use_blueprint": {"path": f"acumat/{name}.yaml", "input": inputs}}

    session = {"session": "binary_sensor.test_mat_session", "last_session": "sensor.test_mat_last_session"}
    return [
        use(
            "lights-and-music",
            **session,
            lights=["light.lamp"],
            fade=0,
            lies_down=note("down"),
            gets_up=note("up"),
        ),
        use("wake-softly", mat_event=EVENT, moments=["settled"], also=note("woken")),
        use("do-not-disturb", **session, quiet=["input_boolean.quiet"], after=0),
        use("lopsided", advice=ADVICE, tell=note("lopsided")),
        use("reminder", occupancy=OCCUPANCY, minutes_today="sensor.test_mat_minutes_today", tell=note("reminded")),
        use("how-it-felt", mat_event=EVENT, calm="select.test_mat_how_calm", notify="script.phone", after=0, least=0),
    ]


MORE: dict[str, dict[str, Any]] = {
    "counter": {name: {} for name in COUNTERS},
    "input_boolean": {"quiet": {}},
}
PHONE = {"phone": {"mode": "queued", "fields": {"title": {}, "message": {}, "data": {}}, "sequence": note("asked")}}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(
        tmp_path_factory.mktemp("house"),
        stays=[(60, 190), (230, 330), (100_000, 100_100)],
        speed=4.0,
        automations=automations,
        scripts=PHONE,
        more=MORE,
    )
    try:
        made.listener.publish(LAMP_TOPIC, LAMP_CONFIG, retain=True)
        made.home.start()
        made.daemon.start()
        until(lambda: made.home.state(OCCUPANCY) == "off", "the mat is found, and empty")
        made.home.call("light.turn_on", entity_id="light.lamp", brightness_pct=80)
        yield made
    finally:
        made.close()


def counts(house: House) -> dict[str, int]:
    states = house.home.states()
    return {name: int(states[f"counter.{name}"]["state"]) for name in COUNTERS}


def brightness(house: House) -> float | None:
    said = house.listener.last("lamp/set")
    return None if said is None else said.document.get("brightness")


def ended(house: House) -> list[dict[str, Any]]:
    return [each for each in house.listener.events(f"{BASE}/event") if each["event_type"] == "session_ended"]


def test_the_mat_appears_as_one_device_with_the_entities_that_the_payload_names(house: House) -> None:
    components = house.components()
    entities = until(lambda: (found := house.entities()).keys() >= components.keys() and found, "all are registered")
    assert set(entities) == set(components)
    for key, component in components.items():
        assert (entities[key]["disabled_by"] is None) is component.get("enabled_by_default", True), key
        assert entities[key]["entity_category"] == component.get("entity_category"), key
        assert entities[key]["entity_id"].startswith(f"{component['platform']}.test_mat"), key
    devices = [each for each in house.home.ws("config/device_registry/list") if each["manufacturer"] == "acumat"]
    assert [each["name"] for each in devices] == ["Test mat"]
    assert {each["device_id"] for each in entities.values()} == {devices[0]["id"]}


def test_blueprints_fire_over_a_session_and_every_entity_is_right_all_along(house: House) -> None:
    ids = {key: str(each["entity_id"]) for key, each in house.entities().items() if each["disabled_by"] is None}
    until(lambda: house.home.state(OCCUPANCY) == "on", "somebody lies there", 60)
    until(lambda: house.home.state("input_boolean.quiet") == "on", "do not disturb")
    until(lambda: brightness(house) == pytest.approx(26, abs=1), "the light is dimmed to a tenth")
    until(lambda: counts(house)["woken"] == 1, "the event told for it has come", 60)
    until(lambda: not house.wrong(ids), "every entity shows what the mat says")
    until(lambda: house.home.state(OCCUPANCY) == "off", "they got up", 90)
    until(lambda: house.home.state("input_boolean.quiet") == "off", "and may be disturbed again")
    until(lambda: brightness(house) == pytest.approx(204, abs=1), "the light is as it was")
    until(lambda: counts(house)["asked"] == 1, "after the session they are asked how it felt", 60)
    house.home.post("/api/events/mobile_app_notification_action", {"action": "acumat_felt_select_test_mat_how_calm_5"})
    # the mat itself clears its command topics at each connect, with empty messages
    sent = until(lambda: [each for each in house.listener.on(f"{BASE}/command/check_in") if each.payload], "the mat is asked")
    answer = sent[-1]
    assert answer.document == {"calm": 5}
    reported = counts(house)
    assert (reported["down"], reported["up"], reported["woken"], reported["asked"]) == (1, 1, 1, 1)


def test_what_can_be_reported_is_done_and_shown(house: House) -> None:
    house.enable(*SWITCHED_OFF)
    ids = {key: house.entity(key) for key in (*SWITCHED_OFF, "pause", "guest", "tare")}

    def until_shown(key: str, value: str) -> None:
        asked_s = time.monotonic()
        until(lambda: house.home.state(ids[key]) == value, f"{key} is {value}")
        assert time.monotonic() - asked_s < 1.0

    until(lambda: house.home.state(ids["pause"]) == "off", "the switches know where they stand")
    house.home.call("switch.turn_on", entity_id=ids["guest"])
    until_shown("guest", "on")
    house.home.call("switch.turn_off", entity_id=ids["guest"])
    until_shown("guest", "off")
    for option in ("high", "low", "normal"):
        house.home.call("select.select_option", entity_id=ids["sensitivity"], option=option)
        until_shown("sensitivity", option)
    house.home.call("switch.turn_on", entity_id=ids["pause"])
    until_shown("pause", "on")
    until(lambda: house.home.state(OCCUPANCY) == "unknown", "a paused mat cannot tell")
    assert house.home.states()[ids["pause"]]["attributes"]["paused_until"]
    until(lambda: str(house.home.state(ids["last_event"])).startswith("Measuring is paused"), "the last event in words")
    house.home.call("button.press", entity_id=ids["tare"])
    until(lambda: house.answered("paused"), "no tare while paused, with the reason")
    house.home.call("switch.turn_off", entity_id=ids["pause"])
    until_shown("pause", "off")
    until(lambda: house.home.state(OCCUPANCY) in ("on", "off"), "it sees again")
    house.home.call("button.press", entity_id=ids["calibrate_cancel"])
    until(lambda: house.answered("not_calibrating"), "nothing to cancel")
    until(lambda: house.home.state(ids["picture"]) not in (None, "unknown", "unavailable"), "a picture is there")
    shown = house.home.states()[ids["sensors_failing"]]
    assert shown["state"] == "0"
    sensors = house.last("health")["sensors"]
    assert {name: shown["attributes"].get(name) for name in sensors} == dict.fromkeys(sensors, "ok")


def test_nothing_fires_again_when_home_assistant_or_the_daemon_restarts(house: House) -> None:
    until(lambda: len(ended(house)) == 2 and house.last("state")["session_id"] is None, "the second session is over", 120)
    until(lambda: counts(house)["asked"] == 2, "and asked about")
    before = counts(house)
    house.home.stop()
    house.home.start()
    house.seconds_until_right(time.monotonic())
    assert counts(house) == before
    house.stop_daemon()
    until(lambda: house.home.state(OCCUPANCY) == "unavailable", "the mat is away")
    (house.daemon.folder / "story.toml").write_text(scenario([(80_000, 80_100)]))  # nobody comes this time
    house.daemon.start()
    house.seconds_until_right(time.monotonic())
    assert counts(house) == before


def test_a_renamed_mat_is_renamed_and_a_removed_one_goes(house: House) -> None:
    house.stop_daemon()
    text = house.daemon.config.read_text()
    house.daemon.config.write_text(
        text.replace('name = "Test mat"', 'name = "Attic"').replace("[mqtt]", "[mqtt]\npicture = false")
    )
    house.daemon.start()

    def name() -> str:
        devices = house.home.ws("config/device_registry/list")
        return next(str(each["name"]) for each in devices if each["manufacturer"] == "acumat")

    until(lambda: name() == "Attic", "the device has its new name")
    assert house.entity("occupancy") == OCCUPANCY, "automations go on working"
    until(lambda: "picture" not in house.entities(), "an entity that is switched off in the mat goes")


def test_there_are_no_statistics_issues_no_repairs_and_no_complaints(house: House) -> None:
    house.check_quiet()
