"""The daemon names why it is not connected as exactly as the doctor does: the same servers, the same sentences."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from acumat.mqtt.client import MqttClient
from acumat.mqtt.connection import CODES
from acumat.mqtt.diagnosis import examine, of_error
from acumat.mqtt.problems import Target
from acumat.mqtt.tls import of_tls_error
from tests.broker import free_port, until
from tests.hw.bench import JumpingClock
from tests.mqtt.servers import CA, Serve, accepting, hanging_up_on_tls, over_tls, patient, saying, serving


def daemon_says(target: Target, *, clock: bool | None = True) -> tuple[str, str]:
    client = MqttClient(
        target,
        client_id="diagnosed",
        will_topic="m/availability",
        monotonic=JumpingClock().monotonic,
        clock_synchronised=lambda: clock,
        on_event=lambda _happening: None,
        on_acked=lambda _seq: None,
    )
    client.start()
    try:
        until(lambda: client.condition.code not in ("connecting", "connection_lost"), "there is a diagnosis")
        return client.condition.code, client.condition.text
    finally:
        client.stop()


@pytest.mark.parametrize(
    ("serve", "tls", "ca", "clock", "code"),
    [
        (accepting(0), False, None, True, "ok"),
        (accepting(5), False, None, True, "login"),
        (over_tls("good", accepting(0)), False, None, True, "tls_port"),
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), False, None, True, "no_mqtt"),
        (over_tls("good", accepting(0)), True, CA, True, "ok"),
        (over_tls("good", accepting(4)), True, CA, True, "login"),
        (over_tls("good", accepting(0)), True, None, True, "tls_unknown_ca"),
        (over_tls("expired", accepting(0)), True, CA, True, "tls_expired"),
        (over_tls("expired", accepting(0)), True, CA, False, "tls_clock"),
        (over_tls("early", accepting(0)), True, CA, True, "tls_clock"),
        (over_tls("stranger", accepting(0)), True, CA, True, "tls_name"),
        (over_tls("good", accepting(0), wants_certificate=True), True, CA, True, "client_certificate"),
        (accepting(0), True, CA, True, "plain_port"),
        (hanging_up_on_tls(accepting(0)), True, CA, True, "plain_port"),
    ],
)
def test_daemon_and_doctor_say_the_same(
    serve: Serve, tls: bool, ca: Path | None, clock: bool | None, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(monkeypatch, code)
    with serving(serve) as port:
        target = Target("127.0.0.1", port, tls, ca)
        found = examine(target, clock_synchronised=clock)
        assert (found.code if found else "ok") == code
        said_code, said = daemon_says(target, clock=clock)
        assert said_code == CODES.get(code, code)
        if found is not None:
            assert found.fix in said
            assert target.where in said


def test_a_port_where_nothing_listens_is_named_by_both() -> None:
    target = Target("127.0.0.1", free_port())
    found = examine(target, clock_synchronised=True)
    assert found is not None
    assert daemon_says(target) == ("unreachable", found.text)
    assert daemon_says(Target("nobody.invalid", 1883))[0] == "unknown_host"


def test_only_a_broker_elsewhere_has_to_listen_to_other_machines() -> None:
    here, elsewhere = (
        of_error(ConnectionRefusedError(), Target(host, 1883), clock_synchronised=True) for host in ("localhost", "192.168.1.5")
    )
    assert "apt-get install mosquitto" in here.fix
    assert "other machines" not in here.fix
    assert "other machines" in elsewhere.fix


@pytest.mark.parametrize("reason", ["TLSV13_ALERT_CERTIFICATE_REQUIRED", "tlsv13 alert certificate required"])
def test_the_alert_is_known_however_a_version_of_the_library_spells_it(reason: str) -> None:
    error = OSError(reason)
    assert of_tls_error(error, Target("127.0.0.1", free_port()), clock_synchronised=True).code == "client_certificate"


@pytest.mark.parametrize("reason", ["TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version", "UNSUPPORTED_PROTOCOL"])
def test_a_broker_that_speaks_old_versions_alone_is_to_be_updated(reason: str) -> None:
    found = of_tls_error(OSError(reason), Target("127.0.0.1", free_port()), clock_synchronised=True)
    assert (found.code, found.fix[:17]) == ("tls_failed", "Update the broker")


def test_what_is_wrong_with_the_brokers_certificate_is_not_mended_at_ours() -> None:
    """As of a certificate made for clients (X509_V_ERR_INVALID_PURPOSE), or with a key too short."""
    error = ssl.SSLCertVerificationError(1, "refused")
    error.verify_code, error.verify_message = 26, "unsuitable certificate purpose"
    found = of_tls_error(error, Target("broker", 8883, tls=True), clock_synchronised=True)
    assert (found.code, found.fix[:29]) == ("tls_refused", "Make the broker's certificate")
    assert "unsuitable certificate purpose" in found.cause


def test_whatever_an_unencrypted_port_does_to_a_handshake_it_is_found_by_asking_it() -> None:
    for error in (ConnectionResetError(104, "reset"), OSError("unexpected eof"), OSError("record layer failure")):
        with serving(hanging_up_on_tls(accepting(0))) as port:
            assert of_tls_error(error, Target("127.0.0.1", port), clock_synchronised=True).code == "plain_port"
