"""The command that writes the sensors' readings into a file: record."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.recorder import write_frames
from acumat.config import SimulatedConfig, find_config, load_config
from acumat_hw.errors import InputError


def record(recording: Path, config_path: Path | None, *, seconds: float | None, scenario: str | None, force: bool) -> int:
    """Record frames until Ctrl-C or until the time is over; from a simulated mat if `scenario` names one."""
    if seconds is not None and not 0 < seconds < math.inf:
        raise InputError("--seconds must be a number above 0")
    config = load_config(find_config(config_path), secrets=False)
    if scenario is not None:
        config = replace(config, source=SimulatedConfig(scenario=scenario, speed=0.0))
    done = write_frames(recording, config, seconds=seconds, force=force)
    if done.code == exit_codes.OK:
        missed = f" {done.missed} more were missed, since the machine was busy." if done.missed else ""
        print(f"{done.frames} frames written to {recording}; {done.why}.{missed} Look at them: acumat replay {recording}")
    return done.code
