"""The command that switches LED and buzzer off after a killed daemon: panel-off."""

from __future__ import annotations

from pathlib import Path

from acumat.cli import exit_codes
from acumat.config import find_config, load_config
from acumat.wiring.panel import switch_off


def panel_off(config_path: Path | None) -> int:
    """Switch LED and buzzer off for a daemon that can no longer do it."""
    config = load_config(find_config(config_path), secrets=False)
    switch_off(config.panel, config.daemon.runtime_dir)
    return exit_codes.OK
