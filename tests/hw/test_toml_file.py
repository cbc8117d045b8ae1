"""TOML within bounds: what comes out can be computed with and walked through, and what does not is named with its line."""

from __future__ import annotations

import math
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat_hw.errors import InputError
from acumat_hw.toml_file import MAX_DEPTH, key_text, parse_toml, read_toml

HOSTILE = [
    ("\na = " + "9" * 400, "x:2: a: the number is too large"),
    ("b = [1,\n -99999999999999999999]", "x:2: b[2]: the number is too large"),
    ("[t]\nc = 0x" + "f" * 3000, "x:2: t.c: the number is too large"),
    ("a = " + "9" * 5000, "x:1: the line has more than 4000 characters"),
    ("\n" + "a." * 100_000 + "b = 1", "x:2: the line has more than 4000 characters"),
    ("a = " + "[\n" * 20_000, "x: brackets or numbers in it are too long"),
    ("a = " + "[" * 100 + "]" * 100, "x: a[1]: is nested more than 16 deep"),
    ("[" + ".".join("abcdefghijklmnopqrstuvwxyz") + "]", "x: a.b: is nested more than 16 deep"),
    ("a = 1\na = 2", "x:2: not valid TOML: Cannot overwrite a value"),
    ("a.b = 1\n[a]\nb = 2", "x:2: not valid TOML"),
    ("a = 192.168.1.5", "x:1: not valid TOML: Expected newline or end of document after a statement; text belongs in quotes"),
    ("a = 1\nb = nas\n", "x:2: not valid TOML: Invalid value; text belongs in quotes"),
    ('"\\u001b[2J" = 99999999999999999999', "x:1: \\x1b[2J: the number is too large"),
]


@pytest.mark.parametrize(("text", "says"), HOSTILE, ids=[str(number) for number in range(len(HOSTILE))])
def test_what_is_beyond_the_bounds_is_named(text: str, says: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_toml(text, "x")
    assert str(raised.value).startswith(says)
    assert str(raised.value).isprintable()


def test_several_numbers_are_named_in_the_order_of_the_file() -> None:
    with pytest.raises(InputError) as raised:
        parse_toml(f"a = {2**63}\nb = {2**63 - 1}\nc = {-(2**63) - 1}", "x")
    assert [line.split(": the")[0] for line in str(raised.value).splitlines()] == ["x:1: a", "x:3: c"]


def test_numbers_of_64_bits_and_nesting_within_the_bound_are_taken() -> None:
    deep = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    data = parse_toml(f"a = {2**63 - 1}\nb = {-(2**63)}\nc = {deep}", "x").data
    assert (data["a"], data["b"]) == (2**63 - 1, -(2**63))


def test_a_file_is_read_with_its_byte_order_mark_and_lines(tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_bytes(b"\xef\xbb\xbf[a]\r\nb = 1\r\n")
    document = read_toml(tmp_path / "f.toml")
    assert document.data == {"a": {"b": 1}}
    assert document.lines()["a", "b"] == 2


def safe(value: object) -> bool:
    match value:
        case dict():
            return all(safe(each) for each in value.values())
        case list():
            return all(safe(each) for each in value)
        case int() | float():
            return not math.isinf(value * 1e100) or isinstance(value, float)
    return isinstance(value, str | datetime | date | time)


LINES = st.lists(
    st.sampled_from(
        [
            "a",
            "[a]",
            "[[a]]",
            "a = ",
            "b = {",
            "}",
            "]",
            "[",
            ",",
            '"',
            "'''",
            "1",
            "9" * 30,
            "nan",
            "1e999",
            "\\",
            "#",
            "=",
            "\r",
        ]
    )
    | st.text(max_size=4),
    max_size=30,
)


@given(LINES, st.sampled_from(["\n", " ", ""]))
def test_any_text_is_safe_values_or_an_input_error(parts: list[str], between: str) -> None:
    try:
        document = parse_toml(between.join(parts), "x")
    except InputError:
        return
    assert safe(document.data)
    assert all(key_text(loc).isprintable() for loc in document.lines())
