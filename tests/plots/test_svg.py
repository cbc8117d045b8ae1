"""Whatever text comes in, the markup stays well-formed and says the same."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.plots.plot import Table, table
from acumat.plots.svg import NO_TEXT, element, escaped, picture, words

anything = st.text(st.characters())


@given(anything)
def test_text_comes_back_as_it_went_in(text: str) -> None:
    root = ET.fromstring(element("text", escaped(text), title=text))
    said = NO_TEXT.sub("\ufffd", text)
    assert (root.text or "") == said.replace("\r\n", "\n").replace("\r", "\n")
    assert root.get("title", "").split() == said.split()


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '" onload="x', "&amp;", "a\x00b", "\ud800", "]]>", "<!--"])
def test_markup_and_what_no_document_may_hold_is_text(text: str) -> None:
    svg = picture("p", text, text, (10, 10), words(text, 1, 2))
    root = ET.fromstring(svg)
    assert [each.tag.rpartition("}")[2] for each in root] == ["title", "desc", "text"]
    assert set(root.keys()) == {"class", "id", "role", "aria-labelledby", "viewBox"}
    svg.encode("utf-8")


def test_numbers_have_one_digit_and_names_their_signs() -> None:
    assert element("g", class_="a", stroke_width=1.25, x=2.0, y=3) == '<g class="a" stroke-width="1.2" x="2" y="3"/>'


@given(st.lists(st.lists(anything, min_size=2, max_size=2).map(tuple), max_size=4))
def test_a_table_has_all_of_its_rows(rows: list[tuple[str, ...]]) -> None:
    root = ET.fromstring(table(Table(("day", "minutes"), tuple(rows)), "Minutes"))
    body = root.find("tbody")
    assert body is not None
    assert len(body) == len(rows)
    assert [each.get("scope") for each in root.iter("th")] == ["col", "col", *["row"] * len(rows)]
