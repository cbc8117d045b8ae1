"""What the picture shows: found again in its pixels, not in the code that drew them."""

from __future__ import annotations

import pytest

from acumat.picture.heatmap import Canvas, Scene
from acumat_hw.layout import PRESETS, Layout, Sensor, grid
from tests.picture.test_png import pixels

Image = list[list[tuple[int, ...]]]
HOT, CARD = (253, 231, 37), (24, 29, 36)
INK = (240, 243, 246)


def layout(preset: str = "4x4") -> Layout:
    return grid(*PRESETS[preset], rm_ohm=3300.0)


def painted(scene: Scene, preset: str = "4x4") -> Image:
    return pixels(Canvas(layout(preset)).paint(scene))


def even(preset: str) -> tuple[float, ...]:
    return (10.0,) * len(layout(preset).sensors)


def heat(colour: tuple[int, ...]) -> float:
    """How far along a scale that runs from dark blue by green to yellow."""
    return colour[0] + colour[1] - colour[2]


def half_heat(image: Image, *, right: bool) -> float:
    middle = len(image[0]) // 2
    return sum(heat(pixel) for row in image[30:380] for pixel in (row[middle + 2 : -16] if right else row[16 : middle - 2]))


@pytest.mark.parametrize("preset", list(PRESETS))
def test_the_loaded_side_is_the_hot_one(preset: str) -> None:
    loads = tuple(30.0 if sensor.x_mm < 0 else 5.0 for sensor in layout(preset).sensors)
    image = painted(Scene(loads, lying=True, left_pct=86.0, cop_mm=(-70.0, 0.0)), preset)
    assert half_heat(image, right=False) > 1.5 * half_heat(image, right=True)
    mirrored = painted(Scene(loads[::-1], lying=True, left_pct=14.0, cop_mm=(70.0, 0.0)), preset)
    assert half_heat(mirrored, right=True) > 1.5 * half_heat(mirrored, right=False)


def test_the_head_end_is_up_and_the_hottest_place_is_at_the_sensor_that_bears_most() -> None:
    mat = layout()
    top = max(mat.sensors, key=lambda sensor: (sensor.y_mm, sensor.x_mm))
    image = painted(Scene(tuple(50.0 if sensor is top else 1.0 for sensor in mat.sensors), lying=True))
    hot = [(x, y) for y, row in enumerate(image) for x, pixel in enumerate(row) if pixel == HOT]
    assert hot
    assert all(x > len(image[0]) // 2 and y < len(image) // 2 for x, y in hot)


@pytest.mark.parametrize(("cop_mm", "right", "up"), [((-150.0, 250.0), False, True), ((120.0, -300.0), True, False)])
def test_the_ring_is_where_the_centre_of_pressure_is(cop_mm: tuple[float, float], right: bool, up: bool) -> None:
    image = painted(Scene(even("4x4"), lying=True, cop_mm=cop_mm))
    ring = [(x, y) for y, row in enumerate(image) for x, pixel in enumerate(row) if pixel == (255, 255, 255)]
    assert len(ring) > 40
    middle_x, middle_y = (sum(place[axis] for place in ring) / len(ring) for axis in (0, 1))
    assert (middle_x > len(image[0]) / 2, middle_y < 24 + 180) == (right, up)
    assert middle_x - len(image[0]) / 2 == pytest.approx(cop_mm[0] / 2, abs=2), "a pixel is two millimetres"


def test_dots_are_where_the_sensors_are() -> None:
    mat = layout()
    first = mat.sensors[0]
    image = painted(Scene((None, *even("4x4")[1:]), lying=True))
    red = [(x, y) for y, row in enumerate(image) for x, pixel in enumerate(row) if pixel == (255, 92, 92)]
    middle_x, middle_y = (sum(place[axis] for place in red) / len(red) for axis in (0, 1))
    assert middle_x == pytest.approx(len(image[0]) / 2 + first.x_mm / 2, abs=2)
    assert middle_y == pytest.approx(24 + (360 - first.y_mm) / 2, abs=2)


def test_the_same_body_at_any_weight_is_the_same_picture() -> None:
    loads = tuple(float(index + 1) for index in range(16))
    heavy = tuple(2.2 * load for load in loads)
    assert painted(Scene(loads, lying=True)) == painted(Scene(heavy, lying=True))


def test_shares_are_written_below_the_mat_and_differ_with_the_share() -> None:
    def written(left_pct: float | None) -> list[list[bool]]:
        image = painted(Scene(even("4x4"), lying=True, left_pct=left_pct))
        return [[pixel == INK for pixel in row] for row in image[394:416]]

    seen = [written(left_pct) for left_pct in (0.0, 38.0, 50.0, 83.0, 100.0, None)]
    assert all(any(any(row) for row in each) for each in seen)
    assert all(first != second for number, first in enumerate(seen) for second in seen[:number])


def test_the_bar_below_shows_the_left_share_as_its_white_part() -> None:
    image = painted(Scene(even("4x4"), lying=True, left_pct=25.0))
    bar = image[HEIGHT_OF_BAR]
    white = sum(pixel == INK for pixel in bar)
    grey = sum(pixel == (94, 106, 122) for pixel in bar)
    assert white / (white + grey) == pytest.approx(0.25, abs=0.02)


HEIGHT_OF_BAR = 424


def test_a_dead_sensor_is_crossed_out_and_the_others_are_not() -> None:
    def red(loads: tuple[float | None, ...]) -> int:
        return sum(pixel == (255, 92, 92) for row in painted(Scene(loads, lying=True)) for pixel in row)

    whole = even("4x4")
    one = red((None, *whole[1:]))
    assert red(whole) == 0
    assert one > 20
    assert red((None, None, *whole[2:])) == 2 * one


def test_nobody_a_blind_mat_and_somebody_are_three_pictures_and_nobody_shows_no_heat() -> None:
    nobody, blind = painted(Scene((0.0,) * 16)), painted(Scene(None))
    somebody = painted(Scene(even("4x4"), lying=True))
    assert len({str(each) for each in (nobody, blind, somebody)}) == 3
    mat = [pixel for row in nobody[30:380] for pixel in row[16:-16]]
    assert max(set(mat), key=mat.count) == (44, 52, 64)
    assert sum(pixel == INK for row in blind for pixel in row) > 500, "a large question mark"


@pytest.mark.parametrize("loads", [(0.0, 0.0), (None, None), (None, 5.0), (5.0, 0.0)])
def test_any_loads_and_an_odd_mat_can_be_painted(loads: tuple[float | None, float | None]) -> None:
    sensors = (Sensor("a", -400.0, -20.0, 3300.0, 0x48, 0, None), Sensor("b", 499.0, 24.0, 3300.0, 0x48, 1, None))
    odd = Layout("custom", sensors, 3.3, 0.000125, 1000.0, 50.0)
    image = pixels(Canvas(odd).paint(Scene(loads, lying=True, left_pct=100.0, cop_mm=(499.0, 24.9))))
    assert image[0][0] == CARD


def test_painting_gives_way_often() -> None:
    turns: list[int] = []
    Canvas(layout()).paint(Scene(even("4x4"), lying=True), rest=lambda: turns.append(1))
    assert len(turns) >= 90, "a row of squares each"
