"""Plain data of TOML or JSON read into dataclasses by their type hints: every fault at once, each with its place.

The hints may be str, bool, int, float, datetime, `Literal`, a dataclass, `X | None`, `tuple[X, ...]`, `tuple[X, Y]`,
`Mapping[str, X]`, and a union of dataclasses that a `Literal` in their field `kind` distinguishes. `Annotated` adds Rules.
Types are strict: a whole number is taken as a float, and nothing else is converted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from acumat_hw.text_file import shown_text

Path = tuple[str | int, ...]
T = TypeVar("T")

TYPE_WORDS: Mapping[type, str] = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    datetime: "a date with a time, such as 2026-11-24T18:00:00Z",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on a value of the right type. `fault` returns what is wrong, empty if nothing is.

    `quotes`: the message begins with the value.
    """

    fault: Callable[[Any], str]
    quotes: bool = True


@dataclass(frozen=True, slots=True)
class Secret:
    """Marks a value that no message quotes where `hides` is true of it."""

    hides: Callable[[object], bool] = lambda _value: True


@dataclass(frozen=True, slots=True)
class Fault:
    """The fault at one place; `known` are the words that may be meant by `word`."""

    path: Path
    text: str
    word: str = ""
    known: tuple[str, ...] = ()


def read(kind: type[T], data: object, *, ignore_unknown: bool) -> tuple[T | None, list[Fault]]:
    """The dataclass that a table describes, or None and all that is wrong with it.

    `ignore_unknown`: keys that are no field are ignored, not faults. Raises RecursionError for data nested beyond reason.
    """
    reader = _Reader(ignore_unknown=ignore_unknown)
    value: T = reader.value(kind, data, ())
    return (None, reader.faults) if reader.faults else (value, [])


class _Reader:
    """One walk over the data. What a method returns is meaningless once there is a fault."""

    def __init__(self, *, ignore_unknown: bool) -> None:
        self._ignore_unknown = ignore_unknown
        self.faults: list[Fault] = []

    def value(self, hint: Any, value: object, at: Path, *, secret: bool = False) -> Any:  # noqa: ANN401  the hint says what
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._ruled(arguments[0], arguments[1:], value, at)
        if origin is Union or origin is UnionType:
            return self._either(arguments, value, at, secret=secret)
        if origin is Literal:
            return self._choice(arguments, value, at)
        if origin is tuple:
            return self._sequence(arguments, value, at)
        if origin is Mapping:
            return self._mapping(arguments[1], value, at)
        if is_dataclass(hint):
            return self._table(hint, value, at)
        return self._plain(hint, value, at, secret=secret)

    def _ruled(self, hint: Any, rules: Sequence[object], value: object, at: Path) -> Any:  # noqa: ANN401
        secret = any(isinstance(each, Secret) and each.hides(value) for each in rules)
        before = len(self.faults)
        found = self.value(hint, value, at, secret=secret)
        for rule in rules:
            if len(self.faults) > before:
                break
            if isinstance(rule, Rule) and (wrong := rule.fault(found)):
                self.faults.append(Fault(at, f"{_shown(value, secret=secret)} {wrong}" if rule.quotes else wrong))
        return found

    def _either(self, hints: Sequence[Any], value: object, at: Path, *, secret: bool) -> Any:  # noqa: ANN401
        if value is None and NoneType in hints:
            return None
        others = [each for each in hints if each is not NoneType]
        if len(others) == 1:
            return self.value(others[0], value, at, secret=secret)
        kinds = {get_args(_hints(each)["kind"])[0]: each for each in others}
        return self._variant(kinds, value, at)

    def _variant(self, kinds: Mapping[str, type], value: object, at: Path) -> Any:  # noqa: ANN401
        named = value.get("kind", next(iter(kinds))) if isinstance(value, dict) else next(iter(kinds))
        if not isinstance(named, str) or named not in kinds:
            self._choice(tuple(kinds), named, (*at, "kind"))
            return None
        return self._table(kinds[named], value, at)

    def _choice(self, choices: Sequence[object], value: object, at: Path) -> Any:  # noqa: ANN401
        for each in choices:
            if value == each and isinstance(value, bool) == isinstance(each, bool):
                return each
        listed = ", ".join(f'"{each}"' if isinstance(each, str) else str(each) for each in choices)
        self.faults.append(Fault(at, _not_possible(value, listed), str(value), tuple(map(str, choices))))
        return None

    def _sequence(self, hints: Sequence[Any], value: object, at: Path) -> Any:  # noqa: ANN401
        endless = hints[-1] is Ellipsis
        if not isinstance(value, list) or not (endless or len(value) == len(hints)):
            many = f"a list of tables, each under [[{at[-1]}]]" if is_dataclass(hints[0]) else "a list"
            allowed = many if endless else f"a list of {len(hints)}"
            self.faults.append(Fault(at, _not_possible(value, allowed)))
            return ()
        return tuple(self.value(hints[0 if endless else n], each, (*at, n)) for n, each in enumerate(value))

    def _mapping(self, hint: Any, value: object, at: Path) -> Any:  # noqa: ANN401
        if not isinstance(value, dict):
            self.faults.append(Fault(at, _not_possible(value, "a table")))
            return {}
        return {key: self.value(hint, each, (*at, key)) for key, each in value.items()}

    def _table(self, kind: Any, value: object, at: Path) -> Any:  # noqa: ANN401
        if not isinstance(value, dict):
            self.faults.append(Fault(at, _not_possible(value, "a table")))
            return None
        hints, before = _hints(kind), len(self.faults)
        found = {name: self.value(hint, value[name], (*at, name)) for name, hint in hints.items() if name in value}
        self.faults += [Fault((*at, name), "is missing") for name in _required(kind) if name not in value]
        if not self._ignore_unknown:
            known = tuple(sorted(hints))
            text = f"not a known key; allowed: {', '.join(known)}"
            self.faults += [Fault((*at, key), text, str(key), known) for key in value if key not in hints]
        return kind(**found) if len(self.faults) == before else None

    def _plain(self, kind: type, value: object, at: Path, *, secret: bool) -> Any:  # noqa: ANN401
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            self.faults.append(Fault(at, _not_possible(value, TYPE_WORDS[kind], secret=secret)))
        elif isinstance(value, float) and not math.isfinite(value):
            self.faults.append(Fault(at, _not_possible(value, "a finite number", secret=secret)))
        return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


@cache
def _required(kind: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING)


def _not_possible(value: object, allowed: str, *, secret: bool = False) -> str:
    return f"{_shown(value, secret=secret)} is not possible; allowed: {allowed}"


def _shown(value: object, *, secret: bool) -> str:
    if secret:
        return "the value"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{shown_text(value)}"'
    if isinstance(value, int | float):
        return f"{value}"
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else "this"
