"""A new configuration for the running daemon. It is applied if it has no problem, else the last good one stays."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from acumat.contract.state import Condition
from acumat_hw.errors import InputError

log = logging.getLogger(__name__)


class Reload:
    """Reads the configuration on request. `read` returns whether it is new; raises InputError, one problem a line."""

    def __init__(self, read: Callable[[], bool], rejected: str = "") -> None:
        """`rejected`: the problems of a new configuration that failed at its start, so that the last good one runs again."""
        self._read = read
        self._requested = False
        self.condition = _condition(rejected)

    def ask(self) -> None:
        """May be called from a signal handler."""
        self._requested = True

    def due(self) -> bool:
        """Whether the daemon should end in favour of one with the configuration just read."""
        if not self._requested:
            return False
        self._requested = False
        try:
            new = self._read()
        except InputError as exc:
            return self._rejected(str(exc))
        except Exception as exc:  # noqa: BLE001  a file must not end the daemon
            return self._rejected(unforeseen(exc, "it cannot be read"))
        self.condition = Condition()
        log.info("the configuration is %s", "new: starting over with it" if new else "as it was")
        return new

    def _rejected(self, problems: str) -> bool:
        self.condition = _condition(problems)
        for line in problems.splitlines():
            log.error("%s", line)
        log.error("the new configuration is not used; the last good one stays in use")
        return False


def unforeseen(error: Exception, what: str) -> str:
    """The sentence for a fault inside acumat.

    The log gets the place; the text of the error stays out, since it may quote a password.
    """
    log.error("%s in\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return f"{what} ({type(error).__name__}); run: acumat check-config"


def _condition(problems: str) -> Condition:
    if not problems:
        return Condition()
    text = f"The configuration was not taken over, the last good one goes on: {'; '.join(problems.splitlines())}"
    return Condition("config_rejected", text)
