"""Sentences about what goes along with what: only with enough sessions, only where it is clear, never as a cause."""

from __future__ import annotations

from random import Random

import pytest

from acumat.insight.associations import ELSE, GROUP_LEAST, PROFILE_FIELDS, Outcome, comfort_by, settling_and_calm

ROUGH = [Outcome({"cover": "linen"}, discomfort=value) for value in (4, 5, 3, 4, 5, 4, 3, 5, 4, 4, 5, 4)]
SOFT = [Outcome({"cover": "cotton"}, discomfort=value) for value in (2, 1, 2, 3, 1, 2, 2, 1, 2, 2, 1, 2, 2)]


def test_a_clear_difference_names_both_kinds_their_medians_and_sessions() -> None:
    sentence = (
        f'With cover "cotton" you mostly answered less discomfort than with "linen" (median 2 in 13 sessions, 4 in 12). {ELSE}'
    )
    assert comfort_by("cover", [*ROUGH, *SOFT]) == sentence
    assert comfort_by("cover", [*SOFT, *ROUGH]) == sentence


@pytest.mark.parametrize("field", [each for each in PROFILE_FIELDS if each != "cover"])
def test_a_field_that_nobody_has_filled_in_says_nothing(field: str) -> None:
    assert comfort_by(field, [*ROUGH, *SOFT]) is None


def test_fewer_than_ten_sessions_of_a_kind_say_nothing() -> None:
    assert comfort_by("cover", [*ROUGH[: GROUP_LEAST - 1], *SOFT]) is None
    assert comfort_by("cover", [*ROUGH[:GROUP_LEAST], *SOFT]) is not None


def test_sessions_without_an_answer_do_not_count() -> None:
    assert comfort_by("cover", [*ROUGH[:9], *SOFT, *([Outcome({"cover": "linen"})] * 10)]) is None


def test_the_two_kinds_that_were_used_most_are_compared() -> None:
    rare = [Outcome({"cover": "wool"}, discomfort=9.0)] * 5
    assert comfort_by("cover", [*rare, *ROUGH, *SOFT]) == comfort_by("cover", [*ROUGH, *SOFT])


def test_an_unclear_difference_is_not_told() -> None:
    alike = [Outcome({"cover": kind}, discomfort=value) for kind in ("a", "b") for value in (2, 3, 4, 3, 2, 3, 4, 3, 2, 3)]
    assert comfort_by("cover", alike) is None


def test_blocks_of_days_need_a_larger_difference_than_single_days_would() -> None:
    low, high = (2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 4, 2), (3, 4, 3, 4, 3, 4, 3, 4, 4, 4, 3, 4)
    some = [Outcome({"cover": kind}, discomfort=value) for kind, values in (("a", low), ("b", high)) for value in values]
    assert comfort_by("cover", some) is None


@pytest.mark.parametrize(("turned", "word"), [(False, "calmer"), (True, "less calm")])
def test_settling_sooner_and_calm(turned: bool, word: str) -> None:
    calm = (5, 5, 4, 4, 3, 3, 2, 2)
    outcomes = [
        Outcome({}, calm=6 - value if turned else value, settling_min=minute)
        for minute, value in [(1.0 + 0.5 * place, value) for place, value in enumerate(calm)] * 3
    ]
    assert (
        settling_and_calm(outcomes)
        == f"After sessions in which you settled sooner you were mostly {word} (24 sessions). {ELSE}"
    )
    assert settling_and_calm(outcomes[:19]) is None


def test_an_association_by_chance_alone_is_seldom_reported() -> None:
    random, found = Random(3), 0
    for _ in range(400):
        outcomes = [Outcome({}, calm=random.randint(1, 5), settling_min=random.randint(1, 6)) for _ in range(30)]
        found += settling_and_calm(outcomes) is not None
    assert found <= 10
