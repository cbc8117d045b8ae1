"""The secrets of a backup on their way back: for whoever runs the daemon, and nowhere but where this mat keeps its own."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from acumat.backup.archive import Backup
from acumat.backup.private_file import replace_private
from acumat.config.secrets import MQTT_KEY, MQTT_PASSWORD

OF_THE_SERVICE = (MQTT_PASSWORD, MQTT_KEY)
"""systemd reads these as root and hands them over; any other file the daemon reads itself."""


def put_secrets(
    backup: Backup, places: Mapping[str, Path], known: Collection[Path], state: Path
) -> tuple[list[Path], list[str]]:
    """Write them where `places` says; those written, and a sentence for each that was not.

    A configuration that comes with a backup may name any file of the machine, and this is root: only one in a folder of `known`
    files is written.
    """
    folders = {path.parent for path in (*known, *OF_THE_SERVICE)}
    written, left_out = [], []
    for name, place in places.items():
        if not backup.has(name):
            continue
        content, why = backup.read(name), ""
        if place.parent in folders:
            try:
                replace_private(place, content, like=place if place.exists() else None)
                if place not in OF_THE_SERVICE and place not in known:
                    _give_to_owner(place, state)
                written.append(place)
                continue
            except OSError as exc:
                why = f" ({exc.strerror})"
        left_out.append(f"{place}: {name} was not put there{why}; take it out of the backup, which is a zip archive")
    return written, left_out


def hide_password(config_path: Path, state: Path) -> None:
    """A configuration with a password in it is for root and for whoever runs the daemon, as far as it is known who that is."""
    owner, mode = state.stat(), config_path.stat().st_mode
    if not mode & 0o004 or (os.geteuid() == 0 and owner.st_uid == 0):
        return
    if os.geteuid() == 0:
        os.chown(config_path, -1, owner.st_gid)
    config_path.chmod(0o640)


def _give_to_owner(path: Path, state: Path) -> None:
    if os.geteuid() == 0:
        owner = state.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
