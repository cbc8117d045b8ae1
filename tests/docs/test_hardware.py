"""The hardware guide says what the code does: pictures, pins, addresses, patterns and cues."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from acumat.doctor.bus import ADDR_PIN, frames_per_second
from acumat.service import patterns
from acumat.service.patterns import CUES, Pattern
from acumat_hw.layout import PRESETS, grid
from tests.docs.draw_hardware import FOLDER, pictures

GUIDE = (FOLDER.parent / "hardware.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(pictures()))
def test_each_picture_is_the_one_that_the_layouts_give_and_is_shown_in_the_guide(name: str) -> None:
    text = pictures()[name]
    assert (FOLDER / name).read_text("utf-8") == text, "python -m tests.docs.draw_hardware writes them anew"
    assert ET.fromstring(text).tag.endswith("svg")
    assert f"hardware/{name}" in GUIDE


def test_no_picture_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(pictures())


@pytest.mark.parametrize(("address", "pin"), ADDR_PIN.items())
def test_the_addresses_are_those_that_the_doctor_knows(address: int, pin: str) -> None:
    assert re.search(rf"\| 0x{address:02x} \| {pin} \|", GUIDE)


@pytest.mark.parametrize("pattern", [each for each in vars(patterns).values() if isinstance(each, Pattern)])
def test_every_pattern_of_the_led_and_cue_of_the_buzzer_is_described(pattern: Pattern) -> None:
    assert re.search(rf"^\| {pattern.name} \|", GUIDE, re.MULTILINE)
    assert pattern.repeats or pattern in CUES.values() or pattern in (patterns.BREATH, patterns.ACK, patterns.REFUSED)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_frames_that_a_bus_carries_are_those_of_the_formula(preset: str) -> None:
    layout = grid(*PRESETS[preset], rm_ohm=3300.0)
    slow, fast = (frames_per_second(layout, "ads1115", hz) for hz in (100_000, 400_000))
    assert re.search(rf"^\| {preset} \| .*\| {slow:.0f} \| {fast:.0f} \|$", GUIDE, re.MULTILINE)


def test_the_example_has_the_pins_of_the_guide() -> None:
    example = (Path(__file__).parents[2] / "docs" / "acumat.example.toml").read_text("utf-8")
    for key, pin in re.findall(r"#(\w+_pin) = (\d+)", example):
        assert f"`{key} = {pin}`" in GUIDE
