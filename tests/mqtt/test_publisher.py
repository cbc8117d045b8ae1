"""What goes to the broker on connects, births and changes; the sender writes it down."""

from __future__ import annotations

from typing import Any

from acumat.documents import state_document
from acumat.model import MatState, Presence
from acumat.mqtt.publisher import BIRTH_WAIT_S, Publisher
from acumat.mqtt.topics import Topics
from tests.hw.bench import JumpingClock

TOPICS = Topics("acumat", "m", "homeassistant")


class Notebook:
    """A sender that keeps what it was given."""

    def __init__(self, *, version_5: bool = False) -> None:
        self.shown: list[tuple[str, bytes]] = []
        self.said: list[tuple[str, str]] = []
        self.subscribed: list[str] = []
        self.version_5 = version_5

    def subscribe(self, topic: str, *, qos: int = 0, retained: bool = True) -> None:
        self.subscribed.append(topic)

    def show(self, topic: str, payload: str | bytes, *, checked: bool = False) -> None:
        self.shown.append((topic, payload.encode() if isinstance(payload, str) else payload))

    def say(self, topic: str, payload: str) -> None:
        self.said.append((topic, payload))

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.shown]


def bench(discovery: dict[str, Any] | None) -> tuple[JumpingClock, Notebook, Publisher]:
    clock, notebook = JumpingClock(), Notebook()
    publisher = Publisher(notebook, TOPICS, discovery=discovery, monotonic=clock.monotonic)
    return clock, notebook, publisher


def document(presence: Presence) -> dict[str, Any]:
    return state_document(MatState(presence=presence))


def test_before_the_connect_nothing_is_sent_and_after_it_everything_in_order() -> None:
    _, notebook, publisher = bench({"dev": 1})
    publisher.show_session({"session_id": None})
    publisher.show_health({"health": "ok"})
    publisher.show_state(document(Presence.EMPTY), 1.0)
    assert notebook.shown == []
    publisher.up()
    expected = [TOPICS.discovery, TOPICS.availability, TOPICS.session, TOPICS.health, TOPICS.state]
    assert notebook.topics() == expected
    assert notebook.subscribed == [TOPICS.commands, TOPICS.birth, TOPICS.availability]
    publisher.down()
    publisher.show_health({"health": "blind"})
    assert notebook.topics() == expected
    publisher.up()
    assert notebook.topics() == expected * 2
    assert b'{"health":"blind"}' in [payload for _, payload in notebook.shown]


def test_what_has_not_changed_is_not_sent_again() -> None:
    _, notebook, publisher = bench(None)
    publisher.up()
    before = len(notebook.shown)
    for _ in range(100):
        publisher.show_health({"health": "ok"})
        publisher.show_state(document(Presence.EMPTY), 1.0)
    assert notebook.topics()[before:] == [TOPICS.health, TOPICS.state]
    assert TOPICS.birth not in notebook.subscribed


def test_a_birth_of_home_assistant_brings_everything_again_after_a_moment_and_once() -> None:
    clock, notebook, publisher = bench({"dev": 1})
    publisher.up()
    before = len(notebook.shown)
    publisher.born()
    publisher.born()
    publisher.tick()
    assert len(notebook.shown) == before
    clock.sleep(BIRTH_WAIT_S[1])
    for _ in range(10):
        publisher.tick()
    assert notebook.topics()[before:] == [TOPICS.discovery, TOPICS.availability]


def test_a_birth_is_forgotten_with_the_connection() -> None:
    clock, notebook, publisher = bench({"dev": 1})
    publisher.up()
    publisher.born()
    publisher.down()
    clock.sleep(60.0)
    before = len(notebook.shown)
    publisher.tick()
    assert len(notebook.shown) == before
