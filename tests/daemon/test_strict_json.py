"""JSON from others: whatever the text, a value that can be counted with and sent on, or a sentence that quotes nothing."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.strict_json import MAX_INT_DIGITS, NotJsonError, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.floats(-1e14, 1e14) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4),
)


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [each for inner in value.values() for each in numbers(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in numbers(inner)]
    return [value] if isinstance(value, int | float) else []


@given(VALUES)
def test_what_anybody_would_send_comes_back_as_it_was(value: Any) -> None:
    assert read_json(json.dumps(value)) == value


@given(st.text() | st.text('[]{}",:0123456789.eE+-nulltrfasINy\\ud8', max_size=200))
def test_no_text_raises_anything_else_and_what_passes_can_be_sent_and_counted_with(text: str) -> None:
    try:
        value = read_json(text)
    except NotJsonError:
        return
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    assert all(math.isfinite(float(each)) for each in numbers(value))


@pytest.mark.parametrize("digits", [*range(1, 40), 308, 309, 310, 400, 4000, 4300, 4301, 5000])
@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("tail", ["", ".0", "e0"])
def test_numbers_are_bounded_by_their_size(digits: int, sign: str, tail: str) -> None:
    text = f'{{"minutes": {sign}{"9" * digits}{tail}}}'
    if digits < MAX_INT_DIGITS or (digits == MAX_INT_DIGITS and not tail):
        assert abs(read_json(text)["minutes"]) < 10**MAX_INT_DIGITS
    elif digits > MAX_INT_DIGITS:
        with pytest.raises(NotJsonError, match=r"^A number (has more than 15 digits|is too large)\.$"):
            read_json(text)


@pytest.mark.parametrize("text", ["[" * 32 + "1" + "]" * 32, '{"a":' * 32 + "1" + "}" * 32, "[[[[]], 1], {}]", "[]", "{}", "1"])
def test_what_is_as_deep_as_a_document_may_be_is_read(text: str) -> None:
    assert json.dumps(read_json(text), separators=(",", ":")) == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 4000, "nested too deeply|not JSON"),
        ('{"a":' * 2000, "nested too deeply|not JSON"),
        ("[" * 33 + "1" + "]" * 33, "nested too deeply"),
        ('{"a":' * 33 + "1" + "}" * 33, "nested too deeply"),
        ("[" * 995 + "]" * 995, "nested too deeply"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('[{"b": {"a": 1, "a": 1}}]', "stands twice"),
        ('"\\ud800"', "half a character"),
        ('{"\\udfff": 1}', "half a character"),
        ("\ud800", "not JSON|half a character"),
        ("NaN", "NaN"),
        ("[1, -Infinity]", "NaN"),
        ("1e400", "too large"),
        ("1e15", "too large"),
        ("", "not JSON"),
        ("secret", "not JSON"),
    ],
)
def test_each_refusal_says_why_and_quotes_nothing(text: str, says: str) -> None:
    with pytest.raises(NotJsonError, match=says) as caught:
        read_json(text)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
