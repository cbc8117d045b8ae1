"""The running daemon watched: by a crowd that behaves badly, and over its own death."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from acumat.control_server import MAX_REQUEST_BYTES
from acumat.feed.feed import READERS_MOST
from acumat.feed_client import subscribe
from tests import contract
from tests.broker import PATIENCE_S, free_port, until
from tests.system.process import DaemonProcess
from tests.watch.daemon import WatchProcess


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[DaemonProcess]:
    made = DaemonProcess(tmp_path, free_port(), stays=[(60, 10_000)], speed=10.0, extra="[mqtt]\nenabled = false\n")
    text = made.config.read_text()
    made.config.write_text(text[: text.index("[mqtt]")] + text[text.rindex("[mqtt]") :])
    yield made
    made.kill()


def client(daemon: DaemonProcess, says: bytes) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.connect(str(daemon.folder / "run" / "control.sock"))  # with a time limit it would fail where there is a queue
    made.settimeout(PATIENCE_S)
    with suppress(OSError):  # sent away already
        made.sendall(says)
    return made


WATCH = b'{"command": "watch", "rate_hz": 20}\n'
CROWD = [
    *[WATCH] * 40,
    *[b'{"command": "watch"'] * 4,
    *[b"GET / HTTP/1.1\r\n\r\n"] * 2,
    *[b'{"command": "watch", "rate_hz": 1e999}\n'] * 2,
    *[b'"' + b"x" * (MAX_REQUEST_BYTES + 1)] * 2,
]
"""Fifty: most ask for the feed and never read it."""


def test_a_crowd_that_behaves_badly_keeps_the_feed_from_nobody_who_has_a_place(daemon: DaemonProcess) -> None:
    daemon.start()
    with ExitStack() as stack:
        good = subscribe(daemon.folder / "run" / "control.sock", 20.0, PATIENCE_S)
        stack.callback(good.close)
        lines = list(until(good.lines, "the first line"))
        for number, says in enumerate(CROWD):
            each = stack.enter_context(client(daemon, says))
            if number % 3 == 0:
                each.shutdown(socket.SHUT_WR)
        while not any(line.get("event_type") == "lying_confirmed" for line in lines):
            got = good.lines()
            assert got is not None, daemon.logged()
            lines += got
        assert daemon.status()["steps_failed"] == 0
    for line in lines:
        contract.SCHEMA["feed"].validate(line)
    times = [line["t_mono_s"] for line in lines if line["kind"] == "frame"]
    assert times == sorted(times)
    assert len(times) > 20
    assert daemon.process is not None
    tasks = Path(f"/proc/{daemon.process.pid}/task")
    until(lambda: "feed" not in [name_of(each) for each in tasks.iterdir()], "all have gone, and so has it")
    assert daemon.stop() == 0


def name_of(task: Path) -> str:
    """Of a thread; empty if it has ended since it was listed."""
    with suppress(OSError):
        return (task / "comm").read_text().strip()
    return ""


def test_of_fifty_who_ask_for_the_feed_no_more_get_it_than_there_is_room_for(daemon: DaemonProcess) -> None:
    daemon.start()
    with ExitStack() as stack:
        everybody = [stack.enter_context(client(daemon, WATCH)) for _ in range(50)]
        first = [json.loads(each.makefile("rb").readline()) for each in everybody]
    assert sum(line.get("kind") == "hello" for line in first) == READERS_MOST
    assert {line.get("reason") for line in first} == {"watching", "busy"}
    assert daemon.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_watching_goes_on_when_the_daemon_has_died_or_was_stopped_and_is_there_again(
    daemon: DaemonProcess, number: signal.Signals
) -> None:
    daemon.start()
    seen = WatchProcess(daemon.config, environment={})
    try:
        seen.shows("your right")
        if number is signal.SIGKILL:
            daemon.kill()
        else:
            daemon.stop()
        seen.shows("The daemon has stopped or starts over. Waiting for it")
        daemon.start()
        until(lambda: "Waiting for it" not in seen.look(), "it goes on")
        seen.shows("Somebody lies there.")
        seen.type("q")
        assert seen.ended() == 0
        assert seen.attributes() == seen.before
    finally:
        seen.close()
