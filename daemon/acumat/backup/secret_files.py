"""Restores the secrets of a backup: for the user of the daemon, and only where this mat has its own secrets."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from acumat.backup.private_file import replace_private
from acumat.config.secrets import MQTT_KEY, MQTT_PASSWORD

OF_THE_SERVICE = (MQTT_PASSWORD, MQTT_KEY)
"""systemd reads these as root and hands them over; any other file the daemon reads itself."""


def put_secrets(
    found: Mapping[str, bytes], places: Mapping[str, Path], known: Collection[Path], state: Path
) -> tuple[list[Path], list[str]]:
    """Write the secrets to `places`. Returns those written, and a sentence for each that was not.

    A configuration that comes with a backup may name any file of the machine, and this is root: only one in a folder of `known`
    files is written.
    """
    folders = {path.parent for path in (*known, *OF_THE_SERVICE)}
    written, left_out = [], []
    for name, content in found.items():
        place, why = places[name], ""
        if place.parent in folders:
            try:
                like = place if place.exists() else state if place not in OF_THE_SERVICE else None
                owner = None if like is None else like.stat()
                replace_private(place, content)
                if owner is not None and os.geteuid() == 0:
                    os.chown(place, owner.st_uid, owner.st_gid)
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
