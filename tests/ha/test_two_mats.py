"""A second mat on the same broker in a real Home Assistant: two devices that know nothing of each other; one is taken away."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from acumat.contract.documents import encode
from acumat.mqtt.discovery import discovery_payload
from acumat.mqtt.topics import Topics
from acumat_hw.layout import PRESETS, grid
from tests.broker import Listener, until
from tests.ha.house import BASE, House
from tests.system.process import DaemonProcess

pytestmark = pytest.mark.timeout(600)

UPDATE_INSTALL = 1
"""UpdateEntityFeature.INSTALL of Home Assistant."""
FIRST, SECOND = "binary_sensor.test_mat", "binary_sensor.guest_room"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("mats"), stays=[(80_000, 80_100)])
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def second(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonProcess]:
    made = DaemonProcess(tmp_path_factory.mktemp("second"), house.broker.port, stays=[(40, 80_000)])
    text = made.config.read_text()
    made.config.write_text(text.replace('id = "test"', 'id = "second"').replace('name = "Test mat"', 'name = "Guest room"'))
    yield made
    made.kill()


def devices(house: House) -> set[str]:
    listed = house.home.ws("config/device_registry/list")
    return {str(each["name"]) for each in listed if each["manufacturer"] == "acumat"}


def of_second(house: House) -> set[str]:
    """Everything that Home Assistant knows of the second mat."""
    listed = house.home.ws("config/entity_registry/list")
    known = {str(each["entity_id"]) for each in listed if each["unique_id"].startswith("acumat_second_")}
    return known | {name for name in house.home.states() if "guest_room" in name}


def retained(house: House) -> set[str]:
    """Topics that the broker keeps, as somebody new hears them."""
    asked = Listener(house.broker.port)
    try:
        asked.catch_up()
        return {each.topic for each in asked.received if each.retained and each.payload}
    finally:
        asked.close()


def test_each_mat_is_a_device_of_its_own(house: House, second: DaemonProcess) -> None:
    second.start()
    until(lambda: devices(house) == {"Test mat", "Guest room"}, "both are there")
    until(lambda: house.home.state(SECOND) == "on", "somebody lies on the second one")
    until(lambda: house.home.state(FIRST) == "off", "and nobody on the first")
    house.home.call("button.press", entity_id="button.guest_room_tare")
    until(lambda: house.listener.on("acumat/second/response"), "the second one answers")
    assert house.listener.on(f"{BASE}/response") == []
    second.kill()
    until(lambda: house.home.state(SECOND) == "unavailable", "the second one is away")
    assert house.home.state(FIRST) == "off"


def test_a_mat_that_is_unpublished_leaves_nothing_behind(house: House, second: DaemonProcess) -> None:
    assert any("second" in topic for topic in retained(house))
    command = [sys.executable, "-m", "acumat.cli.main", "unpublish", "--config", str(second.config)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    until(lambda: devices(house) == {"Test mat"}, "the device is gone")
    assert [topic for topic in retained(house) if "second" in topic] == []
    assert of_second(house) == set()
    house.home.stop()
    house.home.start()
    house.seconds_until_right(time.monotonic())
    assert devices(house) == {"Test mat"}
    assert of_second(house) == set()


def test_a_mat_from_a_package_is_among_the_updates_and_offers_no_installation(house: House) -> None:
    topics = Topics("acumat", "packaged", "homeassistant")
    layout = grid(*PRESETS["2x2"], rm_ohm=3300.0)
    payload = discovery_payload(topics, name="Packed", version="0.2.0", layout=layout, packaged=True)
    house.listener.publish(topics.availability, "online", retain=True)
    house.listener.publish(topics.discovery, encode(payload))
    entity = "update.packed_update"
    until(lambda: house.home.state(entity) is not None, "the entity is there")

    def shows(latest: str | None, text: str, state: str) -> None:
        said = {"installed_version": "0.2.0", "latest_version": latest, "text": text}
        house.listener.publish(topics.update, encode(said), retain=True)
        until(lambda: house.home.state(entity) == state, f"{latest} is {state}")
        found = house.home.states()[entity]["attributes"]
        assert (found["installed_version"], found["latest_version"], found["release_summary"]) == ("0.2.0", latest, text)
        assert found["supported_features"] & UPDATE_INSTALL == 0

    shows(None, "", "unknown")
    shows("0.2.0", "", "off")
    shows("0.3.0", "Version 0.3.0 was installed and did not stay: it ended.", "on")
    for topic in (topics.discovery, topics.update, topics.availability):
        house.listener.publish(topic, "", retain=True)
    until(lambda: house.home.state(entity) is None, "it is gone")


def test_nothing_in_home_assistant_complains_of_it(house: House) -> None:
    """Home Assistant of 2025 empties the device's topic again for each entity that was off, and warns of its own message."""
    old = house.home.get("/api/config")["version"].startswith("2025.")
    house.check_quiet(but_for="No device components to cleanup" if old else None)
