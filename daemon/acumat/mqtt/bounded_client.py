"""paho's client with a limit on the size of a message: paho alone reads a whole packet into memory, up to 256 MB.

Of a longer packet only the beginning is stored; the rest is read and discarded. The result is handled like any message: it is
too long for a command, so it is refused, acknowledged, and removed from the broker if it was retained.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from acumat.mqtt.lean import let_paho_speak_tls
from acumat.mqtt.problems import TIMEOUT_S, Target

if TYPE_CHECKING:
    import ssl

KEPT_BYTES = 128 * 1024
"""So much of a packet is stored: a topic of the greatest length and any document of ours."""
CHUNK_BYTES = 64 * 1024
MAX_PACKET_BYTES = 1024 * 1024
"""Size limit that is announced to a broker of MQTT 5."""
IN_FLIGHT = 20


class BoundedClient(Client):
    """`network_error` is what the socket raised last: paho itself only says that the connection is lost."""

    network_error: OSError | None = None

    def hang_up(self) -> None:
        """Close every socket, whatever state paho is in: the connection, and the pair that wakes the loop."""
        self._reset_sockets()

    def _packet_queue(
        self, command: int, packet: bytes | bytearray, mid: int, qos: int, info: MQTTMessageInfo | None = None
    ) -> MQTTErrorCode:
        """As in paho, except that a packet on a closing connection is dropped, where paho 2.1 raises.

        Paho wakes its loop through a pair of sockets, which the loop's thread closes and forgets while others publish.
        """
        try:
            return super()._packet_queue(command, packet, mid, qos, info)
        except (OSError, AttributeError):  # closed, or None by now
            return MQTTErrorCode.MQTT_ERR_NO_CONN

    def _sock_recv(self, bufsize: int) -> bytes:
        packet = self._in_packet["packet"]
        if len(packet) > KEPT_BYTES:
            del packet[KEPT_BYTES:]
            self._ping_t = 0.0  # the broker is alive: its answer to our ping waits behind this packet
        try:
            return super()._sock_recv(min(bufsize, CHUNK_BYTES))
        except BlockingIOError:
            raise
        except OSError as error:
            self.network_error = error
            raise

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        """As in paho, except that a failed handshake leaves no socket open."""
        from acumat.mqtt.tls import secured  # noqa: PLC0415  # which takes 5 MB

        return secured(tcp_sock, self._ssl_context, self._host, self._connect_timeout)


def bounded_client(
    target: Target, *, client_id: str, protocol: MQTTProtocolVersion, in_flight: int = IN_FLIGHT
) -> BoundedClient:
    """A client that is not connected yet. Raises InputError if the TLS files cannot be used."""
    client = BoundedClient(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=protocol, reconnect_on_failure=False)
    client.suppress_exceptions = True  # one raising callback would end the thread
    client.connect_timeout = TIMEOUT_S
    client.max_inflight_messages_set(in_flight)
    if target.username is not None:
        client.username_pw_set(target.username, target.password)
    if target.tls:
        from acumat.mqtt.tls import usable_tls_context  # noqa: PLC0415  # as above

        let_paho_speak_tls()
        client.tls_set_context(usable_tls_context(target))
    client.on_socket_open = _no_delay
    return client


def connect(client: BoundedClient, target: Target, keepalive_s: int) -> None:
    """Open the connection and log in. Raises OSError or ValueError."""
    properties = None
    if client.protocol == MQTTProtocolVersion.MQTTv5:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = MAX_PACKET_BYTES
    client.connect(target.host, target.port, keepalive_s, properties=properties)


def _no_delay(_client: Client, _userdata: object, sock: object) -> None:
    """Small messages must not wait for each other's acknowledgement (Nagle's algorithm holds them for 40 ms)."""
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def end_loop(client: Client) -> None:
    """Wait for paho's thread and close every socket of the client.

    The thread may end while paho's own `loop_stop` looks at it, which then raises. The pair of sockets that wakes the loop is
    left open by paho until the client is collected (both paho 2.1).
    """
    with contextlib.suppress(AttributeError):
        client.loop_stop()
    client._reset_sockets()  # noqa: SLF001
