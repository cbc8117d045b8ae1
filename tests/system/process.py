"""The daemon as users run it: a process with a configuration file, a simulated mat and a broker."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acumat.control import ask
from acumat_hw.errors import AcumatError
from tests.broker import PATIENCE_S, until
from tests.checkout import ROOT, environment
from tests.machine import slowdown

SCENARIO = """
description = "comes, lies and goes, again and again"
seed = 41
duration_s = 86400
layout = "4x2"
ends = false

[person]
mass_kg = 78
breaths_per_min = 14
moves_per_min = 1
"""
SLOWER_MOST = 4.0
WARNS = {"PYTHONWARNINGS": "always::ResourceWarning"}
"""Has the daemon's log name each file, socket and (from Python 3.13 on) database that it drops without closing it."""


AWAKE_S = 70.0
"""Whoever moves an arm this often is not taken to have dozed off."""


def scenario(stays: list[tuple[float, float]]) -> str:
    """A scenario in which a person lies there, awake, from ... to ... (seconds)."""
    steps = []
    for start_s, end_s in stays:
        steps.append(_step(start_s, "lie_down", over_s=2))
        moves = max(0, int((end_s - start_s) / AWAKE_S) - 1) if end_s - start_s > 600 else 0
        steps += [_step(start_s + AWAKE_S * number, "arm", over_s=1, for_s=4) for number in range(1, moves + 1)]
        steps.append(_step(end_s, "get_up", over_s=2))
    return SCENARIO + "\n".join(steps)


def _step(at_s: float, do: str, **values: float) -> str:
    return "\n".join(["[[step]]", f"at_s = {at_s}", f'do = "{do}"', *(f"{key} = {value}" for key, value in values.items()), ""])


class DaemonProcess:
    """One configuration, started and stopped at will. The mat's time runs `speed` times as fast as real time.

    `unhurried`: on a busy machine it runs slower, for a start that takes minutes of the story misses what happens in it.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        stays: list[tuple[float, float]],
        speed: float = 10.0,
        extra: str = "",
        mqtt: str = "",
        lasting: bool = False,
        unhurried: bool = False,
    ) -> None:
        """`lasting`: the mat lives on over restarts, as a real one does; else each start begins its story anew."""
        self._began = datetime.now(UTC)
        self.speed = speed = speed / min(SLOWER_MOST, slowdown()) if unhurried else speed
        started = f"started = {self._began.isoformat()}" if lasting else ""
        self.folder = folder
        self.module = "acumat.cli.main"
        self.log = folder / "log"
        self.config = folder / "acumat.toml"
        self.story = folder / "story.toml"
        self.play(stays)
        self.config.write_text(
            f"""
[mat]
id = "test"
name = "Test mat"
[mat.profile]
size = "72 x 43 cm"
[source]
kind = "simulated"
scenario = "{self.story}"
speed = {speed}
through = "fast"
{started}
[daemon]
state_dir = "{folder / "state"}"
runtime_dir = "{folder / "run"}"
[mqtt]
host = "127.0.0.1"
port = {port}
{mqtt}
{extra}
"""
        )
        self.process: subprocess.Popen[bytes] | None = None

    def play(self, stays: list[tuple[float, float]]) -> None:
        """From the next start on somebody lies there from ... to ... (seconds)."""
        self.story.write_text(scenario(stays))

    def start(self, **variables: str) -> None:
        self.start_only(**variables)
        until(lambda: self.answers() or self.ended(), "the daemon answers at its socket")
        assert not self.ended(), self.logged()

    def start_only(self, **variables: str) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, "run", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                env=environment(**WARNS, **variables),
                cwd=ROOT,
            )

    def answers(self) -> bool:
        try:
            return "state" in self.status()
        except AcumatError:
            return False

    def status(self) -> dict[str, Any]:
        return ask(self.folder / "run" / "control.sock", {"command": "status"}, PATIENCE_S)

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and give the exit code; what it left open is a failure."""
        assert self.process is not None
        process, self.process = self.process, None
        process.send_signal(number)
        try:
            until(lambda: process.poll() is not None, "the daemon ends")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        left = [line for line in self.logged().splitlines() if "ResourceWarning" in line]
        assert not left, left
        return process.returncode

    def story_s(self) -> float:
        """Seconds of a lasting mat's own time since its story began."""
        return self.speed * (datetime.now(UTC) - self._began).total_seconds()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def logged(self) -> str:
        return self.log.read_text(errors="replace")
