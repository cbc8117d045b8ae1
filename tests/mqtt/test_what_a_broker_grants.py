"""Real brokers that grant less than was asked for, and clients that get in the way: named, and put right where possible."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from acumat.contract.commands import CommandName
from acumat.mqtt.brief_connection import BriefConnectionError
from acumat.mqtt.client import Connected, ConnectionEvent, Disconnected, MessageReceived, MqttClient
from acumat.mqtt.discovery_words import DiscoveryWords
from acumat.mqtt.problems import Target
from acumat.mqtt.publisher import Publisher
from acumat.mqtt.read_back import ANSWER_S
from acumat.mqtt.topics import Topics
from acumat.mqtt.unpublish import clear_retained
from acumat_hw.clock import SystemClock
from tests.broker import Broker, Listener, until
from tests.hw.bench import JumpingClock
from tests.mqtt.servers import speaking_3_only

pytestmark = pytest.mark.broker

TOPICS = Topics("acumat", "m", "homeassistant")
DEVICE = {"device": {"name": "x" * 14_000}, "components": {}}
LOGIN = ("mat", "secret")
ALL = "user mat\ntopic readwrite #\n"
NO_DISCOVERY = "user mat\ntopic readwrite acumat/m/#\n"
WRITE_ONLY_DISCOVERY = "user mat\ntopic readwrite acumat/m/#\ntopic write homeassistant/#\n"
NO_STATE = "user mat\ntopic readwrite homeassistant/#\ntopic read acumat/m/#\ntopic write acumat/m/availability\n"


class Mat:
    """What a daemon does with its client, in one thread: everything is shown at each connect."""

    def __init__(
        self,
        port: int,
        *,
        client_id: str = "acumat-m",
        login: tuple[str, str] | None = LOGIN,
        clock: SystemClock | JumpingClock | None = None,
    ) -> None:
        user, password = login or (None, None)
        self.clock = clock or SystemClock()
        self.happenings: queue.SimpleQueue[ConnectionEvent] = queue.SimpleQueue()
        self.acked: list[int] = []
        self.commands: list[str] = []
        self.connects = 0
        self.turns = 0
        self.client = MqttClient(
            Target("127.0.0.1", port, username=user, password=password),
            client_id=client_id,
            will_topic=TOPICS.availability,
            monotonic=self.clock.monotonic,
            on_event=self.happenings.put,
            on_acked=self.acked.append,
        )
        self.publisher = Publisher(
            self.client, TOPICS, discovery=DEVICE, words=DiscoveryWords({}, {}), monotonic=self.clock.monotonic
        )
        self.publisher.publish_health({"health": "ok"})
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def code(self) -> str:
        return self.client.condition.code

    def start(self) -> None:
        self.client.start()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self.client.stop()

    def answered(self) -> None:
        """All that was asked so far has been answered: the broker answers in order, and an event last."""
        seq = len(self.acked) + 1
        until(lambda: self.client.deliver(TOPICS.event, seq, "{}"), "an event is taken")
        until(lambda: seq in self.acked, "it is acknowledged")

    def overdue(self) -> None:
        """What has not been answered never will be."""
        assert isinstance(self.clock, JumpingClock)
        self.clock.sleep(10 * ANSWER_S)
        turns = self.turns
        until(lambda: self.turns > turns + 1, "it has looked at the time")

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            while not self.happenings.empty():
                self._receive(self.happenings.get())
            self.publisher.tick()
            self.client.maintain()
            self.turns += 1

    def _receive(self, happening: ConnectionEvent) -> None:
        match happening:
            case Connected():
                self.connects += 1
                self.publisher.on_connected()
                self.client.accept_events()
            case Disconnected():
                self.publisher.on_disconnected()
            case MessageReceived() if TOPICS.command_name(happening.topic) is None:
                self.publisher.on_message(happening.topic, happening.payload)
            case MessageReceived():
                self.commands.append(happening.topic)


@contextmanager
def mat_at(
    folder: Path,
    *,
    old: bool,
    acl: str = ALL,
    settings: tuple[str, ...] = (),
    clock: JumpingClock | None = None,
) -> Iterator[tuple[Broker, Mat]]:
    """A mat at a broker of its own; `old`: one that speaks MQTT 3.1.1 alone. With a `clock` nothing is late by itself."""
    with ExitStack() as stack:
        broker = Broker(folder, password=LOGIN, acl=acl, settings=settings)
        broker.start()
        stack.callback(broker.stop)
        mat = Mat(stack.enter_context(speaking_3_only(broker.port)) if old else broker.port, clock=clock)
        mat.start()
        stack.callback(mat.stop)
        yield broker, mat


@pytest.mark.parametrize("old", [False, True])
def test_a_broker_that_grants_all_is_no_fault(tmp_path: Path, old: bool) -> None:
    with mat_at(tmp_path, old=old, clock=JumpingClock()) as (_, mat):
        until(lambda: mat.code == "ok", "it is connected")
        assert mat.client.version_5 is not old
        mat.answered()
        mat.overdue()
        assert mat.code == "ok", mat.client.condition.text


@pytest.mark.parametrize(("old", "code"), [(False, "publish_refused"), (True, "publish_unseen")])
@pytest.mark.parametrize(("acl", "topic"), [(NO_DISCOVERY, TOPICS.discovery), (NO_STATE, TOPICS.health)])
def test_a_document_that_must_not_be_written_is_named(tmp_path: Path, acl: str, topic: str, old: bool, code: str) -> None:
    with mat_at(tmp_path, old=old, acl=acl) as (_, mat):
        until(lambda: mat.code == code, "it is said")
        assert topic in mat.client.condition.text
        assert TOPICS.availability not in mat.client.condition.text


def test_what_must_not_be_read_is_no_fault_where_the_broker_says_that_it_took_it(tmp_path: Path) -> None:
    with mat_at(tmp_path, old=False, acl=WRITE_ONLY_DISCOVERY, clock=JumpingClock()) as (_, mat):
        until(lambda: mat.code == "ok", "it is connected")
        mat.answered()
        mat.overdue()
        assert mat.code == "ok", mat.client.condition.text


def test_commands_that_the_broker_does_not_pass_on_are_missed(tmp_path: Path) -> None:
    """mosquitto takes every subscription, whatever its ACL says."""
    acl = "user mat\ntopic readwrite homeassistant/#\ntopic write acumat/m/#\n"
    with mat_at(tmp_path, old=False, acl=acl) as (_, mat):
        until(lambda: mat.code == "subscription_refused", "it is said")
        assert "no command arrives" in mat.client.condition.text
        assert "the user mat" in mat.client.condition.text


def test_a_mat_that_may_write_no_commands_learns_them_all_the_same(tmp_path: Path) -> None:
    acl = "user mat\ntopic readwrite homeassistant/#\ntopic read acumat/m/#\ntopic write acumat/m/+\n"
    with mat_at(tmp_path, old=False, acl=acl, clock=JumpingClock()) as (_, mat):
        until(lambda: mat.code == "ok", "it is connected")
        mat.answered()
        mat.overdue()
        assert mat.code == "ok", mat.client.condition.text


def test_an_event_that_must_not_be_published_stays_and_is_named(tmp_path: Path) -> None:
    acl = "user mat\ntopic readwrite homeassistant/#\n" + "".join(
        f"topic readwrite acumat/m/{leaf}\n" for leaf in ("availability", "health", "command/#")
    )
    with mat_at(tmp_path, old=False, acl=acl) as (_, mat):
        until(lambda: mat.connects and mat.client.deliver(TOPICS.event, 1, "{}"), "it is sent")
        until(lambda: mat.code == "publish_refused", "it is said")
        assert TOPICS.event in mat.client.condition.text
        assert mat.acked == []


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("limit", ["max_packet_size 8192", "message_size_limit 4096"])
def test_a_broker_too_small_for_the_device_is_named_and_serves_the_rest(tmp_path: Path, limit: str, old: bool) -> None:
    with mat_at(tmp_path, old=old, settings=(limit,)) as (broker, mat):
        codes = ("message_too_large", "publish_unseen")
        until(lambda: mat.code in codes, "it is said")
        assert TOPICS.discovery in mat.client.condition.text
        assert "message_size_limit" in mat.client.condition.text
        listener = Listener(broker.port, login=LOGIN)
        until(lambda: listener.last(TOPICS.health), "the rest is there")
        # last of all; until then the broker shows the will of the connection on which it hung up
        until(lambda: (said := listener.last(TOPICS.availability)) and said.payload == "online", "and it is online")
        connects = mat.connects
        mat.answered()
        assert mat.connects == connects, "the connection stands"
        assert mat.code in codes
        listener.close()


@pytest.mark.parametrize("old", [False, True])
def test_offline_from_somebody_else_is_put_right(tmp_path: Path, old: bool) -> None:
    with mat_at(tmp_path, old=old) as (broker, mat):
        until(lambda: mat.code == "ok" and mat.connects, "it is connected")
        listener = Listener(broker.port, login=LOGIN)
        for payload in ("offline", ""):
            listener.publish(TOPICS.availability, payload, retain=True)
            until(lambda: listener.last(TOPICS.availability).payload == "online", "it is put right")  # type: ignore[union-attr]
        if not old:
            listener.publish(TOPICS.health, "nonsense", retain=True)
            until(lambda: listener.last(TOPICS.health).payload == '{"health":"ok"}', "so is this")  # type: ignore[union-attr]
        listener.close()


@pytest.mark.parametrize("old", [False, True])
def test_two_of_one_id_do_not_chase_each_other_and_say_so(tmp_path: Path, old: bool, caplog: pytest.LogCaptureFixture) -> None:
    with mat_at(tmp_path, old=old) as (broker, mat):
        until(lambda: mat.code == "ok", "the first is connected")
        other = Mat(broker.port)  # it speaks MQTT 5 in any case
        other.start()
        try:
            until(lambda: "id_in_use" in (mat.code, other.code), "one of them says so", 60)
            named = mat if mat.code == "id_in_use" else other
            assert "acumat-m" in named.client.condition.text
            assert "mqtt.client_id" in named.client.condition.text
            until(lambda: mat.code == other.code == "id_in_use" or mat.connects + other.connects > 40, "both do", 60)
            connects = mat.connects + other.connects
            threading.Event().wait(5)
            assert mat.connects + other.connects - connects <= 5, "a busy machine only makes fewer of them"
            assert sum("acumat-m" in record.message for record in caplog.records) <= 2
        finally:
            other.stop()


def test_what_one_clears_is_no_command_to_another_on_the_same_topics(tmp_path: Path) -> None:
    """A card that was cloned and given another client id alone: its empty messages must stop nobody."""
    with mat_at(tmp_path, old=False) as (broker, mat):
        until(lambda: mat.code == "ok", "the first is connected")
        other = Mat(broker.port, client_id="acumat-other")
        other.start()
        try:
            until(lambda: other.code == "ok", "the other is connected")
            listener = Listener(broker.port, login=LOGIN)

            def heard() -> bool:
                listener.publish(TOPICS.command(CommandName.STOP))  # again: nobody says when the mat has subscribed
                return TOPICS.command(CommandName.STOP) in mat.commands

            until(heard, "a command of somebody is heard")
            listener.close()
            assert set(mat.commands) == {TOPICS.command(CommandName.STOP)}
        finally:
            other.stop()


def test_unpublish_clears_what_it_cannot_see_and_says_so(tmp_path: Path) -> None:
    """The broker lets the mat write its device, and shows nothing there: silence is no proof that nothing is kept."""
    acl = WRITE_ONLY_DISCOVERY + "user owner\ntopic readwrite #\n"
    broker = Broker(tmp_path, password=LOGIN, acl=acl, settings=())
    add_user(tmp_path, "owner")
    broker.start()
    try:
        owner = Listener(broker.port, login=("owner", "secret"))
        owner.publish(TOPICS.discovery, "{}", retain=True)
        swept = clear_retained(Target("127.0.0.1", broker.port, username="mat", password="secret"), TOPICS)
        assert swept.removed == ()
        assert swept.unseen == (TOPICS.discovery,)
        late = Listener(broker.port, login=("owner", "secret"))
        late.catch_up()
        assert not late.on(TOPICS.discovery), "it is gone all the same"
        owner.close()
        late.close()
    finally:
        broker.stop()


def test_unpublish_names_what_it_must_not_clear(tmp_path: Path) -> None:
    broker = Broker(tmp_path, password=LOGIN, acl=NO_DISCOVERY)
    broker.start()
    try:
        with pytest.raises(
            BriefConnectionError, match=r"refuses to clear homeassistant/device/acumat_m/config \(Not authorized\)"
        ):
            clear_retained(Target("127.0.0.1", broker.port, username="mat", password="secret"), TOPICS)
        with speaking_3_only(broker.port) as port:
            swept = clear_retained(Target("127.0.0.1", port, username="mat", password="secret"), TOPICS)
            assert swept.unseen == (TOPICS.discovery,), "a broker of MQTT 3.1.1 says nothing: it is not claimed"
    finally:
        broker.stop()


def add_user(folder: Path, name: str) -> None:
    import subprocess

    subprocess.run(["mosquitto_passwd", "-b", str(folder / "passwords"), name, "secret"], check=True, capture_output=True)
    (folder / "passwords").chmod(0o644)
