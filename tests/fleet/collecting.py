"""The real `acumat collect` as a process beside real engines, and what the record then holds."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.broker import until
from tests.checkout import environment

NO_AUDIT = "enabled = false"
"""So that what a transport loses is seen, and not made good."""


def config(folder: Path, dsn: str, *, kind: str, hosts: list[str], name: str = "one", audit: str = "", more: str = "") -> Path:
    """A configuration whose audit is quick."""
    path = folder / f"{name}.toml"
    quick = audit or "settle_s = 0.5\nevery_s = 2\nretry_s = 1\n"
    path.write_text(
        f'name = "{name}"\n[record]\ndsn = "{dsn}"\n[transport]\nkind = "{kind}"\nhosts = {hosts!r}\n[audit]\n{quick}\n{more}\n'
    )
    return path


def acumat(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "acumat.cli.main", *arguments], capture_output=True, text=True, check=False, env=_environment()
    )


class Collecting:
    """One collector, started and killed at will."""

    def __init__(self, path: Path, **variables: str) -> None:
        self._command = [sys.executable, "-m", "acumat.cli.main", "collect", "--config", str(path)]
        self.log = path.with_suffix(".log")
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=_environment(**self._variables)
            )

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def end(self, how: signal.Signals = signal.SIGTERM) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(how)
        return int(until(lambda: (process.poll() is not None) and (process.returncode,), "the collector ends")[0])


def provision(path: Path) -> None:
    """Make the record and what the engine needs, as often as wanted. A cluster that has just started says no at first."""

    def made() -> bool:
        done = acumat("collect", "--config", str(path), "--provision")
        print(done.stderr)
        return done.returncode == 0

    until(made, "the engine has what it needs")


@contextmanager
def collecting(path: Path, **variables: str) -> Iterator[Collecting]:
    found = Collecting(path, **variables)
    found.start()
    try:
        yield found
    finally:
        found.end(signal.SIGKILL)


def rows(dsn: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode(), values).fetchall()


def ids(dsn: str) -> list[tuple[str, str]]:
    """Mat and id of every event in the record, each as often as it stands there."""
    return rows(dsn, "SELECT mat_id, id FROM acumat.event ORDER BY mat_id, number")


def _environment(**variables: str) -> dict[str, str]:
    return environment(PYTHONDONTWRITEBYTECODE="1", **variables)
