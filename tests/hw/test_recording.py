from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acumat_hw.errors import InputError
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import Layout, Sensor, grid
from acumat_hw.recording import RecordingWriter, Start, open_recording

DESCRIPTION = """
[adc]
lsb_v = 0.000125
vcc_v = 3.3
[[sensors]]
name = "a"
x_mm = -100
y_mm = 200.5
rm_ohm = 3300
[[sensors]]
name = "b"
x_mm = 100
y_mm = -200.5
rm_ohm = 4700
"""
NAMES = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters=',;="'), min_size=1, max_size=8).filter(
    lambda name: name not in ("t_s", "_flags")
)
SIZES = st.floats(0.001, 1e6)


def _recording(folder: Path, rows: str, description: str | None = DESCRIPTION, name: str = "night.csv") -> Path:
    path = folder / name
    data = rows.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    if description is not None:
        (folder / "night.toml").write_text(description, encoding="utf-8")
    return path


@st.composite
def _layouts(draw: st.DrawFn) -> Layout:
    names = draw(st.lists(NAMES, min_size=1, max_size=20, unique=True))
    places = st.floats(-2000, 2000)
    zones = st.sampled_from(["neck", "shoulders", "lumbar", "pelvis"])
    sensors = tuple(
        Sensor(name, draw(places), draw(places), draw(SIZES), 0x48 + index // 4, index % 4, draw(zones))
        for index, name in enumerate(names)
    )
    return Layout("night", sensors, draw(SIZES), draw(SIZES), draw(SIZES), draw(SIZES))


@st.composite
def _frames(draw: st.DrawFn, count: int) -> list[Frame]:
    codes = st.tuples(*[st.one_of(st.integers(-32768, 32767), st.sampled_from(list(Missing))) for _ in range(count)])
    rows = draw(st.lists(codes, max_size=8))
    steps_us = draw(st.lists(st.integers(1, 10**10), min_size=len(rows), max_size=len(rows)))
    t_us, frames = 0, []
    for seq, (row, step_us) in enumerate(zip(rows, steps_us, strict=True)):
        frames.append(
            Frame(
                t_us / 1e6,
                seq,
                tuple(None if isinstance(cell, Missing) else cell for cell in row),
                tuple(cell if isinstance(cell, Missing) else None for cell in row),
            )
        )
        t_us += step_us
    return frames


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(data=st.data(), layout=_layouts(), suffix=st.sampled_from([".csv", ".csv.gz"]), reference=st.none() | SIZES)
def test_what_is_written_is_read_again(
    tmp_path: Path, data: st.DataObject, layout: Layout, suffix: str, reference: float | None
) -> None:
    frames = data.draw(_frames(len(layout.sensors)))
    first = layout.sensors[0].name
    start = Start({first: 1.25}, {first: 0.5}, reference, datetime(2026, 1, 31, 21, tzinfo=UTC))
    path = tmp_path / f"night{suffix}"
    with RecordingWriter(path, layout, start) as writer:
        for frame in frames:
            writer.write(frame)
    recording = open_recording(path)
    assert recording.layout == layout
    assert recording.start == start
    assert list(recording.frames()) == frames
    assert recording.problems == []
    assert list(recording.frames()) == frames


def test_times_are_written_relative_to_the_first_frame(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "night.csv", grid(2, 1, rm_ohm=3300.0)) as writer:
        writer.write(Frame.complete(5000.25, 7, (1, 2)))
        writer.write(Frame(5000.30, 8, (None, 2), (Missing.NO_ANSWER, None)))
    text = (tmp_path / "night.csv").read_text()
    assert text == "t_s,r1c1,r2c1,_flags\n0.000000,1,2,\n0.050000,,2,r1c1=no_answer\n"


def test_a_frame_that_is_not_later_is_refused(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "night.csv", grid(2, 1, rm_ohm=3300.0)) as writer:
        writer.write(Frame.complete(1.0, 0, (1, 2)))
        with pytest.raises(ValueError, match="not later"):
            writer.write(Frame.complete(1.0, 1, (1, 2)))
    with pytest.raises(ValueError, match="closed"):
        writer.write(Frame.complete(2.0, 2, (1, 2)))


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path / "none" / "night.csv", grid(2, 1, rm_ohm=3300.0))
    with pytest.raises(InputError, match="cannot be written"):
        writer.write(Frame.complete(1.0, 0, (1, 2)))


@pytest.mark.parametrize("name", ["night.csv", "night.csv.gz"])
def test_a_plain_recording_needs_no_more_than_the_minimum(tmp_path: Path, name: str) -> None:
    recording = open_recording(_recording(tmp_path, "t_s,b,a\r\n0,2,1\r\n0.1,,-3.6", name=name))
    assert [sensor.name for sensor in recording.layout.sensors] == ["a", "b"]
    assert recording.layout.zones == ("shoulders", "pelvis")
    assert recording.layout.name == "night"
    assert recording.start is None
    assert list(recording.frames()) == [
        Frame.complete(0.0, 0, (1, 2)),
        Frame(0.1, 1, (-4, None), (None, Missing.NO_DATA)),
    ]
    assert recording.problems == []


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("garbage", "1 cells where the header has 3"),
        ("0.15,1,2,3", "4 cells where the header has 3"),
        ("0.15,1,x", "'x' under b is no number"),
        ("soon,1,2", "'soon' under t_s is no number"),
        ("0.15,nan,2", "'nan' under a is not finite"),
        ("nan,1,2", "'nan' under t_s is not finite"),
        ("inf,1,2", "'inf' under t_s is not finite"),
        ("0.1,1,2", "t_s is 0.1 after 0.1"),
        ("0.05,1,2", "t_s is 0.05 after 0.1"),
        ("\ufffd\x00,1,2", "no number"),
        ("0.15,1," + "9" * 400, "under b is not finite"),
        ("0.15,1," + "9" * 5000, "under b is not finite"),
        ("0.15,1,2147483648", "under b is beyond 2.14748e+09"),
        ("0.15,1e300,2", "under a is beyond"),
        ("1e11,1,2", "under t_s is beyond 1e+10"),
        ("-1e300,1,2", "under t_s is beyond 1e+10"),
    ],
)
def test_a_bad_row_is_skipped_and_named(tmp_path: Path, row: str, what: str) -> None:
    path = _recording(tmp_path, f"t_s,a,b\n0,1,2\n0.1,3,4\n{row}\n0.2,5,6\n")
    recording = open_recording(path)
    assert [frame.codes for frame in recording.frames()] == [(1, 2), (3, 4), (5, 6)]
    assert len(recording.problems) == 1
    assert recording.problems[0].startswith(f"{path}:4: ")
    assert what in recording.problems[0]


def test_an_unknown_flag_costs_only_itself(tmp_path: Path) -> None:
    path = _recording(tmp_path, "t_s,a,b,_flags\n0,,,a=no_answer;b=asleep\n")
    recording = open_recording(path)
    assert [frame.missing for frame in recording.frames()] == [(Missing.NO_ANSWER, Missing.NO_DATA)]
    assert recording.problems[0].startswith(f"{path}:2: the flag 'b=asleep'")


def test_very_many_bad_rows_are_counted_not_listed(tmp_path: Path) -> None:
    recording = open_recording(_recording(tmp_path, "t_s,a,b\n" + "x\n" * 1000 + "1,2,3\n"))
    assert len(list(recording.frames())) == 1
    assert len(recording.problems) == 101
    assert "900 more rows" in recording.problems[-1]


def test_a_gzip_file_cut_off_gives_all_before_the_cut(tmp_path: Path) -> None:
    rows = "t_s,a,b\n" + "".join(f"{n / 10:.1f},{n * 7919 % 26000},{n * 104729 % 26000}\n" for n in range(5000))
    path = _recording(tmp_path, rows, name="night.csv.gz")
    whole = list(open_recording(path).frames())
    path.write_bytes(path.read_bytes()[:-20000])
    recording = open_recording(path)
    got = list(recording.frames())
    assert 1000 < len(got) < 5000
    assert got == whole[: len(got)]
    assert len(recording.problems) == 1
    assert "breaks off" in recording.problems[0]


@pytest.mark.parametrize(
    ("rows", "description", "parts"),
    [
        ("t_s,a,b\n", None, ["night.toml: is missing"]),
        ("t_s,a,b\n", "[adc\n", ["not valid TOML"]),
        ("t_s,a,b\n", "", ["no [[sensors]]", "[adc] lacks lsb_v", "[adc] lacks vcc_v"]),
        ("t_s,a,b\n", DESCRIPTION.replace("3300", "0"), ["number 1 rm_ohm must be a number above 0, not 0"]),
        ("t_s,a,b\n", DESCRIPTION.replace("-100", '"left"'), ["number 1 x_mm must be a number, not 'left'"]),
        ("t_s,a,b\n", DESCRIPTION.replace("3.3", "nan"), ["vcc_v must be a number above 0, not nan"]),
        ("t_s,a,b\n", DESCRIPTION.replace('"b"', '"a"'), ["number 2: name 'a' must be there once"]),
        ("t_s,a,b\n", DESCRIPTION.replace('"b"', '"b;"'), ["name 'b;'"]),
        ("t_s,a,b\n", "format = 2\n" + DESCRIPTION, ["format is 2"]),
        ("t_s,a,b\n", DESCRIPTION.replace("0.000125", "1e-308"), ["[adc] lsb_v must be a number from 1e-09 to 1e+09"]),
        ("t_s,a,b\n", DESCRIPTION.replace("3.3", "1e308"), ["[adc] vcc_v must be a number from 1e-09 to 1e+09"]),
        ("t_s,a,b\n", DESCRIPTION.replace("-100", "-1e300"), ["number 1 x_mm must be a number from -1e+09 to 1e+09"]),
        ("t_s,a,b\n", DESCRIPTION.replace("3.3", "9" * 400), ["night.toml:4: adc.vcc_v: the number is too large"]),
        ("t_s,a,b\n", DESCRIPTION.replace("3.3", "9" * 5000), ["night.toml:4: the line has more than"]),
        ("t_s,a,b\n", DESCRIPTION.replace("3.3", "2026-11-29"), ["vcc_v must be a number above 0, not datetime.date(2026"]),
        ("t_s,a,b\n", DESCRIPTION + "[start]\ngains = {a = 0}\n", ["gains a must be a number above 0"]),
        ("t_s,a,b\n", "[adc]\nlsb_v = 1\nvcc_v = 1\n" + "[[sensors]]\n" * 65, ["has 65 [[sensors]]; a recording has up to 64"]),
        ("t_s" + ",a" * 70 + "\n", DESCRIPTION, ["the header names 71 columns"]),
        (
            "t_s,a,b\n",
            DESCRIPTION + "[start]\nbaseline_us = {c = 1}\nstart_utc = 5\n",
            ["names 'c'", "start_utc must be a time"],
        ),
        ("t_s,a,b\n", DESCRIPTION + "[start]\ngains = 3\n", ["gains must be a table"]),
        ("", DESCRIPTION, ["night.csv:1: the header must be t_s"]),
        ("0,1,2\n", DESCRIPTION, ["night.csv:1: the header must be t_s"]),
        ("t_s,a,c\n", DESCRIPTION, ["the column 'c' is not in", "no column for the sensor 'b'"]),
        ("t_s,a,b,b\n", DESCRIPTION, ["the column 'b' is there twice"]),
        ("t_s;a;b\n", "[adc]\nlsb_v = 1\n", ["header must be", "lacks vcc_v", "no [[sensors]]"]),
    ],
)
def test_a_recording_that_cannot_be_used_reports_all_that_is_wrong(
    tmp_path: Path, rows: str, description: str | None, parts: list[str]
) -> None:
    path = _recording(tmp_path, rows, description)
    with pytest.raises(InputError) as raised:
        open_recording(path)
    lines = str(raised.value).splitlines()
    for part in parts:
        assert any(part in line for line in lines), str(raised.value)
    assert all(line.startswith(str(tmp_path)) for line in lines)


def test_a_missing_or_misnamed_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"NAME\.csv"):
        open_recording(tmp_path / "night.txt")
    with pytest.raises(InputError, match=r"night\.csv: there is no such file"):
        open_recording(tmp_path / "night.csv")


def test_something_that_is_no_gzip_file_is_reported(tmp_path: Path) -> None:
    path = _recording(tmp_path, "t_s,a,b\n")
    packed = path.rename(tmp_path / "night.csv.gz")
    with pytest.raises(InputError, match="cannot be read"):
        open_recording(packed)
