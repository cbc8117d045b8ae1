"""Imports the daemon for the command run, and paho without the parts that it never uses."""

from __future__ import annotations

import gc
from pathlib import Path

from acumat.mqtt.lean import import_paho


def run(config_path: Path | None) -> int:
    """Run the daemon until SIGTERM or SIGINT."""
    gc.disable()  # imported objects stay: searching them for garbage takes a twentieth of the start
    import_paho()
    from acumat.cli.run import run as daemon  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return daemon(config_path)
