"""Whether the body that comes back is the one that left."""

from __future__ import annotations

import pytest

from acumat.detect.parameters import Parameters
from acumat.detect.presence.bearing import Bearing
from acumat.detect.presence.likeness import Likeness
from acumat.detect.signal.load import Load
from acumat.detect.signal.shape import Shape
from tests.detect.harness import layout

SHAPE = Shape(layout(), Parameters())
OWNER = (130.0, 140.0, 90.0, 90.0, 30.0, 30.0, 100.0, 110.0)


def load(t_s: float, us: tuple[float | None, ...]) -> Load:
    total = sum([each or 0.0 for each in us])
    return Load(t_s, us, total, 100.0, (False,) * 8, None not in us, total, None, 0.0, 0.0, SHAPE)


def likeness(us: tuple[float | None, ...], settled: tuple[float | None, ...] | None = OWNER, paws: int = 0) -> Likeness:
    """What comes back bears so for twelve seconds, and has trodden about before."""
    bearing = Bearing(SHAPE)
    found = Likeness(bearing)
    found.leave(settled)
    found.begin(0.0)
    for step in range(paws):
        bearing.pet.step([300.0 if index == step % 8 else 0.0 for index in range(8)], None)
    for step in range(120):
        found.step(load(step / 10, us))
    return found


@pytest.mark.parametrize(
    ("us", "same"),
    [
        (OWNER, True),
        (tuple(0.8 * us for us in OWNER), True),
        ((90.0, 170.0, 60.0, 120.0, 20.0, 40.0, 70.0, 140.0), True),  # on the other side
        ((None, *OWNER[1:]), True),
        (tuple(0.5 * us for us in OWNER), False),
        ((10.0, 5.0, 60.0, 180.0, 90.0, 200.0, 10.0, 20.0), False),
        (tuple(1.8 * us for us in reversed(OWNER)), False),
    ],
)
def test_the_same_load_in_the_same_place_is_the_same_person(us: tuple[float | None, ...], same: bool) -> None:
    assert likeness(us).same is same


def test_what_treads_about_has_to_be_more_alike() -> None:
    dog = (90.0, 150.0, 60.0, 90.0, 30.0, 40.0, 50.0, 60.0)
    assert likeness(dog).same
    assert not likeness(dog, paws=30).same


def test_where_nothing_is_known_of_who_left_a_pet_alone_is_unlike() -> None:
    assert likeness(OWNER, None).same
    assert not likeness(OWNER, None, paws=30).same


def test_one_step_aside_decides_nothing() -> None:
    found = likeness(OWNER)
    for step in range(30):
        found.step(load(12 + step / 10, (0.0, 600.0, *[0.0] * 6)))
    assert found.same


def test_nothing_that_lay_there_is_like_nothing_else() -> None:
    assert likeness((0.0,) * 8).nats == 0.0
