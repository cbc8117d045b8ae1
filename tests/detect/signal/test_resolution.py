"""The converter's step is seen from the codes: a relabelled ADS1015 has no other mark."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.signal.resolution import COARSE_STEP, Resolution
from tests.detect.harness import RM_OHM, layout

MAT = layout()
COUNT = len(MAT.sensors)


def of(*frames: Sequence[int | None]) -> Resolution:
    resolution = Resolution(MAT)
    for codes in frames:
        resolution.step(tuple(codes))
    return resolution


def multiples(*counts: int) -> list[int]:
    return [COARSE_STEP * count for count in counts]


def test_nothing_is_believed_before_there_were_a_few_different_codes() -> None:
    assert of(multiples(1, 2, 3, 4, 1, 2, 3, 4)).steps == (1,) * COUNT
    assert of(multiples(1, 2, 3, 4, 1, 2, 3, 5)).steps == (COARSE_STEP,) * COUNT


def test_codes_of_zero_and_missing_ones_say_nothing() -> None:
    assert of([0, None] * (COUNT // 2), *[[0] * COUNT] * 100).steps == (1,) * COUNT


def test_one_code_in_between_proves_that_sensor_for_good() -> None:
    coarse = multiples(*range(10, 10 + COUNT))
    fine = [801, *coarse[1:]]
    assert of(coarse, fine, coarse, coarse).steps == (1, *(COARSE_STEP,) * (COUNT - 1))


@given(st.lists(st.integers(1, 32767), min_size=COUNT, max_size=COUNT), st.integers(0, 1_000_000))
def test_a_noisy_converter_of_sixteen_bits_is_never_long_taken_for_a_coarse_one(levels: list[int], seed: int) -> None:
    random = Random(seed)
    resolution = of(*[[round(level + random.gauss(0, 3)) for level in levels] for _ in range(40)])
    assert resolution.steps == (1,) * COUNT


@pytest.mark.parametrize("us", [1.0, 100.0, 900.0])
def test_a_step_is_worth_what_the_divider_makes_of_it(us: float) -> None:
    resolution = of(multiples(*range(10, 10 + COUNT)))
    scale = 1e6 / RM_OHM
    x = us / (us + scale)
    dx = COARSE_STEP * MAT.lsb_v / MAT.vcc_v / 2
    either_side = scale * (x + dx) / (1 - x - dx) - scale * (x - dx) / (1 - x + dx)
    found = resolution.step_us((us, None) * (COUNT // 2))
    assert found[0] == pytest.approx(either_side, rel=1e-3)
    assert found[1] == 0.0
