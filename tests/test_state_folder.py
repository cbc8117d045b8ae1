"""Where the history lies: health says so if a power-off takes it away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from acumat.config import load_config
from acumat.control import ask
from acumat.state_folder import VANISHES, lies_in_memory
from acumat.wiring import daemon as wiring
from acumat_hw.errors import AcumatError
from tests.broker import PATIENCE_S, until
from tests.checkout import environment

MEMORY = Path("/dev/shm")


def test_a_folder_that_is_a_link_to_itself_does_not_prevent_a_start(tmp_path: Path) -> None:
    (tmp_path / "state").symlink_to("state")
    assert lies_in_memory(tmp_path / "state") == lies_in_memory(tmp_path)


@pytest.mark.parametrize(("is_installed", "code"), [(True, VANISHES.code), (False, "ok")])
def test_an_installed_daemon_says_that_its_history_vanishes(
    is_installed: bool, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_memory(path: Path) -> bool:
        return path == tmp_path

    monkeypatch.setattr(wiring, "installed", lambda: is_installed)
    monkeypatch.setattr(wiring, "lies_in_memory", in_memory)
    path = tmp_path / "acumat.toml"
    path.write_text(
        f'[source]\nkind = "simulated"\nspeed = 0\n[mqtt]\nenabled = false\n'
        f'[daemon]\nstate_dir = "{tmp_path}"\nruntime_dir = "{tmp_path}"\n'
    )
    daemon = wiring.daemon(load_config(path))
    daemon.open()
    try:
        daemon.service.begin()
        daemon.service.turn()
        assert daemon.service.status()["health"]["store"]["code"] == code
    finally:
        daemon.service.stop()
        daemon.run()


def test_a_folder_of_memory_is_told_from_one_on_a_disk() -> None:
    if not MEMORY.is_dir():
        pytest.skip("no /dev/shm here")
    assert lies_in_memory(MEMORY / "acumat")
    assert not lies_in_memory(Path("/proc"))


UNPRIVILEGED = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
"""For root, whom no file mode stops."""


@pytest.mark.parametrize("in_use", [False, True])
def test_a_folder_that_may_not_be_entered_costs_the_history_and_nothing_else(in_use: bool, tmp_path: Path) -> None:
    root = os.geteuid() == 0
    if root and shutil.which("setpriv") is None:
        pytest.skip("needs setpriv (util-linux)")
    state, config = tmp_path / "state", tmp_path / "acumat.toml"
    state.mkdir()
    config.write_text(
        f'[source]\nkind = "simulated"\n[mqtt]\nenabled = false\n'
        f'[daemon]\nstate_dir = "{state}"\nruntime_dir = "{tmp_path / "run"}"\n'
    )

    def health() -> str:
        try:
            status = ask(tmp_path / "run" / "control.sock", {"command": "status"}, PATIENCE_S)
        except AcumatError:
            return "the daemon has ended" if process.poll() is not None else ""
        return str(status["health"]["store"]["code"])

    if not in_use:
        state.chmod(0)
    command = (*(UNPRIVILEGED if root else ()), sys.executable, "-m", "acumat.cli.main", "run", "--config", str(config))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment())
    try:
        until(health, "the daemon answers")
        state.chmod(0)
        until(lambda: health() not in ("", "ok"), "the history is missed")
        assert process.poll() is None, (tmp_path / "log").read_text()
        state.chmod(0o700)
        until(lambda: health() == "ok", "the history is there again")
    finally:
        state.chmod(0o700)
        process.terminate()
        process.wait()
