"""A terminal's memory of what was written to it: enough of one to read the screen as a person does."""

from __future__ import annotations

import re

SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])|(\n)|([^\x1b\n])")


class Emulator:
    """`rows` of text; colours are left out, but `colours` has every code that was set."""

    def __init__(self, columns: int, rows: int) -> None:
        self.size = (columns, rows)
        self.other_screen = False
        self.cursor_shown = True
        self.colours: set[str] = set()
        self._left = ""
        self._row = self._column = 0
        self._cells: list[list[str]] = []
        self._clear()

    def resize(self, columns: int, rows: int) -> None:
        self.size = (columns, rows)
        self._clear()

    def feed(self, text: str) -> None:
        text = self._left + text
        end = 0
        for match in SEQUENCE.finditer(text):
            private, numbers, command, newline, sign = match.groups()
            end = match.end()
            if sign is not None:
                self._put(sign)
            elif newline is not None:
                self._row, self._column = self._row + 1, 0
            else:
                self._obey(private, numbers, command)
        self._left = text[end:]

    @property
    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self._cells]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def _put(self, sign: str) -> None:
        columns, rows = self.size
        assert self._row < rows, "written below the last row"
        assert self._column < columns, f"written beyond the last column: {self.lines[self._row]}"
        self._cells[self._row][self._column] = sign
        self._column += 1

    def _obey(self, private: str, numbers: str, command: str) -> None:
        if private:
            self.other_screen = command == "h" if numbers == "1049" else self.other_screen
            self.cursor_shown = command == "h" if numbers == "25" else self.cursor_shown
        elif command == "H":
            row, column = numbers.split(";")
            self._row, self._column = int(row) - 1, int(column) - 1
        elif command == "J":
            self._clear()
        elif command == "K":
            self._cells[self._row][self._column :] = [" "] * (self.size[0] - self._column)
        else:
            assert command == "m", command
            self.colours.add(numbers)

    def _clear(self) -> None:
        self._row = self._column = 0
        self._cells = [[" "] * self.size[0] for _ in range(self.size[1])]
