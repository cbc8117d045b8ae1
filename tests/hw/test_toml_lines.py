"""The line of every key of a TOML text."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from acumat_hw.toml_lines import line_of, locate


def paths_in(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    here = {path} if path else set()
    if isinstance(value, dict):
        return here.union(*(paths_in(each, (*path, key)) for key, each in value.items()))
    if isinstance(value, list):
        return here.union(*(paths_in(each, (*path, index)) for index, each in enumerate(value)))
    return here


names = st.sampled_from(["a", "b", "c", '"d.e"', "'f]]'", '"g#\\""', "1", "h-i", '"\\u00e9 ="'])
dotted = st.lists(names, min_size=1, max_size=3).map(" . ".join)
blank = st.sampled_from(["", "\n", " # ]] = [x]\n", "\n\n"])
scalars = st.sampled_from(
    [
        "1",
        "1979-05-27 07:32:00",
        '"x # [y]"',
        "'z = ]'",
        '"""\n[q]\n\\""" k = 1\n"""',
        "'''\n[[r]]''''",
        '""',
        '"""a"""""',
        "-inf",
    ]
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.tuples(st.lists(st.tuples(blank, inner), max_size=3), blank).map(
            lambda parts: "[" + ",".join(gap + item for gap, item in parts[0]) + parts[1] + "]"
        )
        | st.lists(st.tuples(dotted, inner), max_size=2).map(
            lambda pairs: "{" + ", ".join(f"{key} = {item}" for key, item in pairs) + "}"
        )
    ),
    max_leaves=5,
)
statements = st.one_of(
    st.tuples(dotted, values).map(lambda pair: f"{pair[0]} = {pair[1]} # end"),
    dotted.map(lambda key: f"[ {key} ] # [[no]]"),
    dotted.map(lambda key: f"[[{key}]]"),
    st.just("  # comment = 1"),
    st.just(""),
)


def parsed(statement_list: list[str], newline: str) -> tuple[str, dict[str, Any]]:
    """The longest text that tomllib accepts when statements it refuses are left out."""
    text, data = "", {}
    for statement in statement_list:
        try:
            data = tomllib.loads(text + statement + newline)
        except tomllib.TOMLDecodeError:
            continue
        text += statement + newline
    return text, data


@given(st.lists(statements, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_the_locator_finds_exactly_the_paths_that_tomllib_finds(statement_list: list[str], newline: str) -> None:
    text, data = parsed(statement_list, newline)
    assert set(locate(text)) == paths_in(data)


@given(st.lists(statements, max_size=8), st.integers(0, 5))
def test_a_key_stands_on_its_line(statement_list: list[str], more: int) -> None:
    text, _ = parsed(statement_list, "\n")
    text += "\n" * more
    expected = text.count("\n") + 2
    lines = locate(text + '[zz]\n"k k" = 1\n')
    assert lines["zz", "k k"] == expected
    assert line_of(lines, ("zz", "missing", 3)) == expected - 1
