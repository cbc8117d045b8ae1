"""Servers on loopback that answer a login as a test wants, and go on doing so until they are closed."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from acumat.mqtt import diagnosis
from tests.broker import PATIENCE_S

TLS = Path(__file__).parents[1] / "data" / "tls"
CA = TLS / "ca.pem"
Serve = Callable[[socket.socket], None]


def patient(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have the diagnosis wait for a server of ours on a busy machine, but for no word and no alert that never comes."""
    if code != "plain_port":
        monkeypatch.setattr(diagnosis, "TIMEOUT_S", PATIENCE_S)
    if code == "client_certificate":
        monkeypatch.setattr(diagnosis, "ALERT_S", PATIENCE_S)


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """Deals with each connection in a thread of its own; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    done = threading.Event()

    threads: list[threading.Thread] = []

    def deal_with(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):  # ssl's errors are OSErrors too: the client has not liked us
            client.settimeout(PATIENCE_S)
            serve(client)

    def accept() -> None:
        while not done.is_set():
            with contextlib.suppress(OSError):
                client, _ = listener.accept()
                threads.append(threading.Thread(target=deal_with, args=(client,)))
                threads[-1].start()

    threads.append(threading.Thread(target=accept))
    threads[0].start()
    try:
        yield listener.getsockname()[1]
    finally:
        done.set()
        threads[0].join(PATIENCE_S)  # no other begins after this one
        for thread in threads[1:]:
            thread.join(PATIENCE_S)
        listener.close()
        assert not any(thread.is_alive() for thread in threads)


def accepting(code: int) -> Serve:
    """A broker of MQTT 3.1.1; one that does not understand version 5 says so, as it should."""

    def serve(client: socket.socket) -> None:
        level = client.recv(1024)[8:9]
        client.sendall(bytes((0x20, 2, 0, code if level == b"\x04" else 1)))
        client.recv(1024)

    return serve


def over_tls(certificate: str, inner: Serve, *, wants_certificate: bool = False, newest: bool = True) -> Serve:
    def serve(client: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / f"{certificate}.pem")
        if wants_certificate:
            context.load_verify_locations(CA)
            context.verify_mode = ssl.CERT_REQUIRED
        if not newest:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        with context.wrap_socket(client, server_side=True) as secure:
            inner(secure)

    return serve


def saying(data: bytes) -> Serve:
    """Whatever it hears, it says this and hangs up."""

    def serve(client: socket.socket) -> None:
        client.recv(1024)
        client.sendall(data)

    return serve


def hanging_up_on_tls(inner: Serve) -> Serve:
    """As brokers do on their plain port: what does not begin like MQTT is cut off without a word."""

    def serve(client: socket.socket) -> None:
        if client.recv(1, socket.MSG_PEEK) == b"\x10":
            inner(client)

    return serve


@contextmanager
def speaking_3_only(broker_port: int) -> Iterator[int]:
    """A real broker behind a door that lets no MQTT 5 in, and says so as brokers of before do; gives the door's port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    done = threading.Event()
    threads: list[threading.Thread] = []

    def carry(source: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                to.sendall(data)
        with contextlib.suppress(OSError):
            to.shutdown(socket.SHUT_RDWR)

    def deal_with(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):  # either side may have gone
            first = client.recv(4096)
            level = first[first.find(b"MQTT") + 4] if b"MQTT" in first else 0
            if level != 4:
                client.sendall(b"\x20\x02\x00\x01")
                return
            with socket.create_connection(("127.0.0.1", broker_port)) as broker:
                broker.sendall(first)
                back = threading.Thread(target=carry, args=(broker, client))
                back.start()
                carry(client, broker)
                back.join()

    def accept() -> None:
        while not done.is_set():
            with contextlib.suppress(OSError):
                client, _ = listener.accept()
                client.settimeout(None)
                thread = threading.Thread(target=deal_with, args=(client,), daemon=True)
                thread.start()
                threads.append(thread)

    door = threading.Thread(target=accept)
    door.start()
    try:
        yield listener.getsockname()[1]
    finally:
        done.set()
        door.join(PATIENCE_S)
        listener.close()


def granting(suback: Callable[[int], int], *, connack: Callable[[int], bytes] = lambda level: b"\x20\x03\x00\x00\x00") -> Serve:
    """A broker that answers what is needed, and the SUBSCRIBE number n (from 1 on) with the code `suback(n)`.

    `connack` gives the whole answer to a login with this level of the protocol; nothing at all hangs up.
    """

    def serve(client: socket.socket) -> None:
        subscribes, level = 0, 0
        stream = client.makefile("rb")
        with stream:
            while head := stream.read(1):
                body = stream.read(_remaining(stream))
                match head[0] & 0xF0:
                    case 0x10:
                        level = body[6]
                        answer = connack(level)
                        client.sendall(answer)
                        if not answer or answer[3]:
                            return
                    case 0x80:
                        subscribes += 1
                        properties = b"\x00" if level == 5 else b""
                        reply = body[:2] + properties + bytes((suback(subscribes),))
                        client.sendall(bytes((0x90, len(reply))) + reply)
                    case 0x30 if head[0] & 0x06:
                        size = int.from_bytes(body[:2], "big")
                        client.sendall(b"\x40\x02" + body[2 + size : 4 + size])
                    case 0xC0:
                        client.sendall(b"\xd0\x00")
                    case 0xE0:
                        return

    return serve


def _remaining(stream: io.BufferedReader) -> int:
    count = shift = 0
    while True:
        byte = stream.read(1)[0]
        count |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return count
