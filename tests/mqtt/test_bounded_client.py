"""Publishing while the connection's own thread hangs up: the packet is not sent, and nobody is thrown out of their work."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from acumat.mqtt.bounded_client import BoundedClient


class Waker:
    """The end of the socket pair by which paho wakes its loop, just being closed."""

    def send(self, _data: bytes) -> int:
        raise OSError(errno.EBADF, "Bad file descriptor")

    def close(self) -> None:
        pass


class BeingClosed(BoundedClient):
    """Its thread has closed the pair: it is there at every look, or (`forgets`) gone again when it is used."""

    forgets = False
    looks = 0
    over = False

    @property
    def _sockpairW(self) -> Any:  # noqa: N802  paho's name
        self.looks += 1
        return None if self.over or (self.forgets and self.looks % 2 == 0) else Waker()

    @_sockpairW.setter
    def _sockpairW(self, value: object) -> None:  # noqa: N802
        self.looks = 0


@pytest.mark.parametrize("forgets", [False, True])
def test_a_packet_that_meets_a_connection_being_closed_is_not_sent(forgets: bool) -> None:
    client = BeingClosed(CallbackAPIVersion.VERSION2)
    client.on_socket_register_write = lambda *_: None  # as a connection has it
    client.forgets = forgets
    client._sock, broker = socket.socketpair()
    sent = [client.publish("m/state", "{}", qos=qos).rc for qos in (0, 1)]
    client.over = True
    client.hang_up()
    broker.close()
    assert sent == [MQTTErrorCode.MQTT_ERR_NO_CONN] * 2
