"""Means of the loads over a quarter of a second."""

from __future__ import annotations

import pytest

from acumat.detect.parameters import Parameters
from acumat.detect.presence.sampling import FLAKY_S, Sampling
from acumat.detect.signal.load import Load
from acumat.detect.signal.shape import Shape
from tests.detect.harness import layout

MAT = layout((1, 2))
SHAPE = Shape(MAT, Parameters())


def load(t_s: float, us: tuple[float | None, ...]) -> Load:
    return Load(t_s, us, 1.0, 100.0, (False,) * len(us), None not in us, 1.0, None, 0.0, 0.0, SHAPE)


def samples(sampling: Sampling, times_s: list[float], us: tuple[float | None, ...]) -> list[tuple[float, ...]]:
    return [sample for t_s in times_s if (sample := sampling.step(load(t_s, us))[0]) is not None]


def test_a_sample_is_the_mean_of_a_quarter_of_a_second() -> None:
    sampling = Sampling()
    for t_s, us in ((10.0, 1.0), (10.1, 2.0), (10.2, 6.0)):
        assert sampling.step(load(t_s, (us, 0.0)))[0] is None
    sample, anew = sampling.step(load(10.25, (9.0, 9.0)))
    assert sample == pytest.approx((3.0, 0.0))
    assert not anew


def test_a_sensor_that_comes_and_goes_bears_nothing_for_a_while() -> None:
    sampling = Sampling()
    sampling.step(load(0.0, (1.0, 1.0)))
    assert sampling.step(load(0.25, (None, 1.0))) == ((1.0, 1.0), True)
    assert samples(sampling, [0.5, 0.75], (5.0, 5.0)) == [(0.0, 1.0), (0.0, 5.0)]
    sampling.step(load(FLAKY_S + 0.5, (5.0, 5.0)))
    assert sampling.missing == (False, False)


@pytest.mark.parametrize(("pace_s", "slow"), [(0.1, False), (0.25, False), (1.0, True)])
def test_slow_frames_are_named(pace_s: float, slow: bool) -> None:
    sampling = Sampling()
    for step in range(5):
        sampling.step(load(step * pace_s, (1.0, 1.0)))
    assert sampling.slow is slow
