"""What a daemon takes when it opens, and what it lets go of where that fails."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from acumat import sdnotify
from acumat.config import Config, DaemonConfig, MqttConfig, SimulatedConfig, load_config
from acumat.control import DaemonRunningError
from acumat.history.writer import Writer
from acumat.mqtt.null_client import NullClient
from acumat.service.daemon import WRITER_STOP_S, Daemon, Parts
from acumat.service.restoring import Restoring
from acumat.service.starts import SafeMode, Starts
from acumat.wiring import daemon as wired
from acumat_hw.errors import InputError
from tests.chaos.house import House
from tests.hw.bench import JumpingClock

SLOW_CARD_S = 1.0
"""What an SD card may take to keep one thing."""
AT_CLOSING = 2
"""Its log and the history itself, when the file is closed."""


class Access:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.held = 0

    def open(self) -> None:
        if self.error is not None:
            raise self.error
        self.held += 1

    def close(self) -> None:
        self.held -= 1


def configured(folder: Path) -> Config:
    return replace(
        load_config(None),
        mat_id="test",
        source=SimulatedConfig(scenario="demo", speed=0, through="fast"),
        daemon=DaemonConfig(state_dir=folder, runtime_dir=folder),
        mqtt=MqttConfig(enabled=False),
    )


def starts(folder: Path) -> Starts:
    return Starts(folder / "starts.json", safe_after=2, boot_id="boot", monotonic=JumpingClock().monotonic)


@pytest.mark.parametrize(
    ("error", "counted"), [(RuntimeError("x"), True), (InputError("x"), False), (KeyboardInterrupt(), False)]
)
def test_a_daemon_that_cannot_be_assembled_lets_go_and_counts_unless_somebody_has_to_mend_it(
    tmp_path: Path, error: BaseException, counted: bool
) -> None:
    def fails(_safe: SafeMode | None) -> NoReturn:
        raise error

    access = Access()
    with pytest.raises(type(error)):
        Daemon(access, starts(tmp_path), fails).open()
    assert access.held == 0
    assert (starts(tmp_path).begin() is not None) is counted


def test_a_daemon_that_does_not_get_the_mat_begins_nothing(tmp_path: Path) -> None:
    def never(_safe: SafeMode | None) -> Parts:
        pytest.fail("assembled without the mat")

    with pytest.raises(DaemonRunningError):
        Daemon(Access(DaemonRunningError("x")), starts(tmp_path), never).open()
    assert not (tmp_path / "starts.json").exists()


def test_there_are_no_parts_before_it_is_open(tmp_path: Path) -> None:
    def never(_safe: SafeMode | None) -> Parts:
        pytest.fail("assembled")

    with pytest.raises(RuntimeError, match="not open"):
        _ = Daemon(Access(), starts(tmp_path), never).service


def test_putting_a_daemon_together_opens_nothing(tmp_path: Path) -> None:
    config = configured(tmp_path)
    first, second = wired.daemon(config), wired.daemon(config)
    assert not list(tmp_path.iterdir())
    first.open()
    first.open()
    with pytest.raises(DaemonRunningError):
        second.open()
    first.service.stop()
    first.run()
    second.open()
    second.service.stop()
    second.run()


def test_a_daemon_that_cannot_restore_what_it_finds_closes_its_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = configured(tmp_path)

    def broken(_self: Restoring) -> None:
        raise ZeroDivisionError

    daemon = wired.daemon(config)
    with monkeypatch.context() as patch:
        patch.setattr(Restoring, "start", broken)
        with pytest.raises(ZeroDivisionError):
            daemon.open()
    with pytest.raises(RuntimeError, match="not open"):
        _ = daemon.service
    daemon.open()
    daemon.service.stop()
    daemon.run()


def test_an_orderly_stop_leaves_a_slow_card_the_time_to_keep_the_session_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, monkeypatch)
    house.start()
    house.wait(40)
    house.lie_down()
    house.wait(120)
    assert house._store is not None
    statements: list[str] = []
    with house._store.reading() as db:
        db.set_trace_callback(statements.append)
    house.stop()
    commits = statements.count("COMMIT")
    assert commits > 1
    assert (commits + AT_CLOSING) * SLOW_CARD_S <= WRITER_STOP_S, statements


def test_a_slow_card_does_not_make_systemd_end_a_daemon_that_changes_its_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its watchdog runs on, and the loop, which feeds it else, is over."""
    steps: list[str] = []
    stop = Writer.stop

    def stops(writer: Writer, timeout_s: float) -> None:
        steps.append("Writer")
        stop(writer, timeout_s)

    daemon = wired.daemon(configured(tmp_path))
    daemon.open()
    monkeypatch.setattr(sdnotify, "watchdog", lambda: steps.append("fed"))
    monkeypatch.setattr(Writer, "stop", stops)
    monkeypatch.setattr(NullClient, "stop", lambda _: steps.append("NullClient"))
    daemon.service.stop()
    daemon.run(followed=lambda: True)
    assert steps == ["fed", "Writer", "fed", "NullClient"]


@pytest.mark.parametrize(("before", "ended"), [(signal.SIG_DFL, True), (signal.SIG_IGN, False)], ids=["terminal", "nohup"])
def test_a_closed_terminal_ends_a_demo_as_ctrl_c_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: signal.Handlers, ended: bool
) -> None:
    daemon = wired.daemon(configured(tmp_path))
    daemon.open()
    monkeypatch.setattr(type(daemon.service), "run", lambda _self, **_: signal.raise_signal(signal.SIGHUP))
    found = signal.signal(signal.SIGHUP, before)
    try:
        daemon.run()
    finally:
        signal.signal(signal.SIGHUP, found)
    assert daemon.stop_requested is ended
