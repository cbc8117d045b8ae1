"""The commands to move a mat to another machine: backup, restore, id."""

from __future__ import annotations

import secrets
import shutil
import sys
from pathlib import Path

from acumat.backup.archive import KEY, PASSWORD, Manifest
from acumat.backup.config_text import with_mat_id
from acumat.backup.make import backup as make_backup
from acumat.backup.make import write_backup
from acumat.backup.private_file import replace_private
from acumat.backup.restore import alarm_switched_off, present
from acumat.backup.restore import restore as put_back
from acumat.backup.staged import BEFORE, as_owner
from acumat.cli import exit_codes
from acumat.cli.refusals import refused_by_system
from acumat.cli.streams import STREAM, opened, passing
from acumat.config import Config, ConfigError, find_config, load_config
from acumat.config.file import SYSTEM_CONFIG
from acumat.config.secrets import MQTT_KEY, MQTT_PASSWORD
from acumat.control import DaemonForbiddenError, DaemonRunningError
from acumat.history.schema import MIGRATIONS
from acumat.identity import machine_mark, machine_mat_id
from acumat.mqtt.former import NAME as PUBLISHED
from acumat.service.origin import Origin, read_origin, write_origin
from acumat.state_folder import StateInUseError
from acumat.whole_file import place_named
from acumat_hw.errors import InputError
from acumat_hw.text_file import read_text, shown_path

RESTART = "It takes effect with the next start: sudo systemctl restart acumat."


def backup(file: Path, config_path: Path | None, *, with_secrets: bool, force: bool) -> int:
    """Write a backup of this mat into a file, or on standard output."""
    config = load_config(find_config(config_path), secrets=False)
    if file == STREAM and sys.stdout.isatty():
        raise InputError("a backup is no text for a terminal; give the name of a file, or redirect the output")
    asked = _places(config) if with_secrets else None
    try:
        made = _to_stdout(config, asked) if file == STREAM else make_backup(config, file, secrets=asked, force=force)
    except BrokenPipeError:
        raise
    except OSError as exc:
        raise InputError(refused_by_system(exc)) from exc
    said = sys.stderr if file == STREAM else sys.stdout
    history = "there is no history yet" if made.schema is None else "with its history"
    print(
        f"{shown_path(file)}: mat {made.mat_id}, {history}{'' if with_secrets else ', without passwords and keys'}.", file=said
    )
    print("Store it where nobody else can read it: it contains answers about health.", file=said)
    return exit_codes.OK


def _to_stdout(config: Config, asked: dict[str, Path] | None) -> Manifest:
    """Whole or not at all."""
    with passing(lambda file: write_backup(config, file, secrets=asked)) as (whole, made), place_named(Path("standard output")):
        shutil.copyfileobj(whole, sys.stdout.buffer)
    return made


def restore(file: Path, config_path: Path | None) -> int:
    """Restore a backup in place of the present data."""
    path = find_config(config_path) or SYSTEM_CONFIG
    before = present(path)
    try:
        with opened(file) as backup_file:
            done = put_back(backup_file, file, path, _places)
    except (DaemonRunningError, StateInUseError) as exc:
        print(f"acumat: {exc}; nothing was changed", file=sys.stderr)
        return exit_codes.REFUSED
    except DaemonForbiddenError as exc:
        raise InputError(f"whether a daemon runs cannot be known: {exc}") from exc
    except PermissionError as exc:
        raise InputError(f"{exc.filename}: {exc.strerror}; nothing was changed, run it as root: sudo acumat restore") from exc
    except OSError as exc:
        raise InputError(refused_by_system(exc)) from exc
    _say_what_came(done.manifest)
    print(f"What was there before is saved as {done.state / BEFORE}{done.stamp}*.")
    config = load_config(path, secrets=False)
    if alarm_switched_off(before, config):
        print(f"{path}: the routine is switched off in this configuration, and the alarm at the cap with it.")
    for problem in (*done.left_out, *_left_to_do(path)):
        print(f"To do before the start: {problem}")
    if not done.secrets and config.mqtt.username is not None:
        print(f"No password came back; the daemon needs it in {MQTT_PASSWORD}, unless it is there already.")
    print("Start the daemon: sudo systemctl start acumat.")
    return exit_codes.OK


def mat_id(config_path: Path | None, *, new: bool, keep: bool) -> int:
    """Show which mat this is, give it another id, or confirm that it is the same mat on another machine."""
    path = find_config(config_path)
    config = load_config(path, secrets=False)
    now = config.mat_id or machine_mat_id()
    if new:
        return _take_new(path or SYSTEM_CONFIG, config, now)
    state = config.daemon.state_dir
    if keep and not state.is_dir():
        print(f"There is no history in {state} yet: this is mat {now}, on this machine.")
        return exit_codes.OK
    if keep:
        with as_owner(state):
            write_origin(state, Origin(now, machine_mark()))
        print(f"This is mat {now}, on this machine from now on. {RESTART}")
        return exit_codes.OK
    print(f"This is mat {now}, {'as mat.id says' if config.mat_id else 'by an id made from this machine'}.")
    found = read_origin(state)
    if found is not None and found.mat_id == now and found.machine != machine_mark():
        print(found.condition.text)
    return exit_codes.OK


def _take_new(path: Path, config: Config, before: str) -> int:
    after = secrets.token_hex(4)
    text = read_text(path) if path.exists() else ""
    replace_private(path, with_mat_id(text, after, shown_path(path)).encode(), like=path)
    if (state := config.daemon.state_dir).is_dir():
        with as_owner(state):
            (state / PUBLISHED).unlink(missing_ok=True)  # the other mat goes on under the present id
    print(f"{path}: this is mat {after} from now on. {RESTART}")
    if config.mqtt.client_id is not None:
        print(f"{path}: mqtt.client_id is {config.mqtt.client_id}; give it another one, or take it out, if the other mat runs.")
    print(f"If no other mat uses the id {before}: acumat unpublish --mat {before} takes it off the broker.")
    return exit_codes.OK


def _say_what_came(made: Manifest) -> None:
    history = "without a history" if made.schema is None else "with its history"
    older = made.schema is not None and made.schema < len(MIGRATIONS)
    print(
        f"Mat {made.mat_id} is back as of {made.made_at}, {history}{', which the daemon brings up to date' if older else ''}."
    )
    if made.machine != machine_mark():
        print("The backup was made on another machine. If that one is not used any more: sudo acumat id --keep.")
        print("If both are used: sudo acumat id --new.")


def _places(config: Config) -> dict[str, Path]:
    """Paths of password and key, existing or not."""
    mqtt = config.mqtt
    return {PASSWORD: mqtt.password_file or MQTT_PASSWORD, KEY: mqtt.key_file or MQTT_KEY}


def _left_to_do(path: Path) -> tuple[str, ...]:
    """Files that the configuration names and that are missing, such as certificates, and its warnings."""
    try:
        return load_config(path).warnings
    except ConfigError as exc:
        return exc.problems
