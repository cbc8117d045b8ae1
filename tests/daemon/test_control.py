"""The control socket: real server and real client on a real socket."""

from __future__ import annotations

import errno
import json
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from acumat import control_server
from acumat.control import DaemonForbiddenError, DaemonNotRunningError, DaemonRunningError, DaemonTimeoutError, ask
from acumat.control_server import MAX_CLIENTS, MAX_REQUEST_BYTES, MODE, ControlServer, Reply
from acumat.request_line import read_request
from acumat_hw.errors import InputError
from tests.broker import PATIENCE_S, until


class Echo:
    """Answers each request with itself, from another thread as the service loop does, or never."""

    def __init__(self) -> None:
        self.silent = False
        self.waiting: list[Reply] = []

    def submit(self, request: dict[str, Any], reply: Reply) -> None:
        if self.silent:
            self.waiting.append(reply)
        else:
            threading.Thread(target=reply, args=({"ok": True, "asked": request},)).start()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def path(tmp_path: Path, echo: Echo) -> Iterator[Path]:
    server = ControlServer(tmp_path / "run" / "control.sock", echo.submit)
    server.start()
    yield server.path
    for reply in echo.waiting:
        reply({})
    server.close()
    server.close()


def raw(path: Path, data: bytes) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(PATIENCE_S)
        client.connect(str(path))
        client.sendall(data)
        answer: dict[str, Any] = json.loads(client.recv(65536))
        return answer


def test_a_question_gets_its_answer(path: Path) -> None:
    assert ask(path, {"command": "status", "text": "é\n"}, PATIENCE_S) == {
        "ok": True,
        "asked": {"command": "status", "text": "é\n"},
    }
    assert ask(path, {}, PATIENCE_S) == {"ok": True, "asked": {}}


def test_only_owner_and_group_may_ask(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


@pytest.mark.parametrize(
    ("request_bytes", "reason"),
    [
        (b"not json\n", "not_json"),
        (b"[1]\n", "not_json"),
        (b"\xff\n", "not_json"),
        (b"[" * 4000 + b"\n", "not_json"),
        (b'"' + b"x" * MAX_REQUEST_BYTES, "too_long"),
    ],
)
def test_nonsense_is_refused_with_a_reason(path: Path, request_bytes: bytes, reason: str) -> None:
    answer = raw(path, request_bytes)
    assert (answer["ok"], answer["reason"]) == (False, reason)


def test_the_longest_request_still_fits(path: Path) -> None:
    request = json.dumps({"t": "x" * (MAX_REQUEST_BYTES - 9)}).encode()
    assert len(request) == MAX_REQUEST_BYTES
    assert raw(path, request + b"\n")["ok"] is True


def test_a_client_that_says_nothing_does_not_hold_up_others(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as idle:
        idle.connect(str(path))
        assert ask(path, {"n": 1}, PATIENCE_S)["ok"] is True


def test_a_silent_daemon_is_a_time_out_with_its_hint(path: Path, echo: Echo) -> None:
    echo.silent = True
    with pytest.raises(DaemonTimeoutError, match=r"did not answer within 0\.1 s; look at: systemctl status"):
        ask(path, {}, 0.1)


def test_the_server_gives_up_on_a_loop_that_never_answers(path: Path, echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_server, "ANSWER_TIMEOUT_S", 0.05)
    echo.silent = True
    assert ask(path, {}, PATIENCE_S)["reason"] == "timeout"


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server waits for its own threads as long as a busy machine may take."""
    monkeypatch.setattr(control_server, "MAKE_ROOM_S", PATIENCE_S)
    monkeypatch.setattr(control_server, "LOOKS", round(PATIENCE_S / control_server.LOOK_S))


def crowd(path: Path, says: bytes) -> list[socket.socket]:
    clients = []
    for _ in range(MAX_CLIENTS):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.connect(str(path))
        client.sendall(says)
        clients.append(client)
    return clients


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("says", [b"", b'{"command": "sym'])
def test_a_crowd_that_says_nothing_does_not_keep_out_who_has_a_request(path: Path, says: bytes) -> None:
    silent = crowd(path, says)
    for number in range(3):
        assert ask(path, {"command": "symptom", "n": number}, PATIENCE_S)["ok"] is True
    for client in silent:
        client.close()


def test_who_comes_when_all_places_wait_for_answers_is_sent_away_with_a_word(path: Path, echo: Echo) -> None:
    echo.silent = True
    waiting = crowd(path, b"{}\n")
    until(lambda: len(echo.waiting) == MAX_CLIENTS, "all wait")
    try:
        assert ask(path, {}, PATIENCE_S)["reason"] == "busy"
    finally:
        for client in waiting:
            client.close()


def test_whose_request_has_arrived_is_not_disconnected_as_silent_where_the_machine_is_slow(
    path: Path, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = threading.Event()

    def read_late(client: socket.socket, limit_bytes: int) -> tuple[bytes | None, BinaryIO | None]:
        assert slow.wait(PATIENCE_S)
        return read_request(client, limit_bytes)

    monkeypatch.setattr(control_server, "read_request", read_late)
    asking = crowd(path, b'{"n": 1}\n')
    with ExitStack() as stack:
        for each in asking:
            stack.enter_context(each).settimeout(PATIENCE_S)
        assert ask(path, {}, PATIENCE_S)["reason"] == "busy"
        slow.set()
        for each in asking:
            assert json.loads(each.makefile("rb").readline()) == {"ok": True, "asked": {"n": 1}}


@pytest.mark.usefixtures("unhurried")
def test_a_silent_client_that_is_disconnected_reads_why(path: Path) -> None:
    silent = crowd(path, b"")
    assert ask(path, {}, PATIENCE_S)["ok"] is True
    with ExitStack() as stack:
        for each in silent:
            stack.enter_context(each).settimeout(PATIENCE_S)
        assert json.loads(silent[0].makefile("rb").readline())["reason"] == "busy"


def test_where_the_system_gives_no_thread_one_client_is_sent_away_and_the_next_is_served(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        for _ in range(MAX_CLIENTS + 3):
            assert ask(path, {}, PATIENCE_S)["reason"] == "busy"
    assert ask(path, {}, PATIENCE_S)["ok"] is True


def test_who_comes_while_the_system_has_no_room_is_served_once_it_has(
    tmp_path: Path, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[OSError] = []
    accepts = socket.socket.accept

    def full(listener: socket.socket) -> Any:
        if len(refused) < 3:
            refused.append(OSError(errno.EMFILE, "Too many open files"))
            raise refused[-1]
        return accepts(listener)

    monkeypatch.setattr(control_server, "AGAIN_S", 0.01)
    monkeypatch.setattr(socket.socket, "accept", full)
    server = ControlServer(tmp_path / "control.sock", echo.submit)
    server.start()
    assert ask(server.path, {}, PATIENCE_S)["ok"] is True
    assert len(refused) == 3
    server.close()


def test_who_comes_while_more_wait_to_be_taken_than_the_queue_holds_waits_as_well(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as listener, ExitStack() as stack:
        listener.bind(str(path))
        listener.listen(0)
        stack.enter_context(socket.socket(socket.AF_UNIX)).connect(str(path))  # the queue is full
        with pytest.raises(DaemonTimeoutError):
            ask(path, {}, 0.0)
        answered: list[dict[str, Any]] = []
        asking = threading.Thread(target=lambda: answered.append(ask(path, {}, PATIENCE_S)))
        asking.start()
        stack.enter_context(listener.accept()[0])
        taken = stack.enter_context(listener.accept()[0])
        taken.sendall(b'{"ok": true}\n')
        asking.join(PATIENCE_S)
        assert answered == [{"ok": True}]


@pytest.mark.parametrize("whole", [False, True], ids=["the socket", "its folder"])
def test_a_socket_that_is_removed_while_it_is_in_use_is_made_again(
    tmp_path: Path, echo: Echo, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    monkeypatch.setattr(control_server, "PLACE_S", 0.01)
    server = ControlServer(tmp_path / "run" / "control.sock", echo.submit)
    server.start()
    if whole:
        server.path.parent.rename(tmp_path / "removed")  # in one step, or the socket could be back before its folder is empty
    else:
        server.path.unlink()

    def answers() -> bool:
        with suppress(DaemonNotRunningError):  # it is not there yet, or bound and not listening yet
            return ask(server.path, {}, PATIENCE_S)["ok"] is True
        return False

    until(answers, "it is there again")
    assert stat.S_IMODE(server.path.stat().st_mode) == MODE
    with pytest.raises(DaemonRunningError):
        ControlServer(server.path, echo.submit).start()
    server.close()
    assert not server.path.exists()


class Adopter:
    """Takes over the sockets of streams, while it has room."""

    def __init__(self) -> None:
        self.room = True
        self.taken: list[socket.socket] = []

    def adopt(self, client: socket.socket, hello: dict[str, Any]) -> bool:
        if self.room:
            self.taken.append(socket.socket(fileno=client.detach()))
            self.taken[-1].sendall(json.dumps(hello).encode() + b"\n")
        return self.room


@pytest.fixture
def adopter() -> Iterator[Adopter]:
    made = Adopter()
    yield made
    for each in made.taken:
        each.close()


@pytest.fixture
def streams(tmp_path: Path, adopter: Adopter) -> Iterator[Path]:
    def submit(request: dict[str, Any], reply: Reply) -> None:
        reply({"kind": "hello", "ok": True} if request["command"] == "watch" else {"ok": True})

    server = ControlServer(tmp_path / "run" / "control.sock", submit, adopter.adopt)
    server.start()
    yield server.path
    server.close()


def test_a_stream_goes_on_after_its_request_and_takes_no_place_of_those_who_ask(streams: Path, adopter: Adopter) -> None:
    answers = [ask(streams, {"command": "watch"}, PATIENCE_S) for _ in range(MAX_CLIENTS + 3)]
    assert answers == [{"kind": "hello", "ok": True}] * (MAX_CLIENTS + 3)
    assert len(adopter.taken) == MAX_CLIENTS + 3
    assert ask(streams, {"command": "symptom"}, PATIENCE_S) == {"ok": True}


def test_a_stream_for_which_there_is_no_room_is_refused_with_a_sentence(streams: Path, adopter: Adopter) -> None:
    adopter.room = False
    answer = ask(streams, {"command": "watch"}, PATIENCE_S)
    assert (answer["ok"], answer["reason"]) == (False, "busy")
    assert "end one of them" in answer["text"]
    assert "kind" not in answer


def test_no_daemon_is_reported_with_its_hint(tmp_path: Path) -> None:
    with pytest.raises(DaemonNotRunningError, match="systemctl start acumat"):
        ask(tmp_path / "control.sock", {}, 1)


def test_a_socket_left_by_a_dead_daemon_is_taken_over(tmp_path: Path, echo: Echo) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    server = ControlServer(path, echo.submit)
    server.start()
    assert ask(path, {}, PATIENCE_S)["ok"] is True
    server.close()
    assert not path.exists()


def test_a_second_daemon_is_refused_and_the_first_continues(path: Path, echo: Echo) -> None:
    with pytest.raises(DaemonRunningError, match="stop it first"):
        ControlServer(path, echo.submit).start()
    assert ask(path, {}, PATIENCE_S)["ok"] is True


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path, echo: Echo) -> None:
    path = tmp_path / "control.sock"
    path.write_text("mine")
    with pytest.raises(InputError, match="is not a socket"):
        ControlServer(path, echo.submit).start()
    assert path.read_text() == "mine"


def test_a_path_too_long_for_a_socket_is_reported_with_its_hint(tmp_path: Path, echo: Echo) -> None:
    with pytest.raises(InputError, match=r"set daemon\.runtime_dir"):
        ControlServer(tmp_path / ("x" * 120), echo.submit).start()


def test_a_user_without_the_right_is_not_reported_that_no_daemon_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Forbidden(socket.socket):
        def connect(self, address: object) -> None:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "socket", Forbidden)
    with pytest.raises(DaemonForbiddenError, match="usermod -aG acumat"):
        ask(path, {"command": "status"}, 1.0)
