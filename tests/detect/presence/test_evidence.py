"""The test of two hypotheses: where it decides, what each kind can come to, and that chance does not add up over hours."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.presence.evidence import (
    CONFIRM_NATS,
    FADE_S,
    FALSE_PERSON,
    FALSE_THING,
    STATES,
    TABLE,
    WITHDRAW_NATS,
    Evidence,
    Sign,
    Verdict,
)


def test_the_limits_are_those_of_walds_test_at_the_stated_errors() -> None:
    assert math.exp(CONFIRM_NATS) == pytest.approx((1 - FALSE_THING) / FALSE_PERSON)
    assert math.exp(WITHDRAW_NATS) == pytest.approx(FALSE_THING / (1 - FALSE_PERSON))


def test_every_kind_has_a_worth_on_one_side_and_a_cap_that_reaches_it() -> None:
    assert set(TABLE) == set(Sign)
    for sign, worth in TABLE.items():
        assert worth.nats * worth.most > 0, sign
        assert abs(worth.most) >= abs(worth.nats), sign
        assert (worth.nats == worth.most) or sign not in STATES, sign


@pytest.mark.parametrize("sign", set(Sign) - {Sign.LARGE_SWING, Sign.SILENCE})
def test_no_kind_decides_alone_but_a_large_swing_and_long_silence(sign: Sign) -> None:
    evidence = Evidence()
    for _ in range(100):
        evidence.add(sign)
    assert evidence.verdict is Verdict.OPEN


@pytest.mark.parametrize(("sign", "verdict"), [(Sign.LARGE_SWING, Verdict.PERSON), (Sign.SILENCE, Verdict.THING)])
def test_these_two_decide_but_not_at_once(sign: Sign, verdict: Verdict) -> None:
    evidence = Evidence()
    evidence.add(sign)
    assert evidence.verdict is Verdict.OPEN
    for _ in range(11):
        evidence.add(sign)
    assert evidence.verdict is verdict


def test_what_is_taken_back_leaves_nothing_of_the_other_side() -> None:
    evidence = Evidence()
    evidence.add(Sign.SILENCE)
    evidence.add(Sign.SILENCE, -5.0)
    assert evidence.total == 0.0


def test_evidence_fades_and_states_do_not() -> None:
    evidence = Evidence()
    evidence.fade(0.0)
    evidence.add(Sign.INSIDE)
    evidence.hold(Sign.STAGES, True)
    evidence.fade(FADE_S)
    assert evidence.nats[Sign.INSIDE] == pytest.approx(TABLE[Sign.INSIDE].nats / math.e)
    assert evidence.nats[Sign.STAGES] == TABLE[Sign.STAGES].nats
    evidence.hold(Sign.STAGES, False)
    assert evidence.nats[Sign.STAGES] == 0.0


def test_a_chance_in_a_hundred_looks_does_not_make_a_person_of_a_thing_in_a_night() -> None:
    evidence = Evidence()
    for look in range(8 * 3600 // 4):
        evidence.fade(4.0 * look)
        if look % 100 == 0:
            evidence.add(Sign.INSIDE)
        assert evidence.verdict is Verdict.OPEN


def test_the_reason_is_what_weighs_most_on_the_side_of_the_sum() -> None:
    evidence = Evidence()
    evidence.add(Sign.INSIDE, 2.0)
    evidence.hold(Sign.AT_ONCE, True)
    assert evidence.reason == TABLE[Sign.INSIDE].says
    for _ in range(12):
        evidence.add(Sign.SILENCE)
    assert evidence.reason == TABLE[Sign.SILENCE].says


@given(st.lists(st.tuples(st.sampled_from(Sign), st.floats(-3, 3), st.floats(0, 1000)), max_size=60))
def test_no_kind_comes_to_more_than_its_cap(seen: list[tuple[Sign, float, float]]) -> None:
    evidence, t_s = Evidence(), 0.0
    for sign, times, after_s in seen:
        t_s += after_s
        evidence.fade(t_s)
        evidence.add(sign, times)
        assert all(0.0 <= nats / TABLE[each].most <= 1.0 for each, nats in evidence.nats.items())
