"""Counts failed starts, so that a daemon that dies again and again comes up in a safe mode."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from acumat.contract.state import Condition
from acumat.state_folder import make_folder
from acumat.stored import UnreadableError, read_file
from acumat.whole_file import whole_file

log = logging.getLogger(__name__)

DARK_STARTS = 3
"""After this many more safe starts stored data cannot be the cause, and the sensors are not read either."""
WINDOW_S = 600.0
"""Five starts that each die just before they count as stable take less."""
STABLE_S = 60.0
KEPT = 20
BUS_HANGS = "a bus that hangs"
"""The last error of a start that the watchdog ends because of the bus."""


@dataclass(frozen=True, slots=True)
class SafeMode:
    """Why this start is a safe one, as a sentence; `dark` if the sensors are not read either."""

    text: str
    dark: bool

    @property
    def condition(self) -> Condition:
        """As health shows it."""
        return Condition("safe_mode", self.text)


@dataclass(frozen=True, slots=True)
class _Stored:
    """The file's content: starts of this boot in monotonic seconds."""

    boot_id: str
    begun_s: tuple[float, ...]
    error: str


class Starts:
    """A small file with the short starts of this boot and the last error. It may be missing or unwritable."""

    def __init__(self, path: Path, *, safe_after: int, boot_id: str, monotonic: Callable[[], float]) -> None:
        """After `safe_after` short starts within the window, the last of them is a safe one; 0: never."""
        self._path = path
        self._safe_after = safe_after
        self._boot_id = boot_id
        self._monotonic = monotonic
        self._begun_s = monotonic()
        self._counting = False
        self._safe = False
        self._tried = False
        """Whether the start before this one was ended because the bus hung, and the bus has not come back since."""

    def begin(self) -> SafeMode | None:
        """Count this start. Returns the safe mode if too many have failed."""
        earlier_s, error = self._read()
        self._tried = error == BUS_HANGS
        if self._tried:
            earlier_s = earlier_s[:-1]  # neither a safe mode nor unread sensors help a bus that hangs
        if not self._safe_after:
            return None
        now_s = self._begun_s = self._monotonic()
        begun_s = [*[each for each in earlier_s if 0 <= now_s - each <= WINDOW_S][-KEPT:], now_s]
        self._write(begun_s, "")
        self._counting = True
        self._safe = len(begun_s) >= self._safe_after
        if not self._safe:
            return None
        dark = len(begun_s) >= self._safe_after + DARK_STARTS
        what = "no stored data is used" + (", and the sensors are not read" if dark else "")
        starts = f"{len(begun_s)} starts within {WINDOW_S / 60:.0f} minutes, of which none lasted"
        text = f"{starts}; the last ended by {error or 'a kill or a hang'}. Safe mode: {what}. "
        text += "Look at the log, put right what it names, then: systemctl restart acumat."
        log.error("%s", text)
        return SafeMode(text, dark)

    def tick(self) -> None:
        """With each reported frame: note when this start has lasted long enough.

        A safe start never counts as lasting: it proves nothing.
        """
        if self._counting and not self._safe and self._monotonic() - self._begun_s >= STABLE_S:
            self.over()

    def bus_beat(self, hangs_since_s: float | None) -> float:
        """When the bus last made progress, for the watchdog. A hang causes one restart, and no other until the bus is back."""
        if hangs_since_s is None:
            self._tried = False
        return self._monotonic() if hangs_since_s is None or self._tried else hangs_since_s

    def on_starved(self, part: str) -> None:
        """The watchdog is about to end this start because of that part. If it is the bus, the start does not count."""
        if part == "bus":
            self._counting = False
            self._write(self._read()[0], BUS_HANGS)

    def failed(self, error: BaseException) -> None:
        """Note that the start has ended, by this error."""
        if self._safe_after:
            self._write(self._read()[0], _cause(error))

    def over(self) -> None:
        """Count from zero: the start has lasted, or was ended on purpose."""
        self._counting = False
        try:
            self._path.unlink(missing_ok=True)
        except OSError as exc:
            log.debug("%s: %s", self._path, exc)

    def _read(self) -> tuple[list[float], str]:
        try:
            found = read_file(_Stored, self._path)
        except UnreadableError as exc:
            log.debug("%s: %s", self._path, exc)
            return [], ""
        return (list(found.begun_s), found.error) if found.boot_id == self._boot_id else ([], "")

    def _write(self, begun_s: list[float], error: str) -> None:
        """Write it whole or not at all. A disk that cannot be written must not prevent the daemon from running."""
        stored = _Stored(self._boot_id, tuple(begun_s), error)
        try:
            make_folder(self._path.parent)
            with whole_file(self._path) as file:
                file.write(json.dumps(asdict(stored)).encode("utf-8", "replace"))
        except OSError as exc:
            log.warning("starts cannot be counted: %s", exc)


def _cause(error: BaseException) -> str:
    """What ended a start and where, without the text of the error, which may quote private data: this is published."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
