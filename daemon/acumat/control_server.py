"""The daemon's end of the local socket: takes those who ask, reads the request of each, and sends the answer of the loop."""

from __future__ import annotations

import fcntl
import logging
import select
import socket
import stat
import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

from acumat.contract.feed import Kind
from acumat.control import ANSWER_TIMEOUT_S, FILE_ANSWER_S, DaemonRunningError, open_lock
from acumat.request_line import encoded, read_request
from acumat.strict_json import NotJsonError, read_json
from acumat_hw.errors import AcumatError, InputError

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 4096
MAX_CLIENTS = 32
"""Clients at once. An answer may wait for a slow disk, and waiting clients must not prevent a symptom."""
MAKE_ROOM_S = 1.0
"""How long a new client waits for the place of one that is disconnected."""
AGAIN_S = 1.0
"""Between two tries to take a client while the system has no room for one."""
LOOKS, LOOK_S = 20, 0.05
"""How often, and for how long each time, a new client waits for those whose requests have arrived but are not read yet."""
PLACE_S = 5.0
"""While nobody comes: between two looks whether the socket is still where people find it."""
MODE = 0o660
READ_TIMEOUT_S = 5.0
WATCHED = "Enough programs watch the mat already, or the daemon is stopping; end one of them, or try again."

Reply = Callable[[dict[str, Any]], None]
Adopt = Callable[[socket.socket, dict[str, Any]], bool]
"""Takes over the socket of a client whose answer continues as a stream. False: it cannot, and the socket stays as it is."""


class ControlServer:
    """Reads requests and passes each to `submit(request, reply)`, which only enqueues; any thread may call `reply`.

    An answer that is the first line of a stream goes to `adopt` with its socket; without `adopt` there are no streams.
    """

    def __init__(self, path: Path, submit: Callable[[dict[str, Any], Reply], None], adopt: Adopt | None = None) -> None:
        self.path = path
        self._submit = submit
        self._adopt = adopt
        self._listener: socket.socket | None = None
        """Once the thread runs, it alone binds another one."""
        self._lock: IO[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._slots = threading.BoundedSemaphore(MAX_CLIENTS)
        self._silent: dict[socket.socket, None] = {}
        """Clients whose request has not been read, the oldest first."""

    def start(self) -> None:
        """Bind the socket and begin to answer.

        Raises DaemonRunningError if another daemon has it, InputError if the path cannot be used.
        """
        self._listener = self._bound()
        self._thread = threading.Thread(target=self._run, args=(self._listener,), name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and remove the socket; may be called twice."""
        self._closing.set()
        thread, self._thread = self._thread, None
        if thread is None or self._listener is None:
            return
        with suppress(OSError):  # the thread has just put another one in its place
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        thread.join(READ_TIMEOUT_S)
        self._listener.close()
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

    def _locked(self) -> IO[bytes]:
        """The lock that a daemon holds for its whole life: between bind and listen, its socket looks like a dead one's."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = open_lock(self.path.with_suffix(".lock"))
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

    def _run(self, listener: socket.socket) -> None:
        while not self._closing.is_set():
            if not _ready(listener, PLACE_S):
                self._listener = listener = self._in_place(listener)
                continue
            try:
                client, _ = listener.accept()
            except OSError as exc:
                if self._closing.wait(AGAIN_S):
                    return
                # out of memory or of file numbers, which passes
                log.warning("the control socket takes nobody for now (%s)", exc)
            else:
                self._take(client)

    def _in_place(self, listener: socket.socket) -> socket.socket:
        """A new listener after the socket was removed, with its folder or by somebody who cleans up: nobody would find it."""
        try:
            if self.path.exists():
                return listener
            self._unlock()
            made = self._bound()
        except (AcumatError, OSError) as exc:
            log.debug("the control socket was removed and cannot be made again (%s)", exc)
            return listener
        log.warning("%s was removed while it was in use; it is there again", self.path)
        listener.close()
        return made

    def _take(self, client: socket.socket) -> None:
        """Give the client a place and a thread, or send it away."""
        if not self._slots.acquire(blocking=False) and not self._made_room():
            _send_away(client)
            return
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
            # whose request waits to be read is not silent: the machine is busy
            oldest = next((each for each in list(self._silent) if not _ready(each, 0.0)), None)
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


def _send_away(client: socket.socket) -> None:
    """Refuse a client, since all places are taken by clients that wait for their answers."""
    with client:
        _say_busy(client)


def _say_busy(client: socket.socket) -> None:
    """Tell the client that there is no place for it, if its socket takes the sentence at once."""
    with suppress(OSError):
        client.setblocking(False)
        client.sendall(_sendable(_refusal("busy", "Too many requests wait at the control socket; try again.")))


def _ready(side: socket.socket, within_s: float) -> bool:
    """Whether bytes, a client or the end wait there, or come within this time."""
    looked = select.poll()
    try:
        looked.register(side, select.POLLIN)
    except ValueError:  # closed just now
        return True
    return bool(looked.poll(1000.0 * within_s))


def _sendable(answer: dict[str, Any]) -> bytes:
    try:
        return encoded(answer)
    except (ValueError, TypeError) as exc:
        log.error("an answer at the control socket cannot be sent (%s)", type(exc).__name__)
        return encoded(_refusal("failed", "The daemon's answer cannot be sent. The log says more: journalctl -u acumat."))


def _refusal(reason: str, text: str) -> dict[str, Any]:
    return {"ok": False, "reason": reason, "text": text}
