"""The part of diagnosis and connection that deals with TLS. It is imported only if TLS is used, since ssl takes 5 MB.

Texts of TLS errors differ between versions of OpenSSL, and a handshake may fail because the port speaks no TLS at all.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl

from acumat.mqtt.problems import CONNACK, TIMEOUT_S, Problem, Target, UnusableFileError, client_id, connect_packet

MISMATCH = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH")
OF_A_CERTIFICATE = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED", "DECRYPT_ERROR")
"""OpenSSL's names of errors and alerts (x509err.h; RFC 8446, 6.2) that are about a certificate, or its key."""
OLD_PROTOCOL = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION")
"""Alerts, the broker's or ours, for a broker that speaks only TLS before 1.2."""
EXPIRED, NOT_YET, WRONG_NAMES = 10, 9, (62, 64)
UNKNOWN_CA = (2, 18, 19, 20, 21)
"""OpenSSL's X509_V_ERR_ (x509_vfy.h): CERT_HAS_EXPIRED, CERT_NOT_YET_VALID, HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH, and those
for an unknown authority."""


def usable_tls_context(target: Target) -> ssl.SSLContext:
    """The context. Raises UnusableFileError for a file that it needs and that cannot be used."""
    found = context_of(target)
    if isinstance(found, Problem):
        raise UnusableFileError(found)
    return found


def secured(plain: socket.socket, context: ssl.SSLContext | None, host: str, timeout_s: float) -> ssl.SSLSocket:
    """The socket after its handshake. A failed handshake leaves no socket open; raises OSError or ValueError."""
    found: socket.socket = plain
    try:
        found = secure = (context or ssl.create_default_context()).wrap_socket(
            plain, server_hostname=host, do_handshake_on_connect=False
        )
        secure.settimeout(timeout_s)
        secure.do_handshake()
    except TimeoutError as error:  # a port that is silent here may speak without TLS
        found.close()
        raise ssl.SSLError("the handshake timed out") from error
    except (OSError, ValueError):
        found.close()
        raise
    return secure


def context_of(target: Target) -> ssl.SSLContext | Problem:
    """The context, or the problem with a file that it needs.

    The same checks for daemon and doctor on every Python: `create_default_context` is stricter from 3.13 on.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if target.ca_file is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(str(target.ca_file))
    except FileNotFoundError:
        return Problem("ca_missing", f"mqtt.ca_file {target.ca_file} is not there.", "Copy the broker's CA certificate there.")
    except (OSError, ssl.SSLError, ValueError) as error:
        return Problem("ca_unusable", f"mqtt.ca_file {target.ca_file} cannot be used ({error}).", "Give a PEM file.")
    return _loaded(context, target) or context


def _loaded(context: ssl.SSLContext, target: Target) -> Problem | None:
    """Load the certificate that we show, with its key. Returns the problem with them, if any."""
    certificate, key = target.cert_file, target.key_file or target.cert_file
    if certificate is None or key is None:
        return None
    for name, path in (("cert_file", certificate), ("key_file", key)):
        if not path.exists():
            return Problem("cert_missing", f"mqtt.{name} {path} is not there.", "Copy the client's certificate and key there.")
        if not os.access(path, os.R_OK):
            fix = f"Let the user of the daemon own it (sudo chown acumat {path}); for the doctor: sudo acumat doctor."
            return Problem("key_hidden", f"{path} may not be read by this user.", fix)
    try:
        context.load_cert_chain(certificate, key, password=str)  # no passphrase: else OpenSSL asks for one at the terminal
    except ssl.SSLError as error:
        if error.reason in MISMATCH:
            cause = f"The key in {key} is not the one of the certificate in {certificate}."
            return Problem("key_mismatch", cause, "Put the key there that the certificate was made for.")
        why = error.reason or "no PEM file, or a key with a passphrase"
        return Problem(
            "cert_unusable", f"{certificate} with {key} cannot be used ({why}).", "Give PEM files without a passphrase."
        )
    except (OSError, ValueError) as error:
        return Problem("cert_unusable", f"{certificate} with {key} cannot be used ({error}).", "Give PEM files.")
    return None


def is_tls_error(error: OSError) -> bool:
    """Whether TLS itself has failed."""
    return isinstance(error, ssl.SSLError)


def of_tls_error(error: OSError, target: Target, *, clock_synchronised: bool | None) -> Problem:
    """The cause that ended the handshake, or the first exchange after it.

    Any error but a certificate's may come from a port without TLS.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error, target, clock_synchronised=clock_synchronised)
    reason = str(getattr(error, "reason", None) or error)
    found = _of_alert(reason.upper().replace(" ", "_"), target)
    if found is not None:
        return found
    if _speaks_plain_mqtt(target):
        fix = "Set mqtt.port to the broker's TLS port (8883 is usual), or mqtt.tls = false."
        return Problem("plain_port", f"What answers at {target.where} does not speak TLS.", fix)
    fix = "Check mqtt.port and the broker's log; before TLS 1.3 a broker that asks for a client certificate fails like this."
    if any(each in reason.upper().replace(" ", "_") for each in OLD_PROTOCOL):
        fix = "Update the broker, or let it speak TLS 1.2 (tls_version tlsv1.2): older versions are not safe."
    return Problem("tls_failed", f"A TLS connection to {target.where} fails ({reason}).", fix)


def _of_alert(reason: str, target: Target) -> Problem | None:
    """The problem with our certificate, shown or missing, in a broker's alert; None for any other reason."""
    if "ALERT" not in reason:
        return None
    if "CERTIFICATE_REQUIRED" in reason and target.cert_file is None:  # of TLS 1.3
        cause = f"The broker at {target.where} asks for a client certificate, and acumat has none to show."
        fix = (
            "Set mqtt.cert_file and mqtt.key_file, or let this listener accept clients without one (require_certificate false)."
        )
        return Problem("client_certificate", cause, fix)
    if target.cert_file is None or not any(each in reason for each in OF_A_CERTIFICATE):
        return None
    if "EXPIRED" in reason:
        cause = f"The certificate in {target.cert_file} has expired, says the broker at {target.where}."
        fix = "Make a new one; if it is still valid, look at the clock of the broker's machine."
        return Problem("client_certificate_expired", cause, fix)
    if "UNKNOWN_CA" in reason:
        cause = f"The broker at {target.where} does not know who signed the certificate in {target.cert_file}."
        fix = "Have it signed by the authority in the broker's cafile, or put its authority there."
        return Problem("client_certificate_refused", cause, fix)
    alert = reason.partition("ALERT_")[2].lower().replace("_", " ")
    cause = f"The broker at {target.where} refuses the certificate in {target.cert_file} ({alert})."
    fix = "It may be revoked, made for servers alone, or not valid yet by the broker's clock; the broker's log says more."
    return Problem("client_certificate_refused", cause, fix)


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
        fix = (
            "Set mqtt.ca_file to the certificate of the authority that signed it; between the two the broker sends all others."
        )
        return Problem("tls_unknown_ca", cause, fix)
    fix = "Make the broker's certificate anew: for servers, signed with SHA-256, with a key of today's length."
    return Problem("tls_refused", f"The certificate of {where} is refused ({error.verify_message}).", fix)


def _speaks_plain_mqtt(target: Target) -> bool:
    """Whether the port answers an unencrypted MQTT login. The login contains no secret: it names no user."""
    with contextlib.suppress(OSError), socket.create_connection((target.host, target.port), TIMEOUT_S) as plain:
        plain.settimeout(TIMEOUT_S)
        plain.sendall(connect_packet(client_id(), None, None))
        return plain.recv(1) == bytes((CONNACK,))
    return False
