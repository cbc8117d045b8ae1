"""Frames can be anything: no exception, nothing infinite, nothing that grows, blind when nothing is read, nobody made of noise.

`ACUMAT_FRAME_STREAMS` and `ACUMAT_FRAMES` make it long: 200 streams of 40,000 frames are some hours.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from acumat.contract.events import Event, EventType
from acumat.contract.state import Presence
from acumat.detect.pipeline import Pipeline
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import grid
from tests.detect.harness import PipelineHarness
from tests.detect.streams import FULL, MOST_ITEMS, Rig, items_of

STREAMS = int(os.environ.get("ACUMAT_FRAME_STREAMS", "12"))
FRAMES = int(os.environ.get("ACUMAT_FRAMES", "1500"))
LIE = (EventType.LYING_CONFIRMED, EventType.SESSION_STARTED)


@pytest.mark.parametrize("seed", range(STREAMS))
def test_no_stream_of_frames_and_calls_breaks_detection(seed: int) -> None:
    tally = Rig(seed).run(FRAMES)
    assert tally.frames == FRAMES
    assert 0 < tally.most_items < MOST_ITEMS


def test_a_mat_that_reads_nothing_after_a_person_breaks_no_search_for_breath() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(60)
    for zeros_s, gap_s in ((0.25, 0.3), (0.1, 0.6), (0.5, 0.3)):
        drive.go(zeros_s, lambda _: [0.0] * 8)
        drive.skip(gap_s)
        drive.go(0.5, lambda _: [0.0] * 8)
    assert drive.pipeline.state.presence in (Presence.LYING, Presence.CONTACT, Presence.EMPTY)


@pytest.mark.parametrize("step_s", [0.0, 1e-9, -1e-4])
def test_frames_of_one_and_the_same_moment_are_not_stored(step_s: float) -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(20)
    before = items_of(drive.pipeline)
    for index in range(5000):
        drive.pipeline.step(Frame.complete(drive.t_s + index * step_s, index, (13000,) * 8))
    assert items_of(drive.pipeline) <= before + 50


@pytest.mark.parametrize("rate_hz", [10.0, 200.0])
def test_memory_is_bounded_in_time_at_any_rate(rate_hz: float) -> None:
    drive = PipelineHarness(rate_hz=rate_hz)
    drive.empty(10)
    drive.person(60)
    early = items_of(drive.pipeline)
    drive.person(60)
    assert items_of(drive.pipeline) < 2 * early
    assert early < MOST_ITEMS


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 2), (4, 2), (4, 4)])
@pytest.mark.parametrize("rate_hz", [1.0, 10.0])
def test_noise_alone_is_nobody(size: tuple[int, int], rate_hz: float) -> None:
    mat = grid(*size, rm_ohm=3300)
    for seed, share in enumerate((0.001, 0.02, 0.3)):
        random, pipeline = Random(seed), Pipeline(mat)
        events: list[Event] = []
        for index in range(round(300 * rate_hz)):
            codes = [round(random.gauss(0.0, share * 26400)) + random.choice([0, 100]) for _ in mat.sensors]
            codes = [max(-FULL - 1, min(FULL, code)) for code in codes]
            events += pipeline.step(Frame.complete(index / rate_hz, index, tuple(codes)))
        assert not [event for event in events if event.event_type in LIE], share


@pytest.mark.parametrize("reason", list(Missing))
def test_without_a_usable_reading_the_mat_is_blind_within_three_seconds(reason: Missing) -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(30)
    lost_s = drive.t_s
    while drive.t_s - lost_s < 3.0:
        drive.pipeline.step(Frame(drive.t_s, 0, (None,) * 8, (reason,) * 8))
        drive.t_s += 0.1
    assert drive.pipeline.state.presence is Presence.BLIND
