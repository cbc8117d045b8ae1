"""Which configuration the daemon goes on with, whatever becomes of the new one."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from acumat.cli import exit_codes, start
from acumat.cli.run import run
from acumat.config import Config
from acumat.control import DaemonRunningError
from acumat.service.reload import Reload
from acumat_hw.errors import InputError


class ScriptedDaemon:
    """Writes a new configuration in its first life and takes it over; ends in good order in the next one."""

    def __init__(self, config: Config, reload: Reload, lives: list[str]) -> None:
        self._config, self._reload, self._lives = config, reload, lives
        self.stop_requested = False

    def open(self) -> None: ...

    def run(self, *, followed: Callable[[], bool]) -> None:
        self._lives.append(self._config.name + " " + self._reload.condition.code)
        if len(self._lives) == 1:
            assert self._config.path is not None
            self._config.path.write_text("[mat]\nname = 'new'\n")
            self._reload.ask()
            assert self._reload.due()
            assert followed()


@pytest.mark.parametrize(
    "error",
    [InputError("s3"), DaemonRunningError("s3"), PermissionError(13, "s3"), RuntimeError("s3cret"), MemoryError("s3cret")],
)
@pytest.mark.parametrize("where", ["put together", "opened"])
def test_with_one_that_no_daemon_can_start_with_the_last_good_one_continues(
    error: Exception, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path, lives = tmp_path / "acumat.toml", list[str]()
    path.write_text("[mat]\nname = 'old'\n")

    class Unable(ScriptedDaemon):
        def open(self) -> None:
            raise error

    def wired(config: Config, *, reload: Reload) -> ScriptedDaemon:
        if config.name == "new" and where == "put together":
            raise error
        return (Unable if config.name == "new" else ScriptedDaemon)(config, reload, lives)

    monkeypatch.setattr("acumat.cli.run.wired", wired)
    assert run(path) == exit_codes.OK
    assert lives == ["old ok", "old config_rejected"]
    assert "the last good configuration stays in use" in caplog.text
    assert "s3cret" not in caplog.text


def test_what_ends_a_daemon_that_runs_is_not_blamed_on_its_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, lives = tmp_path / "acumat.toml", list[str]()
    path.write_text("[mat]\nname = 'old'\n")

    class Falling(ScriptedDaemon):
        def run(self, *, followed: Callable[[], bool]) -> None:
            raise RuntimeError

    def wired(config: Config, *, reload: Reload) -> ScriptedDaemon:
        return (Falling if config.name == "new" else ScriptedDaemon)(config, reload, lives)

    monkeypatch.setattr("acumat.cli.run.wired", wired)
    with pytest.raises(RuntimeError):
        run(path)
    assert lives == ["old ok"]


def test_an_exposed_password_is_warned_of_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    path, lives = tmp_path / "acumat.toml", ["a life before"]
    path.write_text("[mqtt]\nusername = 'u'\npassword = 's3cret'\n")
    path.chmod(0o644)
    monkeypatch.setattr("acumat.cli.run.wired", lambda config, *, reload: ScriptedDaemon(config, reload, lives))
    assert run(path) == exit_codes.OK
    assert "mqtt.password: every user of this machine can read this file" in caplog.text
    assert "s3cret" not in caplog.text


def test_what_is_imported_is_looked_through_for_garbage_neither_at_the_start_nor_later(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[tuple[bool, int]] = []

    def daemon(_path: Path | None) -> int:
        found.append((gc.isenabled(), gc.get_freeze_count()))
        return exit_codes.OK

    monkeypatch.setattr("acumat.cli.run.run", daemon)
    before = gc.get_freeze_count()
    assert start.run(None) == exit_codes.OK
    ((collects, frozen),) = found
    assert collects
    assert frozen > before
