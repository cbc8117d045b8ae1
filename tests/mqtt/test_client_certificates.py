"""Certificates that acumat shows, at a real broker that asks for one: each fault has its name, for daemon and doctor."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from acumat.mqtt import diagnosis
from acumat.mqtt.brief_connection import BriefConnectionError, brief_connection
from acumat.mqtt.connection import CODES
from acumat.mqtt.diagnosis import examine
from acumat.mqtt.problems import Target, UnusableFileError
from tests.broker import PATIENCE_S, Broker
from tests.mqtt.certificates import Authority, authority, encrypted
from tests.mqtt.test_diagnosis import daemon_says

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority with a broker's certificate and those of clients."""
    folder = tmp_path_factory.mktemp("tls")
    made = authority(folder / "ours")
    made.certificate("broker", names="DNS:localhost,IP:127.0.0.1")
    made.certificate("mat")
    made.certificate("other")
    made.certificate("expired", valid=("20200101000000Z", "20210101000000Z"))
    made.certificate("early", valid=("21190101000000Z", "21200101000000Z"))
    stranger = authority(folder / "theirs", "another authority")
    stranger.certificate("stranger")
    for name in ("stranger.pem", "stranger.key"):
        shutil.copy(stranger.folder / name, made.folder / name)
    made.key("stranger").chmod(0o600)
    (made.folder / "both.pem").write_text((made.folder / "mat.pem").read_text() + made.key("mat").read_text())
    encrypted(made.key("mat"), made.folder / "hushed.key")
    (made.folder / "text.pem").write_text("no certificate\n")
    return made


@pytest.fixture(params=["tlsv1.2", "tlsv1.3"])
def port(signed: Authority, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a broker that asks every client for a certificate."""
    monkeypatch.setattr(
        diagnosis, "ALERT_S", PATIENCE_S
    )  # it may be slow to refuse us; whom it accepts it never speaks to first
    broker = Broker(
        tmp_path,
        settings=[
            f"cafile {signed.ca}",
            f"certfile {signed.folder / 'broker.pem'}",
            f"keyfile {signed.key('broker')}",
            "require_certificate true",
            f"tls_version {request.param}",
        ],
    )
    broker.start()
    yield broker.port
    broker.stop()


def target(signed: Authority, port: int, certificate: str | None, key: str | None) -> Target:
    folder = signed.folder
    shown = None if certificate is None else folder / certificate
    return Target("127.0.0.1", port, True, signed.ca, shown, None if key is None else folder / key)


@pytest.mark.parametrize(("certificate", "key"), [("mat.pem", "mat.key"), ("both.pem", None)])
def test_a_good_certificate_gets_us_in(
    signed: Authority, port: int, certificate: str, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "ALERT_S", 0.3)
    found = target(signed, port, certificate, key)
    assert examine(found, clock_synchronised=True) is None
    assert daemon_says(found)[0] == "ok"
    with brief_connection(found) as connection:
        assert connection.read(("nothing",)) == {}


@pytest.mark.parametrize(
    ("certificate", "code", "says"),
    [
        ("expired", "client_certificate_expired", "has expired"),
        ("stranger", "client_certificate_refused", "does not know who signed"),
        ("early", "client_certificate_refused", "not valid yet by the broker's clock"),
    ],
)
def test_one_that_the_broker_refuses_is_named(signed: Authority, port: int, certificate: str, code: str, says: str) -> None:
    found = target(signed, port, f"{certificate}.pem", f"{certificate}.key")
    problem = examine(found, clock_synchronised=True)
    assert problem is not None
    assert problem.code == code, problem
    assert says in problem.text
    assert str(found.cert_file) in problem.cause
    assert daemon_says(found) == (code, problem.text)


def test_none_where_one_is_asked_for(signed: Authority, port: int) -> None:
    problem = examine(target(signed, port, None, None), clock_synchronised=True)
    assert problem is not None
    # before TLS 1.3 there is no alert of its own for it
    assert problem.code in ("client_certificate", "tls_failed")
    assert "client certificate" in problem.text


@pytest.mark.parametrize(
    ("certificate", "key", "code", "says"),
    [
        ("mat.pem", "other.key", "key_mismatch", "is not the one of the certificate"),
        ("mat.pem", "gone.key", "cert_missing", "mqtt.key_file"),
        ("gone.pem", "mat.key", "cert_missing", "mqtt.cert_file"),
        ("mat.pem", None, "cert_unusable", "cannot be used"),
        ("text.pem", "mat.key", "cert_unusable", "cannot be used"),
        ("mat.pem", "hushed.key", "cert_unusable", "passphrase"),
    ],
)
def test_files_that_cannot_be_used_are_named_before_anything_is_sent(
    signed: Authority, certificate: str, key: str | None, code: str, says: str
) -> None:
    found = target(signed, 1, certificate, key)
    problem = examine(found, clock_synchronised=True)
    assert problem is not None
    assert problem.code == code, problem
    assert says in problem.text
    with pytest.raises(UnusableFileError, match=says):
        daemon_says(found)
    with pytest.raises((UnusableFileError, BriefConnectionError), match=says), brief_connection(found):
        pass
    assert CODES.get(code, code) in ("key_mismatch", "cert_unusable")
