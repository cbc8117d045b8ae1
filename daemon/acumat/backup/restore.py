"""Restores a backup in place of the present data, while no daemon runs: checked and staged first, then all of it or nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from acumat.backup.archive import CONFIG, DATABASE, KEY, PASSWORD, SAFETY, Backup, Manifest
from acumat.backup.config_text import with_mat_id
from acumat.backup.private_file import replace_private
from acumat.backup.secret_files import hide_password, put_secrets
from acumat.backup.staged import BEFORE, Ready, as_owner, declare_ready, discard, finish, sha256_of
from acumat.coach.moment import Moment, Stamp
from acumat.coach.safety import Safety, safety_from_text, safety_text
from acumat.coach.union import union
from acumat.config import Config, ConfigError, load_config
from acumat.control import claimed
from acumat.history.copies import UnusableCopyError, documents_in, make_successor, people_in
from acumat.identity import machine_mat_id, this_machine
from acumat.service.along import read_state
from acumat.service.machine_zone import MachineZone
from acumat.service.origin import Origin, write_origin
from acumat.service.safety_file import NAME as SAFETY_FILE
from acumat.service.safety_file import SafetyFile
from acumat.state_folder import RESTORING, StateLock, make_folder
from acumat.whole_file import place_named
from acumat_hw.errors import InputError
from acumat_hw.text_file import decoded, read_text, shown_path
from acumat_hw.toml_file import parse_toml

NEW_CONFIG = ".restoring"
SAFETY_S = 5.0


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore: what came back, where the earlier data are, and which secrets were written or why not."""

    manifest: Manifest
    state: Path
    stamp: str
    secrets: tuple[Path, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Here:
    """The present mat with its people; `cap_min` is the cap in its configuration file."""

    mat_id: str | None
    cap_min: int | None
    people: dict[int, float]
    safety: Safety

    def strangers(self, mat_id: str, people: dict[int, float]) -> tuple[int | None, ...]:
        """People whom the backup does not know, or under whose number it knows another person."""
        found = (self.safety.person, *self.safety.others)
        if self.mat_id not in (None, mat_id):
            return found
        return tuple(each for each in found if each in self.people and people.get(each) not in (None, self.people[each]))


def restore(file: IO[bytes], path: Path, config_path: Path, places: Callable[[Config], dict[str, Path]]) -> Restored:
    """Restore the backup in an open file, which came from `path`, with its configuration as `config_path`.

    `places` returns those of password and key. Raises DaemonRunningError, StateInUseError, InputError, StoreUnavailableError or
    OSError, with nothing changed.
    """
    backup = Backup(file, path)
    with _new_config(backup, config_path, shown_path(path)) as (text, config):
        state = config.daemon.state_dir
        secrets = {name: backup.read(name) for name in (PASSWORD, KEY) if backup.has(name)}  # whole, or nothing is changed
        before = present(config_path)
        with ExitStack() as held:
            for each in {config.daemon.control_socket, *([] if before is None else [before.daemon.control_socket])}:
                held.enter_context(claimed(each))
            make_folder(state)
            new = config_path.with_name(config_path.name + NEW_CONFIG)
            if config.mqtt.password is not None:
                hide_password(new, state)
            with as_owner(state):
                _check_readable(new, config_path)
                held.enter_context(closing(StateLock(state)))
                finish(state)
                stamp = _free_stamp(state)
            with place_named(state):
                _stage(backup, config, before, config_path, text, stamp)
            new.replace(config_path)
            with as_owner(state):
                finish(state)
            known = [config_path, *([] if before is None else places(before).values())]
            written, left_out = put_secrets(secrets, places(config), known, state)
        return Restored(backup.manifest, state, stamp, tuple(written), tuple(left_out))


def _free_stamp(state: Path) -> str:
    """A time for the names of what is replaced, which no earlier restore has taken: the present second, or one that follows."""
    moment = datetime.now(UTC)
    while any(state.glob(f"{BEFORE}{(stamp := moment.strftime('%Y%m%d-%H%M%S'))}*")):
        moment += timedelta(seconds=1)
    return stamp


def _check_readable(new: Path, config_path: Path) -> None:
    """As the daemon's user: a configuration that it cannot read decides nothing."""
    if not sha256_of(new):
        fix = f"let it read the file, as with: sudo chgrp acumat {config_path}; sudo chmod 640 {config_path}"
        raise InputError(f"{shown_path(config_path)}: cannot be read by the daemon's user; {fix}")


@contextmanager
def _new_config(backup: Backup, config_path: Path, shown: str) -> Iterator[tuple[str, Config]]:
    """The restored configuration, written beside the present one and removed if it does not replace it."""
    written = decoded(Path(CONFIG), backup.read(CONFIG)) if backup.has(CONFIG) else ""
    mat_id = backup.manifest.mat_id
    text = written
    if mat_id != machine_mat_id() or "mat" in parse_toml(written, shown).data:  # else it is this machine's by itself
        text = with_mat_id(written, mat_id, f"{shown} ({CONFIG})")
    new = config_path.with_name(config_path.name + NEW_CONFIG)
    config_path.parent.mkdir(parents=True, exist_ok=True)
    replace_private(new, text.encode(), like=config_path)
    try:
        yield text, load_config(new, secrets=False)
    except ConfigError as exc:
        raise InputError(f"{shown}: this acumat cannot use the configuration in it:\n{exc}") from exc
    finally:
        new.unlink(missing_ok=True)


def present(config_path: Path) -> Config | None:
    """The present configuration; an unusable one names no daemon and no history."""
    try:
        return load_config(config_path if config_path.exists() else None, secrets=False)
    except ConfigError:
        return None


def _stage(backup: Backup, config: Config, before: Config | None, config_path: Path, text: str, stamp: str) -> None:
    state = config.daemon.state_dir
    folder = state / RESTORING
    here = _found_here(config_path, before, state)
    with as_owner(state):
        folder.mkdir(mode=0o700)
    try:
        with as_owner(state):
            documents = _stage_database(backup, folder) if backup.has(DATABASE) else {}
            _stage_safety(backup, documents, here, config, folder)
            write_origin(folder, Origin(backup.manifest.mat_id, backup.manifest.machine))
        text_before = config_path.read_bytes() if config_path.exists() else None
        with as_owner(state):
            if text_before is not None:
                replace_private(folder / f"{BEFORE}{stamp}.toml", text_before)
            declare_ready(state, Ready(str(config_path.absolute()), hashlib.sha256(text.encode()).hexdigest(), stamp))
    except BaseException:
        with as_owner(state):
            discard(state)
        raise


def _stage_database(backup: Backup, folder: Path) -> dict[str, str]:
    """The history, checked; gives its documents."""
    staged = folder / DATABASE
    replace_private(staged, b"")
    with staged.open("r+b") as file:
        backup.extract(DATABASE, file)
    try:
        return make_successor(staged)
    except UnusableCopyError as exc:
        made = backup.manifest.acumat
        raise InputError(f"the backup cannot be used: {exc}; install acumat {made} or newer, or give another backup") from exc


def _stage_safety(backup: Backup, documents: dict[str, str], here: _Here, config: Config, folder: Path) -> None:
    boot = this_machine().boot_id
    now = Moment(time.monotonic(), time.time(), boot, MachineZone())
    stored = read_state(documents, boot).safety
    if backup.has(SAFETY):
        apart = _from_text(backup.read(SAFETY).decode("utf-8", "replace"), boot)
        stored = apart if apart is not None and apart.revision >= stored.revision else stored
    latest_min, strangers = config.routine.cap_min, here.strangers(backup.manifest.mat_id, people_in(folder / DATABASE))
    safety = union(stored, here.safety, now, latest_cap_min=latest_min, cap_min=here.cap_min, strangers=strangers)
    file = SafetyFile(folder / SAFETY_FILE)
    file.save(safety_text(safety, Stamp.at(now)))
    file.stop(SAFETY_S)
    if file.condition.code != "ok" or SafetyFile(folder / SAFETY_FILE).read() is None:
        raise OSError(f"{folder}: the safety rules cannot be written; nothing was changed")


def _found_here(config_path: Path, before: Config | None, state: Path) -> _Here:
    mat_id = None if before is None else before.mat_id or machine_mat_id()
    state = state if before is None else before.daemon.state_dir
    if not state.is_dir():
        return _Here(mat_id, _written_cap(config_path), {}, Safety())
    with as_owner(state):
        people = people_in(state / DATABASE)
    return _Here(mat_id, _written_cap(config_path), people, _safety_here(state))


def _safety_here(state: Path) -> Safety:
    """The present safety state, from its own file or from the history, whichever is newer."""
    boot = this_machine().boot_id
    with as_owner(state):
        text = SafetyFile(state / SAFETY_FILE).read()
        documents = documents_in(state / DATABASE) if (state / DATABASE).exists() else {}
    apart = None if text is None else _from_text(text, boot)
    found = [*([] if apart is None else [apart]), *([read_state(documents, boot).safety] if documents else [])]
    return max(found, key=lambda each: each.revision, default=Safety())


def _from_text(text: str, boot: str) -> Safety | None:
    try:
        return safety_from_text(text, boot)
    except ValueError:
        return None


def _written_cap(config_path: Path) -> int | None:
    """The cap in the present configuration file."""
    try:
        routine: Any = parse_toml(read_text(config_path), str(config_path)).data.get("routine")
    except InputError:
        return None
    cap_min = routine.get("cap_min") if isinstance(routine, dict) else None
    return cap_min if type(cap_min) is int else None


def alarm_switched_off(before: Config | None, after: Config) -> bool:
    """Whether the restored configuration switches off the present alarm."""
    return (before is None or before.routine.enabled) and not after.routine.enabled
