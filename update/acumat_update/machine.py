"""The machine that a switch changes: releases below one folder, the daemon's unit, and its history."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from acumat_update import database
from acumat_update.health import ailing
from acumat_update.journal import DIGEST, JOURNAL, RECORD, UNFINISHED, Journal, journal_of, put, read, sync, write
from acumat_update.switch import CannotError, LeavingError, Unit

SERVICE = "acumat.service"
SWITCH_SERVICE = "acumat-switch.service"
PAGE_SERVICE = "acumat-web.service"
USER = "acumat"
STATE = Path("/var/lib/acumat")
"""The unit's StateDirectory; a unit that was given another one has its database copied by its owner."""
UNITS = Path("/usr/lib/systemd/system")
"""The folder of the units of the release in use."""
PYTHON = "/usr/bin/python3"
ASK_S = 20.0
"""Seconds for the start of the command on a small machine, and for the five seconds that it waits for the daemon."""
CURRENT, PREVIOUS = "current", "previous"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
"""Of systemctl: a maintainer script's own may be anything."""


class Machine:
    """The machine for the switch, with releases below `root`. One that is not `live` is an image of a machine."""

    def __init__(self, root: Path, *, live: bool, units: Path = UNITS) -> None:
        self.root = root
        self.live = live
        self.units = units

    def read_journal(self) -> Journal | None:
        """The switch under way; an invalid document counts as none, and the release in use stays."""
        found = read(self.root / JOURNAL)
        try:
            return None if found is None else journal_of(found)
        except (ValueError, KeyError, TypeError):
            return None

    def write_journal(self, journal: Journal | None) -> None:
        write(self.root / JOURNAL, None if journal is None else journal.document())

    def release(self, link: str = CURRENT) -> str | None:
        """The release that a link names; None if there is none."""
        try:
            name = (self.root / link).readlink().name
        except OSError:
            return None
        return name if (self.root / name).is_dir() else None

    def point_to(self, release: str) -> None:
        self._install_units(release)
        self._link(CURRENT, release)
        if self.live:
            _systemctl("daemon-reload")
            # a waiting browser has started the earlier release's page again; its next call starts this one's
            _systemctl("stop", PAGE_SERVICE)

    def _install_units(self, release: str) -> None:
        """Copy the units as files: `enable` would follow links to one release, and `disable` would remove them."""
        for unit in sorted((self.root / release / "share").glob("acumat*.s*")):
            self.units.mkdir(mode=0o755, parents=True, exist_ok=True)
            put(self.units / unit.name, unit.read_bytes())
            sync(self.units)

    def _link(self, name: str, release: str) -> None:
        new = self.root / f"{name}.new"
        new.unlink(missing_ok=True)
        new.symlink_to(release)
        new.replace(self.root / name)
        sync(self.root)

    def hand_over(self, how: str) -> None:
        """Hand the stored switch to its service: `start` it, or `restart` one that may be ending."""
        _systemctl(how, "--no-block", SWITCH_SERVICE)

    def start(self) -> None:
        _systemctl("reset-failed", SERVICE)
        _systemctl("start", "--no-block", SERVICE)

    def stop(self) -> None:
        _systemctl("stop", SERVICE)

    def is_running(self) -> bool:
        """Whether the daemon runs or is about to."""
        return self.live and self._properties()["ActiveState"] in ("active", "activating", "reloading")

    def unit(self) -> Unit:
        found = self._properties()
        state = found["ActiveState"]
        down, asked = state in ("failed", "inactive"), found["Job"] not in ("", "0")
        if down and not asked and _systemctl("is-system-running").strip() == "stopping":
            raise LeavingError
        return Unit(state == "active", int(found["NRestarts"] or 0), ended=down and not asked, waiting=down and asked)

    def _properties(self) -> dict[str, str]:
        shown = _systemctl("show", "--property=ActiveState,NRestarts,Job", SERVICE)
        found = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        return {"ActiveState": "inactive", "NRestarts": "0", "Job": "", **found}

    def ailing(self) -> frozenset[str] | None:
        command = [str(self.root / CURRENT / "bin" / "acumat"), "status", "--json"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=ASK_S, check=False)
            return ailing(json.loads(done.stdout))
        except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError, AttributeError):
            return None

    def copy_database(self, release: str) -> None:
        self._as_user("copy", release)

    def needs_copy(self, release: str) -> bool:
        return self._as_user("needs", release).strip() == "yes"

    def put_back_database(self, release: str) -> None:
        self._as_user("put", release)

    def _as_user(self, *arguments: str) -> str:
        """Never run it as root: the folder belongs to the daemon's user, who could have put anything there."""
        if not self.live or not STATE.is_dir():
            return ""
        command = [PYTHON, "-IB", database.__file__, arguments[0], str(STATE), *arguments[1:]]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, user=USER, group=USER, extra_groups=[], cwd="/"
        )
        if done.returncode:
            raise CannotError(done.stderr.strip() or "the history cannot be copied")
        return done.stdout

    def record(self, journal: Journal | None) -> None:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        keys = ("before", "after", "outcome", "rollback", "why")
        found = {} if journal is None else journal.document()
        write(self.root / RECORD, {"at": at, **{key: found[key] for key in keys}} if found else None)

    def keep_only(self, in_use: str, previous: str | None) -> None:
        if previous is not None:
            self._link(PREVIOUS, previous)
        kept = {in_use, previous or self.release(PREVIOUS) or in_use}
        try:
            shutil.rmtree(self.root / UNFINISHED, ignore_errors=True)
            for path in self.root.iterdir():
                if (path / DIGEST).is_file() and not path.is_symlink() and path.name not in kept:
                    # a release or not, never a half of one; any other folder is somebody's who has put it there
                    path.rename(self.root / UNFINISHED)
                    shutil.rmtree(self.root / UNFINISHED)
            self._as_user("prune", *sorted(kept))
        except (OSError, CannotError) as exc:  # what is left over is in nobody's way until the next switch
            print(f"acumat: an earlier release cannot be removed ({exc})", file=sys.stderr)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def booted() -> bool:
    """Whether systemd runs here (sd_booted(3)): it does not in the folder of an image."""
    return Path("/run/systemd/system").is_dir()


def _systemctl(*arguments: str) -> str:
    """The output of systemctl.

    It may fail, as `reset-failed` does for a unit that is not loaded: the unit's state shows the result.
    """
    return subprocess.run(["systemctl", *arguments], capture_output=True, text=True, check=False, env=ENVIRONMENT).stdout
