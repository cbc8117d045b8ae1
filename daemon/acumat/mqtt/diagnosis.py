"""Why there is no connection to the broker: a name, cause and fix for each reason, the same for daemon and doctor.

`of_error` names what a library raised. Where that is not exact, as with TLS errors whose texts differ between versions of
OpenSSL, `examine` tries the port itself: it connects, logs in under a name of its own (MQTT 3.1.1, which every broker speaks)
and hangs up.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from acumat.mqtt.problems import BAD_CLIENT_ID, CONNACK, TIMEOUT_S, Problem, Target, client_id, connect_packet, refused

if TYPE_CHECKING:
    import ssl

ClockSynchronised = Callable[[], bool | None]
"""Whether the machine's clock is set; None if that cannot be known."""

ALERT_S = 0.3
"""How long a server may take to refuse a client after the handshake."""
TLS_RECORDS = (0x15, 0x16)
"""First byte of what a TLS server sends to a client without TLS: an alert or a handshake (RFC 8446, 5.1)."""
AWAY = ("unknown_host", "refused", "no_answer", "unreachable")
"""Problems in which nobody answers."""
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
HERE = "Start it (sudo systemctl start mosquitto), install it (sudo apt-get install mosquitto), or set mqtt.host and mqtt.port."
THERE = "Start it (sudo systemctl start mosquitto), check mqtt.host and mqtt.port, and that it listens to other machines."
NEWER = {1: 132, 2: BAD_CLIENT_ID, 3: 136, 4: 134, 5: 135}
"""CONNACK return codes of MQTT 3.1.1 (table 3.1) as reason codes of MQTT 5."""


def examine(target: Target, *, clock_synchronised: bool | None) -> Problem | None:
    """Connect, log in and hang up; None if the broker accepts us."""
    context: ssl.SSLContext | Problem | None = None
    if target.tls:
        from acumat.mqtt.tls import context_of  # noqa: PLC0415  # ssl takes 5 MB

        context = context_of(target)
    if isinstance(context, Problem):
        return context
    try:
        with socket.create_connection((target.host, target.port), TIMEOUT_S) as plain:
            if context is None:
                return _login(plain, target)
            try:
                secure = context.wrap_socket(plain, server_hostname=target.host)
            except OSError as error:
                return tls_problem(error, target, clock_synchronised=clock_synchronised, also=OSError)
            with secure:
                return _login(secure, target)
    except OSError as error:
        return of_error(error, target, clock_synchronised=clock_synchronised)


def of_error(error: Exception, target: Target, *, clock_synchronised: bool | None) -> Problem:
    """The problem behind a failed connection."""
    if isinstance(error, socket.gaierror | UnicodeError):
        fix = "Check mqtt.host, and that the machine has a network; an IP address always works."
        return Problem("unknown_host", f"No machine called {target.host} is known.", fix)
    if isinstance(error, ConnectionRefusedError):
        fix = HERE if target.host in THIS_MACHINE else THERE
        return Problem("refused", f"No MQTT broker listens at {target.where}.", fix)
    found = tls_problem(error, target, clock_synchronised=clock_synchronised, also=ConnectionError)
    if found is not None:
        return found
    if isinstance(error, TimeoutError):
        fix = "Check mqtt.host, the network between, and the firewall of the broker's machine."
        return Problem("no_answer", f"{target.where} does not answer within {TIMEOUT_S:g} s.", fix)
    reason = (error.strerror if isinstance(error, OSError) else None) or error
    return Problem("unreachable", f"{target.where} cannot be reached ({reason}).", "Check the network and mqtt.host.")


def tls_problem(
    error: Exception | None, target: Target, *, clock_synchronised: bool | None, also: type[OSError] | tuple[()] = ()
) -> Problem | None:
    """What an error of TLS means; None for any other. `also` may be one as well, where TLS is spoken."""
    if not target.tls:
        return None
    from acumat.mqtt.tls import is_tls_error, of_tls_error  # noqa: PLC0415  # as in examine

    if isinstance(error, OSError) and (is_tls_error(error) or isinstance(error, also)):
        return of_tls_error(error, target, clock_synchronised=clock_synchronised)
    return None


def _login(connection: socket.socket, target: Target) -> Problem | None:
    """One CONNECT and its answer (MQTT 3.1.1, sections 3.1 and 3.2)."""
    where = target.where
    answer: bytes | None = b""
    try:
        if target.tls:
            _read_alert(connection)
        connection.settimeout(TIMEOUT_S)
        connection.sendall(connect_packet(client_id(), target.username, target.password))
        answer = connection.recv(4)
    except TimeoutError:
        answer = None
    except OSError as error:
        # in TLS 1.3 a server looks at the client's certificate after the handshake; a reset may come before its alert is read
        found = tls_problem(error, target, clock_synchronised=None) or _late_alert(connection, target)
        if found is not None:
            return found
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
    connection.settimeout(ALERT_S)
    with contextlib.suppress(TimeoutError):
        connection.recv(1)


def _late_alert(connection: socket.socket, target: Target) -> Problem | None:
    """What the server has said before it hung up."""
    if target.tls:
        try:
            connection.recv(1)
        except (OSError, ValueError) as error:
            return tls_problem(error, target, clock_synchronised=None)
    return None
