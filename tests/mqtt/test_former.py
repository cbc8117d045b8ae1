"""What a mat has left on the broker under another id, base topic or discovery prefix goes with the next connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from acumat.mqtt.brief_connection import BriefConnectionError
from acumat.mqtt.former import NAME, FormerTopics, Published
from acumat.mqtt.problems import Target
from acumat.mqtt.topics import Topics
from acumat.mqtt.unpublish import clear_former
from tests.broker import Broker, Listener, until

OLD = Topics("acumat", "old", "homeassistant")


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    broker.start()
    made = Listener(broker.port)
    yield made
    made.close()


class Starts:
    """Starts of one mat on one state folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.asked: list[Topics] = []
        self.refused = False

    def start(self, topics: Topics, machine: str = "here") -> list[Topics]:
        """What is cleared at a start with these topics."""
        self.asked.clear()
        FormerTopics(self.path, Published(machine, (topics,)), self._clear).clear()
        return list(self.asked)

    def _clear(self, topics: Topics) -> bool:
        self.asked.append(topics)
        if self.refused:
            raise BriefConnectionError("the broker refuses it")
        return True


def test_each_former_place_is_cleared_once_however_often_the_mat_moves(tmp_path: Path) -> None:
    starts = Starts(tmp_path)
    new = replace(OLD, mat_id="new")
    assert starts.start(OLD) == starts.start(OLD) == []
    assert starts.start(new) == [OLD]
    assert starts.start(new) == []
    assert starts.start(OLD) == [new]
    assert starts.path.stat().st_mode & 0o777 == 0o600


def test_what_could_not_be_cleared_is_tried_again_and_back_in_use_it_stays(tmp_path: Path) -> None:
    starts = Starts(tmp_path)
    new, newest = replace(OLD, mat_id="new"), replace(OLD, mat_id="newest")
    starts.start(OLD)
    starts.refused = True
    assert starts.start(new) == [OLD]
    assert starts.start(newest) == [OLD, new]
    assert starts.start(OLD) == [new, newest]
    starts.refused = False
    assert starts.start(OLD) == [new, newest]
    assert starts.start(OLD) == []


@pytest.mark.parametrize("text", ["", "{", '{"machine": 1}', '{"machine": "here", "topics": [1]}', "\udcff"])
def test_a_folder_of_another_machine_or_a_damaged_file_clears_nothing(tmp_path: Path, text: str) -> None:
    starts = Starts(tmp_path)
    starts.start(OLD, machine="there")
    assert starts.start(replace(OLD, mat_id="copy")) == [], "the other machine may still be that mat"
    starts.path.write_text(text, "utf-8", errors="surrogateescape")
    assert starts.start(OLD) == []
    assert starts.start(replace(OLD, mat_id="new")) == [OLD], "the file was written anew"


@pytest.mark.broker
@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"mat_id": "new"}, set(OLD.retained)),
        ({"base": "home"}, set(OLD.retained) - {OLD.discovery}),
        ({"discovery_prefix": "ha"}, {OLD.discovery}),
        ({"discovery_prefix": ""}, {OLD.discovery}),
        ({"base": "acumat/old"}, set(OLD.retained) - {OLD.discovery}),
    ],
    ids=["id", "base", "prefix", "no discovery", "nested base"],
)
def test_only_what_is_in_use_no_more_goes(broker: Broker, listener: Listener, change: dict[str, str], gone: set[str]) -> None:
    new = replace(OLD, **change)
    stored = {*OLD.retained, *new.retained} - {"/device/acumat_old/config"}
    for topic in stored:
        listener.publish(topic, "offline" if topic == OLD.availability else "online", retain=True)
    assert clear_former(Target("127.0.0.1", broker.port), OLD, new)
    assert greeting(broker) == stored - gone


@pytest.mark.broker
def test_another_mat_that_is_online_under_the_former_id_is_left_alone(broker: Broker, listener: Listener) -> None:
    for topic in OLD.retained:
        listener.publish(topic, "online", retain=True)
    assert not clear_former(Target("127.0.0.1", broker.port), OLD, replace(OLD, mat_id="new"))
    assert greeting(broker) == set(OLD.retained)


def greeting(broker: Broker) -> set[str]:
    """The topics that the broker retains; a message of our own shows that all have come."""
    newcomer = Listener(broker.port)
    try:
        newcomer.publish("test/fence", "here")
        until(lambda: newcomer.on("test/fence"), "the fence is heard")
        return {each.topic for each in newcomer.received if each.retained}
    finally:
        newcomer.close()
