"""Who lies there: said where people differ by far, and not said where they are alike, few, strange or on other sensors."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.insight.likely_person import SAMPLES_LEAST, SAMPLES_MOST, likely_person

ANN, BOB = (80.0, 60.0, 90.0, 70.0), (40.0, 35.0, 60.0, 30.0)


def days(us: tuple[float, ...], count: int = 10, spread: float = 0.03, seed: int = 1) -> list[tuple[float, ...]]:
    random = Random(f"{us} {seed}")
    return [tuple(each * random.gauss(1.0, spread) for each in us) for _ in range(count)]


KNOWN = {1: days(ANN), 2: days(BOB)}


@pytest.mark.parametrize(("us", "who"), [(ANN, 1), (BOB, 2)])
def test_an_ordinary_day_of_one_person_is_theirs(us: tuple[float, ...], who: int) -> None:
    assert [likely_person(each, KNOWN) for each in days(us, 20, seed=9)].count(who) >= 18


@pytest.mark.parametrize(
    "us",
    [
        (130.0, 20.0, 20.0, 130.0),
        tuple(3.0 * each for each in ANN),
        tuple(0.5 * (a + b) for a, b in zip(ANN, BOB, strict=True)),
        (0.0, 0.0, 0.0, 0.0),
        (*ANN, 50.0),
        ANN[:3],
    ],
)
def test_a_stranger_a_load_between_two_people_and_another_set_of_sensors_are_nobody(us: tuple[float, ...]) -> None:
    assert likely_person(us, KNOWN) is None


def test_as_long_as_one_person_is_hardly_known_nobody_is_guessed() -> None:
    few = {**KNOWN, 3: days((100.0, 20.0, 30.0, 90.0), SAMPLES_LEAST - 1)}
    assert likely_person(ANN, few) is None
    assert likely_person(ANN, {**few, 3: days((100.0, 20.0, 30.0, 90.0), SAMPLES_LEAST)}) == 1
    assert likely_person(ANN, {1: KNOWN[1]}) is None
    assert likely_person(ANN, {}) is None


def test_two_who_are_alike_are_not_told_apart() -> None:
    twin = tuple(1.01 * each for each in ANN)
    known = {1: days(ANN), 2: days(twin)}
    assert {likely_person(each, known) for each in (*days(ANN, 20, seed=9), *days(twin, 20, seed=9))} == {None}


def test_people_whose_known_days_are_mixed_up_are_not_guessed() -> None:
    mixed = {1: [*days(ANN, 8), *days(BOB, 2)], 2: [*days(BOB, 8), *days(ANN, 2)]}
    assert likely_person(ANN, mixed) is None


def test_only_the_last_days_count() -> None:
    moved = {**KNOWN, 1: [*days((10.0, 10.0, 200.0, 10.0), 40), *days(ANN, SAMPLES_MOST)]}
    assert likely_person(ANN, moved) == 1


@given(st.lists(st.floats(0.0, 1e4), min_size=4, max_size=4), st.floats(0.3, 3.0))
def test_it_takes_any_load_and_the_same_scale_of_all_loads_changes_nothing(us: list[float], scale: float) -> None:
    found = likely_person(us, KNOWN)
    assert found in (None, 1, 2)
    scaled = {person: [tuple(scale * each for each in day) for day in each_] for person, each_ in KNOWN.items()}
    assert likely_person(tuple(scale * each for each in ANN), scaled) == 1
