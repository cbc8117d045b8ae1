"""`acumat collect` as it is run: a process with a configuration file, killed and started at will."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.broker import until
from tests.system.process import ROOT

QUICK_AUDIT = "settle_s = 3\nevery_s = 5\nretry_s = 2\nasks_per_s = 200"
"""Asks soon and often: a run of minutes stands for days."""
NO_AUDIT = "enabled = false"
"""So that what a transport loses is seen, and not made good."""


class CollectorProcess:
    """One collector of `hosts` into the record `dsn`."""

    def __init__(self, folder: Path, name: str, *, dsn: str, kind: str, hosts: Sequence[str], audit: str) -> None:
        self._name = name
        self.config = folder / f"{name}.toml"
        self.log = folder / f"{name}.log"
        lines = ", ".join(f'"{host}"' for host in hosts)
        self.config.write_text(
            f'name = "{name}"\n[record]\ndsn = "{dsn}"\n[transport]\nkind = "{kind}"\nhosts = [{lines}]\n[audit]\n{audit}\n'
        )
        self.config.chmod(0o600)
        self._process: subprocess.Popen[bytes] | None = None

    def provision(self) -> None:
        """Make the record and what the engine needs; as often as wanted."""
        done = subprocess.run(self._command("--provision"), capture_output=True, env=_environment(), cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")

    def start(self) -> None:
        assert self._process is None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log, env=_environment(), cwd=ROOT)

    def kill(self) -> None:
        """As a crash."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            until(lambda: process.poll() is not None, f"the collector {self._name} ends")

    def _command(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "acumat.cli.main", "collect", "--config", str(self.config), *options]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
