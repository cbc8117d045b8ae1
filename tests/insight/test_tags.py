"""Words for what the body says: counted over the last sessions, with what each asks for."""

from __future__ import annotations

from acumat.insight.tags import ADVICE, SESSIONS_LEAST, SESSIONS_MOST, Tag, tags_text


def test_tags_are_counted_the_most_frequent_first() -> None:
    sessions = [{Tag.HEAVY, Tag.WARM}, {Tag.WARM}, {Tag.WARM, Tag.RED}, {Tag.HEAVY}, {Tag.WARM}]
    assert tags_text(sessions) == "Of your last 5 sessions with a note: warm after 4, heavy after 2, red after 1."


def test_few_sessions_are_not_counted() -> None:
    assert tags_text([{Tag.WARM}] * (SESSIONS_LEAST - 1)) is None


def test_only_the_last_sessions_count_and_each_once() -> None:
    sessions = [[Tag.TIGHT]] * 10 + [[Tag.WARM, Tag.WARM]] * SESSIONS_MOST
    assert tags_text(sessions) == f"Of your last {SESSIONS_MOST} sessions with a note: warm after {SESSIONS_MOST}."


def test_what_may_be_a_symptom_says_what_to_do() -> None:
    assert "day of rest" in ADVICE[Tag.RED]
    assert "stop" in ADVICE[Tag.TINGLING]
