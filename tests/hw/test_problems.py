"""How the problems of a file are listed, and which word is the nearest one."""

from __future__ import annotations

import pytest

from acumat_hw.problems import MAX_PROBLEMS, did_you_mean, problem_lines, shown_value


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("2x4", '; did you mean "4x2"?'),  # the same characters come before similar ones
        ("4x5", '; did you mean "4x2"?'),
        ("CAT", '; did you mean "cat"?'),
        ("xyzzy", ""),
    ],
)
def test_the_nearest_word_is_named_if_there_is_one(word: str, hint: str) -> None:
    assert did_you_mean(word, ["2x2", "4x2", "cat"]) == hint


def test_problems_stand_in_the_order_of_the_file_each_once() -> None:
    problems = [(("step", 1, "do"), "wrong"), (("seed",), "wrong"), (("seed",), "wrong"), ((), "empty")]
    lines = {("seed",): 2, ("step", 1): 9}
    assert problem_lines("x", problems, lines) == ["x:1: empty", "x:2: seed: wrong", "x:9: step[2].do: wrong"]


def test_without_lines_they_stand_in_the_order_found() -> None:
    assert problem_lines("x", [(("b",), "wrong"), (("a",), "wrong")], None) == ["x: b: wrong", "x: a: wrong"]


def test_more_than_can_be_read_are_counted() -> None:
    lines = problem_lines("x", [((f"key{i}",), "wrong") for i in range(MAX_PROBLEMS + 7)], None)
    assert len(lines) == MAX_PROBLEMS + 1
    assert lines[-1] == "x: 7 more problems are not listed; correct these first"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(True, "true"), ("a\n", '"a\\n"'), (2.5, "2.5"), ({}, "a table"), ([], "a list"), (None, "this")],
)
def test_a_value_is_shown_as_it_is_written(value: object, shown: str) -> None:
    assert shown_value(value) == shown
