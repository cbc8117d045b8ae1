"""Data becomes a dataclass exactly where every value has its type, and every fault is reported with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.typed_data import Fault, Rule, Secret, read

EVEN = Rule(lambda number: "" if number % 2 == 0 else "is odd")
SHORT = Rule(lambda text: "is too long" if len(text) > 3 else "", quotes=False)
KNOWN = ("places", "rest", "shape", "size", "tags", "when")


@dataclass(frozen=True)
class Round:
    kind: Literal["round"] = "round"
    radius: float = 1.0


@dataclass(frozen=True)
class Square:
    kind: Literal["square"] = "square"
    side: Annotated[int, EVEN] = 2


@dataclass(frozen=True)
class Place:
    x: float
    y: float | None = None


@dataclass(frozen=True)
class Thing:
    size: Annotated[int, EVEN]
    shape: Round | Square = field(default_factory=Round)
    tags: Mapping[str, tuple[float, bool]] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    when: datetime | None = None
    rest: Thing | None = None


@dataclass(frozen=True)
class Login:
    name: Annotated[str, SHORT] | None = None
    word: Annotated[str, SHORT, Secret()] | None = None
    host: Annotated[str, Rule(lambda text: "is wrong" if "@" in text else ""), Secret(lambda value: "@" in str(value))] = ""
    level: Literal["2/3", 1, 2] = 1


NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "thing"),
    [
        ({"size": 2}, Thing(2)),
        ({"size": 2, "rest": {"size": 4}}, Thing(2, rest=Thing(4))),
        ({"size": 0, "rest": None, "when": NOON}, Thing(0, when=NOON)),
        ({"size": 2, "shape": {}}, Thing(2, Round())),
        ({"size": 2, "shape": {"radius": 3}}, Thing(2, Round(radius=3.0))),
        ({"size": 2, "shape": {"kind": "square", "side": 4}}, Thing(2, Square(side=4))),
        ({"size": 2, "tags": {"a": [1, True]}}, Thing(2, tags={"a": (1.0, True)})),
        ({"size": 2, "places": [{"x": 1}, {"x": 2, "y": None}]}, Thing(2, places=(Place(1.0), Place(2.0)))),
    ],
)
def test_data_of_the_right_types_becomes_the_dataclass(data: object, thing: Thing) -> None:
    found, faults = read(Thing, data, ignore_unknown=False)
    assert (found, faults) == (thing, [])


def test_a_whole_number_is_taken_as_a_float_and_is_one_afterwards() -> None:
    found, _ = read(Place, {"x": 3}, ignore_unknown=False)
    assert found is not None
    assert isinstance(found.x, float)


TEXT = "is not possible; allowed: text in quotes"
NUMBER = "is not possible; allowed: a number"
WRONG: list[tuple[type, object, list[tuple[tuple[str | int, ...], str]]]] = [
    (Thing, 1, [((), "1 is not possible; allowed: a table")]),
    (Thing, {}, [(("size",), "is missing")]),
    (Thing, {"size": 3}, [(("size",), "3 is odd")]),
    (Thing, {"size": True}, [(("size",), "true is not possible; allowed: a whole number")]),
    (Thing, {"size": 2.0}, [(("size",), "2.0 is not possible; allowed: a whole number")]),
    (Thing, {"size": None}, [(("size",), "this is not possible; allowed: a whole number")]),
    (Thing, {"size": 2, "shape": []}, [(("shape",), "a list is not possible; allowed: a table")]),
    (
        Thing,
        {"size": 2, "shape": {"kind": "squire", "side": "x"}},
        [(("shape", "kind"), '"squire" is not possible; allowed: "round", "square"')],
    ),
    (Thing, {"size": 2, "shape": {"kind": []}}, [(("shape", "kind"), 'a list is not possible; allowed: "round", "square"')]),
    (Thing, {"size": 2, "shape": {"kind": "square", "side": 1}}, [(("shape", "side"), "1 is odd")]),
    (Thing, {"size": 2, "tags": []}, [(("tags",), "a list is not possible; allowed: a table")]),
    (Thing, {"size": 2, "tags": {"a": [1]}}, [(("tags", "a"), "a list is not possible; allowed: a list of 2")]),
    (Thing, {"size": 2, "tags": {"a": ["x", 1]}}, [
        (("tags", "a", 0), f'"x" {NUMBER}'), (("tags", "a", 1), "1 is not possible; allowed: true or false")
    ]),
    (Thing, {"size": 2, "places": {"x": 1}}, [
        (("places",), "a table is not possible; allowed: a list of tables, each under [[places]]")
    ]),
    (Thing, {"size": 2, "places": [{"x": 1}, {"y": "x"}]}, [
        (("places", 1, "y"), f'"x" {NUMBER}'), (("places", 1, "x"), "is missing")
    ]),
    (Place, {"x": float("nan")}, [(("x",), "nan is not possible; allowed: a finite number")]),
    (Place, {"x": float("inf")}, [(("x",), "inf is not possible; allowed: a finite number")]),
    (Place, {"x": False}, [(("x",), f"false {NUMBER}")]),
    (Thing, {"size": 2, "when": date(2026, 1, 1)}, [
        (("when",), "this is not possible; allowed: a date with a time, such as 2026-11-24T18:00:00Z")
    ]),
    (Login, {"name": "long name"}, [(("name",), "is too long")]),
    (Login, {"level": True}, [(("level",), 'true is not possible; allowed: "2/3", 1, 2')]),
    (Login, {"level": "1"}, [(("level",), '"1" is not possible; allowed: "2/3", 1, 2')]),
    (Login, {"name": 1, "word": 4711}, [
        (("name",), f"1 {TEXT}"), (("word",), f"the value {TEXT}")
    ]),
    (Login, {"host": "u:pw@h"}, [(("host",), "the value is wrong")]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "data", "faults"), WRONG)
def test_every_fault_is_reported_with_its_place(
    kind: type, data: object, faults: list[tuple[tuple[str | int, ...], str]]
) -> None:
    found, reported = read(kind, data, ignore_unknown=False)
    assert found is None
    assert [(each.path, each.text) for each in reported] == faults


def test_a_number_that_equals_a_choice_is_that_choice() -> None:
    found, _ = read(Login, {"level": 2.0}, ignore_unknown=False)
    assert found is not None
    assert repr(found.level) == "2"


def test_a_key_that_is_no_field_is_a_fault_or_ignored() -> None:
    data = {"size": 2, "siez": 1, "rest": {"size": 4, "x": 1}}
    assert read(Thing, data, ignore_unknown=True) == (Thing(2, rest=Thing(4)), [])
    text = f"not a known key; allowed: {', '.join(KNOWN)}"
    assert read(Thing, data, ignore_unknown=False) == (
        None,
        [Fault(("rest", "x"), text, "x", KNOWN), Fault(("siez",), text, "siez", KNOWN)],
    )


numbers = st.floats(allow_nan=False, allow_infinity=False)
places = st.builds(Place, numbers, st.none() | numbers)
things = st.recursive(
    st.builds(
        Thing,
        st.integers().map(lambda number: 2 * number),
        st.builds(Round, radius=numbers) | st.builds(Square, side=st.integers().map(lambda number: 2 * number)),
        st.dictionaries(st.text(), st.tuples(numbers, st.booleans()), max_size=2),
        st.lists(places, max_size=2).map(tuple),
    ),
    lambda inner: st.builds(Thing, st.just(0), rest=inner),
    max_leaves=3,
)


@given(things)
def test_what_was_written_as_json_is_read_as_it_was(thing: Thing) -> None:
    assert read(Thing, json.loads(json.dumps(asdict(thing))), ignore_unknown=False) == (thing, [])


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["size", "shape", "kind", "tags", "places", "rest", "x"]), inner)
    ),
    max_leaves=8,
)


@given(anything)
def test_any_data_is_read_or_has_a_fault(data: object) -> None:
    found, faults = read(Thing, data, ignore_unknown=False)
    assert (found is None) == bool(faults)
    if found is not None:
        assert isinstance(data, dict)
        assert found.size == data["size"]
