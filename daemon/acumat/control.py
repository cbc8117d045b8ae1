"""Asks the running daemon over its local socket: a request is one JSON line, its answer is another."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from acumat.request_line import encoded, read_line, send_request
from acumat_hw.errors import AcumatError, InputError

MAX_ANSWER_BYTES = 1 << 20
QUEUE_S = 0.02
"""Between two tries to join the queue of those whom the daemon has not taken yet."""
ANSWER_TIMEOUT_S = 30.0
"""The daemon gives up on an answer after so long."""
FILE_ANSWER_S = 300.0
"""The same for a request with a file: the history of ten years takes a small board minutes."""
START = "start it with: systemctl start acumat"
JOIN = "use sudo, or join its group and log in again: sudo usermod -aG acumat $USER"


class DaemonNotRunningError(AcumatError):
    """Nothing answers at the socket: start the daemon."""


class DaemonForbiddenError(AcumatError):
    """A daemon may be there, but this user has no right to speak to it."""


class DaemonTimeoutError(AcumatError):
    """The daemon is there, but did not answer in time."""


class DaemonRunningError(AcumatError):
    """Another daemon already owns the socket: stop it first."""


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold the mat of this socket, so that no daemon starts meanwhile.

    Raises DaemonRunningError if one runs, DaemonForbiddenError if this user cannot know.
    """
    lock_path = path.with_suffix(".lock")
    try:
        lock = open_lock(lock_path) if lock_path.parent.is_dir() else None
    except PermissionError as exc:
        raise DaemonForbiddenError(f"{lock_path} may not be opened, so a daemon may be running; {JOIN}") from exc
    except OSError as exc:
        raise DaemonForbiddenError(
            f"{lock_path} cannot be opened ({exc.strerror}), so a daemon may be running; move it away"
        ) from exc
    if lock is None:  # without its folder there is no daemon
        yield
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DaemonRunningError(f"another acumat holds {lock_path}; stop it first (systemctl stop acumat)") from None
        yield


def open_lock(path: Path) -> BinaryIO:
    """The file that is locked. Raises OSError; a FIFO in its place is not waited for."""
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK, 0o666))


def connected(path: Path, timeout_s: float) -> socket.socket:
    """A connection to the daemon at this socket; each step of what follows may take `timeout_s`.

    Raises DaemonNotRunningError, DaemonForbiddenError or DaemonTimeoutError.
    """
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        server.settimeout(timeout_s)
        _connect(server, path, timeout_s)
    except OSError as exc:
        server.close()
        raise _unreachable(exc, path, timeout_s) from exc
    return server


def _connect(server: socket.socket, path: Path, timeout_s: float) -> None:
    """Connect, and wait while the daemon has more callers than it has taken: it is there."""
    given_up_s = time.monotonic() + timeout_s
    while True:
        try:
            return server.connect(str(path))
        except BlockingIOError:
            if time.monotonic() >= given_up_s:
                raise TimeoutError from None
            time.sleep(QUEUE_S)


def ask(path: Path, request: dict[str, Any], timeout_s: float, file: BinaryIO | None = None) -> dict[str, Any]:
    """Ask the daemon at this socket and return its answer; each step of the exchange may take `timeout_s`.

    A `file` goes with the request: the daemon reads or writes it, whoever it belongs to. Raises DaemonNotRunningError,
    DaemonForbiddenError or DaemonTimeoutError, and InputError for a request that no line of JSON can hold.
    """
    try:
        line_out = encoded(request)
    except ValueError as exc:
        raise InputError("a number in it is not finite, or a text is not UTF-8; nothing is changed, correct it") from exc
    with connected(path, timeout_s) as server:
        try:
            with suppress(BrokenPipeError):  # disconnected before it could ask: the answer says why
                send_request(server, line_out, file)
            line = read_line(server, MAX_ANSWER_BYTES)
        except OSError as exc:
            raise _unreachable(exc, path, timeout_s) from exc
    if line is None:
        raise DaemonNotRunningError(f"the daemon at {path} hung up without an answer (busy or stopping); try again, or {START}")
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise DaemonNotRunningError(f"what answers at {path} is not acumat; check daemon.runtime_dir")
    return answer


def _unreachable(exc: OSError, path: Path, timeout_s: float) -> AcumatError:
    """The sentence for this failure to reach the daemon."""
    if isinstance(exc, TimeoutError):
        text = f"the daemon at {path} did not answer within {timeout_s:g} s; look at: systemctl status acumat"
        return DaemonTimeoutError(text)
    if isinstance(exc, PermissionError):
        return DaemonForbiddenError(f"you may not speak to {path}; {JOIN}")
    return DaemonNotRunningError(f"no acumat daemon answers at {path} ({exc}); {START}")
