"""The local socket between the command line and a running daemon: a request is one JSON line, its answer is another."""

from __future__ import annotations

import fcntl
import json
import logging
import select
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

from acumat.contract.feed import Kind
from acumat.request_line import encoded, read_line, read_request, send_request
from acumat.strict_json import NotJsonError, read_json
from acumat_hw.errors import AcumatError, InputError

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 4096
MAX_ANSWER_BYTES = 1 << 20
MAX_CLIENTS = 32
"""Clients at once. An answer may wait for a slow disk, and waiting clients must not prevent a symptom."""
MAKE_ROOM_S = 1.0
"""How long a new client waits for the place of one that is disconnected."""
AGAIN_S = 1.0
"""Between two tries to take a client while the system has no room for one."""
LOOKS, LOOK_S = 20, 0.05
"""How often, and for how long each time, a new client waits for those whose requests have arrived but are not read yet."""
PLACE_S = 5.0
"""Between two looks whether the socket is still where people find it."""
QUEUE_S = 0.02
"""Between two tries of a client to join the queue of those whom the daemon has not taken yet."""
MODE = 0o660
READ_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 30.0
FILE_ANSWER_S = 300.0
"""To a request with a file: the history of ten years takes a small board minutes."""
WATCHED = "Enough programs watch the mat already, or the daemon is stopping; end one of them, or try again."
START = "start it with: systemctl start acumat"
JOIN = "use sudo, or join its group and log in again: sudo usermod -aG acumat $USER"

Reply = Callable[[dict[str, Any]], None]
Adopt = Callable[[socket.socket, dict[str, Any]], bool]
"""Takes over the socket of a client whose answer continues as a stream. False: it cannot, and the socket stays as it is."""


class DaemonNotRunningError(AcumatError):
    """Nothing answers at the socket: start the daemon."""


class DaemonForbiddenError(AcumatError):
    """A daemon may be there, but this user has no right to speak to it."""


class DaemonTimeoutError(AcumatError):
    """The daemon is there, but did not answer in time."""


class DaemonRunningError(AcumatError):
    """Another daemon already owns the socket: stop it first."""


class ControlServer:
    """Reads requests and passes each to `submit(request, reply)`, which only enqueues; any thread may call `reply`.

    An answer that is the first line of a stream goes to `adopt` with its socket; without `adopt` there are no streams.
    """

    def __init__(self, path: Path, submit: Callable[[dict[str, Any], Reply], None], adopt: Adopt | None = None) -> None:
        self.path = path
        self._submit = submit
        self._adopt = adopt
        self._listener: socket.socket | None = None
        self._lock: IO[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._moving = threading.Lock()
        self._slots = threading.BoundedSemaphore(MAX_CLIENTS)
        self._silent: dict[socket.socket, None] = {}
        """Clients whose request has not been read, the oldest first."""

    def start(self) -> None:
        """Bind the socket and begin to answer.

        Raises DaemonRunningError if another daemon has it, InputError if the path cannot be used.
        """
        self._listener = self._bound()
        self._thread = threading.Thread(target=self._accept, args=(self._listener,), name="control", daemon=True)
        self._thread.start()
        threading.Thread(target=self._stay_in_place, name="control", daemon=True).start()

    def close(self) -> None:
        """Stop listening and remove the socket; may be called twice."""
        self._closing.set()
        with self._moving:
            listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        if self._thread is not None:
            self._thread.join(READ_TIMEOUT_S)
        listener.close()
        self.path.unlink(missing_ok=True)
        self._unlock()

    def _bound(self) -> socket.socket:
        """The socket, listening at its path. Raises as `start`."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._lock = self._locked()
            self._make_way()
            listener.bind(str(self.path))
            self.path.chmod(MODE)  # before listen(), so nobody connects with the wrong rights
            listener.listen(MAX_CLIENTS)
        except OSError as exc:
            listener.close()
            self._unlock()
            raise InputError(f"{self.path}: no control socket can be made ({exc}); set daemon.runtime_dir") from exc
        except AcumatError:
            listener.close()
            self._unlock()
            raise
        return listener

    def _stay_in_place(self) -> None:
        """Make the socket again after it was removed, with its folder or by somebody who cleans up: nobody would find it."""
        while not self._closing.wait(PLACE_S):
            with self._moving:
                before = self._listener
                try:
                    if before is None or self.path.exists():
                        continue
                    self._unlock()
                    self._listener = self._bound()
                except (AcumatError, OSError) as exc:
                    log.debug("the control socket was removed and cannot be made again (%s)", exc)
                    continue
                log.warning("%s was removed while it was in use; it is there again", self.path)
                before.shutdown(socket.SHUT_RDWR)  # wakes accept(), which goes on with the new one
                before.close()

    def _locked(self) -> IO[bytes]:
        """The lock that a daemon holds for its whole life: between bind and listen, its socket looks like a dead one's."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = self.path.with_suffix(".lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise DaemonRunningError(f"another acumat holds {lock.name}; stop it first (systemctl stop acumat)") from None
        return lock

    def _unlock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()

    def _make_way(self) -> None:
        """Remove the socket that a dead daemon has left behind, and nothing else."""
        if not self.path.exists():
            return
        if not stat.S_ISSOCK(self.path.stat().st_mode):
            raise InputError(f"{self.path} is not a socket; move it away or set daemon.runtime_dir")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            try:
                probe.connect(str(self.path))
            except ConnectionRefusedError:
                self.path.unlink()
                return
        raise DaemonRunningError(f"another acumat answers at {self.path}; stop it first (systemctl stop acumat)")

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError as exc:
                if self._listener not in (listener, None):
                    listener = self._listener
                    continue
                if self._closing.wait(AGAIN_S):
                    return
                # out of memory or of file numbers, which passes
                log.warning("the control socket takes nobody for now (%s)", exc)
                continue
            if not self._slots.acquire(blocking=False) and not self._made_room():
                _send_away(client)
                continue
            self._silent[client] = None
            try:
                threading.Thread(target=self._serve, args=(client,), name="control-client", daemon=True).start()
            except RuntimeError:  # the system gives no more threads for now
                self._silent.pop(client, None)
                self._slots.release()
                _send_away(client)

    def _made_room(self) -> bool:
        """Disconnect the client that has been silent for longest, to make room for one with a request."""
        for _ in range(LOOKS):
            if not self._silent:
                return False
            oldest = next((each for each in list(self._silent) if not _has_sent(each)), None)
            if oldest is not None:
                self._silent.pop(oldest, None)
                _say_busy(oldest)
                with suppress(OSError):  # it may have gone by itself
                    oldest.shutdown(socket.SHUT_RDWR)
                return self._slots.acquire(timeout=MAKE_ROOM_S)
            if self._slots.acquire(timeout=LOOK_S):
                return True
        return False

    def _serve(self, client: socket.socket) -> None:
        try:
            with client:
                client.settimeout(READ_TIMEOUT_S)
                line, file = read_request(client, MAX_REQUEST_BYTES)
                self._silent.pop(client, None)
                with file or nullcontext():
                    answer = self._answer(line, file)
                if answer.get("kind") != Kind.HELLO:
                    client.sendall(_sendable(answer))
                elif self._adopt is None or not self._adopt(client, answer):
                    client.sendall(_sendable(_refusal("busy", WATCHED)))
        except OSError as exc:
            log.debug("a control client went away: %s", exc)
        finally:
            self._silent.pop(client, None)
            self._slots.release()

    def _answer(self, line: bytes | None, file: BinaryIO | None) -> dict[str, Any]:
        if line is None:
            return _refusal("too_long", f"The request is not one line of at most {MAX_REQUEST_BYTES} bytes.")
        try:
            request = read_json(line.decode("utf-8"))
        except UnicodeDecodeError:
            return _refusal("not_json", "The request is not UTF-8 text.")
        except NotJsonError as problem:
            return _refusal("not_json", f"The request is not a line of JSON that can be read. {problem}")
        if not isinstance(request, dict):
            return _refusal("not_json", "The request is not a JSON object.")
        if file is not None:
            request["file"] = file
        answered = threading.Event()
        answers: list[dict[str, Any]] = []

        def reply(answer: dict[str, Any]) -> None:
            answers.append(answer)
            answered.set()

        self._submit(request, reply)
        patience_s = ANSWER_TIMEOUT_S if file is None else FILE_ANSWER_S
        if not answered.wait(patience_s):
            return _refusal("timeout", f"The daemon did not get to this request within {patience_s:g} s.")
        return answers[0]


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold the mat of this socket, so that no daemon starts meanwhile.

    Raises DaemonRunningError if one runs, DaemonForbiddenError if this user cannot know.
    """
    lock_path = path.with_suffix(".lock")
    try:
        lock = lock_path.open("ab") if lock_path.parent.is_dir() else None
    except OSError as exc:
        raise DaemonForbiddenError(f"{lock_path} may not be opened, so a daemon may be running; {JOIN}") from exc
    if lock is None:  # without its folder there is no daemon
        yield
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DaemonRunningError(f"another acumat holds {lock_path}; stop it first (systemctl stop acumat)") from None
        yield


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


def _send_away(client: socket.socket) -> None:
    """Refuse a client, since all places are taken by clients that wait for their answers."""
    with client:
        _say_busy(client)


def _say_busy(client: socket.socket) -> None:
    """Tell the client that there is no place for it, if its socket takes the sentence at once."""
    with suppress(OSError):
        client.setblocking(False)
        client.sendall(_sendable(_refusal("busy", "Too many requests wait at the control socket; try again.")))


def _has_sent(client: socket.socket) -> bool:
    """Whether bytes or an end wait to be read: then the client is not silent, but the machine is busy."""
    looked = select.poll()
    try:
        looked.register(client, select.POLLIN)
    except ValueError:  # closed just now
        return True
    return bool(looked.poll(0))


def _sendable(answer: dict[str, Any]) -> bytes:
    try:
        return encoded(answer)
    except (ValueError, TypeError) as exc:
        log.error("an answer at the control socket cannot be sent (%s)", type(exc).__name__)
        return encoded(_refusal("failed", "The daemon's answer cannot be sent. The log says more: journalctl -u acumat."))


def _refusal(reason: str, text: str) -> dict[str, Any]:
    return {"ok": False, "reason": reason, "text": text}
