"""Makes a backup, also beside a running daemon: SQLite copies one moment of the history, whoever writes meanwhile."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from acumat import __version__
from acumat.backup.archive import CONFIG, DATABASE, FORMAT, KEY, PASSWORD, SAFETY, VERSION, Backup, Manifest, write
from acumat.backup.config_text import without_password
from acumat.backup.private_file import give_to_caller
from acumat.backup.staged import as_owner
from acumat.config import Config
from acumat.history.copies import DamagedHistoryError, copy_history, is_there, passing_folder, readable
from acumat.history.schema import StoreUnavailableError
from acumat.identity import machine_mark, machine_mat_id
from acumat.service.safety_file import NAME as SAFETY_FILE
from acumat.service.safety_file import SafetyFile
from acumat.state_folder import make_private
from acumat.whole_file import whole_file
from acumat_hw.errors import InputError
from acumat_hw.text_file import open_regular, read_bytes, read_text, shown_path

COPY = f"{DATABASE}.copying"
"""The name is like that of the history's other copies: leftovers of a kill are removed by the next backup."""
RIGHTS = "it belongs to another user; run it as root: sudo acumat backup"


def backup(config: Config, path: Path, *, secrets: dict[str, Path] | None, force: bool) -> Manifest:
    """Write the backup of this mat there, whole or not at all. `secrets`: the files of password and key (None: leave them out).

    Raises InputError, StoreUnavailableError or OSError.
    """
    if path.exists():
        _refuse_to_destroy(path, force=force)
    try:
        with whole_file(path) as file:
            made = write_backup(config, file, secrets=secrets)
            give_to_caller(file.fileno())
    except PermissionError as exc:
        raise InputError(f"{shown_path(Path(exc.filename))}: cannot be used ({exc.strerror}); {RIGHTS}") from exc
    return made


def write_backup(config: Config, file: IO[bytes], *, secrets: dict[str, Path] | None) -> Manifest:
    """The same into an open file."""
    texts = _texts(config, secrets)
    state = config.daemon.state_dir
    with _copied_database(state / DATABASE) as (database, schema):
        safety = _safety(state)
        manifest = Manifest(
            FORMAT,
            VERSION,
            datetime.now(UTC).isoformat(timespec="seconds"),
            __version__,
            config.mat_id or machine_mat_id(),
            machine_mark(),
            schema,
            secrets is not None,
        )
        write(file, manifest, texts if safety is None else {**texts, SAFETY: safety.encode()}, database)
    return manifest


def _refuse_to_destroy(path: Path, *, force: bool) -> None:
    """Only an earlier backup is overwritten, and only if that is asked for."""
    if not force:
        raise InputError(f"{shown_path(path)}: is there already; give another name, or add --force")
    try:
        with open_regular(path) as file:
            Backup(file, path)
    except InputError as exc:
        raise InputError(f"{shown_path(path)}: is no whole backup, and is not overwritten; give another name") from exc


def _texts(config: Config, secrets: dict[str, Path] | None) -> dict[str, bytes]:
    texts: dict[str, bytes] = {}
    if config.path is not None:
        text = read_text(config.path)
        texts[CONFIG] = (text if secrets is not None else without_password(text, shown_path(config.path))).encode()
    for name in (PASSWORD, KEY):
        file = (secrets or {}).get(name)
        if file is not None and file.exists() and (content := read_bytes(file)).strip():
            texts[name] = content
    return texts


def _safety(state: Path) -> str | None:
    if not state.is_dir():
        return None
    with as_owner(state):
        return SafetyFile(state / SAFETY_FILE).read()


@contextmanager
def _copied_database(path: Path) -> Iterator[tuple[IO[bytes] | None, int | None]]:
    """A copy of the history at one moment, sound and without traces of what was deleted; None where there is no history."""
    if not path.parent.is_dir() and not is_there(path):
        yield None, None
        return
    if not os.access(path.parent, os.R_OK | os.X_OK):  # a folder that cannot be read must not count as one without a history
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path.parent))
    with as_owner(path.parent):
        if not is_there(path):
            yield None, None
            return
        with readable(path) as source:
            try:
                file, schema = _copied(source, source.parent)
            except (PermissionError, DamagedHistoryError):
                raise
            except (OSError, StoreUnavailableError):  # a disk without room: the backup goes to another one
                with passing_folder() as folder:
                    file, schema = _copied(source, folder)
    with file:
        yield file, schema


def _copied(path: Path, folder: Path) -> tuple[IO[bytes], int]:
    copy = folder / COPY
    copy.unlink(missing_ok=True)
    try:
        make_private(copy)
        schema = copy_history(path, copy)
        return copy.open("rb"), schema
    finally:
        copy.unlink(missing_ok=True)
