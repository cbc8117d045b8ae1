"""The folder of a fleet: files for git, secrets, and files for the engines.

| path | what | in git |
|---|---|---|
| `mats.csv`, `issued.csv` | inventory, and numbers of what was issued | yes |
| `ca.crt` | the authority's certificate | yes |
| `secrets/` | keys, and what each mat logs in with; for its owner alone | never |
| `engines/` | made anew from the others by each command | never |
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from acumat.whole_file import whole_file
from acumat_hw.errors import InputError
from acumat_hw.text_file import load_text, shown_path

MAX_SECRET_BYTES = 1 << 20
"""The token of a bridge names all mats of its site."""
IGNORED = "/secrets/\n/engines/\n"


@dataclass(frozen=True, slots=True)
class FleetFolder:
    """Paths and files of one fleet."""

    path: Path

    @property
    def inventory(self) -> Path:
        return self.path / "mats.csv"

    @property
    def issued(self) -> Path:
        return self.path / "issued.csv"

    @property
    def authority(self) -> Path:
        return self.path / "ca.crt"

    @property
    def engines(self) -> Path:
        return self.path / "engines"

    def secret(self, name: str) -> Path:
        """Where a secret of this name lies."""
        return self.path / "secrets" / name

    def make(self) -> None:
        """The folder and its parts, where they are missing."""
        self.path.mkdir(exist_ok=True)
        for name in ("secrets", "engines"):
            (self.path / name).mkdir(0o700, exist_ok=True)
        if not (self.path / ".gitignore").exists():
            write(self.path / ".gitignore", IGNORED)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Lock the folder for one command, which makes it if it is missing; another command waits."""
        self.path.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            self.make()
            yield
        finally:
            os.close(handle)

    def read_secret(self, name: str) -> str:
        """A secret; empty if there is none. Raises InputError for one that others can read."""
        path = self.secret(name)
        if not path.exists():
            return ""
        file = load_text(path, MAX_SECRET_BYTES)
        if file.mode & 0o077:
            raise InputError(
                f"{shown_path(path)}: can be read by others (mode {file.mode:o}); run: chmod 600 {shown_path(path)}"
            )
        return file.text.rstrip("\n")

    def write_secret(self, name: str, text: str) -> None:
        """A secret, whole or not at all."""
        write(self.secret(name), text.rstrip("\n") + "\n", 0o600)


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """A file, whole or not at all, also when the power fails."""
    with whole_file(path, mode) as file:
        file.write(text.encode())
