"""The script fits into a quarter of an hour and its lines are due in order."""

from __future__ import annotations

import itertools

from acumat.fieldtest.script import BREATH_BEGINS_S, POSITIONS, SCRIPT, length_s, prompts


def test_a_volunteer_is_done_within_a_quarter_of_an_hour() -> None:
    assert 12 <= len(SCRIPT) <= 20
    assert length_s() <= 900
    assert len(POSITIONS) == len(SCRIPT)


def test_each_position_is_asked_for_when_the_one_before_is_over() -> None:
    asked = [prompt for prompt in prompts() if prompt.position is not None]
    assert [prompt.position for prompt in asked] == list(SCRIPT)
    for before, after in itertools.pairwise(asked):
        assert before.position is not None
        assert after.t_s - before.t_s == before.position.seconds


def test_words_to_breathe_by_come_in_turns_at_the_rate_and_within_the_position() -> None:
    lines = prompts()
    assert [line.t_s for line in lines] == sorted(line.t_s for line in lines)
    begins = next(line.t_s for line in lines if line.position is POSITIONS["breathe"])
    words = [line for line in lines if line.position is None]
    assert words[0].t_s == begins + BREATH_BEGINS_S
    assert {round(b.t_s - a.t_s, 6) for a, b in itertools.pairwise(words)} == {5.0}  # 6 a minute: 5 s in, 5 s out
    assert [word.text.strip() for word in words] == (["in ...", "out ..."] * len(words))[: len(words)]
    assert words[-1].t_s < begins + POSITIONS["breathe"].seconds
