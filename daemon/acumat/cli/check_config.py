"""The command that reads the configuration and lists every problem: check-config."""

from __future__ import annotations

import sys
from pathlib import Path

from acumat.cli import exit_codes
from acumat.config import find_config, load_config
from acumat.wiring.sources import source_of


def check_config(config: Path | None) -> int:
    """Read the configuration. Raises one error with all its problems."""
    path = find_config(config)
    loaded = load_config(path)
    source_of(loaded)  # problems that only the source can find, such as a missing scenario
    for warning in loaded.warnings:
        print(f"acumat: {warning}", file=sys.stderr)
    print(f"{path or 'the defaults'}: in order; layout {loaded.layout.name} with {len(loaded.layout.sensors)} sensors")
    return exit_codes.OK
