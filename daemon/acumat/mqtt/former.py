"""Remembers under which topics this machine has published the mat, and clears those that a new configuration has left."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from acumat.mqtt.topics import Topics
from acumat.stored import UnreadableError, read_as
from acumat.whole_file import whole_file
from acumat_hw.errors import AcumatError

log = logging.getLogger(__name__)

NAME = "published.json"


@dataclass(frozen=True, slots=True)
class Published:
    """Where a machine has published the mat, by `machine_mark`: a copied card or a restored folder has another one's."""

    machine: str
    topics: tuple[Topics, ...]


class FormerTopics:
    """For one run with these topics. `clear` removes what is left under others; it returns False if another mat is there.

    It may raise AcumatError.
    """

    def __init__(self, path: Path, current: Published, clear: Callable[[Topics], bool]) -> None:
        self._path = path
        self._current = current
        self._clear = clear
        self._asked = False

    def on_connected(self) -> None:
        """The broker is there. With the first connection a thread of its own clears what is left."""
        if not self._asked:
            self._asked = True
            threading.Thread(target=self.clear, name="former topics", daemon=True).start()

    def clear(self) -> None:
        """Clear everything left, and store what remains; that is tried again with the next start."""
        found = self._read()
        left = tuple(each for each in found if each not in self._current.topics and not self._cleared(each))
        if (now := (*left, *self._current.topics)) == found:
            return
        try:
            with whole_file(self._path) as file:
                file.write(json.dumps(asdict(Published(self._current.machine, now))).encode())
        except OSError as exc:
            log.warning("where the mat is published cannot be remembered: %s", exc)

    def _cleared(self, former: Topics) -> bool:
        """Whether nothing of ours is left there."""
        place = f"{former.base}/{former.mat_id}"
        try:
            if self._clear(former):
                log.info("what the mat has left on the broker as %s is cleared", place)
            else:
                log.info("another mat is online as %s, where this one was before; it is left alone", place)
        except AcumatError as exc:
            log.warning("what the mat has left on the broker as %s stays there until the next start: %s", place, exc)
            return False
        return True

    def _read(self) -> tuple[Topics, ...]:
        try:
            found = read_as(Published, self._path.read_text("utf-8"))
        except (OSError, UnreadableError, UnicodeDecodeError):
            return ()
        return found.topics if found.machine == self._current.machine else ()
