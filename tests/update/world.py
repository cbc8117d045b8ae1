"""A machine in memory, which can lose its power before or after any step that a switch takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from acumat_update.journal import Journal
from acumat_update.switch import TRIAL_S, CannotError, Unit

OLD, NEW = "0.2.0", "0.3.0"


class PowerCutError(Exception):
    """Nothing after this moment has taken place."""


@dataclass
class Behaviour:
    """What a release does once it runs: its schema, and what the unit and the daemon say after so many seconds."""

    schema: int = 1
    crash_s: float | None = None
    ends: bool = False
    ready_s: float | None = 1.0
    ailing: frozenset[str] | None = frozenset()
    well_s: float = 0.0
    """From then on nothing ails it."""
    waits_s: float = 0.0
    """So long is it kept from starting, by what else has to start before it."""

    def unit(self, passed_s: float) -> Unit:
        if passed_s < self.waits_s:
            return Unit(ready=False, waiting=True)
        passed_s -= self.waits_s
        crashed = self.crash_s is not None and passed_s >= self.crash_s
        ready = self.ready_s is not None and passed_s >= self.ready_s and not crashed
        return Unit(ready, int(crashed and not self.ends), ended=crashed and self.ends)


@dataclass
class World:
    """Files survive a cut; the running release and the clock do not."""

    releases: dict[str, Behaviour]
    current: str = OLD
    previous: str = "0.1.0"
    journal: Journal | None = None
    database: str = "schema 1 of 0.2.0"
    copies: dict[str, str] = field(default_factory=dict)
    record_: Journal | None = None
    running: str | None = OLD
    cannot_copy: str = ""
    cut_after: int | None = None
    steps: int = 0
    begun_s: float = 0.0
    now_s: float = 0.0
    read_by: list[tuple[str, str]] = field(default_factory=list)
    """Each start: the release, and the database that it found."""

    def _step(self, change: Callable[[], object]) -> None:
        """A change is whole or has not taken place; the power may go at each one."""
        if self.cut_after is not None and self.steps >= self.cut_after:
            raise PowerCutError
        change()
        self.steps += 1

    def read_journal(self) -> Journal | None:
        return self.journal

    def write_journal(self, journal: Journal | None) -> None:
        self._step(lambda: setattr(self, "journal", journal))

    def point_to(self, release: str) -> None:
        assert release in self.releases, "a link to nothing"
        self._step(lambda: setattr(self, "current", release))

    def start(self) -> None:
        self._step(self.started)

    def started(self) -> None:
        if self.running is None:
            self.running, self.begun_s = self.current, self.now_s
            self.read_by.append((self.current, self.database))
            schema = self.releases[self.current].schema
            assert "torn" not in self.database
            assert self.schema <= schema, "a release starts with a database that it cannot read"
            if self.schema < schema:
                self.database = f"schema {schema} of {self.current}"

    @property
    def schema(self) -> int:
        return int(self.database.split()[1])

    def stop(self) -> None:
        self._step(lambda: setattr(self, "running", None))

    def unit(self) -> Unit:
        assert self.running is not None
        return self.releases[self.running].unit(self.now_s - self.begun_s)

    def ailing(self) -> frozenset[str] | None:
        assert self.running is not None
        release, passed_s = self.releases[self.running], self.now_s - self.begun_s
        return frozenset() if release.well_s and passed_s >= release.well_s else release.ailing

    def copy_database(self, release: str) -> None:
        assert self.running is None, "a copy of a database in use"
        if self.cannot_copy:
            raise CannotError(self.cannot_copy)
        self._step(lambda: self.copies.__setitem__(release, self.database))

    def needs_copy(self, release: str) -> bool:
        return release in self.copies and self.copies[release].split()[1] != self.database.split()[1]

    def put_back_database(self, release: str) -> None:
        assert self.running is None, "the database of a running daemon is exchanged"
        # its log is gone: what it looks like says nothing any more
        self._step(lambda: setattr(self, "database", f"schema {self.copies[release].split()[1]} torn"))
        self._step(lambda: setattr(self, "database", self.copies[release]))

    def record(self, journal: Journal | None) -> None:
        self._step(lambda: setattr(self, "record_", journal))

    def keep_only(self, in_use: str, previous: str | None) -> None:
        if previous is not None:
            self._step(lambda: setattr(self, "previous", previous))
        kept = {name: each for name, each in self.releases.items() if name in (in_use, self.previous)}
        self._step(lambda: setattr(self, "releases", kept))

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self._step(lambda: setattr(self, "now_s", self.now_s + seconds))


LONGEST_S = TRIAL_S + 10
