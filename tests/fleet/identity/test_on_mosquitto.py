"""What the fleet's files let through on the broker of a site, and what not. Real mosquitto, with deploy/mosquitto."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from acumat.fleet.identity.fleet import Fleet
from tests.broker import PATIENCE_S, until
from tests.fleet.deployed import Login, Site, at, new_fleet, site, token

pytestmark = pytest.mark.broker


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return new_fleet(tmp_path / "fleet", "mat1", "mat2")


@pytest.fixture
def broker(fleet: Fleet, tmp_path: Path) -> Iterator[Site]:
    for each in ("mat1", "mat2"):
        fleet.certify(each, 10)
    with site(fleet, tmp_path / "broker", "certificates.conf") as made:
        yield made


def by_token(broker: Site, name: str) -> Login:
    return Login(broker.fleet, broker.tls_port, name, password=token(broker.fleet, name))


def by_certificate(broker: Site, name: str) -> Login:
    return Login(broker.fleet, broker.certificate_port, name, shows=name)


CONNECT, CONNACK = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test", b"\x20\x02\x00\x00"


def answer(broker: Site, of: Fleet) -> bytes:
    """What the broker answers to a login with the certificate that this fleet has issued."""
    context = ssl.create_default_context(cafile=str(broker.fleet.folder.authority))
    context.load_cert_chain(of.folder.secret("mat1.crt"), of.folder.secret("mat1.key"))
    with (
        socket.create_connection(("127.0.0.1", broker.certificate_port), PATIENCE_S) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
        suppress(OSError),  # its alert, or the end of the connection
    ):
        secure.sendall(CONNECT)
        return secure.recv(64)
    return b""


def reads(reader: Login, topic: str, payload: str) -> None:
    until(lambda: payload in reader.on(topic), f"{payload} on {topic}")


@pytest.mark.parametrize("login", [by_token, by_certificate])
def test_a_mat_has_its_own_topics_and_no_other(broker: Site, login: Callable[[Site, str], Login]) -> None:
    collector, mat = by_token(broker, "collector"), login(broker, "mat1")
    assert collector.subscribe("acumat/#", 1) == 1
    mat.subscribe("acumat/mat1/command/+")
    mat.publish("acumat/mat2/event", "foreign")
    mat.publish("homeassistant/device/acumat_mat2/config", "foreign")
    mat.publish("acumat/mat1/event", "own")
    reads(collector, "acumat/mat1/event", "own")
    collector.publish("acumat/mat1/command/events", "asks")
    collector.publish("acumat/mat1/command/tare", "must not")
    collector.publish("acumat/mat1/command/events", "asks again")
    for each in (mat, collector):
        reads(each, "acumat/mat1/command/events", "asks again")
    assert {topic for topic, _, _ in collector.received} == {"acumat/mat1/event", "acumat/mat1/command/events"}
    assert mat.on("acumat/mat1/command/tare") == []
    assert mat.is_in
    for each in (collector, mat):
        each.close()


def test_a_wrong_token_and_a_certificate_of_another_authority_are_refused(broker: Site, tmp_path: Path) -> None:
    other = new_fleet(tmp_path / "other", "mat1")
    other.certify("mat1", 10)
    refused = Login(broker.fleet, broker.tls_port, "mat1", password=token(other, "mat1"))
    assert refused.codes[0] == "Not authorized"
    refused.close()
    assert answer(broker, broker.fleet) == CONNACK
    assert answer(broker, other) == b""


def test_a_revoked_mat_is_shut_out_at_the_next_reload_though_it_is_connected(broker: Site) -> None:
    collector = by_token(broker, "collector")
    collector.subscribe("acumat/#", 1)
    tokened, other = by_token(broker, "mat1"), by_token(broker, "mat2")
    shown = by_certificate(broker, "mat1")
    shown.subscribe("acumat/mat1/command/+")
    before = token(broker.fleet, "mat1")

    at(broker.fleet).revoke(["mat1"])
    broker.reload()
    until(lambda: tokened.cut, "the mat with the token is cut off")
    # by certificate the connection stays until it ends, and nothing comes through it
    shown.publish("acumat/mat1/event", "late")
    other.publish("acumat/mat2/event", "own")
    reads(collector, "acumat/mat2/event", "own")
    assert collector.on("acumat/mat1/event") == []
    collector.publish("acumat/mat1/command/events", "asks")
    collector.publish("acumat/mat2/command/events", "asks")
    reads(collector, "acumat/mat2/command/events", "asks")
    assert shown.received == []
    for each in (
        Login(broker.fleet, broker.tls_port, "mat1", password=before),
        Login(broker.fleet, broker.certificate_port, "mat1", shows="mat1"),
    ):
        until(lambda each=each: each.cut, "it is refused")  # type: ignore[misc]
        assert not each.is_in
        each.close()
    assert other.is_in
    for each in (collector, tokened, other, shown):
        each.close()


def test_a_new_token_makes_the_earlier_one_void(broker: Site) -> None:
    before = token(broker.fleet, "mat1")
    old = by_token(broker, "mat1")
    at(broker.fleet).renew_tokens(["mat1"])
    broker.reload()
    until(lambda: old.cut, "who has the old one is cut off")
    again = Login(broker.fleet, broker.tls_port, "mat1", password=before)
    new = by_token(broker, "mat1")
    assert again.codes[0] == "Not authorized"
    assert new.is_in
    for each in (old, again, new):
        each.close()


def test_of_a_thousand_forbidden_accesses_none_comes_through_and_no_connection_is_lost(broker: Site) -> None:
    """Half of them writes, half reads; a mat of its own listens for all that comes through."""
    collector, home = by_token(broker, "collector"), by_token(broker, "homeassistant")
    mat, victim = by_token(broker, "mat1"), by_token(broker, "mat2")
    assert collector.subscribe("acumat/#", 1) == 1
    assert home.subscribe("homeassistant/#", 1) == 1
    victim.subscribe("acumat/mat2/#", 1)
    leaves = ["event", "state", "availability", "health", "response", "command/tare", "command/events", "x/y/z"]
    topics = [f"acumat/mat2/{leaf}" for leaf in leaves]
    topics += ["homeassistant/device/acumat_mat2/config", "homeassistant/status", "acumat/mat1x/event", "other", "$SYS/x"]
    for number in range(500):
        mat.send(topics[number % len(topics)], "foreign", qos=1)
    filters = [
        "acumat/mat2/#",
        "acumat/+/event",
        "acumat/#",
        "#",
        "+/mat2/+",
        "acumat/mat2/command/+",
        "homeassistant/device/+/config",
    ]
    asked = [mat.ask(filters[number % len(filters)], number % 2) for number in range(500)]
    until(lambda: all(each in mat.granted for each in asked), "the broker has answered")
    # now others say something that it must not hear, and it says something that they must hear
    victim.publish("acumat/mat2/event", "of the victim", retain=True)
    home.publish("acumat/mat2/command/tare", "of the house")
    home.publish("homeassistant/device/acumat_mat2/config", "of the house", retain=True)
    mat.publish("acumat/mat1/event", "own")
    reads(collector, "acumat/mat1/event", "own")
    reads(mat, "acumat/mat1/event", "own")
    for each in (collector, home, victim):
        assert "foreign" not in [payload.decode() for _, payload, _ in each.received]
    assert {topic for topic, _, _ in mat.received} == {"acumat/mat1/event"}
    assert all(each.is_in for each in (collector, home, mat, victim))
    for each in (collector, home, mat, victim):
        each.close()
