"""The broker: one connection of the doctor's own, and why it did not come about."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from acumat.doctor.finding import Finding, fail, ok

WHAT = "broker"
TIMEOUT_S = 5.0
CONNACK = 0x20
TLS_RECORDS = (0x15, 0x16)
"""First byte of what a TLS server says to somebody who does not speak TLS: an alert or a handshake (RFC 8446, 5.1)."""
EXPIRED, NOT_YET, WRONG_NAMES = 10, 9, (62, 64)
UNKNOWN_CA = (2, 18, 19, 20, 21)
"""OpenSSL's X509_V_ERR_ (x509_vfy.h): CERT_HAS_EXPIRED, CERT_NOT_YET_VALID, HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH, and those
that say that nobody vouches for the certificate."""
BAD_LOGIN = (4, 5)
"""CONNACK return codes of MQTT 3.1.1, table 3.1: bad user name or password, not authorised."""


@dataclass(frozen=True, slots=True)
class Target:
    """The broker to try. `password_hidden`: there may be a password that this user must not read."""

    host: str
    port: int
    tls: bool = False
    ca_file: Path | None = None
    username: str | None = None
    password: str | None = None
    password_hidden: bool = False


def check_broker(target: Target, *, clock_synchronised: bool | None) -> Finding:
    """Connect, log in under a name of our own, and hang up."""
    where = f"{target.host}:{target.port}"
    try:
        with socket.create_connection((target.host, target.port), TIMEOUT_S) as plain:
            if not target.tls:
                return _login(plain, target, where)
            with _context(target).wrap_socket(plain, server_hostname=target.host) as secure:
                return _login(secure, target, where)
    except socket.gaierror:
        cure = "Check mqtt.host, and that the machine has a network; an IP address always works."
        return fail(WHAT, "unknown_host", f"No machine called {target.host} is known.", cure)
    except ConnectionRefusedError:
        cure = "Start it (sudo systemctl start mosquitto), check mqtt.port, and that it listens beyond its own machine."
        return fail(WHAT, "refused", f"Nothing listens at {where}.", cure)
    except ssl.SSLCertVerificationError as error:
        return _certificate(error, target, where, clock_synchronised=clock_synchronised)
    except ssl.SSLError as error:
        cause = f"What answers at {where} does not speak TLS ({error.reason or error})."
        return fail(WHAT, "plain_port", cause, "Set mqtt.port to the broker's TLS port (8883 is usual), or mqtt.tls = false.")
    except TimeoutError:
        cure = "Check mqtt.host, the network between, and the firewall of the broker's machine."
        return fail(WHAT, "no_answer", f"{where} does not answer within {TIMEOUT_S:g} s.", cure)
    except FileNotFoundError:
        return fail(
            WHAT, "ca_missing", f"mqtt.ca_file {target.ca_file} is not there.", "Copy the broker's CA certificate there."
        )
    except OSError as error:
        return fail(
            WHAT, "unreachable", f"{where} cannot be reached ({error.strerror or error}).", "Check the network and mqtt.host."
        )


def _context(target: Target) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=None if target.ca_file is None else str(target.ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _certificate(
    error: ssl.SSLCertVerificationError, target: Target, where: str, *, clock_synchronised: bool | None
) -> Finding:
    code, clock_wrong = error.verify_code, clock_synchronised is False
    if code in (EXPIRED, NOT_YET) and (clock_wrong or code == NOT_YET):
        unset = ", and its clock is not set" if clock_wrong else ""
        cause = f"The certificate of {where} is not valid at this machine's time{unset}."
        return fail(WHAT, "tls_clock", cause, "Let the clock be set first (timedatectl status); then look at the certificate.")
    if code == EXPIRED:
        return fail(WHAT, "tls_expired", f"The certificate of {where} has expired.", "Renew it on the broker's machine.")
    if code in WRONG_NAMES:
        cause = f"The certificate of {where} is not made out to {target.host}."
        return fail(WHAT, "tls_name", cause, "Set mqtt.host to a name that is in the certificate.")
    if code in UNKNOWN_CA:
        cause = f"Nobody that this machine trusts vouches for the certificate of {where}."
        return fail(WHAT, "tls_unknown_ca", cause, "Set mqtt.ca_file to the certificate of the authority that signed it.")
    return fail(
        WHAT, "tls_refused", f"The certificate of {where} is refused ({error.verify_message}).", "Look at mqtt.ca_file."
    )


def _login(connection: socket.socket, target: Target, where: str) -> Finding:
    """One CONNECT and its answer (MQTT 3.1.1, sections 3.1 and 3.2)."""
    connection.settimeout(TIMEOUT_S)
    try:
        connection.sendall(connect_packet(f"acumat-doctor-{os.getpid()}", target.username, target.password))
        answer = connection.recv(4)
    except (ConnectionResetError, BrokenPipeError):
        answer = b""
    except TimeoutError:
        answer = None
    if answer and answer[0] == CONNACK and len(answer) == 4:
        connection.sendall(b"\xe0\x00")
        return _acknowledged(answer[3], target, where)
    if answer is None:
        cause = f"What listens at {where} takes the connection and says nothing for {TIMEOUT_S:g} s."
        return fail(WHAT, "silent", cause, "Check mqtt.host and mqtt.port; restart the broker if they are right.")
    if not target.tls and (not answer or answer[0] in TLS_RECORDS):
        cause = f"What is at {where} does not answer plain MQTT: it may be a TLS port."
        return fail(WHAT, "tls_port", cause, "Set mqtt.tls = true, or mqtt.port to the plain port (1883 is usual).")
    return fail(WHAT, "no_mqtt", f"What answers at {where} is no MQTT broker.", "Check mqtt.host and mqtt.port.")


def _acknowledged(code: int, target: Target, where: str) -> Finding:
    if code == 0:
        return ok(WHAT, f"{where} accepts us{' over TLS' if target.tls else ''}.")
    if code in BAD_LOGIN and target.password_hidden:
        cause = f"{where} wants a password, which this user may not read."
        return fail(WHAT, "password_hidden", cause, "Run it as root: sudo acumat doctor.")
    if code in BAD_LOGIN:
        cause = f"{where} refuses our user name or password."
        return fail(WHAT, "login", cause, "Check mqtt.username and the password (mosquitto_passwd on the broker's machine).")
    return fail(WHAT, "broker_refuses", f"{where} refuses us (code {code}).", "Look at the broker's log.")


def connect_packet(client_id: str, username: str | None, password: str | None) -> bytes:
    """CONNECT with a clean session and ten seconds of keep-alive."""
    flags = 0x02 | (0x80 if username is not None else 0) | (0x40 if username is not None and password is not None else 0)
    payload = _text(client_id)
    if username is not None:
        payload += _text(username) + (_text(password) if password is not None else b"")
    body = _text("MQTT") + bytes((4, flags, 0, 10)) + payload
    return b"\x10" + _length(len(body)) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _length(count: int) -> bytes:
    """Seven bits a byte, the lowest first, the top bit set while more follow (section 2.2.3)."""
    found = bytearray()
    while True:
        count, low = divmod(count, 128)
        found.append(low | (0x80 if count else 0))
        if not count:
            return bytes(found)
