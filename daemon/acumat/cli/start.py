"""Imports the daemon for the command run, paho without what it never uses."""

from __future__ import annotations

import gc
from pathlib import Path

from acumat.mqtt.lean import import_paho


def run(config_path: Path | None) -> int:
    """The daemon until SIGTERM or SIGINT."""
    gc.disable()  # what is imported stays: to look through it for garbage is a twentieth of the start
    import_paho()
    from acumat.cli.run import run as daemon  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return daemon(config_path)
