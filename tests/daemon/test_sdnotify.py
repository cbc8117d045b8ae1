"""Messages to systemd, received on a real socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from acumat import sdnotify
from tests.broker import PATIENCE_S


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    address = f"@acumat-test-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind("\0" + address[1:] if address.startswith("@") else address)
        server.settimeout(PATIENCE_S)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        yield server


def test_systemd_learns_each_message_in_its_own_words(systemd: socket.socket) -> None:
    sdnotify.ready()
    sdnotify.watchdog()
    sdnotify.status("lying,\n20 min")
    sdnotify.stopping()
    assert [systemd.recv(200) for _ in range(4)] == [b"READY=1", b"WATCHDOG=1", b"STATUS=lying, 20 min", b"STOPPING=1"]


@pytest.mark.parametrize("address", [None, "", "relative"])
def test_without_an_address_that_systemd_gives_nothing_is_sent(
    address: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as somebody:
        somebody.bind("relative")
        somebody.setblocking(False)
        sdnotify.ready()
        with pytest.raises(BlockingIOError):
            somebody.recv(200)
    assert not caplog.records


def test_a_socket_that_is_gone_is_a_warning_that_names_what_was_not_sent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    sdnotify.ready()
    (record,) = caplog.records
    assert "READY=1" in record.getMessage()


PIDS = {"ours": str(os.getpid()), "another": str(os.getppid())}


@pytest.mark.parametrize(
    ("usec", "pid", "interval_s"),
    [
        (None, None, None),
        ("20000000", None, 10.0),
        ("20000000", "ours", 10.0),
        ("20000000", "another", None),
        ("0", None, None),
        ("soon", None, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_systemd_looks(
    usec: str | None, pid: str | None, interval_s: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("WATCHDOG_USEC", usec), ("WATCHDOG_PID", pid)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, PIDS.get(value, value))
    assert sdnotify.watchdog_interval_s() == interval_s
