"""Commands that need neither mat nor daemon: check-config, simulate, replay."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TextIO

from acumat.cli import exit_codes
from acumat.contract.events import Event
from acumat.contract.state import MatState
from acumat.detect.parameters import Parameters
from acumat_hw.errors import InputError
from acumat_hw.text_file import open_regular

MAX_OUTPUT_LINE = 100_000


def check_config(config: Path | None) -> int:
    """Read the configuration; what is wrong with it is raised as one error with all problems."""
    from acumat.config import find_config, load_config  # noqa: PLC0415
    from acumat.wiring.sources import source_of  # noqa: PLC0415

    path = find_config(config)
    loaded = load_config(path)
    source_of(loaded)  # what only the mat itself can refuse, such as a scenario that is not there
    for warning in loaded.warnings:
        print(f"acumat: {warning}", file=sys.stderr)
    print(f"{path or 'the defaults'}: in order; layout {loaded.layout.name} with {len(loaded.layout.sensors)} sensors")
    return exit_codes.OK


def simulate(scenario: str, *, layout: str | None, speed: float | None, rate_hz: float, fast: bool) -> int:
    """Detection over a simulated mat, told as it goes."""
    from acumat.simulate import run  # noqa: PLC0415
    from acumat.wiring.simulated import preset_layout, simulation  # noqa: PLC0415

    chosen = None if layout is None else preset_layout(layout)
    sim = simulation(scenario, layout=chosen, speed=speed, fast=fast)
    print(f"{sim.description} Layout {sim.layout.name}, {sim.duration_s:g} s.", flush=True)
    state, frames = run(
        sim.source,
        sim.clock,
        sim.layout,
        Parameters(),
        rate_hz=rate_hz,
        duration_s=sim.duration_s,
        told=say_at,
    )
    say_end(frames, state)
    return exit_codes.OK


def replay(path: Path, *, json_path: Path | None, config_path: Path | None) -> int:
    """Detection over a recording: told on the screen, and as JSON lines where asked for."""
    from acumat.config import load_config  # noqa: PLC0415
    from acumat.replay import replay as replayed  # noqa: PLC0415
    from acumat_hw.recording import open_recording  # noqa: PLC0415

    sensitivity = "normal" if config_path is None else load_config(config_path, secrets=False).sensitivity
    recording = open_recording(path)
    out = nullcontext(None) if json_path is None else output(json_path)
    parameters = Parameters().with_sensitivity(sensitivity)
    lines = replayed(recording, parameters, told=lambda event: say_at(event.t_mono_s, event), ended=say_end)
    with out as file:
        for line in lines:
            if file is not None:
                file.write(f"{line}\n")
    for problem in recording.problems:
        print(f"acumat: {problem}", file=sys.stderr)
    return exit_codes.DATA if recording.problems else exit_codes.OK


def output(path: Path) -> TextIO:
    """A file for a replay's JSON lines. Raises InputError where it would destroy anything but an earlier one."""
    if path.is_file() and path.stat().st_size and not _is_output(path):
        raise InputError(f"{path} is there already and is no output of a replay; choose another name")
    try:
        return path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another place") from error


def _is_output(path: Path) -> bool:
    with open_regular(path) as file:
        first = file.readline(MAX_OUTPUT_LINE)
    try:
        document = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("kind") in ("event", "state")


def say_at(t_s: float, event: Event) -> None:
    """One event as a line: when, what, in words, and how long before the decision it began."""
    edge = "" if event.edge_mono_s is None else f" (began {event.t_mono_s - event.edge_mono_s:.1f} s before)"
    print(f"{t_s:9.1f} s  {event.event_type:<20} {event.text}{edge}", flush=True)


def say_end(frames: int, state: MatState) -> None:
    """The last line: how much was read, and what is known in the end."""
    print(f"{frames} frames read; at the end the mat is {state.presence}: {state.reason_text}")
