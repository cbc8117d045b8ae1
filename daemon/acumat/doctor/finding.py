"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: `warn` works, but less well than it could."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `what` was looked at, the cause and a hint in words. `code` names the cause; it is `ok` where all is well."""

    level: Level
    what: str
    code: str
    cause: str
    hint: str = ""

    @property
    def line(self) -> str:
        """For people."""
        return f"{self.level:<5} {self.what}: {' '.join(part for part in (self.cause, self.hint) if part)}"

    def document(self) -> dict[str, str]:
        """For programs."""
        return {"level": self.level, "what": self.what, "code": self.code, "cause": self.cause, "advice": self.hint}


def ok(what: str, text: str) -> Finding:
    """All is well with it."""
    return Finding(Level.OK, what, "ok", text)


def warn(what: str, code: str, cause: str, hint: str) -> Finding:
    """It works, but should be looked at."""
    return Finding(Level.WARN, what, code, cause, hint)


def fail(what: str, code: str, cause: str, hint: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAIL, what, code, cause, hint)
