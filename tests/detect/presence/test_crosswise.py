"""A body across the mat against somebody upright, by minutes of sway, tremor and breath."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.detect.presence.crosswise import LOOKS, LOOKS_LEAST, Crosswise, tremor_pct


def columns(tremor_pct: float, seed: int = 1) -> list[list[float]]:
    random_ = Random(seed)
    return [[50.0 * (1.0 + random_.gauss(0.0, tremor_pct / 100.0)) for _ in range(60)]]


def nats(looks: list[tuple[float, float, bool]], tilt: float | None = None) -> float | None:
    crosswise = Crosswise()
    for seed, (sway, tremor, breathes) in enumerate(looks):
        crosswise.add(columns(tremor, seed), sway, breathes=breathes)
    return crosswise.nats(tilt)


@pytest.mark.parametrize(
    ("sway", "tremor", "breathing", "lies"),
    [
        (0.02, 0.03, 1.0, True),
        (0.04, 0.04, 0.7, True),
        (0.03, 0.05, 0.2, False),
        (0.06, 0.09, 0.2, False),
        (0.1, 0.1, 1.0, False),
    ],
)
def test_who_lies_across_is_still_and_shows_a_breath(sway: float, tremor: float, breathing: float, lies: bool) -> None:
    looks = [(sway, tremor, look < breathing * 20) for look in range(20)]
    found = nats(looks)
    assert found is not None
    assert (found > 0.0) is lies


def test_nothing_is_said_within_a_minute_or_without_any_breath() -> None:
    assert nats([(0.01, 0.02, True)] * (LOOKS_LEAST - 1)) is None
    assert nats([(0.01, 0.02, False)] * LOOKS) is None
    assert nats([(0.01, 0.02, True)] * LOOKS_LEAST) is not None


def test_halves_that_differ_speak_for_a_trunk_and_single_looks_decide_nothing() -> None:
    looks = [(0.03, 0.04, True)] * 20
    even, uneven, unknown = nats(looks, 0.0), nats(looks, 0.3), nats(looks)
    assert even is not None
    assert uneven is not None
    assert unknown is not None
    assert even < unknown < uneven
    assert nats([*looks[:-4], *[(2.0, 0.04, True)] * 4], 0.3) == pytest.approx(uneven, abs=0.2)


def test_what_was_before_another_posture_or_three_minutes_ago_is_forgotten() -> None:
    crosswise = Crosswise()
    for look in range(2 * LOOKS):
        crosswise.add(columns(0.03), 0.3 if look < LOOKS else 0.02, breathes=True)
    calm = crosswise.nats(None)
    crosswise.reset()
    assert calm is not None
    assert calm > 0.0
    assert crosswise.nats(None) is None


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 1.0), st.floats(0.1, 1e4))
def test_tremor_is_the_deviation_of_what_is_white_whatever_the_load(tremor: float, scale: float) -> None:
    random_ = Random(3)
    totals = [scale * (1.0 + tremor / 100.0 * random_.gauss(0.0, 1.0) + 1e-5 * at) for at in range(4000)]
    assert tremor_pct(totals) == pytest.approx(tremor, rel=0.1)
