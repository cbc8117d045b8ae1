"""A symptom is reported, and the daemon is killed in the moment of the answer: is the stop there after the restart?

    python -m tests.chaos.kill_at_answer --runs 300 --slow 100

Real processes and real kills. `--slow`: as many on a card that takes up to half a second for each thing it keeps.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from acumat.coach.screening import QUESTIONS
from acumat.control import ask
from tests.broker import until
from tests.system.process import DaemonProcess

SPEED = 30.0
LIES_DOWN_S = 8.0
FAST, SLOW = "acumat.cli.main", "tests.chaos.slow_card"


def daemon_in(folder: Path, module: str = FAST) -> DaemonProcess:
    stays = [(LIES_DOWN_S, 80_000.0)]
    made = DaemonProcess(folder, 1, stays=stays, speed=SPEED, lasting=True, unhurried=True, mqtt="enabled = false")
    made.module = module
    return made


def control(daemon: DaemonProcess, command: str, **arguments: Any) -> dict[str, Any]:
    return ask(daemon.folder / "run" / "control.sock", {"command": command, **arguments}, 30.0)


def until_guided(daemon: DaemonProcess) -> None:
    until(lambda: daemon.status()["state"]["presence"] == "lying", "somebody lies there")


def screened(folder: Path) -> None:
    """A state folder in which the questions are answered."""
    daemon = daemon_in(folder)
    daemon.start()
    assert control(daemon, "screen", **dict.fromkeys(QUESTIONS, "no"))["ok"]
    daemon.stop()


def one_run(base: Path, folder: Path, module: str) -> str:
    """What became of one answered symptom."""
    folder.mkdir()
    shutil.copytree(base / "state", folder / "state")
    daemon = daemon_in(folder, module)
    daemon.start()
    try:
        until_guided(daemon)
        answer = control(daemon, "symptom")
        daemon.stop(signal.SIGKILL)
        if not answer["ok"]:
            return f"refused: {answer['reason']}"
        if "restart" in answer["text"]:
            return "not promised"
        daemon.start()
        routine = daemon.status()["routine"]
    finally:
        daemon.kill()
    return "kept" if (routine["guidance"], routine["guidance_reason"]) == (False, "symptom") else "FORGOTTEN"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--slow", type=int, default=100)
    asked = parser.parse_args()
    found: dict[str, Counter[str]] = {}
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="acumat-kills-") as name:
        base = Path(name) / "base"
        base.mkdir()
        screened(base)
        for card, runs, module in (("normal card", asked.runs, FAST), ("slow card", asked.slow, SLOW)):
            found[card] = Counter()
            for number in range(runs):
                folder = Path(name) / f"{card[:4]}{number}"
                found[card][one_run(base, folder, module)] += 1
                shutil.rmtree(folder)
            print(f"{card}: {runs} kills in the moment of the answer: {dict(found[card])}", flush=True)
    print(f"{time.monotonic() - began_s:.0f} s")
    return 1 if any(each["FORGOTTEN"] for each in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
