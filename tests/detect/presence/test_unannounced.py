"""What is only in contact is watched on: whatever shows life for long enough lies there after all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from acumat.detect.presence.search import LifeSearch
from acumat.detect.presence.unannounced import UnannouncedPerson
from acumat.detect.thresholds import Thresholds
from tests.detect.readings import P, load

CAME_S = 1000.0


def in_contact(search: LifeSearch | None = None) -> UnannouncedPerson:
    found = UnannouncedPerson(tuple(range(4)), P, Thresholds.of(P), search or LifeSearch(P))
    found.reset(CAME_S)
    return found


def rested(
    found: UnannouncedPerson,
    seconds: float,
    *,
    us: Sequence[float] = (150.0,) * 8,
    breath: float = 0.02,
    start_s: float = CAME_S,
) -> tuple[float, float] | None:
    """At 10 Hz; gives when somebody was found and since when they lie there."""
    for step in range(round(seconds * 10)):
        t_s = start_s + step / 10
        level = 1 + breath * math.sin(2 * math.pi * 0.25 * t_s) / 2
        since_s = found.step(load(t_s, [each * level for each in us]), (0.0,) * 8, breathes=False)
        if since_s is not None:
            return t_s, since_s
    return None


def test_a_body_that_breathes_is_found_and_has_lain_there_since_it_came() -> None:
    found = rested(in_contact(), 60.0)
    assert found is not None
    assert found[1] == pytest.approx(CAME_S, abs=0.2)
    # two windows of 2.75 s and the rest after landing at least
    assert CAME_S + P.confirm_rest_s + 2 * P.window_s <= found[0] <= CAME_S + 40.0


def test_the_bounce_of_landing_is_no_sign_of_life_or_rest() -> None:
    search = LifeSearch(P)
    assert rested(in_contact(search), P.confirm_rest_s - 0.1, breath=0.5) is None
    assert (search.swings.moved_s, search.evidence.nats) == (-math.inf, {})


def test_what_is_too_short_for_a_trunk_needs_more_evidence() -> None:
    short = tuple(us for us in (30.0, 200.0, 90.0, 8.0) for _ in range(2))
    times_s = [found[0] for us in ((150.0,) * 8, short) if (found := rested(in_contact(), 60.0, us=us)) is not None]
    assert len(times_s) == 2
    assert times_s[1] > times_s[0]


@pytest.mark.parametrize(
    ("us", "breath"),
    [
        ((150.0,) * 8, 0.0),  # a box
        ((10.0,) * 8, 0.02),  # too little to lie there
        ((400.0,) * 2 + (0.0,) * 6, 0.02),  # feet
    ],
)
def test_what_shows_no_life_is_too_light_or_no_body_is_nobody(us: Sequence[float], breath: float) -> None:
    assert rested(in_contact(), 120.0, us=us, breath=breath) is None


def test_who_sat_first_lies_there_since_they_lay_down() -> None:
    found = in_contact()
    assert rested(found, 30.0, us=(150.0, 150.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)) is None
    lay = rested(found, 60.0, start_s=CAME_S + 30.0)
    assert lay is not None
    assert lay[1] == pytest.approx(CAME_S + 30.0, abs=0.2)


def test_what_was_withdrawn_and_lives_has_lain_there_since_it_was_announced() -> None:
    found = in_contact()
    found.withdrawn(CAME_S - 60.0, load(CAME_S, [150.0] * 8))
    lay = rested(found, 60.0)
    assert lay is not None
    assert lay[1] == CAME_S - 60.0


def test_somebody_beside_the_box_that_was_withdrawn_came_later() -> None:
    found = in_contact()
    found.withdrawn(CAME_S - 60.0, load(CAME_S, [60.0] * 8))
    assert rested(found, 10.0, us=(60.0,) * 8, breath=0.0) is None
    lay = rested(found, 60.0, start_s=CAME_S + 10.0)
    assert lay is not None
    assert lay[1] >= CAME_S


def test_another_contact_forgets_what_was_withdrawn_before_it() -> None:
    found = in_contact()
    found.withdrawn(CAME_S - 60.0, load(CAME_S, [150.0] * 8))
    found.reset(CAME_S)
    lay = rested(found, 60.0)
    assert lay is not None
    assert lay[1] == pytest.approx(CAME_S, abs=0.2)
