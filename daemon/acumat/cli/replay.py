"""The command that runs detection over a recording: replay."""

from __future__ import annotations

import sys
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.json_file import json_file
from acumat.cli.printing import print_end, print_event
from acumat.config import load_config
from acumat.detect.parameters import Parameters
from acumat.replay import replay as replayed
from acumat_hw.recording import open_recording


def replay(recording: Path, *, json_path: Path | None, config_path: Path | None) -> int:
    """Run detection over a recording, print the events, and on request write JSON lines."""
    sensitivity = "normal" if config_path is None else load_config(config_path, secrets=False).sensitivity
    opened = open_recording(recording)
    parameters = Parameters().with_sensitivity(sensitivity)
    with json_file(json_path) as write:
        for line in replayed(opened, parameters, on_event=lambda event: print_event(event.t_mono_s, event), on_end=print_end):
            write(line)
    for problem in opened.problems:
        print(f"acumat: {problem}", file=sys.stderr)
    return exit_codes.DATA if opened.problems else exit_codes.OK
