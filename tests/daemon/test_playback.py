"""A recording to look at: every line of the replay as it is, loads between them, and the reasons that `explain` would give."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from acumat.cli.main import main
from acumat.detect.parameters import Parameters
from acumat.explain import playback as module
from acumat.explain.playback import EARLY, RATE_HZ, SHIPPED, SHIPPED_FOLDER, playback
from acumat.explain.recording import moment_of, moment_sentences
from acumat_hw.recording import open_recording

DATA = Path(__file__).parents[1] / "data"


def played(name: str) -> list[str]:
    return list(playback(open_recording(SHIPPED_FOLDER / f"{name}.csv.gz"), Parameters()))


def of_kind(lines: list[str], kind: str) -> list[dict[str, Any]]:
    return [document for line in lines if (document := json.loads(line))["kind"] == kind]


def test_the_shipped_recordings_are_all_there_with_their_licences() -> None:
    assert {path.name.partition(".")[0] for path in DATA.glob("*.csv.gz")} == {*SHIPPED}
    expected = {"README.md", *(f"{name}.{ending}" for name in SHIPPED for ending in ("csv.gz", "toml"))}
    assert {path.name for path in SHIPPED_FOLDER.iterdir()} == expected
    for path in SHIPPED_FOLDER.iterdir():
        assert path.read_bytes() == (DATA / path.name).read_bytes()


@pytest.mark.parametrize("name", SHIPPED)
def test_events_and_states_are_those_of_the_command_byte_for_byte(name: str, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    assert main(["replay", str(DATA / f"{name}.csv.gz"), "--json", str(target)]) == 0
    lines = [line for line in played(name) if json.loads(line)["kind"] in ("event", "state")]
    assert "".join(f"{line}\n" for line in lines).encode() == target.read_bytes()


def test_every_event_has_the_sentences_that_explain_gives_at_that_moment() -> None:
    lines = played("popu_4x2")
    reasons = {event_id: each for each in of_kind(lines, "why") for event_id in each["ids"]}
    events = of_kind(lines, "event")
    assert [each["id"] for each in events] == list(reasons)
    for each in events:
        moment = moment_of(open_recording(DATA / "popu_4x2.csv.gz"), each["t_s"], Parameters())
        assert reasons[each["id"]]["sentences"] == moment_sentences(moment)
        assert reasons[each["id"]]["t_s"] == each["t_s"]


def test_loads_come_at_the_rate_of_the_live_page_and_one_for_each_sensor() -> None:
    frames = of_kind(played("bed_a"), "frame")  # 25 Hz
    gaps = [after["t_s"] - before["t_s"] for before, after in pairwise(frames)]
    assert min(gaps) >= (1.0 - EARLY) / RATE_HZ - 1e-9
    assert len(frames) == pytest.approx(330.68 * RATE_HZ, rel=0.02)
    assert {len(each["loads_us"]) for each in of_kind(played("popu_4x2"), "frame")} == {8}


def test_it_begins_with_the_layout_and_ends_with_what_was_read() -> None:
    first, *_, last = (json.loads(line) for line in played("bed_whisper"))
    assert first["kind"] == "hello"
    assert [each["name"] for each in first["layout"]["sensors"]] == ["strip"]
    assert last == {"kind": "end", "t_s": 180.28, "frames": 4508, "problems": []}


def test_one_that_has_no_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FRAMES", 1000)
    (last,) = of_kind(played("bed_whisper"), "end")
    assert (last["frames"], last["problems"]) == (
        1000,
        ["The recording is longer than 1000 rows; the rest is left out. Cut it into parts."],
    )
