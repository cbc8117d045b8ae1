"""Outages of 1 s to 3 h under a lying person, in every phase: the alarm comes at its time, and nobody is guided anew."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from acumat.contract.events import EventType
from tests.chaos.safety_story import CAP_S, LATE_S, NOON_S, Story

MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
OUTAGES_S = (1.0, 5.0, 25.0, 119.0, 125.0, 300.0, 1000.0, 3600.0, 10_800.0)
PHASES = {
    "not found yet": 4.0,
    "settling": 40.0,
    "before the half": 200.0,
    "after the half": 400.0,
    "in the last minute": 570.0,
    "after the end": 650.0,
    "after the louder cue": 760.0,
    "shortly before the alarm": 1190.0,
    "in the alarm": 1230.0,
}
WAYS = ("kill", "power", "power, clock known later", "paused", "blind", "history away", "safe mode")


@pytest.fixture
def story() -> Iterator[Story]:
    with empty_mat() as made:
        yield made


@contextmanager
def empty_mat() -> Iterator[Story]:
    with TemporaryDirectory(dir=MEMORY) as name:
        made = Story(Path(name))
        made.live(30.0)
        yield made


def interrupted(story: Story, way: str, outage_s: float, *, resumes: bool) -> None:
    if way in ("paused", "blind"):
        story.without_sight(outage_s, way)
        return
    story.cut_off("power" if way.startswith("power") else "kill", outage_s)
    if way == "power":
        story.set_clock()
    story.begin_again(resumes=resumes, history="unreadable" if way in ("history away", "safe mode") else "there")
    if way == "power, clock known later":
        story.live(20.0)
        story.set_clock()
    if way == "history away":
        story.live(30.0)
        assert story.routine is not None
        story.routine.restore_late(dict(story.history.stored))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("phase", PHASES)
def test_the_alarm_comes_at_its_time_and_nobody_is_guided_anew(way: str, phase: str) -> None:
    for outage_s, resumes in itertools.product(OUTAGES_S, (True, False)):
        with empty_mat() as story:
            story.person.lie_down(story.clock.t_s)
            story.live(PHASES[phase])
            interrupted(story, way, outage_s, resumes=resumes)
            story.live(CAP_S)  # judges each frame
            judge(story, f"{outage_s} s, {resumes=}", known_after_s=26.0 if way == "power, clock known later" else 0.0)
            if PHASES[phase] > 20.0:
                assert EventType.CUE_START in [event_type for _, event_type in story.received]


def judge(story: Story, case: str, *, known_after_s: float) -> None:
    (cap_s,) = [t_s for t_s, event_type in story.received if event_type is EventType.CUE_CAP]
    lain_s = cap_s - (story.person.exposed_s or 0.0)
    assert lain_s >= CAP_S - LATE_S, case
    assert lain_s <= CAP_S + LATE_S or cap_s - story.up_s <= LATE_S + known_after_s, f"{case}: {lain_s} s"
    starts = [event_type for _, event_type in story.received if event_type is EventType.CUE_START]
    assert len(starts) <= 1, f"{case}: guided anew"


@pytest.mark.parametrize("outages", [3, 8])
def test_without_any_clock_what_is_certain_counts(story: Story, outages: int) -> None:
    """The seconds that a daemon saw in every boot add up; all others do not, until the clock is known."""
    story.reported.dated = False
    story.person.lie_down(story.clock.t_s)
    lit_s = 1100.0 / outages
    for number in range(outages):
        story.live(lit_s)
        story.cut_off("power", 50.0)
        story.clock.wrong_s = -NOON_S + 100.0 * number
        story.begin_again(resumes=False, history="there")
        story.reported.dated = False
    story.live(CAP_S)
    (cap_s,) = [t_s for t_s, event_type in story.received if event_type is EventType.CUE_CAP]
    certain_s = cap_s - 30.0 - 50.0 * outages
    assert CAP_S - LATE_S <= certain_s <= CAP_S + 31.0 * outages, "at most 30 s before each cut are in doubt"
