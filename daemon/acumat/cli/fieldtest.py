"""The command that guides a volunteer through positions, records them, and judges the mat's reports: fieldtest."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.recorder import OnFrame, write_frames
from acumat.config import SimulatedConfig, find_config, load_config
from acumat.detect.parameters import Parameters
from acumat.fieldtest import marks, verdict
from acumat.fieldtest.judge import failed, judge, see
from acumat.fieldtest.numbers import numbers
from acumat.fieldtest.script import Prompt, length_s, prompts
from acumat_hw.errors import InputError
from acumat_hw.frame import Frame
from acumat_hw.recording import open_recording

VOLUNTEER = "field-test"
"""The scenario in which a simulated person does what the script asks for."""
BELL = "\a"


def fieldtest(recording: Path, config_path: Path | None, *, replay: bool, simulated: bool, force: bool) -> int:
    """Make a guided recording and its verdict, or only the verdict of an existing recording."""
    if replay and (simulated or force):
        raise InputError("--replay makes no recording: leave out --simulated and --force")
    config = load_config(find_config(config_path), secrets=False)
    if replay:
        return _evaluate(recording, config.sensitivity, again=True)
    if simulated:
        config = replace(config, source=SimulatedConfig(scenario=VOLUNTEER, speed=0.0, through="fast"))
    verdict.refuse_to_destroy(recording)
    print(
        f"A field test of {length_s() / 60:.0f} minutes. Put the terminal where you can hear it from the mat, or have it read."
    )
    done = write_frames(recording, config, seconds=length_s(), force=force, on_frame=_guide(recording))
    if done.missed:
        print(f"{done.missed} frames were missed, since the machine was busy.", file=sys.stderr)
    code = _evaluate(recording, config.sensitivity, again=False) if done.frames else exit_codes.UNAVAILABLE
    return done.code or code


def _guide(recording: Path) -> OnFrame:
    """Prints each line when it is due, and marks each position in the recording."""
    due: list[Prompt] = list(prompts())

    def on_frame(_frame: Frame, t_s: float) -> None:
        while due and due[0].t_s <= t_s:
            prompt = due.pop(0)
            if prompt.position is not None:
                marks.append(recording, t_s, prompt.position)
            print(f"{BELL}{prompt.text}", flush=True)

    return on_frame


def _evaluate(recording: Path, sensitivity: str, *, again: bool) -> int:
    """Print the verdict, and write it if it is the first one."""
    opened = open_recording(recording)
    marked = marks.read(recording)
    findings = judge(see(opened, Parameters().with_sensitivity(sensitivity)), marked)
    measured = numbers(opened, marked)
    print(verdict.text(findings, measured))
    for problem in opened.problems:
        print(f"acumat: {problem}", file=sys.stderr)
    if again:
        worse = verdict.worse(findings, verdict.written(recording))
        if worse:
            print(f"Worse than in {verdict.verdict_path(recording)}: {', '.join(worse)}.")
    else:
        path = verdict.write(recording, findings, measured)
        print(f"The verdict is in {path}. Judge the recording again: acumat fieldtest --replay {recording}")
    return exit_codes.FAULTY if failed(findings) else exit_codes.OK
