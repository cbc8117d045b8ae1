"""The doctor at a broker: every way in which a connection does not come about has its own name. All on loopback."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.doctor.broker import check_broker, check_discovery, check_encryption
from acumat.doctor.finding import Level
from acumat.doctor.linux import is_this_machine
from acumat.mqtt import diagnosis
from acumat.mqtt.problems import Target, connect_packet
from acumat.mqtt.topics import Topics
from tests.broker import PATIENCE_S, Broker, Listener, free_port
from tests.mqtt.servers import CA, Serve, accepting, hanging_up_on_tls, over_tls, patient, saying, serving


def code_of(target: Target, *, clock: bool | None = True) -> str:
    finding = check_broker(target, clock_synchronised=clock)
    assert finding.level is (Level.OK if finding.code == "ok" else Level.FAIL)
    assert finding.level is Level.OK or finding.hint.endswith(".")
    return finding.code


@pytest.mark.parametrize(
    ("serve", "tls", "ca", "clock", "code"),
    [
        (accepting(0), False, None, True, "ok"),
        (accepting(5), False, None, True, "login"),
        (accepting(4), False, None, True, "login"),
        (accepting(3), False, None, True, "broker_refuses"),
        (saying(b""), False, None, True, "tls_port"),
        (saying(b"\x15\x03\x01\x00\x02\x02\x46"), False, None, True, "tls_port"),
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), False, None, True, "no_mqtt"),
        (over_tls("good", accepting(0)), False, None, True, "tls_port"),
        (over_tls("good", accepting(0)), True, CA, True, "ok"),
        (over_tls("good", accepting(5)), True, CA, True, "login"),
        (over_tls("good", accepting(0)), True, None, True, "tls_unknown_ca"),
        (over_tls("expired", accepting(0)), True, CA, True, "tls_expired"),
        (over_tls("expired", accepting(0)), True, CA, None, "tls_expired"),
        (over_tls("expired", accepting(0)), True, CA, False, "tls_clock"),
        (over_tls("early", accepting(0)), True, CA, True, "tls_clock"),
        (over_tls("stranger", accepting(0)), True, CA, True, "tls_name"),
        (over_tls("good", accepting(0), wants_certificate=True), True, CA, True, "client_certificate"),
        (over_tls("good", accepting(0), wants_certificate=True, newest=False), True, CA, True, "tls_failed"),
        (accepting(0), True, CA, True, "plain_port"),
        (accepting(5), True, CA, True, "plain_port"),
        (hanging_up_on_tls(accepting(0)), True, CA, True, "plain_port"),
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), True, CA, True, "tls_failed"),
        (accepting(0), True, Path("/nowhere/ca.pem"), True, "ca_missing"),
    ],
)
def test_each_cause_has_its_name(
    serve: Serve, tls: bool, ca: Path | None, clock: bool | None, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(monkeypatch, code)
    with serving(serve) as port:
        assert code_of(Target("127.0.0.1", port, tls, ca), clock=clock) == code


def test_a_password_that_must_not_be_read_is_no_wrong_password() -> None:
    with serving(accepting(5)) as port:
        assert code_of(Target("127.0.0.1", port, username="u", password_hidden=True)) == "password_hidden"


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.1", True), ("127.4.5.6", True), ("192.0.2.1", False), ("nobody.invalid", False)],
)
def test_plain_text_is_warned_of_unless_the_broker_is_on_this_machine(host: str, local: bool) -> None:
    assert is_this_machine(host) is local
    findings = list(check_encryption(Target(host, 1883, username="mat"), local=local))
    assert [each.code for each in findings] == ([] if local else ["plain_text"])
    assert all(each.level is Level.WARN and "the password" in each.cause for each in findings)
    assert list(check_encryption(Target(host, 8883, tls=True), local=local)) == []


def test_a_port_where_nothing_listens_and_a_host_that_nobody_knows() -> None:
    assert code_of(Target("127.0.0.1", free_port())) == "refused"
    assert code_of(Target("nobody.invalid", 1883)) == "unknown_host"


def test_a_server_that_says_nothing_is_waited_for_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "TIMEOUT_S", 0.2)
    done = threading.Event()

    def wait(client: socket.socket) -> None:
        done.wait(PATIENCE_S)

    with serving(wait) as port:
        assert code_of(Target("127.0.0.1", port)) == "silent"
        done.set()


@pytest.mark.broker
def test_a_real_broker_takes_our_connection(broker: Broker) -> None:
    broker.start()
    assert code_of(Target("127.0.0.1", broker.port)) == "ok"
    assert code_of(Target("127.0.0.1", broker.port, username="någon", password="x" * 200)) == "ok"


@pytest.mark.broker
def test_the_discovery_is_looked_for_and_its_absence_is_reported_without_a_claim(broker: Broker) -> None:
    broker.start()
    topics, target = Topics("acumat", "m", "homeassistant"), Target("127.0.0.1", broker.port)
    assert check_discovery(target, topics).level is Level.OK, "before the first start nothing is missing"
    listener = Listener(broker.port)
    listener.publish(topics.availability, "offline", retain=True)
    missing = check_discovery(target, topics)
    assert (missing.level, missing.code) == (Level.WARN, "discovery_unseen")
    assert topics.discovery in missing.cause
    listener.publish(topics.discovery, "{}", retain=True)
    assert check_discovery(target, topics).code == "ok"
    for first, second in ((free_port(), broker.port), (broker.port, free_port())):
        nodes = Target("127.0.0.1", first, others=(("127.0.0.1", second),))
        assert check_discovery(nodes, topics).code == "ok", "the first node that lets us in does"
    listener.close()


def test_without_a_broker_nothing_can_be_reported_of_the_discovery() -> None:
    finding = check_discovery(Target("127.0.0.1", free_port()), Topics("acumat", "m", "homeassistant"))
    assert (finding.level, finding.code) == (Level.WARN, "discovery_unseen")


@given(st.text(max_size=40), st.none() | st.text(max_size=300), st.none() | st.text(max_size=300))
def test_the_packet_says_its_own_length(client: str, user: str | None, password: str | None) -> None:
    packet = connect_packet(client, user, password)
    length, shift, at = 0, 0, 1
    while True:
        length |= (packet[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not packet[at - 1] & 0x80:
            break
    assert packet[0] == 0x10
    assert len(packet) == at + length
    assert packet[at : at + 7] == b"\x00\x04MQTT\x04"
    assert packet[at + 7] == 2 | (0x80 if user is not None else 0) | (0x40 if None not in (user, password) else 0)
