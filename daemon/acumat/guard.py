"""Guards each step of the daemon: an error in a step is logged and counted, and everything else continues.

The text of an exception may quote what a person has answered or what was stored, so that neither log nor health shows it: the
log names the place in the code and the kind of the error. KeyboardInterrupt and SystemExit pass: they mean the process.
MemoryError does not: a message that is too large must not end the daemon.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar, TypeVarTuple

from acumat.contract.state import Condition

log = logging.getLogger(__name__)

LOG_EVERY_S = 60.0
"""The same failure is logged once in so long, with how often it came since."""
SHOWN_S = 3600.0
"""So long health shows the last failure."""
KINDS_KEPT = 100

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class Guard:
    """Runs steps and records failures. May be used from any thread; `monotonic` is the machine's clock."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._steps: dict[str, _Step] = {}
        self._logged: dict[tuple[str, str], tuple[float, int]] = {}
        """By part and kind: when it was logged last, and how often it has come since."""
        self._shown_s: float | None = None
        self._condition = Condition()
        self.failures = 0

    @property
    def condition(self) -> Condition:
        """The failure within the last hour; ok if there was none."""
        if self._shown_s is not None and self._monotonic() - self._shown_s >= SHOWN_S:
            self._shown_s, self._condition = None, Condition()
        return self._condition

    def step(self, part: str) -> _Step:
        """For `with`: a failure of the step is logged and counted, and ends there. `part` names it in log and health."""
        found = self._steps.get(part)
        if found is None:  # one for each part: the loop goes through a score of them for each reported frame
            found = self._steps[part] = _Step(self, part)
        return found

    def do(self, part: str, step: Callable[[*Arguments], object], *arguments: *Arguments) -> None:
        """As `step` around one call, at a third of its price: the loop has a score of them for each reported frame."""
        try:
            step(*arguments)
        except Exception as exc:  # noqa: BLE001  as in `run`
            self.failed(part, exc)

    def run(
        self, part: str, step: Callable[[], Result], otherwise: Result, *, passes: type[Exception] | tuple[()] = ()
    ) -> Result:
        """The result of the step; `otherwise` if it raises anything except for `passes`."""
        try:
            return step()
        except passes:
            raise
        except Exception as exc:  # noqa: BLE001  this is the one place where anything may be caught: see the module's text
            self.failed(part, exc)
            return otherwise

    def failed(self, part: str, exc: Exception) -> None:
        """Log and count a caught error."""
        kind, now_s = type(exc).__name__, self._monotonic()
        with self._lock:
            self.failures += 1
            if len(self._logged) > KINDS_KEPT:
                self._logged.clear()
            logged_s, since = self._logged.get((part, kind), (None, 0))
            if logged_s is not None and now_s - logged_s < LOG_EVERY_S:
                self._logged[part, kind] = (logged_s, since + 1)
                return
            self._logged[part, kind] = (now_s, 0)
            text = f"A step of the daemon failed ({part}) and was left out; {self.failures} such failures since the start. "
            self._condition = Condition("step_failed", f"{text}Look at the log, and please report it: journalctl -u acumat.")
            self._shown_s = now_s
        again = f" ({since} more times since it was logged last)" if since else ""
        where = "".join(traceback.format_tb(exc.__traceback__))
        log.error("%s failed and is left out%s: %s at\n%s", part, again, kind, where)


class _Step:
    """A guarded step; `failed` says whether it failed when it was done last. What is no Exception passes."""

    __slots__ = ("_guard", "_part", "failed")

    def __init__(self, guard: Guard, part: str) -> None:
        self._guard = guard
        self._part = part
        self.failed = False

    def __enter__(self) -> _Step:
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None) -> bool:
        self.failed = isinstance(error, Exception)
        if not isinstance(error, Exception):
            return False
        self._guard.failed(self._part, error)
        return True
