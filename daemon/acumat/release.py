"""The installed release that this process is part of, how the last switch of releases ended, and the newest one there is.

Releases lie side by side, /opt/acumat/VERSION with the code in `lib`; what /usr/lib/acumat/switch records is beside them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from acumat.contract.state import Condition
from acumat.stored import UnreadableError, read_file

log = logging.getLogger(__name__)

T = TypeVar("T")

RELEASE = Path(__file__).resolve().parents[2]
RECORD = "last-switch.json"
DIGEST = "payload.sha256"
"""Only an installed release has it, never a checkout."""
NEWEST = "newest.json"
DPKG_LIST = Path("/var/lib/dpkg/info/acumat.list")
"""dpkg's, of a package that is installed (dpkg(1))."""
LOOK_S = 60.0
"""What apt knows changes a few times a day."""
HOW = "To install it, on the machine of the mat: sudo acumat update"


@dataclass(frozen=True, slots=True)
class _Stored:
    """The record: a switch from release `before` to `after`.

    `outcome` is kept (the new one stays), returned or not_switched.
    """

    at: str
    before: str
    after: str
    outcome: str
    rollback: bool
    why: str


class LastSwitch:
    """Reports the last switch of releases in the health: a new release that did not stay is worth a look."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest package that apt knows."""

    latest: str


class Releases:
    """The document about the release in use and the newest one."""

    def __init__(self, release: Path, last: LastSwitch, monotonic: Callable[[], float]) -> None:
        self._release = release
        self._last = last.condition
        self._monotonic = monotonic
        self._looked_s = -LOOK_S
        self._document: Mapping[str, Any] = {}

    def document(self) -> Mapping[str, Any]:
        """As published, the same object until something has changed."""
        now_s = self._monotonic()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._document = self._made()
        return self._document

    def _made(self) -> Mapping[str, Any]:
        name = self._release.name
        found = _stored(_Newest, self._release.parent / NEWEST)
        latest = None if found is None else found.latest
        if latest is not None and _is_build_of(name, latest):
            latest = name
        text = self._last.text if self._last.code != "ok" else how_to_install(latest, self._release)
        return {"installed_version": name, "latest_version": latest, "text": text}


def how_to_install(latest: str | None, release: Path = RELEASE) -> str:
    """What leads to the newest package, empty if it is in use. For apt, what a rollback has left is installed already."""
    if latest in (None, release.name):
        return ""
    last = _stored(_Stored, release.parent / RECORD)
    if last is not None and last.rollback and last.outcome == "kept" and _is_build_of(last.before, latest):
        return f"A rollback has left version {last.before}. To return to it, on the machine of the mat: sudo acumat rollback"
    return HOW


def _is_build_of(release: str, version: str | None) -> bool:
    """Another build of a version has a number after it."""
    return f"{release}.".startswith(f"{version}.")


def packaged(release: Path = RELEASE, dpkg_list: Path = DPKG_LIST) -> bool:
    """Whether this is a release that came as a package."""
    return installed(release) and dpkg_list.exists()


def installed(release: Path = RELEASE) -> bool:
    """Whether this is an installed release."""
    return (release / DIGEST).is_file()


def last_switch(release: Path = RELEASE) -> LastSwitch | None:
    """How the last switch ended, read once: the record is written before the daemon starts. None in a checkout."""
    return LastSwitch(_condition(release.parent / RECORD)) if installed(release) else None


def _condition(path: Path) -> Condition:
    found = _stored(_Stored, path)
    if found is None or found.outcome == "kept":
        return Condition()
    what = f"Version {found.after} was installed and did not stay: {found.why}. Version {found.before} is in use again."
    if found.outcome == "not_switched":
        what = f"Version {found.after} could not be put in use: {found.why}. Version {found.before} stays."
    return Condition(f"update_{found.outcome}", f"{what} The log says more: journalctl -u acumat -u acumat-switch.")


def _stored(kind: type[T], path: Path) -> T | None:
    """What the file holds; None if there is none that can be read."""
    try:
        return read_file(kind, path)
    except UnreadableError as exc:
        log.debug("%s: %s", path, exc)
        return None
