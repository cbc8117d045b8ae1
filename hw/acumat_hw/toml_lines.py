"""The line of each key of a TOML file, so that a message about a value can name it.

tomllib gives lines for syntax errors only. This scanner takes a text that tomllib has already accepted and maps every path
(keys, and indices in arrays) to the line on which it starts. It reads structure alone; values stay tomllib's business.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}\n#]*")
_STRINGS = (
    re.compile(r'"""(?:\\.|(?!""").)*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:(?!''').)*'{3,5}", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\])*"'),
    re.compile(r"'[^']*'"),
)


def locate(text: str) -> dict[Path, int]:
    """The line (from 1) of every path in a valid TOML text.

    Tables, keys, array elements and the tables that a dotted name implies all get an entry; `[[x]]` counts from
    `("x", 0)`. What it does for a text that tomllib refuses is undefined.
    """
    scanner = _Scanner(text)
    scanner.run()
    return scanner.lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest thing around it that is written down; 1 if there is none."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


class _Scanner:
    """One walk over the text; `at` is the position of the next character not yet read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._last_index: dict[Path, int] = {}  # of each array of tables, by its full path
        self._counted_to = 0
        self._line = 1

    def run(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> Path:
        line = self._line_here()
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        names = self._dotted_key()
        self.at += brackets
        *parents, last = names
        path: Path = ()
        for name in parents:
            path = self._into((*path, name), line)
        path = (*path, last)
        self.lines.setdefault(path, line)
        if brackets == 1:
            return path
        self._last_index[path] = self._last_index.get(path, -1) + 1
        return self._into(path, line)

    def _into(self, path: Path, line: int) -> Path:
        """The table that a name stands for: of an array of tables, its newest element."""
        self.lines.setdefault(path, line)
        if path in self._last_index:
            path = (*path, self._last_index[path])
            self.lines.setdefault(path, line)
        return path

    def _pair(self, table: Path) -> None:
        line = self._line_here()
        path = table
        for name in self._dotted_key():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self._skip(_SPACE)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _dotted_key(self) -> list[str]:
        names = []
        while True:
            self._skip(_SPACE)
            names.append(self._key())
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def _key(self) -> str:
        if self.text[self.at] not in "\"'":
            return self._take(_BARE_KEY)
        quoted = self._take(_STRINGS[2] if self.text[self.at] == '"' else _STRINGS[3])
        return str(tomllib.loads(f"key = {quoted}")["key"])

    def _value(self, path: Path) -> None:
        first = self.text[self.at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in "\"'":
            self._take(next(pattern for pattern in _STRINGS if pattern.match(self.text, self.at)))
        else:
            self._skip(_BARE_VALUE)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._next_item("]"):
            self.lines[*path, index] = self._line_here()
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._next_item("}"):
            self._pair(path)

    def _next_item(self, end: str) -> bool:
        """Move to the next item between commas; False once the closing bracket has been read."""
        self._skip(_BLANK)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_BLANK)
        if self.text[self.at] != end:
            return True
        self.at += 1
        return False

    def _line_here(self) -> int:
        self._line += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        return self._line

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._take(pattern)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"line {self._line_here()}: this is not TOML; parse the text with tomllib first")
        self.at = found.end()
        return found.group()
