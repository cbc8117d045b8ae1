"""What of the diagnosis and of the connection is TLS's: imported where TLS is used alone, for ssl takes 5 MB.

Texts of TLS errors differ between versions of OpenSSL, and what breaks a handshake may be a port that speaks no TLS at all.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from pathlib import Path

from acumat.mqtt.problems import CONNACK, TIMEOUT_S, Problem, Target, client_id, connect_packet
from acumat_hw.errors import InputError

EXPIRED, NOT_YET, WRONG_NAMES = 10, 9, (62, 64)
UNKNOWN_CA = (2, 18, 19, 20, 21)
"""OpenSSL's X509_V_ERR_ (x509_vfy.h): CERT_HAS_EXPIRED, CERT_NOT_YET_VALID, HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH, and those
that say that nobody vouches for the certificate."""


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


def secured(plain: socket.socket, context: ssl.SSLContext | None, host: str, timeout_s: float) -> ssl.SSLSocket:
    """The socket after its handshake. One that fails leaves no socket open; raises OSError or ValueError."""
    found: socket.socket = plain
    try:
        found = secure = (context or ssl.create_default_context()).wrap_socket(
            plain, server_hostname=host, do_handshake_on_connect=False
        )
        secure.settimeout(timeout_s)
        secure.do_handshake()
    except TimeoutError as error:  # what is silent here may speak without TLS
        found.close()
        raise ssl.SSLError("the handshake timed out") from error
    except (OSError, ValueError):
        found.close()
        raise
    return secure


def context_of(target: Target) -> ssl.SSLContext | Problem:
    """The context, or what is wrong with the file that it needs."""
    try:
        return tls_context(target.ca_file)
    except FileNotFoundError:
        return Problem("ca_missing", f"mqtt.ca_file {target.ca_file} is not there.", "Copy the broker's CA certificate there.")
    except (OSError, ssl.SSLError, ValueError) as error:
        return Problem("ca_unusable", f"mqtt.ca_file {target.ca_file} cannot be used ({error}).", "Give a PEM file.")


def is_tls_error(error: OSError) -> bool:
    """Whether TLS itself has failed."""
    return isinstance(error, ssl.SSLError)


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
        plain.sendall(connect_packet(client_id(), None, None))
        return plain.recv(1) == bytes((CONNACK,))
    return False
