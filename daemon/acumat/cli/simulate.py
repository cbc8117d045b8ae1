"""The command that runs detection over a simulated mat: simulate."""

from __future__ import annotations

from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.json_file import json_file
from acumat.cli.picture import picture
from acumat.cli.printing import print_end, print_event, print_line
from acumat.config.rules import SPEEDS
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.replay import JsonLines
from acumat.simulate import run
from acumat.wiring.simulated import named_scenarios, preset_layout, simulation
from acumat_hw.errors import InputError


def simulate(
    scenario: str | None,
    *,
    listed: bool,
    layout: str | None,
    speed: float | None,
    rate_hz: float,
    fast: bool,
    drawn: bool,
    json_path: Path | None,
) -> int:
    """Run detection over a simulated mat and print its events beside the steps of the scenario; or list the scenarios."""
    if listed:
        return list_scenarios()
    if scenario is None:
        raise InputError("give the name of a scenario, or a file NAME.toml; acumat simulate --list shows the names")
    if speed is not None:
        refuse_speed(speed)
    if not 1 <= rate_hz <= 200:
        raise InputError("--rate must be 1 to 200 frames a second")
    return _play(scenario, layout=layout, speed=speed, rate_hz=rate_hz, fast=fast, drawn=drawn, json_path=json_path)


def list_scenarios() -> int:
    """Name and description of each scenario that comes with acumat."""
    for name, description in named_scenarios():
        print(f"{name:<22} {description}")
    return exit_codes.OK


def refuse_speed(speed: float) -> None:
    """Raises InputError for a speed outside SPEEDS."""
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise InputError(f"--speed must be {SPEEDS[0]:g} to {SPEEDS[1]:g}")


def sentence(description: str) -> str:
    """A scenario's description as a sentence with a space behind it; nothing if it has none."""
    return f"{description[0].upper()}{description[1:].rstrip('.')}. " if description else ""


def _play(
    scenario: str,
    *,
    layout: str | None,
    speed: float | None,
    rate_hz: float,
    fast: bool,
    drawn: bool,
    json_path: Path | None,
) -> int:
    sim = simulation(scenario, layout=None if layout is None else preset_layout(layout), speed=speed, fast=fast)
    pipeline = Pipeline(sim.layout, parameters=Parameters(), prefix="sim")
    print(f"{sentence(sim.description)}Layout {sim.layout.name}, {sim.duration_s:g} s.", flush=True)
    story = list(sim.story)
    frames = 0
    with json_file(json_path) as write:
        lines = JsonLines(pipeline)
        for turn in run(sim.source, sim.clock, pipeline, rate_hz=rate_hz, duration_s=sim.duration_s):
            frames += 1
            while story and story[0][0] <= turn.t_s:
                at_s, text = story.pop(0)
                print_line(at_s, "(scenario)", text)
            for event in turn.events:
                print_event(event.t_mono_s - turn.zero_s, event, turn.zero_s)
                if drawn and pipeline.state.presence in ("contact", "lying"):
                    print("\n".join(picture(sim.layout, pipeline.sensor_loads_us)))
            for line in lines.of(turn.t_mono_s, turn.events, turn.zero_s):
                write(line)
    print_end(frames, pipeline.state)
    return exit_codes.OK
