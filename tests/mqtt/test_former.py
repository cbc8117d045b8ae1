"""What a mat has left on the broker under another id, base topic or discovery prefix goes with the next connection."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path

import pytest

from acumat.identity import machine_mark
from acumat.mqtt import unpublish
from acumat.mqtt.brief_connection import BriefConnectionError
from acumat.mqtt.former import NAME, FormerTopics, Published
from acumat.mqtt.problems import Target
from acumat.mqtt.topics import Topics
from acumat.mqtt.unpublish import clear_former
from tests.broker import Broker, Listener, until
from tests.chaos.house import House

OLD = Topics("acumat", "old", "homeassistant")


class Starts:
    """Starts of one mat on one state folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.asked: list[Topics] = []
        self.refused = False
        self.online: list[Topics] = []
        """Under which topics somebody is, one for each time that somebody looks."""
        self.stored: list[str] = []
        """What the file says whenever something is cleared."""

    def start(self, topics: Topics, machine: str = "here") -> list[Topics]:
        """What is cleared at a start with these topics."""
        self.asked.clear()
        FormerTopics(self.path, Published(machine, (topics,)), self._clear, 0.0).clear(threading.Event())
        return list(self.asked)

    def _clear(self, topics: Topics, _is_over: Callable[[], bool]) -> bool:
        self.asked.append(topics)
        self.stored.append(self.path.read_text())
        if topics in self.online:
            self.online.remove(topics)
            return False
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


def test_an_earlier_run_that_was_cut_off_shows_as_online_for_a_while(tmp_path: Path) -> None:
    starts = Starts(tmp_path)
    new = replace(OLD, mat_id="new")
    starts.start(OLD)
    starts.online = [OLD]
    assert starts.start(new) == [OLD, OLD], "it is asked again, after the broker has noticed"
    starts.online = [new, new]
    assert starts.start(OLD) == [new, new]
    assert starts.start(OLD) == [], "who is still there is another mat"


def test_a_run_that_is_cut_off_while_it_clears_has_stored_where_it_is(tmp_path: Path) -> None:
    starts = Starts(tmp_path)
    starts.start(OLD)
    starts.start(replace(OLD, mat_id="new"))
    assert [json.loads(each)["topics"][-1]["mat_id"] for each in starts.stored] == ["new"]


def test_a_run_that_ends_clears_and_stores_nothing_more(tmp_path: Path) -> None:
    asked, cleared, done = threading.Event(), threading.Event(), threading.Event()

    def clear(_former: Topics, is_over: Callable[[], bool]) -> bool:
        asked.set()
        assert done.wait(60)
        if not is_over():
            cleared.set()
        return True

    Starts(tmp_path).start(OLD)
    former = FormerTopics(tmp_path / NAME, Published("here", (replace(OLD, mat_id="new"),)), clear, 0.0)
    former.on_connected()
    assert asked.wait(60)
    former.on_disconnected()
    before = (tmp_path / NAME).read_bytes()
    thread = next(each for each in threading.enumerate() if each.name == "former topics")
    done.set()
    thread.join(60)
    assert not cleared.is_set()
    assert (tmp_path / NAME).read_bytes() == before
    former.on_connected()
    until(cleared.is_set, "the next connection does it")
    until(lambda: b"old" not in (tmp_path / NAME).read_bytes(), "and stores it")


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
        listener.publish(topic, {OLD.availability: "offline", OLD.discovery: device_of(OLD)}.get(topic, "online"), retain=True)
    assert clear_former(Target("127.0.0.1", broker.port), OLD, new, never)
    assert greeting(broker) == stored - gone


@pytest.mark.broker
@pytest.mark.parametrize("change", [{"mat_id": "new"}, {"discovery_prefix": ""}], ids=["id", "no discovery"])
def test_the_device_of_a_mat_with_the_same_id_under_another_base_stays(
    broker: Broker, listener: Listener, change: dict[str, str]
) -> None:
    listener.publish(OLD.availability, "offline", retain=True)
    listener.publish(OLD.discovery, device_of(replace(OLD, base="acumat2")), retain=True)
    assert clear_former(Target("127.0.0.1", broker.port), OLD, replace(OLD, **change), never)
    assert OLD.discovery in greeting(broker)


@pytest.mark.broker
def test_another_mat_that_is_online_under_the_former_id_is_left_alone(broker: Broker, listener: Listener) -> None:
    for topic in OLD.retained:
        listener.publish(topic, "online", retain=True)
    assert not clear_former(Target("127.0.0.1", broker.port), OLD, replace(OLD, mat_id="new"), never)
    assert greeting(broker) == set(OLD.retained)


@pytest.mark.broker
def test_a_run_that_is_over_clears_no_more_topics(broker: Broker, listener: Listener) -> None:
    for topic in OLD.retained:
        listener.publish(topic, "offline", retain=True)
    looks = count()
    assert clear_former(Target("127.0.0.1", broker.port), OLD, replace(OLD, mat_id="new"), lambda: next(looks) >= 2)
    assert len(greeting(broker)) == len(OLD.retained) - 2


def device_of(topics: Topics) -> str:
    """The payload of the discovery, as far as it matters here."""
    return json.dumps({"availability": [{"topic": topics.availability}]})


def never() -> bool:
    """For what is not over before it is done."""
    return False


def greeting(broker: Broker) -> set[str]:
    """The topics that the broker retains; a message of our own shows that all have come."""
    newcomer = Listener(broker.port)
    try:
        newcomer.publish("test/fence", "here")
        until(lambda: newcomer.on("test/fence"), "the fence is heard")
        return {each.topic for each in newcomer.received if each.retained}
    finally:
        newcomer.close()


def test_a_lost_connection_ends_the_clearing_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a reload the next run may use these topics again."""
    house = House(tmp_path, monkeypatch)
    house.state_dir.mkdir()
    former = asdict(Published(machine_mark(), (replace(OLD, mat_id="former"),)))
    (house.state_dir / NAME).write_text(json.dumps(former))
    began, ended = threading.Event(), threading.Event()

    def clears(_target: Target, _former: Topics, _current: Topics, is_over: Callable[[], bool]) -> bool:
        began.set()
        until(is_over, "the clearing is over")
        ended.set()
        return False

    monkeypatch.setattr(unpublish, "clear_former", clears)
    house.start()
    until(began.is_set, "the former topics are cleared")
    assert not ended.is_set()
    house.broker.cut()
    until(ended.is_set, "the connection is lost, and with it the reason to clear")
    house.close()
