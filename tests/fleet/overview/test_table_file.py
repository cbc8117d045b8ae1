"""Rows as CSV: every value comes back, and no cell is a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.fleet.overview.table_file import cell, lines

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=4), max_size=4))
def test_no_cell_begins_a_formula_and_nothing_else_is_changed(rows: list[list[str]]) -> None:
    found = read(lines(rows))
    assert len(found) == len(rows)
    for row, shown in zip(rows, found, strict=True):
        for value, text in zip(row, shown, strict=True):
            assert text in (value, f"'{value}")
            assert not text.lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ('a,b"c\nd', 'a,b"c\nd'),
        ("Room 1", "Room 1"),
        (None, ""),
        (-3, "-3"),
        (-0.5, "-0.5"),
        (True, "true"),
        (False, "false"),
        (date(2026, 11, 30), "2026-11-30"),
        (datetime(2026, 11, 30, 1, 2, 3, 456_000, tzinfo=UTC), "2026-11-30T01:02:03.456+00:00"),
    ],
)
def test_values_are_written_as_programs_read_them(value: object, text: str) -> None:
    assert read(lines([["x", value]])) == [["x", text]]
    assert cell("x") == "x"
