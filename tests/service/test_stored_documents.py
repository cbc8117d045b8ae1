"""Documents of an earlier run in which any value may be another or missing: the start comes up, and quotes nothing of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from acumat.contract.learned import Learned
from acumat.contract.sessions import SessionSnapshot
from acumat.detect.pipeline import Pipeline
from acumat.history.rows import learned_from
from acumat.service.checkpoint import Checkpoint, Checkpoints, read_checkpoint
from acumat.service.recovery import Recovery
from acumat.service.timekeeping import TimeOfDay
from acumat.stored import UnreadableError, read_as
from tests.detect.harness import PipelineHarness
from tests.service.test_recorder import Bench as RecorderBench
from tests.service.test_recovery import MAT, NAMES, TwoClocks, checkpoint
from tests.service.test_settings import Bench as SettingsBench
from tests.service.test_timekeeping import Pi

CANARY = "canary-heart-yes"
BAD: tuple[Any, ...] = (None, CANARY, [], {}, True, -1, 0, 1e11, [CANARY], {CANARY: 1}, float("nan"), float("inf"), 10**400)
KEPT_LEARNED = Learned((3.0,) * 8, (1.0,) * 8, 500.0, calibrated=True)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, the whole of it included."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def spoilt(text: str) -> Iterator[str]:
    """The text with another value in each place, and with each place missing; then texts that are no JSON at all."""
    for path in places(json.loads(text)):
        for bad in BAD:
            yield json.dumps(changed(json.loads(text), path, bad))
        if path:
            yield json.dumps(changed(json.loads(text), path, places))
    yield from ("", "null", "{", f'"{CANARY}"', "[" * 100_000, text[:-1], f'{{"x": {"9" * 6000}}}', "\0")


def changed(value: Any, path: tuple[Any, ...], to: Any) -> Any:
    """`places` itself stands for taking the value away."""
    if not path:
        return to
    place = value
    for key in path[:-1]:
        place = place[key]
    if to is places:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return value


def test_whatever_stands_in_the_checkpoint_the_next_run_starts_and_measures(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    bench = RecorderBench(tmp_path / "h.db")
    whole = checkpoint(boot_id="second")
    text = Checkpoint(**{**{name: getattr(whole, name) for name in Checkpoint.__slots__}, "pending_lying": whole}).text()
    assert read_checkpoint(text) is not None
    started = 0
    for spoiled in spoilt(text):
        found = read_checkpoint(spoiled)
        if found is None:
            continue
        started += 1
        drive = PipelineHarness(MAT)
        drive.t_s = 400.0
        clock = TwoClocks(400.0, 1.8e9 + 400.0)
        time = TimeOfDay(clock, None)
        checkpoints = Checkpoints(drive.pipeline, clock, time, boot_id="second", sensors=NAMES)
        recovery = Recovery(drive.pipeline, bench.recorder, checkpoints, clock, time, boot_id="second", sensors=NAMES)
        recovery.start(found)
        drive.person(1.0, rise_s=0.1)
        recovery.tick()
        drive.pipeline.take_records()
        checkpoints.now(recovery.interrupted)
    assert started > 20, "what fits is used"
    assert CANARY not in caplog.text


def test_whatever_stands_in_the_settings_they_are_taken_up_or_not(caplog: pytest.LogCaptureFixture) -> None:
    text = '{"paused_until_wall_s": 1.7e9, "guest": true, "sensitivity": "high", "configured": "normal"}'
    for spoiled in spoilt(text):
        bench = SettingsBench(spoiled)
        assert bench.settings.document()["sensitivity"] in ("normal", "high")
        bench.settings.follow()
    assert CANARY not in caplog.text


def test_whatever_stands_in_what_was_learnt_a_pipeline_starts_with_it_or_without(caplog: pytest.LogCaptureFixture) -> None:
    names = list(NAMES)
    for spoiled in spoilt(json.dumps(asdict(KEPT_LEARNED))):
        try:
            learned = learned_from(spoiled, names, names)
        except UnreadableError as exc:
            assert CANARY not in str(exc)  # noqa: PT017
            continue
        drive = PipelineHarness(MAT, learned=learned)
        drive.empty(0.5)
        drive.person(1.0)
    assert CANARY not in caplog.text


def test_whatever_stands_in_the_note_of_the_clock_a_time_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for spoiled in spoilt('{"boot_id": "two", "offset_s": 1.8e9, "wall_s": 1.8e9}'):
        Pi(tmp_path, rtc_s=0.0, stored=spoiled).start().tick()
    assert CANARY not in caplog.text


def test_a_document_that_is_nested_beyond_reason_is_unreadable(caplog: pytest.LogCaptureFixture) -> None:
    text = whole = checkpoint(boot_id="second").text()
    for _ in range(400):
        text = whole.replace('"meanwhile":null', f'"meanwhile":{text}')
    assert read_checkpoint(text) is None
    assert "cannot be read and is lost" in caplog.text


def test_a_document_is_read_as_it_was_written() -> None:
    drive = PipelineHarness(MAT)
    drive.empty(20)
    drive.person(60)
    snapshot = drive.pipeline.snapshot
    assert snapshot is not None
    assert read_as(SessionSnapshot, json.dumps(asdict(snapshot))) == snapshot
    assert Pipeline(MAT, learned=read_as(Learned, json.dumps(asdict(KEPT_LEARNED)))).learned == KEPT_LEARNED
