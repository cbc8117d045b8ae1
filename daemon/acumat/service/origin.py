"""Recognises stored data of another machine: a restored backup, or a copied card."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from acumat.contract.state import Condition
from acumat.stored import UnreadableError, read_file
from acumat.whole_file import whole_file

log = logging.getLogger(__name__)

NAME = "origin.json"
CODE = "other_machine"


@dataclass(frozen=True, slots=True)
class Origin:
    """The mat's id, and the mark of the machine that used it last; see `machine_mark`."""

    mat_id: str
    machine: str

    @property
    def condition(self) -> Condition:
        """The condition for health if the mark is another machine's."""
        return Condition(
            CODE,
            f"Mat {self.mat_id} was last used on another machine: this is a restored backup, a copied card or new hardware. If "
            "the other one is not used any more: sudo acumat id --keep. If both are: sudo acumat id --new.",
        )


class ForeignOrigin:
    """Shows in the health that the data are another machine's, until somebody has decided which of the two it is."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition


def read_origin(folder: Path) -> Origin | None:
    """Where the stored data comes from; None if that is not known."""
    try:
        return read_file(Origin, folder / NAME)
    except UnreadableError:
        return None


def write_origin(folder: Path, origin: Origin) -> None:
    """Store it, whole or not at all. Raises OSError."""
    with whole_file(folder / NAME) as file:
        file.write(json.dumps(asdict(origin)).encode())


def foreign_origin(folder: Path, here: Origin) -> ForeignOrigin | None:
    """What is wrong with it, at a start here; else it is stored that the mat is used here. An id of its own is no copy's."""
    found = read_origin(folder)
    if found is not None and found.mat_id == here.mat_id and found.machine != here.machine:
        log.warning("%s", found.condition.text)
        return ForeignOrigin(found.condition)
    if found != here:
        try:
            write_origin(folder, here)
        except OSError as exc:
            log.debug("%s cannot be stored: %s", folder / NAME, exc)
    return None
