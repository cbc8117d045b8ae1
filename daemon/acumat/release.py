"""The installed release that this process is part of, and how the last switch of releases ended.

Releases lie side by side, /opt/acumat/VERSION with the code in `lib`; the record of /usr/lib/acumat/switch is beside them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from acumat.contract.state import Condition
from acumat.stored import read_as

log = logging.getLogger(__name__)

RELEASE = Path(__file__).resolve().parents[2]
RECORD = "last-switch.json"
DIGEST = "payload.sha256"
"""Only an installed release has it, never a checkout."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """The record: a switch from release `before` to `after`. `outcome` is kept, returned or not_switched."""

    at: str
    before: str
    after: str
    outcome: str
    rollback: bool
    why: str


class LastSwitch:
    """What health says of the last switch of releases: a new one that was not kept is worth a look."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition


def installed(release: Path = RELEASE) -> bool:
    """Whether this is an installed release."""
    return (release / DIGEST).is_file()


def last_switch(release: Path = RELEASE) -> LastSwitch | None:
    """How the last switch ended, read once: the record is written before the daemon starts. None in a checkout."""
    return LastSwitch(_condition(release.parent / RECORD)) if installed(release) else None


def _condition(path: Path) -> Condition:
    try:
        found = read_as(_Stored, path.read_text("utf-8"))
    except FileNotFoundError:
        return Condition()
    except (OSError, ValueError) as exc:
        log.debug("%s: %s", path, exc)
        return Condition()
    if found.outcome == "kept":
        return Condition()
    what = f"Version {found.after} was installed and did not stay: {found.why}. Version {found.before} is in use again."
    if found.outcome == "not_switched":
        what = f"Version {found.after} could not be put in use: {found.why}. Version {found.before} stays."
    return Condition(f"update_{found.outcome}", f"{what} The log says more: journalctl -u acumat -u acumat-switch.")
