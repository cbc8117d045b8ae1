"""As the readings come back: the mat says blind until it knows, and state, reason and health never contradict each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.contract.state import HealthState, MatState, Presence
from acumat.detect.parameters import Parameters
from tests.detect.drive import Drive

BLIND_REASONS = {"starting", "looking", "no_readings", "no_supply", "paused"}
"""Why a mat is blind. `resumed` stays after a pause whatever is to be seen then."""
P = Parameters()


def agree(state: MatState) -> None:
    blind = state.presence is Presence.BLIND
    if state.reason == "paused":
        assert blind
        assert state.health is not HealthState.BLIND, "blind by somebody's wish is no fault"
        return
    assert blind is (state.health is HealthState.BLIND), state
    if state.reason != "resumed":
        assert blind is (state.reason in BLIND_REASONS), state


NAMES = ("empty", "person", "touch", "lost", "half lost", "pause", "go on", "gap")


def live(drive: Drive, course: str) -> None:
    """A tenth of a second."""
    match course:
        case "person":
            drive.go(0.1, lambda _: [150.0 + 1.5 * (drive._seq % 40 > 20)] * 8)
            return
        case "touch":
            drive.go(0.1, lambda _: [30.0] * 4 + [0.5] * 4)
            return
        case "lost" | "half lost":
            drive.go(0.1, lambda _: [0.5] * 8, lost=frozenset(range(8 if course == "lost" else 5)))
            return
        case "pause":
            drive.pipeline.pause()
        case "go on":
            drive.pipeline.end_pause()
        case "gap":
            drive.skip(4.0)
    drive.empty(0.1)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 70)), min_size=1, max_size=8), st.booleans())
def test_state_reason_and_health_agree_at_every_frame_of_any_start(story: list[tuple[str, int]], known: bool) -> None:
    before = Drive()
    before.empty(8)
    drive = Drive(learned=before.pipeline.learned if known else None)
    agree(drive.pipeline.state)
    for course, steps in story:
        for _ in range(steps):
            live(drive, course)
            agree(drive.pipeline.state)


@pytest.mark.parametrize("rate_hz", [1.0, 2.0, 10.0, 30.0])
@pytest.mark.parametrize("lost_s", [3.0, 8.0, 60.0])
def test_who_lies_there_while_the_sensors_are_away_is_neither_up_nor_a_contact_in_between(
    rate_hz: float, lost_s: float
) -> None:
    drive = Drive(rate_hz=rate_hz)
    drive.empty(8)
    drive.person(60)
    seen = set()
    for _ in range(2):
        drive.skip(lost_s)
        for _ in range(round(10 * rate_hz)):
            drive.person(1 / rate_hz, rise_s=0.1)
            seen.add(drive.presence)
    assert seen == {"blind", "lying"}


def test_a_contact_that_becomes_no_lying_is_one_in_the_end() -> None:
    drive = Drive()
    drive.empty(8)
    drive.skip(4.0)
    seen = []
    for _ in range(50):
        drive.go(0.1, lambda _: [30.0] * 4 + [0.5] * 4)
        seen.append(drive.presence)
    first = seen.index("contact")
    assert set(seen[:first]) == {"blind"}
    assert set(seen[first:]) == {"contact"}
    assert first / 10 == pytest.approx(P.look_contact_s + P.contact_dwell_s, abs=0.3)


def test_whoever_only_sits_there_in_a_session_of_before_is_looked_at_until_it_is_over() -> None:
    drive = Drive()
    drive.empty(8)
    drive.person(60)
    session = drive.pipeline.snapshot
    assert session is not None
    again = Drive(learned=drive.pipeline.learned)
    again.t_s = drive.t_s + 3.0
    again.pipeline.carry_on(session)
    again.pipeline.resume(replace(session, sure_mono_s=drive.t_s))
    seen = []
    for _ in range(400):
        again.go(0.1, lambda _: [30.0] * 4 + [0.5] * 4)
        seen.append((again.presence, again.pipeline.state.session_id is not None))
    assert {open_ for presence, open_ in seen if presence == "blind"} == {True}
    assert {presence for presence, open_ in seen if open_} == {"blind"}
    assert seen[-1] == ("contact", False)
