"""Why a lying is withdrawn: each reason with its own sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest

from acumat.contract.events import NOBODY_LIES, EventType
from acumat.contract.state import Mode
from acumat.detect.frame_log import FrameLog
from acumat.detect.narration import Narration
from acumat.detect.presence.bearing import Other
from tests.detect.harness import PipelineHarness, one

Course = Callable[[float], list[float]]


def swaying(waves: list[list[tuple[float, float]]], of: list[int], size: float, rows: tuple[float, ...]) -> Course:
    """Each sensor sways with one of the waves (Hz and phase)."""

    def course(t_s: float) -> list[float]:
        by = [sum([math.sin(2 * math.pi * hz * t_s + at) for hz, at in each]) for each in waves]
        return [150.0 * min(1.0, t_s / 0.5 + 0.1) * rows[i // 2] * (1 + size * by[of[i]]) for i in range(8)]

    return course


def waves(count: int) -> list[list[tuple[float, float]]]:
    random_ = Random(7)
    return [[(random_.uniform(0.2, 1.2), random_.uniform(0.0, 6.3)) for _ in range(8)] for _ in range(count)]


PAIR = swaying(waves(2), [0] * 4 + [1] * 4, 0.003, (1.0, 1.0, 1.0, 1.0))
SEAT = swaying(waves(1), [0] * 8, 0.004, (0.35, 1.0, 1.0, 0.3))


@pytest.mark.parametrize(
    ("course", "reason", "word"),
    [(PAIR, "upright", "Two people"), (SEAT, "upright", "does not lie"), (lambda t_s: [150.0] * 8, "not_alive", "thing")],
)
def test_what_is_withdrawn_says_what_it_looks_like(course: Course, reason: str, word: str) -> None:
    drive = PipelineHarness()
    drive.empty(6)
    drive.go(100, course)
    event = one(drive.events, EventType.LYING_WITHDRAWN)
    assert (event.reason, drive.pipeline.state.reason) == (reason, reason)
    assert word in event.text
    assert not [each for each in drive.events if each.event_type is EventType.SESSION_STARTED]


@pytest.mark.parametrize("mode", [None, Mode.UNKNOWN, Mode.SITTING, Mode.STANDING])
def test_each_other_has_a_sentence_of_its_own(mode: Mode | None) -> None:
    texts = []
    for other in (None, *Other):
        log = FrameLog()
        log.begin(1.0)
        Narration(log).withdrawn(NOBODY_LIES[0], other, mode, 60.0)
        texts.append(log.events[0].text)
    assert len(set(texts)) == len(texts)
    assert ("sits there, and" in texts[1]) is (mode is Mode.SITTING)
