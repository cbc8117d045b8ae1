"""Topics: the contract's names, and which of them is a command of ours."""

from __future__ import annotations

import pytest

from acumat.mqtt.topics import Topics

TOPICS = Topics("acumat", "ab12", "homeassistant")


def test_topics_are_those_of_the_contract() -> None:
    assert TOPICS.availability == "acumat/ab12/availability"
    assert TOPICS.state == "acumat/ab12/state"
    assert TOPICS.event == "acumat/ab12/event"
    assert TOPICS.session == "acumat/ab12/session"
    assert TOPICS.wellbeing == "acumat/ab12/wellbeing"
    assert TOPICS.wellbeing in TOPICS.retained
    assert TOPICS.update == "acumat/ab12/update"
    assert TOPICS.update in TOPICS.retained
    assert TOPICS.health == "acumat/ab12/health"
    assert TOPICS.response == "acumat/ab12/response"
    assert TOPICS.command("tare") == "acumat/ab12/command/tare"
    assert TOPICS.commands == "acumat/ab12/command/+"
    assert TOPICS.discovery == "homeassistant/device/acumat_ab12/config"
    assert TOPICS.birth == "homeassistant/status"


def test_base_and_prefix_may_have_levels_of_their_own() -> None:
    topics = Topics("home/bedroom", "m", "ha/discovery")
    assert topics.state == "home/bedroom/m/state"
    assert topics.discovery == "ha/discovery/device/acumat_m/config"
    assert topics.command_name("home/bedroom/m/command/tare") == "tare"


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("acumat/ab12/command/calibrate", "calibrate"),
        ("acumat/ab12/command/anything else", "anything else"),
        ("acumat/ab12/command/", None),
        ("acumat/ab12/command", None),
        ("acumat/ab12/command/a/b", None),
        ("acumat/other/command/tare", None),
        ("x/acumat/ab12/command/tare", None),
        ("acumat/ab12/state", None),
        ("homeassistant/status", None),
        ("", None),
    ],
)
def test_a_command_is_known_by_its_topic(topic: str, name: str | None) -> None:
    assert TOPICS.command_name(topic) == name
