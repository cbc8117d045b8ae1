"""The process as systemd sees it: configurations that change under it, and starts that come to nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from acumat_hw.errors import AcumatError
from tests.broker import Broker, Listener, until
from tests.system.process import DaemonProcess

pytestmark = pytest.mark.broker

HEALTH, STATE, AVAILABILITY = (f"acumat/test/{leaf}" for leaf in ("health", "state", "availability"))

Make = Callable[..., DaemonProcess]


@pytest.fixture
def make(tmp_path: Path, broker: Broker) -> Iterator[Make]:
    made: list[DaemonProcess] = []

    def one(**options: Any) -> DaemonProcess:
        made.append(DaemonProcess(tmp_path, broker.port, lasting=True, **options))
        return made[-1]

    yield one
    for each in made:
        each.kill()


def health(daemon: DaemonProcess, part: str) -> dict[str, str]:
    found: dict[str, str] = status(daemon)["health"][part]
    return found


def status(daemon: DaemonProcess) -> dict[str, Any]:
    """As soon as it answers: it may be starting over."""

    def found() -> dict[str, Any] | None:
        try:
            document = daemon.status()
        except AcumatError:
            return None
        return document if "state" in document else None

    document: dict[str, Any] = until(found, "the daemon answers")
    return document


def test_a_configuration_is_taken_over_if_it_is_good_and_else_the_last_good_one_continues(make: Make, broker: Broker) -> None:
    broker.start()
    listener = Listener(broker.port)
    daemon = make(stays=[(80, 20_000)], unhurried=True)
    good = daemon.config.read_text()
    daemon.start()
    session_id = until(lambda: status(daemon)["state"]["session_id"], "a session is under way")
    assert daemon.process is not None
    pid = daemon.process.pid

    daemon.config.write_text(good.replace("keepalive_s", "x").replace('name = "Test mat"', "name = 3\nwidth = 5"))
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: health(daemon, "daemon")["code"] == "config_rejected", "the bad one is refused")
    text = health(daemon, "daemon")["text"]
    assert "acumat.toml:4" in text
    assert "acumat.toml:5" in text
    assert listener.on(AVAILABILITY)[-1].payload == "online"

    daemon.config.write_text(good + '\n[detect]\nsensitivity = "high"\n')
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: listener.on(AVAILABILITY)[-2:][0].payload == "offline" and daemon.answers(), "it starts over")
    until(lambda: status(daemon)["state"]["presence"] == "lying", "whoever lies there is seen again")
    assert status(daemon)["state"]["session_id"] == session_id
    assert health(daemon, "daemon")["code"] == "ok"

    daemon.config.write_text(good.replace("story.toml", "gone.toml"))  # good by itself, but it cannot be used
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: health(daemon, "daemon")["code"] == "config_rejected", "the last good one goes on")
    assert "gone.toml" in health(daemon, "daemon")["text"]
    until(lambda: status(daemon)["state"]["session_id"] == session_id, "the session, too")

    assert daemon.process.pid == pid

    daemon.config.write_text(good)
    daemon.process.send_signal(signal.SIGHUP)
    assert daemon.stop() == 0  # a stop in the middle of it is a stop
    listener.close()


def test_what_kills_the_daemon_at_every_start_ends_in_a_safe_mode_that_says_so(make: Make, broker: Broker) -> None:
    broker.start()
    listener = Listener(broker.port)
    daemon = make(stays=[])
    daemon.module = "tests.system.poisoned"
    for _ in range(7):  # the last three in a safe mode that still reads the sensors
        daemon.start_only()
        until(daemon.ended, "it dies")
    daemon.start()
    unsafe = health(daemon, "daemon")
    assert unsafe["code"] == "safe_mode"
    assert "8 starts" in unsafe["text"]
    assert "a kill or a hang" in unsafe["text"]
    until(lambda: listener.shown(HEALTH).get("daemon") == unsafe, "it is reported")
    state = until(lambda: (s := status(daemon)["state"])["reason"] == "safe_mode" and s, "the mat is left alone")
    assert state["presence"] == "blind"
    assert "the sensors are not read" in state["reason_text"]
    until(lambda: listener.shown(STATE) == state, "that is reported, too")
    listener.publish("acumat/test/command/tare", "PRESS")
    until(lambda: listener.on("acumat/test/response"), "commands are still answered")
    listener.close()
    assert daemon.stop() == 0

    daemon.module = "acumat.cli.main"  # put right
    daemon.start()
    assert health(daemon, "daemon")["code"] == "ok"
