"""Lights and do-not-disturb in a real Home Assistant while one stay is two sessions for the mat. The tests play the mat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from acumat.contract.documents import encode, state_document
from acumat.contract.state import MatState, Presence
from acumat.mqtt.discovery import discovery_payload
from acumat.mqtt.topics import Topics
from acumat_hw.layout import PRESETS, grid
from tests.broker import until
from tests.ha.house import House
from tests.ha.lying import BRIGHT, COUNTERS, FORGOTTEN, Mat, automations, helpers

pytestmark = pytest.mark.timeout(600)

TOPICS = Topics("acumat", "test", "homeassistant")
BLUEPRINTS = ("automation.lights_and_music_test_mat", "automation.do_not_disturb_test_mat")


@pytest.fixture(scope="module")
def mat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mat]:
    folder = tmp_path_factory.mktemp("sessions")
    house = House(folder / "house", stays=[], automations=lambda: automations(1), more=helpers(1))
    made = Mat(house, 0, folder)
    try:
        payload = discovery_payload(TOPICS, name="Test mat", version="0.2.0", layout=grid(*PRESETS["2x2"], rm_ohm=3300.0))
        house.listener.publish(TOPICS.discovery, encode(payload), retain=True)
        house.listener.publish(TOPICS.availability, "online", retain=True)
        made.show_lamp()
        says(house, Presence.EMPTY)
        house.home.start()
        until(lambda: house.home.state(made.session) == "off", "the mat is found, and empty")
        yield made
    finally:
        house.close()


def says(house: House, presence: Presence, session_id: str | None = None) -> None:
    house.listener.publish(TOPICS.state, encode(state_document(MatState(presence, session_id=session_id))), retain=True)


def closes(house: House, began: datetime) -> None:
    """The session that began then is over."""
    times = {"started_at": began.isoformat(), "ended_at": datetime.now(UTC).isoformat()}
    house.listener.publish(TOPICS.session, encode({"session_s": 60.0, **times}), retain=True)


def runs(house: House) -> list[str]:
    """When each blueprint ran last."""
    shown = house.home.states()
    return [str(shown[name]["attributes"]["last_triggered"]) for name in BLUEPRINTS]


def test_a_pause_and_a_lift_after_a_restart_of_home_assistant_are_no_second_lying_down(mat: Mat) -> None:
    house, began = mat.house, datetime.now(UTC)
    house.home.call("light.turn_on", entity_id=mat.lamp, brightness=BRIGHT)
    says(house, Presence.LYING, "first")
    lain = Counter({**dict.fromkeys(COUNTERS, 0), "down": 1, "hushed": 1})
    until(lambda: mat.counts(house.home.states()) == lain, "somebody lies there")
    house.home.stop()
    house.home.start()
    until(lambda: house.home.state(mat.session) == "on", "they lie there still")
    closes(house, began)
    says(house, Presence.BLIND)
    until(lambda: house.home.state(mat.session) == "unknown", "the mat is paused")
    ran, began = runs(house), datetime.now(UTC)
    says(house, Presence.EMPTY)
    says(house, Presence.LYING, "second")
    until(lambda: all(now != before for now, before in zip(runs(house), ran, strict=True)), "each has heard of it")
    shown = house.home.states()
    assert (mat.counts(shown), mat.quiet(shown)) == (lain, "on")
    closes(house, began)
    says(house, Presence.EMPTY)
    once = Counter(dict.fromkeys(COUNTERS, 1))
    until(lambda: mat.counts(house.home.states()) == once, "they are up")
    shown = house.home.states()
    assert (mat.brightness(shown), mat.quiet(shown)) == (FORGOTTEN, "off")
    house.check_quiet()
