"""Remembers under which topics this machine has published the mat, and clears those that a new configuration has left."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from acumat.mqtt.topics import Topics
from acumat.stored import UnreadableError, read_file
from acumat.whole_file import whole_file
from acumat_hw.errors import AcumatError

log = logging.getLogger(__name__)

NAME = "published.json"

Clear = Callable[[Topics, Callable[[], bool]], bool]


@dataclass(frozen=True, slots=True)
class Published:
    """Where a machine has published the mat, by `machine_mark`: a copied card or a restored folder has another one's."""

    machine: str
    topics: tuple[Topics, ...]


class FormerTopics:
    """For one run with these topics. `clear` removes what is left under others until its second argument says that it is over.

    It returns False if another mat is there, and may raise AcumatError. `will_s`: after so long the broker has noticed that an
    earlier run of this mat was cut off.
    """

    def __init__(self, path: Path, current: Published, clear: Clear, will_s: float) -> None:
        self._path = path
        self._current = current
        self._clear = clear
        self._will_s = will_s
        self._done = False
        self._over = threading.Event()
        self._storing = threading.Lock()

    def on_connected(self) -> None:
        """The broker is there. A thread of its own clears what is left, once in a run."""
        if not self._done:
            self._over = threading.Event()
            threading.Thread(target=self.clear, args=(self._over,), name="former topics", daemon=True).start()

    def on_disconnected(self) -> None:
        """Clear no more: after a reload the next run in this process may use these topics again."""
        with self._storing:
            self._over.set()

    def clear(self, over: threading.Event) -> None:
        """Clear everything left, and store what remains; that is tried again with the next start."""
        found = self._read()
        left = tuple(each for each in found if each not in self._current.topics)
        # before anything is cleared: a power cut meanwhile must not hide what is published now
        self._store(found, now := (*left, *self._current.topics), over)
        self._store(now, (*(each for each in left if not self._cleared(each, over)), *self._current.topics), over)
        self._done = not over.is_set()

    def _store(self, before: tuple[Topics, ...], now: tuple[Topics, ...], over: threading.Event) -> None:
        with self._storing:
            if now == before or over.is_set():
                return
            try:
                with whole_file(self._path) as file:
                    file.write(json.dumps(asdict(Published(self._current.machine, now))).encode())
            except OSError as exc:
                log.warning("where the mat is published cannot be remembered: %s", exc)

    def _cleared(self, former: Topics, over: threading.Event) -> bool:
        """Whether nothing of ours is left there."""
        place = f"{former.base}/{former.mat_id}"
        try:
            # after a power cut the broker shows the earlier run of this mat as online for a while
            ours = self._clear(former, over.is_set) or (not over.wait(self._will_s) and self._clear(former, over.is_set))
        except AcumatError as exc:
            log.warning("what the mat has left on the broker as %s stays there until the next start: %s", place, exc)
            return False
        if over.is_set():
            return False
        if ours:
            log.info("what the mat has left on the broker as %s is cleared", place)
        else:
            log.info("another mat is online as %s, where this one was before; it is left alone", place)
        return True

    def _read(self) -> tuple[Topics, ...]:
        try:
            found = read_file(Published, self._path)
        except UnreadableError:
            return ()
        return found.topics if found.machine == self._current.machine else ()
