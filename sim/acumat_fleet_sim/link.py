"""The connection of one simulated mat: paho driven by the event loop that all mats share, one client of paho a connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

KEEPALIVE_S = 15
"""As the daemon's."""
CONNECT_S = 20.0
"""How long a broker may take to answer, about as long as the daemon waits; a cluster that elects a leader takes seconds."""
IN_FLIGHT = 20
"""As the daemon's: events sent and not acknowledged."""


class Owner(Protocol):
    """What is told of a connection."""

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None: ...
    def on_published(self, mid: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Login:
    """Who a mat is to a broker."""

    client_id: str
    username: str | None
    password: str | None
    will_topic: str


class _PahoOnSocket(Client):
    """A client of paho on a socket that is connected already: paho's own way to connect would hold up all other mats."""

    connected_socket: socket.socket

    def hang_up(self) -> None:
        """Close the socket, whatever state paho is in."""
        self._reset_sockets()

    def _create_socket_connection(self) -> socket.socket:
        return self.connected_socket


class Link:
    """One connection, from the socket to its end. For the loop's thread alone."""

    def __init__(self, login: Login, owner: Owner) -> None:
        self._loop = asyncio.get_running_loop()
        self._owner = owner
        self._answered: asyncio.Future[int] = self._loop.create_future()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        client = _PahoOnSocket(
            CallbackAPIVersion.VERSION2, login.client_id, protocol=MQTTProtocolVersion.MQTTv311, reconnect_on_failure=False
        )
        client.max_inflight_messages_set(10 * IN_FLIGHT)  # documents are checked beside the events
        client.username_pw_set(login.username, login.password)
        client.will_set(login.will_topic, "offline", qos=1, retain=True)
        client.on_connect = lambda _c, _u, _f, reason, _p: self._on_answer(reason.value)
        client.on_message = self._on_message
        client.on_publish = lambda _c, _u, mid, _r, _p: owner.on_published(mid)
        client.on_socket_register_write = self._want_write
        client.on_socket_unregister_write = lambda _c, _u, sock: self._stop_writing(sock)
        client.on_socket_close = lambda _c, _u, sock: self._forget(sock)
        self._client = client

    async def open(self, host: str, port: int) -> int:
        """Connect and log in; the broker's answer, 0 for yes. Raises OSError where nobody answers in time."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._loop.sock_connect(sock, (host, port))
        except BaseException:
            sock.close()
            raise
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client.connected_socket = sock
        self._client.connect(host, port, KEEPALIVE_S)
        self._loop.add_reader(sock, self._read)
        async with asyncio.timeout(CONNECT_S):
            await asyncio.wait((self._answered, self.ended), return_when=asyncio.FIRST_COMPLETED)
        if not self._answered.done():
            raise ConnectionResetError("the broker hung up")
        return self._answered.result()

    @property
    def is_open(self) -> bool:
        """Whether the connection has not ended yet."""
        return not self.ended.done()

    def subscribe(self, topic: str) -> None:
        """With QoS 0: every command is answered, and who asks can ask again."""
        self._client.subscribe(topic, qos=0)

    def publish(self, topic: str, payload: str, *, qos: int, retain: bool) -> int:
        """Send it; the number that `on_published` gets."""
        return self._client.publish(topic, payload, qos=qos, retain=retain).mid

    def keep_alive(self) -> None:
        """To be called about once a second."""
        if self.is_open:
            self._done(self._client.loop_misc)

    def close(self) -> None:
        """Hang up as a mat that loses its power: the broker sends the will."""
        self._end()

    def disconnect(self) -> None:
        """Take leave; the end comes when that is sent."""
        self._client.disconnect()

    def _want_write(self, _client: Client, _userdata: object, sock: SocketLike) -> None:
        self._loop.add_writer(sock, self._write)

    def _stop_writing(self, sock: SocketLike) -> None:
        self._loop.remove_writer(sock)

    def _read(self) -> None:
        self._done(lambda: self._client.loop_read(max_packets=IN_FLIGHT))

    def _write(self) -> None:
        self._done(self._client.loop_write)

    def _done(self, step: Callable[[], MQTTErrorCode]) -> None:
        if self.is_open and step() not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN):
            self._end()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self._owner.on_message(message.topic, bytes(message.payload), retained=message.retain)

    def _end(self) -> None:
        self._client.hang_up()
        self._on_ended()

    def _forget(self, sock: SocketLike) -> None:
        self._loop.remove_reader(sock)
        self._loop.remove_writer(sock)
        self._on_ended()

    def _on_answer(self, code: int) -> None:
        if not self._answered.done():
            self._answered.set_result(code)

    def _on_ended(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
