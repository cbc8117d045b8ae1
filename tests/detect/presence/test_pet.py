"""Pets by how they come, how fast they breathe and how much they bear."""

from __future__ import annotations

from random import Random

import pytest

from acumat.detect.presence.pet import PetLikelihood

BODY = [50.0, 50.0, 40.0, 40.0, 10.0, 10.0, 60.0, 60.0]


def arrive(
    pet: PetLikelihood,
    stages: list[list[float]],
    usual: float | None = None,
    *,
    rests: int = 10,
    per_min: float | None = None,
) -> None:
    for loads in [*stages, *[BODY] * rests]:
        pet.step(loads, usual, per_min)


def walking(steps: int, seed: int = 1) -> list[list[float]]:
    random_ = Random(seed)
    found = []
    for _ in range(steps):
        paws = [0.0] * 8
        for place in random_.sample(range(8), 4):
            paws[place] = 40.0
        found.append(paws)
    return found


def test_nothing_is_known_before_it_rests() -> None:
    pet = PetLikelihood()
    pet.step(BODY, None)
    assert not pet.known


def test_somebody_who_sits_down_and_lies_back_is_no_pet() -> None:
    pet = PetLikelihood()
    arrive(pet, [[0, 0, 0, 0, 10, 10, 150, 150], [0, 0, 10, 10, 10, 10, 150, 150]])
    assert pet.travel == pytest.approx(2.1, abs=0.1)
    assert pet.nats > 0


def test_walking_about_speaks_for_a_pet_before_it_rests() -> None:
    pet = PetLikelihood()
    for loads in walking(20):
        pet.step(loads, None)
    assert not pet.rested
    assert pet.nats < -1


def test_a_person_breath_outweighs_a_restless_arrival() -> None:
    pet = PetLikelihood()
    arrive(pet, walking(20))
    assert pet.nats < 0
    arrive(pet, [], per_min=13.0)
    assert pet.nats > 0


@pytest.mark.parametrize(("per_min", "guest"), [(None, False), (14.0, False), (21.0, False), (26.0, True), (34.0, True)])
def test_a_guest_is_announced_with_a_fast_breath_alone(per_min: float | None, guest: bool) -> None:
    pet = PetLikelihood()
    arrive(pet, walking(20), rests=60, per_min=per_min)
    assert pet.is_guest is guest


@pytest.mark.parametrize(("usual", "guest"), [(320.0, False), (1000.0, True)])
def test_a_small_load_with_a_fast_breath_is_not_the_owner(usual: float, guest: bool) -> None:
    pet = PetLikelihood()
    arrive(pet, [BODY], usual, rests=60, per_min=26.0)
    assert pet.is_guest is guest


def test_one_wrong_rate_makes_nobody_a_guest() -> None:
    pet = PetLikelihood()
    arrive(pet, walking(20), rests=60)
    arrive(pet, [], rests=20, per_min=30.0)
    assert not pet.is_guest
    arrive(pet, [], rests=30, per_min=30.0)
    assert pet.is_guest


def test_children_breathe_faster() -> None:
    pet = PetLikelihood()
    pet.light_people = True
    arrive(pet, [BODY], 1000.0, rests=60, per_min=26.0)
    assert pet.nats > 0


def test_what_comes_anew_is_judged_anew() -> None:
    pet = PetLikelihood()
    arrive(pet, walking(20))
    pet.reset()
    arrive(pet, [])
    assert pet.nats > 0
