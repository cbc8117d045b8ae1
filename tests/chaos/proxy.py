"""A way to the broker that can be cut, slowed, frozen or robbed of its acknowledgements. Loopback only."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from tests.broker import PATIENCE_S

PUBACK, CONNACK = 4, 2


class Proxy:
    """Listens on a port of its own. `mode` may be set at any time: open, slow, frozen (nothing passes, nothing closes), silent
    (the broker's acknowledgements are swallowed) or shut (connections break and none is taken).
    """

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self.mode = "open"
        self.accepted_at_s = 0.0
        """When the broker last accepted somebody through here."""
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def set(self, mode: str) -> None:
        self.mode = mode
        if mode == "shut":
            self.cut()

    def cut(self) -> None:
        """Break all connections now."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for side in pair:
                with contextlib.suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)
                side.close()

    def close(self) -> None:
        self.set("shut")
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                inner, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self.mode == "shut":
                    raise ConnectionError
                outer = socket.create_connection(("127.0.0.1", self._broker_port), timeout=PATIENCE_S)
            except OSError:
                inner.close()
                continue
            outer.settimeout(None)
            with self._lock:
                self._pairs.append((inner, outer))
            for source, sink, from_broker in ((inner, outer, False), (outer, inner, True)):
                threading.Thread(target=self._pump, args=(source, sink, from_broker), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, from_broker: bool) -> None:
        waiting = b""
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                while self.mode == "frozen":
                    time.sleep(0.02)
                if self.mode == "slow":
                    time.sleep(0.15)
                if from_broker:
                    data, waiting = self._filtered(waiting + data)
                sink.sendall(data)
        for side in (source, sink):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def _filtered(self, data: bytes) -> tuple[bytes, bytes]:
        """What may pass of whole packets, and the rest that is not whole yet."""
        passed = b""
        while (end := _packet_end(data)) is not None:
            packet, data = data[:end], data[end:]
            kind = packet[0] >> 4
            if kind == CONNACK:
                self.accepted_at_s = time.monotonic()
            if kind != PUBACK or self.mode != "silent":
                passed += packet
        return passed, data


def _packet_end(data: bytes) -> int | None:
    """Length of the first MQTT packet; None if it is not all there."""
    length = shift = 0
    for index, byte in enumerate(data[1:5], start=1):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            end = index + 1 + length
            return end if end <= len(data) else None
    return None
