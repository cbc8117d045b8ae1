"""What goes to the broker on connects, births and changes; the sender writes it down."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from acumat.contract.commands import CommandName
from acumat.contract.state import MatState, Presence
from acumat.mqtt.discovery_words import DiscoveryWords
from acumat.mqtt.overwrites import RESTORE_QUIET_S, RESTORE_S, RESTORE_SOON
from acumat.mqtt.publisher import BIRTH_WAIT_S, ECHO_S, Publisher
from acumat.mqtt.topics import Topics
from tests.hw.bench import JumpingClock

TOPICS = Topics("acumat", "m", "homeassistant")
DEVICE: dict[str, Any] = {"device": {"name": "Mat"}, "components": {}}


class Notebook:
    """A sender that keeps what it was given."""

    def __init__(self, *, version_5: bool = False) -> None:
        self.shown: list[tuple[str, bytes]] = []
        self.said: list[tuple[str, str]] = []
        self.subscribed: list[str] = []
        self.probed: list[str] = []
        self.version_5 = version_5

    def subscribe(self, topic: str, *, retained: bool = True) -> None:
        self.subscribed.append(topic)

    def probe(self, topic: str) -> None:
        self.probed.append(topic)

    def publish_retained(self, topic: str, payload: str | bytes, *, checked: bool = False) -> None:
        self.shown.append((topic, payload.encode() if isinstance(payload, str) else payload))

    def publish(self, topic: str, payload: str) -> None:
        self.said.append((topic, payload))

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.shown]


def bench(discovery: dict[str, Any] | None, *, version_5: bool = False) -> tuple[JumpingClock, Notebook, Publisher]:
    clock, notebook = JumpingClock(), Notebook(version_5=version_5)
    publisher = Publisher(notebook, TOPICS, discovery=discovery, words=DiscoveryWords({}, {}), monotonic=clock.monotonic)
    return clock, notebook, publisher


def test_before_the_connect_nothing_is_sent_and_after_it_everything_in_order() -> None:
    _, notebook, publisher = bench(DEVICE)
    publisher.publish_session({"session_id": None})
    publisher.publish_health({"health": "ok"})
    publisher.publish_state(MatState(Presence.EMPTY), 1.0)
    assert notebook.shown == []
    publisher.on_connected()
    expected = [TOPICS.discovery, TOPICS.session, TOPICS.health, TOPICS.state, TOPICS.availability]
    assert notebook.topics() == expected
    assert notebook.subscribed == [TOPICS.commands, TOPICS.birth, TOPICS.availability]
    publisher.on_disconnected()
    publisher.publish_health({"health": "blind"})
    assert notebook.topics() == expected
    publisher.on_connected()
    assert notebook.topics() == expected * 2
    assert b'{"health":"blind"}' in [payload for _, payload in notebook.shown]


def test_a_routine_that_is_switched_off_is_taken_off_the_broker_at_each_connect() -> None:
    _, notebook, publisher = bench(None)
    publisher.on_connected()
    assert TOPICS.routine not in notebook.topics()
    publisher.on_disconnected()
    publisher.clear_routine()
    for _ in range(2):
        notebook.shown.clear()
        publisher.on_connected()
        assert (TOPICS.routine, b"") in notebook.shown
        publisher.on_disconnected()


def test_what_has_not_changed_is_not_sent_again() -> None:
    _, notebook, publisher = bench(None)
    publisher.on_connected()
    before = len(notebook.shown)
    for _ in range(100):
        publisher.publish_health({"health": "ok"})
        publisher.publish_state(MatState(Presence.EMPTY), 1.0)
    assert notebook.topics()[before:] == [TOPICS.health, TOPICS.state]
    assert TOPICS.birth not in notebook.subscribed


def test_a_birth_of_home_assistant_brings_everything_again_after_a_moment_and_once() -> None:
    clock, notebook, publisher = bench(DEVICE)
    publisher.on_connected()
    before = len(notebook.shown)
    publisher.on_birth()
    publisher.on_birth()
    publisher.tick()
    assert len(notebook.shown) == before
    clock.sleep(BIRTH_WAIT_S[1])
    for _ in range(10):
        publisher.tick()
    assert notebook.topics()[before:] == [TOPICS.discovery, TOPICS.availability]


def test_births_in_a_row_do_not_put_off_what_the_first_one_asks_for() -> None:
    clock, notebook, publisher = bench(DEVICE)
    publisher.on_connected()
    before = len(notebook.shown)
    for _ in range(round(BIRTH_WAIT_S[1] / 0.1) + 1):
        publisher.on_birth()
        publisher.tick()
        clock.sleep(0.1)
    publisher.tick()
    assert TOPICS.discovery in notebook.topics()[before:]


def test_a_birth_is_forgotten_with_the_connection() -> None:
    clock, notebook, publisher = bench(DEVICE)
    publisher.on_connected()
    publisher.on_birth()
    publisher.on_disconnected()
    clock.sleep(60.0)
    before = len(notebook.shown)
    publisher.tick()
    assert len(notebook.shown) == before


def test_offline_written_over_the_availability_is_put_right_within_seconds() -> None:
    clock, notebook, publisher = bench(DEVICE)
    publisher.on_connected()
    before = len(notebook.shown)
    publisher.on_message(TOPICS.availability, b"online")
    publisher.tick()
    assert len(notebook.shown) == before, "our own word comes back with MQTT 3.1.1"
    publisher.on_message(TOPICS.availability, b"offline")
    clock.sleep(RESTORE_S[0])
    publisher.tick()
    publisher.tick()
    assert notebook.shown[before:] == [(TOPICS.availability, b"online")]


def test_what_was_written_over_before_the_connection_ended_is_put_right_by_the_next_one_alone() -> None:
    clock, notebook, publisher = bench(None)
    publisher.on_connected()
    publisher.on_message(TOPICS.availability, b"offline")
    publisher.on_disconnected()
    publisher.on_connected()
    before = len(notebook.shown)
    clock.sleep(RESTORE_S[1])
    publisher.tick()
    assert len(notebook.shown) == before


@pytest.mark.parametrize(("after_s", "echo"), [(ECHO_S - 0.1, True), (ECHO_S + 0.1, False)])
def test_an_empty_message_is_our_own_clearing_once_and_soon(after_s: float, echo: bool) -> None:
    clock, _, publisher = bench(None)
    publisher.on_connected()
    topic = TOPICS.command(CommandName.STOP)
    assert not publisher.is_echo(topic)
    publisher.remove_retained_command(topic)
    clock.sleep(after_s)
    assert publisher.is_echo(topic) is echo
    assert not publisher.is_echo(topic)


def test_where_the_broker_keeps_our_own_words_from_us_every_document_is_put_right_but_the_device() -> None:
    clock, notebook, publisher = bench(DEVICE, version_5=True)
    publisher.publish_health({"health": "ok"})
    publisher.publish_picture(b"png")
    publisher.publish_state(MatState(Presence.EMPTY), 1.0)
    publisher.on_connected()
    assert TOPICS.direct in notebook.subscribed
    before = len(notebook.shown)
    for topic in (TOPICS.health, TOPICS.state, TOPICS.picture, TOPICS.discovery, TOPICS.response, TOPICS.event):
        publisher.on_message(topic, b"")
    clock.sleep(RESTORE_S[0])
    publisher.tick()
    assert sorted(notebook.topics()[before:]) == sorted([TOPICS.health, TOPICS.state, TOPICS.picture])


def test_somebody_who_does_it_a_few_times_is_corrected_within_a_second_each_time() -> None:
    clock, notebook, publisher = bench(None)
    publisher.on_connected()
    for _ in range(RESTORE_SOON):
        before = len(notebook.shown)
        publisher.on_message(TOPICS.availability, b"offline")
        clock.sleep(RESTORE_S[0])
        publisher.tick()
        assert len(notebook.shown) == before + 1
        clock.sleep(3.0)


def test_two_who_put_each_other_right_do_so_ever_more_seldom() -> None:
    clock, notebook, publisher = bench(None)
    publisher.on_connected()
    before = len(notebook.shown)
    for _ in range(3600):
        publisher.on_message(TOPICS.availability, b"offline")
        clock.sleep(1.0)
        publisher.tick()
    assert 60 + RESTORE_SOON <= len(notebook.shown) - before <= 70 + RESTORE_SOON
    clock.sleep(RESTORE_QUIET_S)
    before = len(notebook.shown)
    publisher.on_message(TOPICS.availability, b"offline")
    clock.sleep(RESTORE_S[0])
    publisher.tick()
    assert len(notebook.shown) == before + 1, "after a quiet time it is quick again"


def test_commands_that_a_broker_keeps_from_us_for_their_length_are_taken_off_it() -> None:
    _, notebook, publisher = bench(None, version_5=True)
    publisher.on_connected()
    cleared = {topic for topic, payload in notebook.shown if payload == b""}
    assert cleared == {TOPICS.command(name) for name in CommandName}
    _, notebook, publisher = bench(None)
    publisher.on_connected()
    assert all(payload for _, payload in notebook.shown), "with MQTT 3.1.1 they arrive, and would come back as messages"


def test_what_an_earlier_run_left_of_a_routine_that_is_off_is_removed_at_each_connect() -> None:
    _, notebook, publisher = bench(None)
    publisher.clear_routine()
    for _ in range(2):
        notebook.shown.clear()
        publisher.on_connected()
        assert (TOPICS.routine, b"") in notebook.shown
        publisher.on_disconnected()


def test_a_picture_is_published_each_time_and_an_empty_one_removes_it() -> None:
    _, notebook, publisher = bench(None)
    publisher.publish_picture(b"")
    publisher.on_connected()
    assert (TOPICS.picture, b"") in notebook.shown
    notebook.shown.clear()
    publisher.publish_picture(b"png")
    publisher.publish_picture(b"png")
    assert notebook.shown == [(TOPICS.picture, b"png")] * 2


def test_numbers_that_were_refused_are_unknown_for_a_moment() -> None:
    _, notebook, publisher = bench(None)
    publisher.on_connected()
    publisher.refresh_numbers()
    publisher.publish_routine({"level_min": 10, "planned_min": 8, "cap_min": 30})
    notebook.shown.clear()
    publisher.refresh_numbers()
    seen = [json.loads(payload) for _, payload in notebook.shown]
    assert [(each["planned_min"], each["cap_min"]) for each in seen] == [(None, None), (8, 30)]


def test_our_own_clearing_of_a_retained_command_is_no_command_when_it_comes_back_but_a_later_one_is() -> None:
    clock, notebook, publisher = bench(None)
    publisher.on_connected()
    topic = TOPICS.command(CommandName.TARE)
    publisher.remove_retained_command(topic)
    assert notebook.shown[-1] == (topic, b"")
    assert publisher.is_echo(topic)
    assert not publisher.is_echo(topic)
    publisher.remove_retained_command(topic)
    clock.sleep(ECHO_S + 0.1)
    assert not publisher.is_echo(topic)


def test_any_number_of_retained_commands_that_do_not_exist_takes_one_line_of_the_log_and_no_memory(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, notebook, publisher = bench(None)
    publisher.on_connected()
    notebook.shown.clear()
    for number in range(100):
        topic = TOPICS.command(f"{number}" * 10_000)
        held = sys.getrefcount(topic)
        publisher.remove_retained_command(topic)
        assert notebook.shown.pop() == (topic, b"")
        assert sys.getrefcount(topic) == held
    assert len(caplog.text) < 500


def test_our_own_clearing_of_a_command_that_does_not_exist_is_no_command_either_when_it_comes_back() -> None:
    clock, _, publisher = bench(None)
    publisher.on_connected()
    topics = [TOPICS.command(name) for name in ("pauze", "tera")]
    assert not any(map(publisher.is_echo, topics))
    for topic in topics:
        publisher.remove_retained_command(topic)
    assert all(map(publisher.is_echo, topics))
    assert not publisher.is_echo(TOPICS.command(CommandName.TARE))
    clock.sleep(ECHO_S + 0.1)
    assert not any(map(publisher.is_echo, topics))


SHARED: dict[str, Any] = {"rhythm": 40, "sleep": 2}


def test_how_somebody_feels_is_published_on_change_and_the_rhythm_has_an_entity_while_it_is_on() -> None:
    _, notebook, publisher = bench({**DEVICE, "components": {"rhythm": {"platform": "sensor"}}})
    publisher.on_connected()
    notebook.shown.clear()
    publisher.publish_wellbeing(SHARED, True)
    publisher.publish_wellbeing(dict(SHARED), True)
    assert notebook.topics() == [TOPICS.wellbeing, TOPICS.discovery]
    assert "unique_id" in json.loads(notebook.shown[-1][1])["components"]["rhythm"]
    publisher.publish_wellbeing({**SHARED, "rhythm": None}, False)
    assert json.loads(notebook.shown[-1][1])["components"]["rhythm"] == {"platform": "sensor"}


def test_what_an_earlier_run_has_shared_is_taken_off_the_broker_at_each_connect() -> None:
    _, notebook, publisher = bench(None)
    publisher.clear_wellbeing()
    for _ in range(2):
        notebook.shown.clear()
        publisher.on_connected()
        assert (TOPICS.wellbeing, b"") in notebook.shown
