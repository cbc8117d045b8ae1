"""Why there is no connection to the broker: one name, cause and fix for each reason, the same for daemon and doctor.

`of_error` names what a library raised. Where that is not exact, as with TLS errors whose texts differ between versions of
OpenSSL, `examine` tries the port itself: it connects, logs in under a name of its own (MQTT 3.1.1, which every broker speaks)
and hangs up.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from acumat_hw.errors import InputError

ClockSynchronised = Callable[[], bool | None]
"""Whether the machine's clock is known to be set; None where that cannot be known."""

TIMEOUT_S = 5.0
ALERT_S = 0.3
"""How long a server may take to refuse a client after the handshake."""
CONNACK = 0x20
TLS_RECORDS = (0x15, 0x16)
"""First byte of what a TLS server sends to a client without TLS: an alert or a handshake (RFC 8446, 5.1)."""
EXPIRED, NOT_YET, WRONG_NAMES = 10, 9, (62, 64)
UNKNOWN_CA = (2, 18, 19, 20, 21)
"""OpenSSL's X509_V_ERR_ (x509_vfy.h): CERT_HAS_EXPIRED, CERT_NOT_YET_VALID, HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH, and those
that say that nobody vouches for the certificate."""
AWAY = ("unknown_host", "refused", "no_answer", "unreachable")
"""Problems in which nobody answers."""
BAD_LOGIN = (134, 135)
BAD_CLIENT_ID = 133
NEWER = {1: 132, 2: BAD_CLIENT_ID, 3: 136, 4: 134, 5: 135}
"""CONNACK return codes of MQTT 3.1.1 (table 3.1) as reason codes of MQTT 5."""


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

    @property
    def where(self) -> str:
        """Host and port as people write them."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: a code for programs, cause and fix for people."""

    code: str
    cause: str
    fix: str

    @property
    def text(self) -> str:
        """Cause and fix in one."""
        return f"{self.cause} {self.fix}"


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """The same checks for daemon and doctor on every Python: `create_default_context` is stricter from 3.13 on.

    Raises OSError, ssl.SSLError or ValueError for a file that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(str(ca_file))
    return context


def usable_tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """The context, or an InputError that names the file."""
    try:
        return tls_context(ca_file)
    except (OSError, ssl.SSLError, ValueError) as exc:
        raise InputError(f"mqtt.ca_file {ca_file} cannot be used ({exc}); give a PEM file") from exc


def examine(target: Target, *, clock_synchronised: bool | None) -> Problem | None:
    """Connect, log in and hang up; None if the broker accepts us."""
    try:
        context = tls_context(target.ca_file) if target.tls else None
    except FileNotFoundError:
        return Problem("ca_missing", f"mqtt.ca_file {target.ca_file} is not there.", "Copy the broker's CA certificate there.")
    except (OSError, ssl.SSLError, ValueError) as error:
        return Problem("ca_unusable", f"mqtt.ca_file {target.ca_file} cannot be used ({error}).", "Give a PEM file.")
    try:
        with socket.create_connection((target.host, target.port), TIMEOUT_S) as plain:
            if context is None:
                return _login(plain, target)
            try:
                secure = context.wrap_socket(plain, server_hostname=target.host)
            except OSError as error:
                return of_tls_error(error, target, clock_synchronised=clock_synchronised)
            with secure:
                return _login(secure, target)
    except OSError as error:
        return of_error(error, target, clock_synchronised=clock_synchronised)


def of_error(error: Exception, target: Target, *, clock_synchronised: bool | None) -> Problem:
    """What a failed connection means."""
    if isinstance(error, socket.gaierror | UnicodeError):
        fix = "Check mqtt.host, and that the machine has a network; an IP address always works."
        return Problem("unknown_host", f"No machine called {target.host} is known.", fix)
    if isinstance(error, ConnectionRefusedError):
        fix = "Start it (sudo systemctl start mosquitto), check mqtt.host and mqtt.port, and that it listens to other machines."
        return Problem("refused", f"No MQTT broker listens at {target.where}.", fix)
    if isinstance(error, ssl.SSLError) or (target.tls and isinstance(error, ConnectionError)):
        return of_tls_error(error, target, clock_synchronised=clock_synchronised)
    if isinstance(error, TimeoutError):
        fix = "Check mqtt.host, the network between, and the firewall of the broker's machine."
        return Problem("no_answer", f"{target.where} does not answer within {TIMEOUT_S:g} s.", fix)
    reason = (error.strerror if isinstance(error, OSError) else None) or error
    return Problem("unreachable", f"{target.where} cannot be reached ({reason}).", "Check the network and mqtt.host.")


def of_tls_error(error: OSError, target: Target, *, clock_synchronised: bool | None) -> Problem:
    """What ended the handshake, or the first exchange after it. Any error but a certificate's may be a port without TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error, target, clock_synchronised=clock_synchronised)
    reason = str(getattr(error, "reason", None) or error)
    if "CERTIFICATE_REQUIRED" in reason.upper().replace(" ", "_"):  # the alert of TLS 1.3
        cause = f"The broker at {target.where} asks for a client certificate, and acumat has none to show."
        return Problem("client_certificate", cause, "Let this listener accept clients without one (require_certificate false).")
    if _speaks_plain_mqtt(target):
        fix = "Set mqtt.port to the broker's TLS port (8883 is usual), or mqtt.tls = false."
        return Problem("plain_port", f"What answers at {target.where} does not speak TLS.", fix)
    fix = "Check mqtt.port and the broker's log; before TLS 1.3 a broker that asks for a client certificate fails like this."
    return Problem("tls_failed", f"No TLS connection to {target.where} comes about ({reason}).", fix)


def refused(reason_code: int, reason: str, target: Target) -> Problem:
    """What a CONNACK of MQTT 5 says that is no success."""
    if reason_code in BAD_LOGIN and target.password_hidden:
        cause = f"{target.where} wants a password, which this user may not read."
        return Problem("password_hidden", cause, "Run it as root: sudo acumat doctor.")
    if reason_code in BAD_LOGIN:
        cause = f"The broker at {target.where} refused us: it does not accept this user name or password."
        fix = "Check mqtt.username and the password (mosquitto_passwd on the broker's machine)."
        return Problem("login", cause, fix)
    fix = "Check mqtt.client_id." if reason_code == BAD_CLIENT_ID else "Look at the broker's log."
    return Problem("broker_refuses", f"The broker at {target.where} refused us ({reason}).", fix)


def _certificate(error: ssl.SSLCertVerificationError, target: Target, *, clock_synchronised: bool | None) -> Problem:
    code, clock_wrong, where = error.verify_code, clock_synchronised is False, target.where
    if code in (EXPIRED, NOT_YET) and (clock_wrong or code == NOT_YET):
        unset = ", and its clock is not set" if clock_wrong else ""
        cause = f"The certificate of {where} is not valid at this machine's time{unset}."
        return Problem("tls_clock", cause, "Let the clock be set first (timedatectl status); then look at the certificate.")
    if code == EXPIRED:
        return Problem("tls_expired", f"The certificate of {where} has expired.", "Renew it on the broker's machine.")
    if code in WRONG_NAMES:
        cause = f"The certificate of {where} is not made out to {target.host}."
        return Problem("tls_name", cause, "Set mqtt.host to a name that is in the certificate.")
    if code in UNKNOWN_CA:
        cause = f"Nobody that this machine trusts vouches for the certificate of {where}."
        return Problem("tls_unknown_ca", cause, "Set mqtt.ca_file to the certificate of the authority that signed it.")
    return Problem("tls_refused", f"The certificate of {where} is refused ({error.verify_message}).", "Look at mqtt.ca_file.")


def _speaks_plain_mqtt(target: Target) -> bool:
    """Whether the port answers an MQTT login that is not encrypted. The login says nothing secret: it names no user."""
    with contextlib.suppress(OSError), socket.create_connection((target.host, target.port), TIMEOUT_S) as plain:
        plain.settimeout(TIMEOUT_S)
        plain.sendall(connect_packet(_client_id(), None, None))
        return plain.recv(1) == bytes((CONNACK,))
    return False


def _login(connection: socket.socket, target: Target) -> Problem | None:
    """One CONNECT and its answer (MQTT 3.1.1, sections 3.1 and 3.2)."""
    where = target.where
    answer: bytes | None = b""
    try:
        _read_alert(connection)
        connection.settimeout(TIMEOUT_S)
        connection.sendall(connect_packet(_client_id(), target.username, target.password))
        answer = connection.recv(4)
    except TimeoutError:
        answer = None
    except ssl.SSLError as error:  # in TLS 1.3 a server looks at the client's certificate after the handshake
        return of_tls_error(error, target, clock_synchronised=None)
    except OSError:
        answer = b""
    if answer and answer[0] == CONNACK and len(answer) == 4:
        with contextlib.suppress(OSError):
            connection.sendall(b"\xe0\x00")
        code = answer[3]
        return None if code == 0 else refused(NEWER.get(code, code), f"code {code}", target)
    if answer is None:
        cause = f"What listens at {where} takes the connection and says nothing for {TIMEOUT_S:g} s."
        return Problem("silent", cause, "Check mqtt.host and mqtt.port; restart the broker if they are right.")
    if not target.tls and (not answer or answer[0] in TLS_RECORDS):
        cause = f"What answers at {where} hangs up on plain MQTT: it may be a TLS port."
        return Problem("tls_port", cause, "Set mqtt.tls = true, or mqtt.port to the plain port (1883 is usual).")
    return Problem("no_mqtt", f"What answers at {where} is no MQTT broker.", "Check mqtt.host and mqtt.port.")


def _read_alert(connection: socket.socket) -> None:
    """In TLS 1.3 a server refuses us after the handshake. Its alert is read before anything is sent to it, or a reset may take
    its place. A broker itself never speaks first.
    """
    if isinstance(connection, ssl.SSLSocket):
        connection.settimeout(ALERT_S)
        with contextlib.suppress(TimeoutError):
            connection.recv(1)


def _client_id() -> str:
    return f"acumat-doctor-{os.getpid()}"


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
