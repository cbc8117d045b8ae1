"""Mats in folders of their own, for tests: a configuration, a history and what protects people."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from acumat.backup.archive import KEY, PASSWORD
from acumat.backup.make import backup
from acumat.backup.restore import Restored, restore
from acumat.backup.staged import finish
from acumat.coach.moment import Moment, Stamp
from acumat.coach.safety import Safety, safety_from_text, safety_text
from acumat.config import Config, load_config
from acumat.history.past import last_sessions
from acumat.identity import this_machine
from acumat.service.machine_zone import MachineZone
from acumat.service.safety_file import SafetyFile
from tests.broker import PATIENCE_S
from tests.history.stores import opened, session

CONFIG = """# this mat's own
[mat]
id = "{mat_id}"
[source]
kind = "simulated"
[daemon]
state_dir = "{folder}/state"
runtime_dir = "{folder}/run"
[mqtt]
username = "mat"
{password}
"""


def now() -> Moment:
    return Moment(time.monotonic(), time.time(), this_machine().boot_id, MachineZone())


@dataclass(frozen=True)
class Mat:
    folder: Path

    @property
    def config_path(self) -> Path:
        return self.folder / "etc" / "acumat.toml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def config(self) -> Config:
        return load_config(self.config_path, secrets=False)

    def places(self, _config: Config) -> dict[str, Path]:
        return {PASSWORD: self.folder / "etc" / "mqtt_password", KEY: self.folder / "etc" / "mqtt_key"}

    def back_up(self, path: Path, *, secrets: bool = False, force: bool = False) -> None:
        backup(self.config, path, secrets=self.places(self.config) if secrets else None, force=force)

    def restore(self, path: Path) -> Restored:
        with path.open("rb") as file:
            return restore(file, path, self.config_path, self.places)

    def start(self) -> None:
        """What of it the daemon does first."""
        finish(self.state)

    def sessions(self) -> list[str]:
        return [row.record.session_id for row in last_sessions(self.state / "acumat.db", 100)[0]]

    def add_session(self, number: int) -> None:
        self.state.mkdir(exist_ok=True)
        store = opened(self.state / "acumat.db")
        store.record((), session(number))
        store.close()

    def protect(self, safety: Safety) -> None:
        file = SafetyFile(self.state / "safety.slots")
        file.save(safety_text(safety, Stamp.at(now())))
        file.stop(PATIENCE_S)

    def safety(self) -> Safety:
        text = SafetyFile(self.state / "safety.slots").read()
        assert text is not None
        return safety_from_text(text, this_machine().boot_id)


def mat(folder: Path, mat_id: str = "bedroom", *, password: str = "", extra: str = "") -> Mat:
    made = Mat(folder)
    made.config_path.parent.mkdir(parents=True)
    written = f'password = "{password}"' if password else ""
    made.config_path.write_text(CONFIG.format(mat_id=mat_id, folder=folder, password=written) + extra)
    made.state.mkdir()
    return made


def with_state_of(of: Mat) -> Callable[..., Config]:
    """Both machines of a test have one file system: the restored configuration still names the folders of the first."""
    real = load_config

    def load(path: Path | None, *, secrets: bool = True) -> Config:
        config = real(path, secrets=secrets)
        return replace(config, daemon=replace(config.daemon, state_dir=of.state, runtime_dir=of.folder / "run"))

    return load
