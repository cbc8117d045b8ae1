"""The progress of a switch of releases, stored before each step, and the end of the last one."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

JOURNAL = "switch.json"
RECORD = "last-switch.json"
UNFINISHED = ".unfinished"
"""A release on its way in or out."""
DIGEST = "payload.sha256"
"""Inside a release: of the archive that it was unpacked from."""


class Stage(StrEnum):
    """The stage of a switch. A stored stage has begun, and may be done in part."""

    PREPARED = "prepared"
    """The new release is complete; the old one is still in use."""
    ON_TRIAL = "on_trial"
    """The database is copied; the new release is in use, or about to be."""
    RETURNING = "returning"
    """The old release and its database are being restored."""
    ENDING = "ending"
    """The release is decided: the daemon has to be started."""


class Outcome(StrEnum):
    """How a switch ended."""

    KEPT = "kept"
    RETURNED = "returned"
    NOT_SWITCHED = "not_switched"


@dataclass(frozen=True, slots=True)
class Journal:
    """A switch from release `before` to release `after`.

    `running` says whether the daemon ran when it began, `ailing` the parts that were not ok then (None: it did not answer).
    `trials` counts how often a trial was
    begun: a power cut interrupts one. `put_back` says whether the next step exchanges the database; None until it is decided.
    """

    before: str
    after: str
    stage: Stage = Stage.PREPARED
    running: bool = True
    ailing: tuple[str, ...] | None = ()
    rollback: bool = False
    trials: int = 0
    put_back: bool | None = None
    outcome: Outcome = Outcome.KEPT
    why: str = ""

    def ending(self, outcome: Outcome, why: str = "") -> Journal:
        """The same switch, decided."""
        return replace(self, stage=Stage.ENDING, outcome=outcome, why=why)

    def returning(self, why: str) -> Journal:
        """The same switch, on its way back."""
        return replace(self, stage=Stage.RETURNING, put_back=None, why=why)

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


def journal_of(document: dict[str, Any]) -> Journal:
    """The stored switch. Raises ValueError, KeyError or TypeError for any other document."""
    found = Journal(**document)
    return replace(
        found,
        stage=Stage(found.stage),
        outcome=Outcome(found.outcome),
        ailing=None if found.ailing is None else tuple(found.ailing),
    )


def read(path: Path) -> dict[str, Any] | None:
    """The stored document; None if there is none. It is written whole or not at all, so a damaged one is not ours."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write(path: Path, document: dict[str, Any] | None) -> None:
    """Replace the document, or remove it with None; it is on the disk when this returns."""
    if document is None:
        path.unlink(missing_ok=True)
    else:
        put(path, json.dumps(document).encode())
    sync(path.parent)


def put(path: Path, content: bytes) -> None:
    """Replace the file, whole or not at all, for everybody to read. A disk without room keeps nothing of it."""
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(0o644)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Put a file, or a folder's own entries, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
