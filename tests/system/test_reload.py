"""Whatever comes to lie where the configuration lay: the running daemon continues, and a start says what is wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from tests.broker import until
from tests.system.process import DaemonProcess
from tests.system.test_commands import acumat
from tests.system.test_process import health
from tests.system.test_routine import CUES, control, routine, screened


def holding(text: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))

    return make


def linked_to_itself(path: Path) -> None:
    path.symlink_to(path)


SPOILT: dict[str, tuple[Callable[[Path], None], str]] = {
    "a number of 5,000 digits": (holding("[mat]\nwidth_mm = " + "9" * 5000), "acumat.toml:2: the line"),
    "a number of 400 digits": (holding("[mat]\nwidth_mm = " + "9" * 400), "acumat.toml:2: mat.width_mm"),
    "deep brackets": (holding("a = " + "[\n" * 5000 + "]\n" * 5000), "brackets"),
    "a NUL in a path": (
        holding('[mqtt]\nusername = "u"\npassword_file = "/tmp/a\\u0000b"'),
        "acumat.toml:3: mqtt.password_file",
    ),
    "a FIFO for a password": (holding('[mqtt]\nusername = "u"\npassword_file = "FIFO"'), "mqtt.password_file"),
    "a FIFO for certificates": (holding('[mqtt]\ntls = true\nca_file = "FIFO"'), "mqtt.ca_file"),
    "a FIFO": (os.mkfifo, "acumat.toml: is no regular file"),
    "a folder": (Path.mkdir, "acumat.toml: is no regular file"),
    "a link to itself": (linked_to_itself, "acumat.toml: cannot be read (Too many levels"),
    "not UTF-8": (holding("[mat]\nname = '\udcff'"), "acumat.toml:2: is not UTF-8 text"),
    "no file": (lambda _path: None, "acumat.toml: cannot be read (No such file"),
    "a date for a number": (holding("[daemon]\nrate_hz = 2026-11-29"), "acumat.toml:2: daemon.rate_hz"),
}


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[DaemonProcess]:
    process = DaemonProcess(tmp_path, 1883, stays=[], mqtt="enabled = false", lasting=True)
    yield process
    process.kill()


def reload(daemon: DaemonProcess, code: str) -> str:
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: health(daemon, "daemon")["code"] == code, code)
    return health(daemon, "daemon")["text"]


def put(daemon: DaemonProcess, make: Callable[[Path], None]) -> None:
    """Put it there in the place of what lay there."""
    if daemon.config.is_dir() and not daemon.config.is_symlink():
        daemon.config.rmdir()
    else:
        daemon.config.unlink(missing_ok=True)
    make(daemon.config)
    if daemon.config.is_file():
        daemon.config.write_bytes(daemon.config.read_bytes().replace(b"FIFO", bytes(daemon.folder / "fifo")))


def test_no_file_in_the_place_of_the_configuration_ends_the_daemon_and_each_is_named_at_a_start(
    daemon: DaemonProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(daemon.folder / "fifo")
    good = daemon.config.read_text()
    daemon.start()
    assert daemon.process is not None
    pid = daemon.process.pid
    for name, (make, says) in SPOILT.items():
        put(daemon, make)
        assert says in reload(daemon, "config_rejected"), name
        assert main(["check-config", str(daemon.config)]) == exit_codes.DATA, name
        assert says in capsys.readouterr().err, name
        if name in ("a FIFO", "a number of 5,000 digits"):
            started = acumat("run", "--config", str(daemon.config))
            assert started.returncode == exit_codes.DATA, name
            assert says in started.stderr, name
        put(daemon, holding(good))
        reload(daemon, "ok")
    assert "Traceback" not in daemon.logged()
    assert daemon.process.pid == pid
    assert daemon.stop() == exit_codes.OK


def test_a_configuration_that_the_daemon_cannot_start_with_is_given_back(daemon: DaemonProcess) -> None:
    daemon.start()
    good, run = daemon.config.read_text(), f'runtime_dir = "{daemon.folder / "run"}"'
    assert run in good
    daemon.config.write_text(good.replace(run, f'runtime_dir = "{daemon.config}/run"'))
    assert str(daemon.config) in reload(daemon, "config_rejected")
    assert daemon.stop() == exit_codes.OK


def renewed(daemon: DaemonProcess) -> None:
    """A new configuration takes over in the running process."""
    assert daemon.process is not None
    taken = daemon.logged().count("the configuration is new")
    text = daemon.config.read_text()
    daemon.config.write_text(re.sub('name = "[^"]*"', f'name = "Mat {taken}"', text, count=1))
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: daemon.logged().count("the configuration is new") > taken and daemon.answers(), "it has taken over")


def test_reloads_under_somebody_cost_neither_session_nor_cap_and_bring_no_ended_alarm_back(tmp_path: Path) -> None:
    daemon = DaemonProcess(
        tmp_path,
        1883,
        stays=[(5, 60_000)],
        speed=100.0,
        mqtt="enabled = false",
        lasting=True,
        unhurried=True,
        extra="[routine]\ncap_min = 20\n",
    )
    daemon.config.write_text(daemon.config.read_text().replace("[daemon]", "[daemon]\nrate_hz = 2.0"))
    try:
        daemon.start()
        screened(daemon)
        until(lambda: routine(daemon)["cue"] == "cue_start", "guided")
        session = daemon.status()["state"]["session_id"]
        for cue in ("cue_half", "cue_louder"):
            renewed(daemon)
            until(lambda cue=cue: routine(daemon)["cue"] == cue, cue)  # type: ignore[misc]
        until(lambda: routine(daemon)["situation"] == "alarm", "the alarm")
        renewed(daemon)
        until(lambda: daemon.status()["state"]["session_id"] == session, "the session goes on")
        assert routine(daemon)["situation"] == "alarm"
        assert control(daemon, "stop")["ok"]
        renewed(daemon)
        until(lambda: daemon.status()["state"]["session_id"] == session, "the session goes on")
        assert routine(daemon)["situation"] == "measuring"
        assert [daemon.logged().count(f"INFO {cue}") for cue in CUES] == [1] * 6
    finally:
        daemon.kill()
    db = sqlite3.connect(tmp_path / "state" / "acumat.db")
    try:
        reported = [json.loads(payload) for (payload,) in db.execute("SELECT payload FROM event")]
    finally:
        db.close()
    (cap,) = [each for each in reported if each["event_type"] == "cue_cap"]
    assert cap["session_s"] >= 1200.0
