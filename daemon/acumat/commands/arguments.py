"""What a command may carry: kinds of argument, each of which checks a value from outside."""

from __future__ import annotations

import math
from dataclasses import dataclass


class ArgumentError(ValueError):
    """The argument does not take this value; the message is a sentence that says what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """True or false. `wrong` replaces the sentence for any other value."""

    key: str
    help: str
    required: bool = False
    default: bool | None = None
    wrong: str = ""

    def check(self, value: object) -> bool:
        """The value. Raises ArgumentError if it is no boolean."""
        if not isinstance(value, bool):
            raise ArgumentError(self.wrong or f"{self.key} must be true or false.")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One word of a list."""

    key: str
    help: str
    choices: tuple[str, ...]
    required: bool = False
    default: str | None = None

    def check(self, value: object) -> str:
        """The word. Raises ArgumentError if it is not in the list."""
        if not isinstance(value, str) or value not in self.choices:
            one_of = " or ".join(self.choices) if len(self.choices) == 2 else f"one of {', '.join(self.choices)}"
            raise ArgumentError(f"{self.key} must be {one_of}.")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number from `least` to `most`. `whole` takes integers alone; `clamped` takes any number and moves it into the range."""

    key: str
    help: str
    least: int
    most: int
    whole: bool = False
    clamped: bool = False
    required: bool = False
    default: float | None = None

    def check(self, value: object) -> float:
        """The number within the range. Raises ArgumentError if it is none, or out of the range and not clamped."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            raise ArgumentError(self._wanted)
        inside = min(max(value, self.least), self.most)
        if math.isnan(inside) or (inside != value and not self.clamped):
            raise ArgumentError(self._wanted)
        return inside

    @property
    def _wanted(self) -> str:
        if self.clamped:
            return f"{self.key} must be a number."
        return f"{self.key} must be a {'whole ' * self.whole}number from {self.least} to {self.most}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text on one line; the parser bounds its length."""

    key: str
    help: str
    required: bool = False
    default: str | None = None

    def check(self, value: object) -> str:
        """The text. Raises ArgumentError if it is none, or empty."""
        if not isinstance(value, str) or not value:
            raise ArgumentError(f"{self.key} must be a text.")
        return value


Argument = Flag | Choice | Number | Text


def may_be_null(argument: Argument) -> bool:
    """Whether null stands for "not given"."""
    return not argument.required and argument.default is None
