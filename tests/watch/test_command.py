"""`acumat watch` as a person has it: in a terminal, in a pipe, and with a daemon that comes and goes."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from acumat.cli import watch
from acumat.cli.main import main
from acumat.cli.terminal import Terminal
from acumat.cli.watch_displays import PlainLines
from acumat.control import DaemonNotRunningError
from acumat.feed.reader import line_of
from acumat.feed_client import LINE_MOST_BYTES, FeedConnection
from tests.broker import until
from tests.checkout import ROOT
from tests.watch.daemon import FeedDaemon, WatchProcess
from tests.watch.emulator import Emulator
from tests.watch.lines import EMPTY, answer, event, frame, hello

Start = Callable[..., WatchProcess]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[FeedDaemon]:
    made = FeedDaemon(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def start(daemon: FeedDaemon) -> Iterator[Start]:
    made: list[WatchProcess] = []

    def one(*arguments: Any, **environment: str) -> WatchProcess:
        made.append(WatchProcess(daemon.config, *arguments, environment=environment))
        return made[-1]

    yield one
    for each in made:
        each.close()


def test_a_screen_follows_the_mat_the_window_and_the_daemon_and_leaves_the_terminal_as_it_was(
    daemon: FeedDaemon, start: Start
) -> None:
    seen = start()
    daemon.say(frame(), event(), cut=700)
    for text in ("Lying quietly for 30 s.", "your right", "Somebody lies there."):
        seen.shows(text)
    assert (seen.screen.other_screen, seen.screen.cursor_shown) == (True, False)
    assert any(code.startswith("48;5;") for code in seen.screen.colours)

    seen.resize(40, 24)
    seen.shows("Last events")
    daemon.say(frame(EMPTY))
    seen.shows("Empty.")

    daemon.stop()
    seen.shows("Waiting for it")
    daemon.start()
    daemon.say(frame())
    seen.shows("Somebody lies there.")
    assert "waited" not in seen.look()

    seen.type("q")
    assert seen.ended() == 0
    assert (seen.screen.other_screen, seen.screen.cursor_shown) == (False, True)
    assert seen.attributes() == seen.before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_as_q_does(daemon: FeedDaemon, start: Start, number: signal.Signals) -> None:
    seen = start()
    daemon.say(frame())
    seen.shows("your right")
    assert seen.attributes() != seen.before
    seen.process.send_signal(number)
    assert seen.ended() == 0
    assert (seen.screen.other_screen, seen.screen.cursor_shown) == (False, True)
    assert seen.attributes() == seen.before


def test_put_aside_it_gives_the_terminal_back_and_takes_it_up_again(daemon: FeedDaemon, start: Start) -> None:
    seen = start()
    daemon.say(frame())
    seen.shows("your right")
    seen.process.send_signal(signal.SIGTSTP)
    until(lambda: os.waitid(os.P_PID, seen.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT), "it is stopped")
    seen.look()
    assert not seen.screen.other_screen
    assert seen.attributes() == seen.before
    seen.process.send_signal(signal.SIGCONT)
    daemon.say(frame())
    until(lambda: [seen.look(), seen.screen.other_screen][1], "it is back")
    seen.shows("your right")
    seen.type("q")
    assert seen.ended() == 0


def test_lines_are_written_where_they_have_changed_and_anew_in_a_window_of_another_size() -> None:
    written = io.StringIO()
    terminal, seen = Terminal(io.StringIO(), written), Emulator(10, 3)
    for lines, most in ((["a", "b", "c"], 100), (["a", "x", "c"], 12), (["a", "x", "c"], 0), (["d", "e"], 100)):
        written.seek(0)
        written.truncate()
        terminal.draw(lines)
        assert len(written.getvalue()) <= most
        seen.feed(written.getvalue().encode())
        assert seen.lines[: len(lines)] == lines
    assert seen.lines[2] == ""


def test_the_emulator_reads_a_screen_the_same_wherever_its_bytes_were_cut() -> None:
    data = "\x1b[?1049h\x1b[2J\x1b[1;1H╭─½\x1b[K\r\n\x1b[38;5;1mred\x1b[0m".encode()
    for cut in range(len(data) + 1):
        seen = Emulator(5, 2)
        seen.feed(data[:cut])
        seen.feed(data[cut:])
        assert (seen.lines, seen.colours, seen.other_screen) == (["╭─½", "red"], {"38;5;1", "0"}, True)


@pytest.mark.parametrize(("arguments", "environment"), [((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"}), (("--plain",), {})])
def test_plain_lines_are_for_those_who_want_no_screen(
    daemon: FeedDaemon, start: Start, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    seen = start(400, 24, *arguments, **environment)
    daemon.say(frame(), event(), answer(text="Ended."))
    seen.shows("stop: Ended.")
    assert seen.look().splitlines()[0] == "Mat bedroom (4x4, acumat 9.8.7)."
    assert "Somebody lies there. " in seen.look()
    assert seen.screen.colours == set()
    assert not seen.screen.other_screen
    seen.process.send_signal(signal.SIGINT)
    assert seen.ended() == 0


def piped(daemon: FeedDaemon, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "acumat.cli.main", "watch", "--config", str(daemon.config), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=ROOT)


def test_in_a_pipe_the_feeds_own_lines_come_byte_for_byte_and_its_end_is_no_error(daemon: FeedDaemon) -> None:
    with piped(daemon, "--json", "--rate", "2.5") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b'"kind":"hello"' in process.stdout.readline()
        sent = daemon.say(frame(), {**event("Größer als ½."), "new": [1, {"a": None}]}, cut=100)
        assert process.stdout.readline() + process.stdout.readline() == sent
        daemon.stop()
        assert process.stderr.readline().startswith(b"acumat: The daemon has stopped or starts over. Waiting for it")
        daemon.start()
        assert process.stdout.readline()
        process.stdout.close()
        daemon.say(frame())
        with suppress(BrokenPipeError):  # it may have ended at the first
            daemon.say(frame())
        until(lambda: process.poll() is not None, "it ends, as its reader has")
    assert process.returncode == 0
    assert daemon.asked[0] == {"command": "watch", "rate_hz": 2.5}


def test_where_no_daemon_runs_it_says_so_and_how_to_start_one(daemon: FeedDaemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.stop()
    assert main(["watch", "--config", str(daemon.config)]) == 69
    assert "systemctl start acumat" in capsys.readouterr().err


def test_a_refusal_is_passed_on(daemon: FeedDaemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.refusal = {"ok": False, "reason": "bad_payload", "text": "rate_hz must be a number from 0 to 20."}
    assert main(["watch", "--rate", "70", "--config", str(daemon.config)]) == 75
    assert capsys.readouterr().err == "rate_hz must be a number from 0 to 20.\n"


class Recorded:
    """A display that keeps what it gets."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.away_for: list[str] = []

    def take(self, document: Any) -> None:
        self.lines.append(document)

    def away(self, why: str) -> None:
        self.away_for.append(why)

    def refresh(self) -> None: ...


def test_a_daemon_that_says_nothing_is_asked_anew_and_so_is_one_that_is_full(tmp_path: Path) -> None:
    now_s = [0.0]
    ends: list[socket.socket] = []

    def connect() -> FeedConnection:
        near, far = socket.socketpair()
        ends.append(far)
        return FeedConnection(near, tmp_path)

    display = Recorded()
    watching = watch._Watch(connect, display, None, lambda: now_s[0])
    watching._take_up(connect())
    ends[0].sendall(line_of(hello()))
    watching._turn()
    now_s[0] = watch.SILENT_S
    watching._turn()
    assert display.away_for == ["The daemon has said nothing for 30 s. Waiting for it; the display continues by itself."]
    now_s[0] += watch.RETRY_S
    watching._turn()
    assert len(ends) == 2
    ends[1].sendall(line_of({"ok": False, "reason": "busy", "text": "Enough programs watch."}))
    watching._turn()
    assert display.away_for[1].startswith("Enough programs watch.")
    now_s[0] += watch.RETRY_S
    watching._turn()
    ends[2].sendall(line_of(hello()) + line_of(frame()))
    watching._turn()
    assert [each["kind"] for each in display.lines] == ["hello", "hello", "frame"]
    watching._hang_up()
    watching._selector.close()
    for each in ends:
        each.close()


def test_something_that_is_no_daemon_is_not_listened_to_for_ever(tmp_path: Path) -> None:
    near, far = socket.socketpair()
    connection = FeedConnection(near, tmp_path / "control.sock")
    far.setblocking(False)
    with near, far:
        for _ in range(LINE_MOST_BYTES // 1000):
            far.send(b"x" * 1000)
            assert connection.lines() == []
        far.send(b"x" * 1000)
        with pytest.raises(DaemonNotRunningError, match="is not acumat"):
            connection.lines()


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.1 400 Bad Request\r",
        b"\xff",
        b"5",
        b"[]",
        b"{}",
        b'{"kind": 5}',
        b'{"text": null}',
        b"[" * 5000 + b"]" * 5000,
        b"",
    ],
)
def test_a_line_that_is_none_of_a_daemon_ends_it_with_a_sentence(tmp_path: Path, line: bytes) -> None:
    near, far = socket.socketpair()
    connection = FeedConnection(near, tmp_path / "control.sock")
    with near, far:
        far.send(line + b"\n")
        with pytest.raises(DaemonNotRunningError, match="is not acumat"):
            connection.lines()


def test_without_a_screen_what_goes_on_is_said_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    display = PlainLines()
    display.take(hello())
    for second in range(130):
        display.take(frame(t_mono_s=1000.0 + second))
    assert capsys.readouterr().out.count("Somebody lies there.") == 3
