"""A terminal's memory of what was written to it: enough of one to read the screen as a person does."""

from __future__ import annotations

import codecs
import re

SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n])")
UNFINISHED = re.compile(r"(\x1b(\[\??[0-9;]*)?)?")


class Emulator:
    """`rows` of text; colours are left out, but `colours` has every code that was set."""

    def __init__(self, columns: int, rows: int) -> None:
        self._next_size = (columns, rows)
        self.other_screen = False
        self.cursor_shown = True
        self.colours: set[str] = set()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._left = ""
        self._clear()

    def resize(self, columns: int, rows: int) -> None:
        """From the next clearing on: until then what is written was meant for the window as it was."""
        self._next_size = (columns, rows)

    def feed(self, data: bytes) -> None:
        """Take what was read. It may end within a sign or a sequence: the rest comes with the next."""
        text = self._left + self._decoder.decode(data)
        end = 0
        while match := SEQUENCE.match(text, end):
            private, numbers, command, control, sign = match.groups()
            end = match.end()
            if sign is not None:
                self._put(sign)
            elif control == "\r":
                self._column = 0
            elif control == "\n":
                self._row += 1
            else:
                self._obey(private, numbers, command)
        self._left = text[end:]
        assert UNFINISHED.fullmatch(self._left), f"not understood: {self._left!r}"

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
        self.size = self._next_size
        self._row = self._column = 0
        self._cells = [[" "] * self.size[0] for _ in range(self.size[1])]
