"""What to do next: the first that applies, and a word for everything that can be."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.coach.advice import OFF, advise
from acumat.coach.document import SITUATIONS, routine_document
from acumat.coach.guidance_gate import WHY
from acumat.coach.moment import Moment
from acumat.coach.rules import Rules
from acumat.coach.state import CoachState
from acumat.contract.now import Advice
from acumat.contract.state import MatState, Presence

EMPTY = MatState(Presence.EMPTY, reason="empty")
LYING = MatState(Presence.LYING, confirmed=True, lopsided=False, lateral=3.0, session_id="a", session_s=60.0, contact_s=60.0)
READY: dict[str, Any] = routine_document(CoachState(), EMPTY, Moment(0.0, 1.8e9, "boot", UTC), Rules()) | {
    "situation": "ready",
    "guidance": True,
    "guidance_reason": None,
}


def said(mat: MatState, **changes: Any) -> Advice:
    flags = {key: changes.pop(key, key == "calibrated") for key in ("calibrated", "calibrating", "paused", "alarming")}
    return advise(mat, READY | changes, **flags)


@pytest.mark.parametrize(
    ("mat", "changes", "advice"),
    [
        (EMPTY, {}, Advice.READY),
        (EMPTY, {"done_today": True}, Advice.DONE_TODAY),
        (EMPTY, {"calibrated": False}, Advice.CALIBRATE),
        (EMPTY, {"calibrated": False, "guidance_reason": "unanswered"}, Advice.UNANSWERED),
        (EMPTY, {"question": "redness", "cool_down_until": "2026-11-29T20:00:00Z"}, Advice.REDNESS),
        (EMPTY, {"cool_down_until": "2026-11-29T20:00:00Z"}, Advice.FADING),
        (EMPTY, {"cool_down_until": "2026-11-29T20:00:00Z", "guidance_reason": "symptom"}, Advice.SYMPTOM),
        (EMPTY, {"paused": True}, Advice.PAUSED),
        (EMPTY, {"calibrating": True}, Advice.CALIBRATING),
        (LYING, {"situation": "guided"}, Advice.BREATHE),
        (LYING, {"situation": "measuring", "guidance_reason": "unanswered"}, Advice.MEASURING),
        (LYING, {"situation": "measuring", "guidance_reason": "symptom"}, Advice.RISE),
        (LYING, {"situation": "over_time"}, Advice.OVER_TIME),
        (LYING, {"situation": "alarm", "alarming": True}, Advice.ALARM),
        (MatState(Presence.BLIND, reason="paused"), {"paused": True}, Advice.PAUSED),
        (MatState(Presence.BLIND, reason="bus"), {}, Advice.BLIND),
        (MatState(), {}, Advice.STARTING),
        (MatState(Presence.BLIND, reason="bus"), {"alarming": True}, Advice.ALARM),
        (MatState(Presence.CONTACT, reason="contact"), {}, Advice.READY),
    ],
)
def test_the_first_that_applies_is_said(mat: MatState, changes: dict[str, Any], advice: Advice) -> None:
    assert said(mat, **changes) is advice


@pytest.mark.parametrize(("lateral", "advice"), [(40.0, Advice.SHIFT_RIGHT), (-40.0, Advice.SHIFT_LEFT)])
@pytest.mark.parametrize("situation", ["guided", "measuring"])
def test_who_is_lopsided_is_asked_to_shift_away_from_the_heavy_side(lateral: float, advice: Advice, situation: str) -> None:
    """The mat's right is under the left of somebody who lies on the back: heavy there, they shift to their right."""
    mat = MatState(Presence.LYING, confirmed=True, lopsided=True, lateral=lateral)
    assert said(mat, situation=situation) is advice


def test_each_reason_why_guidance_is_off_has_its_advice() -> None:
    assert OFF.keys() == WHY.keys()
    assert len(set(OFF.values())) == len(OFF)


@pytest.mark.parametrize(("calibrated", "advice"), [(True, Advice.LIE_DOWN), (False, Advice.CALIBRATE)])
def test_without_the_routine_there_is_advice_too(calibrated: bool, advice: Advice) -> None:
    assert advise(EMPTY, None, calibrated=calibrated, calibrating=False, paused=False, alarming=False) is advice
    assert advise(LYING, None, calibrated=calibrated, calibrating=False, paused=False, alarming=False) is Advice.MEASURING


@given(
    mat=st.builds(
        MatState,
        st.sampled_from(Presence),
        lopsided=st.sampled_from([None, True, False]),
        lateral=st.none() | st.floats(-100, 100),
        reason=st.sampled_from(["starting", "empty", "bus"]),
    ),
    situation=st.sampled_from(SITUATIONS),
    why=st.none() | st.sampled_from(sorted(WHY)),
    flags=st.tuples(*[st.booleans()] * 5),
)
def test_there_is_always_one_and_an_alarm_comes_first(
    mat: MatState, situation: str, why: str | None, flags: tuple[bool, ...]
) -> None:
    calibrated, calibrating, paused, alarming, done = flags
    advice = said(
        mat,
        situation=situation,
        guidance_reason=why,
        done_today=done,
        calibrated=calibrated,
        calibrating=calibrating,
        paused=paused,
        alarming=alarming,
    )
    assert advice in Advice
    assert (advice is Advice.ALARM) is alarming
