"""How the mat stands on a screen: read as a person reads it, at every size."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from unicodedata import east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.cli.watch_map import MatMap
from acumat.cli.watch_screen import View, screen
from acumat.contract.state import Condition, MatState, Presence
from tests.watch.lines import BLIND, EMPTY, LYING, answer, event, frame, hello, nulled

CODE = re.compile(r"\x1b\[[0-9;]*m")


def shown(view: View, columns: int = 79, rows: int = 24) -> list[str]:
    return [CODE.sub("", line) for line in screen(view, columns, rows, deep=False)]


def view_of(*lines: dict[str, Any], preset: str = "4x4") -> View:
    view = View()
    for line in (hello(preset), *lines):
        view.take(line)
    return view


def beside_the_map(lines: list[str]) -> str:
    """All sentences, in one line."""
    return re.sub(r"\s+", " ", " ".join(line.rpartition("│")[2] for line in lines))


def picture(state: MatState = LYING, **frame_of: Any) -> list[str]:
    """The rows of the map, without their colours and their frame."""
    made = MatMap(hello()["layout"], 13, 60, deep=False)
    return [CODE.sub("", line) for line in made.lines(frame(state, **frame_of))]


def test_a_usual_screen_has_map_numbers_and_the_last_events_side_by_side() -> None:
    lines = shown(view_of(frame(), event(), answer(text="The guidance has ended.")))
    text = beside_the_map(lines)
    assert lines[0].startswith("Mat bedroom (4x4, acumat 9.8.7)")
    assert lines[1].endswith("   Somebody lies there.")
    assert "Session: 4 of 10 minutes, 6 left." in text
    assert "Balance 3 of 100 to the mat's left." in text
    assert "About 13 breaths a minute." in text
    assert re.search(r"\d\d:\d\d:\d\d Lying quietly for 30 s\.", text)
    assert "stop: The guidance has ended." in text
    assert lines[-1] == "q ends this."


def test_the_persons_own_right_is_on_the_mats_left() -> None:
    (line,) = [line for line in shown(view_of(frame())) if "your right" in line]
    assert line.index("your right") < line.index("your left")


def test_the_head_is_up_and_each_sensor_has_its_share_in_its_place() -> None:
    loads = tuple(30.0 if number == 0 else 10.0 if number == 15 else 4.0 for number in range(16))  # r1c1, r4c4
    rows = [line for line in picture(loads=loads) if re.search(r"\d", line)]
    assert len(rows) == 4
    first, last = re.findall(r"\d+", rows[0]), re.findall(r"\d+", rows[-1])
    assert first[0] == "31"
    assert last[-1] == "10"
    assert sorted({*first[1:], *last[:-1]}) == ["4"]


def test_the_hottest_colour_is_where_the_load_is() -> None:
    made = MatMap(hello()["layout"], 13, 60, deep=True)
    loads = tuple(80.0 if number == 0 else 1.0 for number in range(16))
    rows = list(made.lines(frame(loads=loads)))
    hot = [row for row, line in enumerate(rows) if ";253;231;37m" in line]
    assert hot
    assert max(hot) < 6


@pytest.mark.parametrize("state", [EMPTY, BLIND])
def test_a_mat_that_is_empty_or_blind_shows_no_load(state: MatState) -> None:
    made = MatMap(hello()["layout"], 13, 60, deep=False)
    lines = list(made.lines(frame(state, loads=tuple(float(n) for n in range(16)))))
    assert len(set(re.findall(r"\x1b\[48;5;\d+m", "".join(lines)))) == 1
    assert not re.search(r"\d", "".join(CODE.sub("", line) for line in lines))
    assert ("?" in "".join(lines)) is (state is BLIND)


def test_a_sensor_without_a_reading_has_a_cross() -> None:
    loads = (None, *(5.0 for _ in range(15)))
    rows = picture(loads=loads)
    assert "".join(rows).count("×") == 1
    assert "×" in next(row for row in rows if re.search(r"[×\d]", row))


@pytest.mark.parametrize(("cop_mm", "right", "low"), [((-180.0, 330.0), False, False), ((180.0, -330.0), True, True)])
def test_the_centre_of_pressure_is_where_it_is(cop_mm: tuple[float, float], right: bool, low: bool) -> None:
    state = MatState(Presence.LYING, cop_mm=cop_mm, reason_text="So.")
    rows = picture(state)
    (row,) = [number for number, line in enumerate(rows) if "╋" in line]
    assert (row > len(rows) / 2) is low
    assert (rows[row].index("╋") > len(rows[row]) / 2) is right


def test_what_is_not_well_and_an_alarm_are_on_the_screen() -> None:
    broken = {"broker": Condition("unreachable", "No broker listens.")}
    calibration = {"stage": "empty", "text": "Keep off the mat.", "seconds_left": 9.0}
    text = "\n".join(shown(view_of(frame(broken=broken, alarming=True, calibration=calibration))))
    assert "broker: No broker listens." in text
    assert "The alarm is on." in text
    assert "Calibrating: Keep off the mat." in text


def test_a_daemon_that_is_away_is_said_above_what_was_known_last() -> None:
    view = view_of(frame())
    view.away = "The daemon has stopped. Waiting for it."
    lines = shown(view)
    assert lines[1] == "The daemon has stopped. Waiting for it."
    assert any("your right" in line for line in lines)
    view.take(hello())
    assert shown(view)[1] != lines[1]


def test_a_refusal_and_a_gap_are_news() -> None:
    text = "\n".join(shown(view_of(frame(), answer(ok=False, text="Not now."), {"kind": "dropped", "frames": 3, "others": 1})))
    assert "stop: refused: Not now." in text
    assert "4 lines were left out" in text


def test_a_daemon_that_comes_back_with_other_sensors_is_shown_anew() -> None:
    view = view_of(frame(), event())
    for preset in ("2x2", "4x4"):
        view.take(hello(preset))
        assert any("Last events" in line for line in shown(view)), "what has happened stays"
        assert not any("head" in line for line in shown(view)), "no load before the first frame"
        view.take(frame(preset=preset))
        assert any("head" in line for line in shown(view))


@pytest.mark.parametrize("columns", [1, 2, 20, 63, 64, 79])
def test_wide_signs_take_their_two_columns(columns: int) -> None:
    wide = replace(LYING, reason_text="さくら lies there: " + "寝" * 90)
    lines = shown(view_of(frame(wide), event("さくら lies there. " * 9 + "寝" * 90)), columns)
    assert max(sum(1 + (east_asian_width(sign) in "WF") for sign in line) for line in lines) <= columns + 1, (
        "one column is spare"
    )
    assert not any("\0" in line for line in lines)
    assert "寝" in "".join(lines) or columns < 20


def test_signs_that_would_move_the_cursor_are_not_written() -> None:
    view = view_of(frame(), event("Bad\x1b[2J\ntext\a"))
    assert not [line for line in screen(view, 79, 24, deep=False) if re.search(r"[\x00-\x1a\x1c-\x1f]|\x1b\[2J", line)]


LINES = st.lists(
    st.sampled_from(
        [
            frame(),
            nulled(frame()),
            frame(EMPTY),
            frame(BLIND, loads=()),
            frame(broken={"broker": Condition("x", "A long sentence about brokers. " * 8), "store": Condition("y", "")}),
            event(),
            event("A longer sentence about what has happened on the mat just now. " * 3),
            answer(),
            {"kind": "alive"},
            {"kind": "of a later version"},
        ]
    ),
    max_size=12,
)


@given(LINES, st.integers(1, 130), st.integers(1, 60), st.booleans(), st.sampled_from(["2x2", "4x2", "4x3", "4x4"]))
def test_every_screen_is_filled_and_no_line_is_too_wide(
    lines: list[dict[str, Any]], columns: int, rows: int, away: bool, preset: str
) -> None:
    given_lines = [
        each if each["kind"] != "frame" else {**each, "loads_us": each["loads_us"][: len(names_of(preset))]} for each in lines
    ]
    view = view_of(*given_lines, preset=preset)
    view.away = "The daemon has stopped or starts over. Waiting for it; the display continues by itself." if away else ""
    found = shown(view, columns, rows)
    assert len(found) == rows
    assert max(map(len, found)) <= columns


def names_of(preset: str) -> list[dict[str, Any]]:
    sensors: list[dict[str, Any]] = hello(preset)["layout"]["sensors"]
    return sensors


@pytest.mark.parametrize("preset", ["2x2", "4x2", "4x3", "4x4"])
@pytest.mark.parametrize("columns", [39, 79])
def test_on_a_small_and_a_usual_screen_the_map_is_there_with_all_its_shares(columns: int, preset: str) -> None:
    count = len(names_of(preset))
    found = shown(view_of(frame(preset=preset, loads=(10.0,) * count), event(), preset=preset), columns, 24)
    inside = [line.split("│")[1] for line in found if line.count("│") == 2]
    assert sum(len(re.findall(r"\d+", line)) for line in inside) == count
    assert any("Last events" in line for line in found)
    assert any("Somebody lies there." in line for line in found)
