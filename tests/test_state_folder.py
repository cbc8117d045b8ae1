"""Where the history lies: health says so if a power-off takes it away."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.config import load_config
from acumat.state_folder import VANISHES, lies_in_memory
from acumat.wiring import daemon as wiring

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
