"""The switch from one release to another: a trial of a minute, and the way back. Every step may be the last before a power cut.

The journal is written before each step, and each step can be repeated. A daemon that starts at any moment is the old
release or the new one, whole, with a database that it can read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from acumat_update.journal import Journal, Outcome, Stage

TRIAL_S = 60.0
"""A working release is ready for most of it; one that dies after half a minute is found, too."""
POLL_S = 1.0
ASKING_S = 10.0
"""In this last part of the trial the daemon's health is read, and its last answer counts: a broker may take a while."""
WAITING_MOST_S = 300.0
"""At boot the daemon starts after other units; one that waits for longer than their time-outs never starts."""
TRIALS_MOST = 2
"""An interrupted trial is begun again once: a release that brings down the machine does not get a third one."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The daemon's unit: `ready` as systemd knows it, `restarts` since it was last started, `ended` for good.

    `waiting` is one that is about to be started.
    """

    ready: bool
    restarts: int = 0
    ended: bool = False
    waiting: bool = False


class LeavingError(Exception):
    """The machine shuts down in order: the switch continues at the next start."""


class CannotError(Exception):
    """A step that cannot be done; its text is a sentence for people."""


class System(Protocol):
    """The machine. Every method may raise OSError, and those of the database CannotError."""

    def read_journal(self) -> Journal | None: ...
    def write_journal(self, journal: Journal | None) -> None: ...
    def point_to(self, release: str) -> None:
        """Make this the release in use, in one step; systemd reads its unit."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def unit(self) -> Unit:
        """The daemon's unit now. Raises LeavingError if it has ended because the machine goes down."""

    def ailing(self) -> frozenset[str] | None:
        """The parts of the running daemon that are not ok; None if it does not answer."""

    def copy_database(self, release: str) -> None:
        """Make a copy of the database for this release."""

    def needs_copy(self, release: str) -> bool:
        """Whether this release cannot read the present database, and there is a copy for it."""

    def put_back_database(self, release: str) -> None:
        """Put the copy for this release in the database's place."""

    def record(self, journal: Journal | None) -> None:
        """Store for people how the switch ended; None: unknown."""

    def keep_only(self, in_use: str, previous: str | None) -> None:
        """Remove all other releases with their copies of the database, as far as possible. None: the previous one stays."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class Switch:
    """Completes the stored switch from its present stage."""

    def __init__(self, system: System) -> None:
        self._system = system

    def settle(self) -> None:
        """Complete an interrupted step before the daemon starts at boot. The daemon must not run."""
        journal = self._system.read_journal()
        if journal is None:
            return
        if journal.stage is Stage.ON_TRIAL and journal.trials >= TRIALS_MOST:
            journal = self._stored(journal.returning("the machine stopped twice during the trial"))
        if journal.stage is Stage.ON_TRIAL:
            self._begin_trial(journal)
        elif journal.stage is Stage.RETURNING:
            self._put_back(journal)

    def run(self) -> None:
        """Run to the end of the switch; it takes a minute and a half at most."""
        journal = self._system.read_journal()
        while journal is not None:
            journal = self._step(journal)

    def _step(self, journal: Journal) -> Journal | None:
        """Do the work of the stage. Returns the next stage, or None at the end."""
        if journal.stage is Stage.PREPARED:
            return self._prepare(journal)
        if journal.stage is Stage.ON_TRIAL:
            return self._try(journal)
        if journal.stage is Stage.RETURNING:
            self._system.stop()
            return self._put_back(journal)
        self._end(journal)
        return None

    def _prepare(self, journal: Journal) -> Journal:
        """Stop the old release and copy its database."""
        system = self._system
        if journal.running:
            system.stop()
        try:
            system.copy_database(journal.before)
            put_back = journal.rollback and system.needs_copy(journal.after)
        except CannotError as exc:
            return self._stored(journal.ending(Outcome.NOT_SWITCHED, str(exc)))
        return self._stored(replace(journal, stage=Stage.ON_TRIAL, put_back=put_back))

    def _try(self, journal: Journal) -> Journal:
        if not journal.trials:
            journal = self._begin_trial(journal)
        if not journal.running:
            return self._stored(journal.ending(Outcome.KEPT))
        self._system.start()
        why = self._watched(journal)
        return self._stored(journal.returning(why) if why else journal.ending(Outcome.KEPT))

    def _begin_trial(self, journal: Journal) -> Journal:
        """Put the new release in place, while the daemon is stopped."""
        system = self._system
        if journal.put_back and not journal.trials:
            system.put_back_database(journal.after)
        system.record(None)
        system.point_to(journal.after)
        return self._stored(replace(journal, trials=journal.trials + 1))

    def _watched(self, journal: Journal) -> str:
        """Why the new release cannot stay; empty if it can."""
        system = self._system
        queued_s = begun_s = system.monotonic()
        why = ""
        while True:
            system.sleep(POLL_S)
            unit, now_s = system.unit(), system.monotonic()
            if unit.waiting and now_s - queued_s < WAITING_MOST_S:
                begun_s = now_s
                continue
            passed_s = now_s - begun_s
            if unit.ended or unit.restarts:
                return f"it ended by itself within {passed_s:.0f} s"
            if passed_s >= TRIAL_S - ASKING_S:
                why = self._fares_worse(journal) if unit.ready else f"it was not ready within {TRIAL_S:.0f} s"
            if passed_s >= TRIAL_S:
                return why

    def _fares_worse(self, journal: Journal) -> str:
        """The parts that are not ok now and were ok before; empty if there are none."""
        ailing = self._system.ailing()
        if ailing is None:
            return "it did not answer"
        # a daemon that did not answer before is asked for an answer alone
        worse = ailing - (ailing if journal.ailing is None else frozenset(journal.ailing))
        return f"not well, and well before: {', '.join(sorted(worse))}" if worse else ""

    def _put_back(self, journal: Journal) -> Journal:
        """Restore the old release with its database, while the daemon is stopped."""
        system = self._system
        if journal.put_back is None:
            journal = self._stored(replace(journal, put_back=system.needs_copy(journal.before)))
        if journal.put_back:
            system.put_back_database(journal.before)
        system.point_to(journal.before)
        return self._stored(journal.ending(Outcome.RETURNED, journal.why))

    def _end(self, journal: Journal) -> None:
        system = self._system
        system.record(journal)
        if journal.running:
            system.start()
        kept = journal.outcome is Outcome.KEPT
        system.keep_only(*((journal.after, journal.before) if kept else (journal.before, None)))
        system.write_journal(None)

    def _stored(self, journal: Journal) -> Journal:
        self._system.write_journal(journal)
        return journal
