"""Codes become conductances: the divider solved for the sensor, ends flagged, fast frames binned, single frames filtered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.signal.conductance import FULL_SCALE_CODE, Conductance, Reading, median
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import Layout
from tests.detect.harness import RM_OHM, code, layout
from tests.detect.readings import P

MAT = layout((2, 2))


def frame(t_s: float, *codes: int | None) -> Frame:
    return Frame(t_s, 0, codes, tuple(None if each is not None else Missing.NO_ANSWER for each in codes))


def read(*frames: Frame, mat: Layout = MAT) -> list[Reading]:
    step = Conductance(mat, P)
    return [found for each in frames if (found := step.step(each)) is not None]


@given(us=st.floats(1.0, 5000.0))
def test_a_code_gives_the_conductance_that_made_it(us: float) -> None:
    (found,) = read(frame(0.0, *[code(us, MAT)] * 4))
    # half a code of rounding at the steep end
    assert found.us == pytest.approx([us] * 4, rel=0.01, abs=0.05)
    assert found.saturated == (False,) * 4


@pytest.mark.parametrize(
    ("volts", "us", "saturated", "implausible"),
    [
        (0.0, 0.0, False, False),
        (-0.01, 0.0, False, False),  # the converter's offset
        (3.3 * 0.5, 1e6 / RM_OHM, False, False),
        (3.3 * 0.96, 24e6 / RM_OHM, False, False),
        (3.3 * 0.97, (0.97 / 0.03) * 1e6 / RM_OHM, False, True),  # below 125 ohm
        (3.3 * 0.985, (0.98 / 0.02) * 1e6 / RM_OHM, True, True),  # held at the end of the divider
        (3.3, (0.98 / 0.02) * 1e6 / RM_OHM, True, True),
    ],
)
def test_the_ends_of_the_divider_are_flagged(volts: float, us: float, saturated: bool, implausible: bool) -> None:
    (found,) = read(frame(0.0, *[round(volts / MAT.lsb_v)] * 4))
    assert found.us == pytest.approx([us] * 4, rel=2e-3, abs=0.05)
    assert found.saturated == (saturated,) * 4
    assert found.implausible == (implausible,) * 4


@pytest.mark.parametrize(("below", "saturated"), [(0, True), (1, False)])
def test_a_converter_at_its_full_scale_has_clipped_wherever_the_supply_is(below: int, saturated: bool) -> None:
    mat = Layout("gain 4", MAT.sensors, lsb_v=1.024 / 32768)
    (found,) = read(frame(0.0, *[FULL_SCALE_CODE - below] * 4), mat=mat)
    assert found.saturated == (saturated,) * 4


def test_a_sensor_that_missed_a_frame_has_its_last_reading_for_the_filters_span_only() -> None:
    loaded = code(100.0, MAT)
    frames = [frame(0.1 * n, loaded, *[loaded if n < 5 else None] * 3) for n in range(10)]
    found = read(*frames)
    gone = [each.t_mono_s for each in found if each.us[1] is None]
    assert gone[0] == pytest.approx(0.4 + P.median_s, abs=0.1)
    assert all(each.us[0] is not None for each in found)


def test_a_single_frame_is_filtered_out_and_two_of_three_are_an_onset() -> None:
    low, high = code(10.0, MAT), code(500.0, MAT)
    courses = {"one": [low, low, high, low, low], "two": [low, low, high, high, low]}
    most = {
        name: max(each.us[0] or 0.0 for each in read(*[frame(0.1 * n, *[c] * 4) for n, c in enumerate(course)]))
        for name, course in courses.items()
    }
    assert most["one"] < 11
    assert most["two"] > 400


@pytest.mark.parametrize(("rate_hz", "of"), [(10.0, 1), (24.0, 1), (70.0, 3), (110.0, 5), (210.0, 9)])
def test_fast_frames_are_gathered_into_bins_of_a_twenty_fifth_of_a_second(rate_hz: float, of: int) -> None:
    found = read(*[frame(n / rate_hz, *[code(100.0, MAT)] * 4) for n in range(400)])
    assert 400 / len(found) == pytest.approx(of, abs=0.5)


@pytest.mark.parametrize("back_s", [-5.0, 0.5])
def test_time_that_steps_begins_a_new_bin(back_s: float) -> None:
    frames = [frame(10.0 + n / 200, *[code(100.0, MAT)] * 4) for n in range(13)]
    after = [frame(10.0 + back_s + n / 200, *[code(100.0, MAT)] * 4) for n in range(60)]
    assert len(read(*frames, *after)) > 5


@pytest.mark.parametrize(("values", "middle"), [([3.0], 3.0), ([1.0, 9.0], 1.0), ([9.0, 1.0, 5.0], 5.0), ([4, 1, 3, 2], 2)])
def test_the_median_of_two_is_the_lower_one(values: list[float], middle: float) -> None:
    assert median(values) == middle
