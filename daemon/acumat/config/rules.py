"""The conditions that single values meet, each with the sentence for one that does not."""

from __future__ import annotations

import re
from collections.abc import Callable

from acumat.config.host import broker_problem, host_problem, page_problem
from acumat.typed_data import Rule

ID_PATTERN = r"[a-z0-9_-]{1,32}"
ID_WORDS = "1 to 32 of a-z, 0-9, _ and -"
SPEEDS = (0.01, 10_000)
"""A scenario may run so many times as fast as it would."""


def between(least: float, most: float) -> Rule:
    """A number within a range, both ends included."""
    return _allowed(lambda value: bool(least <= value <= most), f"{least} to {most}")


def at_least(least: float) -> Rule:
    """A number without an upper limit."""
    return _allowed(lambda value: bool(value >= least), f"{least} or more")


def matches(pattern: str, words: str) -> Rule:
    """All of a text matches a pattern."""
    return _allowed(lambda text: re.fullmatch(pattern, text) is not None, words)


def at_most(characters: int) -> Rule:
    """A text that may be empty."""
    return Rule(
        lambda text: f"is longer than {characters} characters; shorten it" if len(text) > characters else "", quotes=False
    )


def _allowed(allows: Callable[..., bool], allowed: str) -> Rule:
    return Rule(lambda value: "" if allows(value) else f"is not possible; allowed: {allowed}")


def _control(text: str, *, but: str, others: Callable[[int], bool] = lambda _code: False) -> str:
    found = any((ord(char) < 32 or 127 <= ord(char) < 160 or others(ord(char))) and char not in but for char in text)
    return "has a control character in it; allowed: characters that can be seen, and spaces" if found else ""


def _is_no_character(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _empty_level(topic: str) -> str:
    if topic.endswith("/") or "//" in topic:
        return "has an empty level; allowed: names joined by single slashes"
    return ""


def _without_shell(path: str) -> str:
    return (
        'begins with ~ or $, which only a shell replaces; write the whole path, beginning with "/"' if path[:1] in "~$" else ""
    )


def _filled(text: str) -> str:
    return "" if text.strip() else "is empty; allowed: at least one character, or leave the key out"


AN_ID = matches(ID_PATTERN, ID_WORDS)
A_TIME = matches(r"([01][0-9]|2[0-3]):[0-5][0-9]", 'a time of day such as "04:00"')
A_TOPIC = matches(r"[^/+#\s$][^+#\s]*", "an MQTT topic without spaces, + and #, not starting with / or $")
A_HOST = Rule(host_problem)
A_BROKER = Rule(broker_problem)
A_PAGE = Rule(page_problem)
FILLED = Rule(_filled, quotes=False)
WHOLE = Rule(_without_shell)
NO_EMPTY_LEVEL = Rule(_empty_level)
# a path cannot hold a NUL, and a terminal obeys the others
VISIBLE = Rule(lambda text: _control(text, but="\t\n"))
# brokers refuse these in topics and names (MQTT 5, 1.5.4)
ON_ONE_LINE = Rule(lambda text: _control(text, but="", others=_is_no_character))
A_SPEED = _allowed(lambda speed: speed == 0 or SPEEDS[0] <= speed <= SPEEDS[1], f"0, or {SPEEDS[0]:g} to {SPEEDS[1]:g}")
A_START = Rule(
    lambda at: "" if 1970 < at.year < 2200 else "is a time that no scenario began at; allowed: the years 1971 to 2199"
)
