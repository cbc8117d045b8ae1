"""A whole guided session with check-ins, a broken sensor and converters that go away: what Home Assistant shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from acumat.coach.screening import QUESTIONS
from acumat.control import ask
from tests.broker import until
from tests.ha.house import BASE, House

pytestmark = pytest.mark.timeout(600)

OCCUPANCY, EVENT = "binary_sensor.test_mat", "event.test_mat_event"
PROBLEM, FAILING = "binary_sensor.test_mat_problem", "sensor.test_mat_failing_sensors"
LIES_DOWN_S, GETS_UP_S = 240.0, 1100.0
FAULTS = """
[[fault]]
do = "short"
at_s = 330
for_s = 150
sensor = "r2c1"

[[fault]]
do = "absent"
at_s = 700
for_s = 60
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("faults"), stays=[(LIES_DOWN_S, GETS_UP_S), (80_000, 80_100)], speed=8.0)
    config, story = made.daemon.config, made.daemon.folder / "story.toml"
    config.write_text(config.read_text().replace('through = "fast"', 'through = "bus"'))
    story.write_text(story.read_text() + FAULTS)
    try:
        made.start()
        asked = {"command": "screen", **dict.fromkeys(QUESTIONS, "no")}
        assert ask(made.daemon.folder / "run" / "control.sock", asked, 10.0)["ok"]
        made.enable("sensors_failing")
        yield made
    finally:
        made.close()


def reported(house: House, event_type: str) -> list[dict[str, Any]]:
    return [each for each in house.listener.events(f"{BASE}/event") if each["event_type"] == event_type]


def shown_event(house: House) -> dict[str, Any]:
    attributes: dict[str, Any] = house.home.states()[EVENT]["attributes"]
    return attributes


def say(house: House, payload: str) -> None:
    house.home.call("mqtt.publish", topic=f"{BASE}/command/check_in", payload=payload)


def test_a_session_with_faults_and_check_ins_is_shown_as_it_is(house: House) -> None:
    ids = {key: str(each["entity_id"]) for key, each in house.entities().items() if each["disabled_by"] is None}
    say(house, '{"when": "before", "calm": 2, "discomfort": 1}')
    until(lambda: len(reported(house, "check_in")) == 1, "the first check-in is noted")
    until(lambda: house.home.state(OCCUPANCY) == "on", "somebody lies there", 60)
    until(lambda: house.home.state(PROBLEM) == "off", "all is well")
    until(lambda: house.home.state(PROBLEM) == "on", "a sensor is broken", 60)
    until(lambda: house.home.state(FAILING) == "1", "one of them")
    shown = house.home.states()[FAILING]["attributes"]
    assert shown["r2c1"] == house.last("health")["sensors"]["r2c1"]["text"]
    assert house.home.state(OCCUPANCY) == "on", "the others still tell"
    until(lambda: not house.wrong(ids), "every entity shows what the mat says")
    until(lambda: house.home.state(PROBLEM) == "off", "it works again", 60)
    until(lambda: house.home.state(OCCUPANCY) == "unknown", "nothing can be read: unknown, not empty", 60)
    until(lambda: not house.wrong(ids), "every entity shows what the mat says")
    until(lambda: house.home.state(OCCUPANCY) == "on", "they lie there still", 60)
    until(lambda: reported(house, "session_ended"), "the session is over", 120)
    say(house, '{"when": "after", "calm": 4, "discomfort": 0}')
    until(lambda: len(reported(house, "check_in")) == 2, "the second check-in is noted")
    assert len(reported(house, "session_started")) == 1
    assert {"sensor_failed", "sensor_recovered", "blind_started", "blind_ended"} <= {
        str(each["event_type"]) for each in house.listener.events(f"{BASE}/event")
    }
    until(lambda: shown_event(house)["event_type"] == "check_in", "Home Assistant has heard the last of it")
    assert shown_event(house)["calm"] is None, "how somebody feels is nobody's business until it is shared"
    until(lambda: not house.wrong(ids), "every entity shows what the mat says")


def test_nothing_in_home_assistant_complains_of_it(house: House) -> None:
    house.check_quiet()
