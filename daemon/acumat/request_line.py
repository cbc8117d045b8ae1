"""Sends and reads requests and answers over a local socket: one JSON line, and with a request an open file."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import stat
from typing import Any, BinaryIO

CHUNK_BYTES = 4096


def encoded(document: dict[str, Any]) -> bytes:
    """The line. Raises ValueError or TypeError for what JSON cannot hold."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode() + b"\n"


def send_request(server: socket.socket, line: bytes, file: BinaryIO | None) -> None:
    """Send the line, and with its first byte the right to use the file."""
    sent = 0 if file is None else socket.send_fds(server, [line], [file.fileno()])
    server.sendall(line[sent:])


def read_request(client: socket.socket, limit_bytes: int) -> tuple[bytes | None, BinaryIO | None]:
    """The line, as `read_line` gives it, and the regular file that came with it, open and to be closed."""
    begun, handles, _, _ = socket.recv_fds(client, CHUNK_BYTES, 1, socket.MSG_CMSG_CLOEXEC)
    file = _file(handles[0]) if handles else None
    try:
        return read_line(client, limit_bytes, begun), file
    except BaseException:
        if file is not None:
            file.close()
        raise


def read_line(peer: socket.socket, limit_bytes: int, begun: bytes | None = None) -> bytes | None:
    """The bytes before the first newline, `begun` among them; None if the limit or the end comes first."""
    data = bytearray()
    while b"\n" not in data:
        chunk, begun = peer.recv(CHUNK_BYTES) if begun is None else begun, None
        if not chunk or len(data) + len(chunk.partition(b"\n")[0]) > limit_bytes:
            return None
        data += chunk
    return bytes(data.partition(b"\n")[0])


def _file(handle: int) -> BinaryIO | None:
    """A pipe or a terminal could be waited for without end."""
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    writable = fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR
    return os.fdopen(handle, "r+b" if writable else "rb")
