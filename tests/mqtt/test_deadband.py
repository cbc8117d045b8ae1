"""When a state document is said: edges at once, slow values slowly, nothing when nothing moves, the last value in the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.documents import STATE_DIGITS, STATE_KEYS, state_document
from acumat.contract.state import HealthState, MatState, Mode, Phase, Presence
from acumat.mqtt.deadband import (
    DEADBANDS,
    EDGE_KEYS,
    IDLE_INTERVAL_S,
    OCCUPIED_INTERVAL_S,
    QUICK_INTERVAL_S,
    Deadband,
    moved,
)

Document = dict[str, Any]

EMPTY = state_document(MatState(Presence.EMPTY, load=0.0, reference="default", health=HealthState.OK, reason="load_gone"))
LYING = state_document(
    MatState(
        Presence.LYING,
        confirmed=True,
        phase=Phase.SETTLED,
        load=98.0,
        reference="learnt",
        lateral=4.0,
        head_foot=12.0,
        lopsided=False,
        shares={"shoulders": 60.0, "pelvis": 40.0},
        evenness=0.9,
        cop_mm=(3.0, 40.0),
        still=True,
        restlessness=10,
        breaths_per_min=13.0,
        breath_quality=0.8,
        breath_evenness=0.1,
        possible_doze=False,
        mode=Mode.BACK,
        session_id="x-s1",
        session_s=120.0,
        contact_s=120.0,
        health=HealthState.OK,
        reason="alive",
    )
)
OTHER: Document = {
    "presence": "contact",
    "confirmed": False,
    "phase": "leaving",
    "reference": "default",
    "lopsided": True,
    "possible_doze": True,
    "mode": "neck",
    "session_id": "x-s2",
    "health": "degraded",
    "reason": "load_below",
}


def said(deadband: Deadband, documents: Iterable[tuple[float, Document]]) -> list[float]:
    return [t_s for t_s, document in documents if deadband.wants(document, t_s)]


def calm(document: Document, t_s: float = 0.0) -> Deadband:
    """One that has said this and has used up its quick word."""
    deadband = Deadband()
    assert deadband.wants(document, t_s - 1000)
    moved = {**document, "load": document["load"] + 10}
    assert deadband.wants(moved, t_s - 500)
    assert deadband.wants(document, t_s)
    return deadband


def test_every_key_of_the_state_is_an_edge_or_has_a_deadband_but_the_sentence_of_the_reason() -> None:
    assert sorted((*EDGE_KEYS, *DEADBANDS, "reason_text")) == sorted(STATE_KEYS)


def test_the_first_document_is_reported_and_again_after_a_reset() -> None:
    deadband = Deadband()
    assert said(deadband, [(0.0, EMPTY), (0.1, EMPTY), (1000.0, EMPTY)]) == [0.0]
    deadband.reset()
    assert said(deadband, [(1000.1, EMPTY), (1000.2, EMPTY)]) == [1000.1]


@pytest.mark.parametrize("key", EDGE_KEYS)
def test_an_edge_is_reported_at_once_and_once(key: str) -> None:
    changed = {**LYING, key: OTHER[key]}
    assert said(calm(LYING), [(0.1, changed), (0.2, changed), (0.3, LYING)]) == [0.1, 0.3]


@pytest.mark.parametrize("key", EDGE_KEYS)
def test_an_edge_to_unknown_is_an_edge(key: str) -> None:
    assert said(calm(LYING), [(0.1, {**LYING, key: None})]) == [0.1]


def test_the_sentence_alone_is_no_reason_to_speak() -> None:
    assert said(calm(LYING), [(t_s, {**LYING, "reason_text": f"{t_s:g} s"}) for t_s in (1.0, 30.0, 600.0)]) == []


@pytest.mark.parametrize(
    ("key", "within", "beyond"),
    [
        ("load", 98.9, 99.0),
        ("lateral", 2.1, 2.0),
        ("head_foot", 13.9, 14.0),
        ("shares", {"shoulders": 61.9, "pelvis": 38.1}, {"shoulders": 58.0, "pelvis": 42.0}),
        ("evenness", 0.919, 0.921),
        ("cop_mm", [12.9, 31.0], [3.0, 50.0]),
        ("still", True, False),
        ("restlessness", 14, 15),
        ("breaths_per_min", 13.4, 12.5),
        ("breath_quality", 0.71, 0.69),
        ("breath_evenness", 0.14, 0.151),
        ("session_s", 134.9, 135.0),
        ("contact_s", 134.9, 135.0),
    ],
)
def test_a_slow_value_is_reported_beyond_its_deadband_at_the_slow_pace(key: str, within: object, beyond: object) -> None:
    assert said(calm(LYING), [(OCCUPIED_INTERVAL_S, {**LYING, key: within}), (600.0, {**LYING, key: within})]) == []
    changed = {**LYING, key: beyond}
    assert said(calm(LYING), [(OCCUPIED_INTERVAL_S - 0.1, changed), (OCCUPIED_INTERVAL_S, changed)]) == [OCCUPIED_INTERVAL_S]


def test_the_last_value_comes_out_after_the_interval() -> None:
    course = [(0.1 * i, {**LYING, "load": 98.0 + min(0.1 * i, 5.0)}) for i in range(700)]
    deadband = calm(LYING)
    assert said(deadband, course) == pytest.approx([30.0])
    back = [(70.0 + 0.1 * i, LYING) for i in range(10)]
    assert said(deadband, back) == pytest.approx([70.0])


def test_what_was_reported_counts_and_not_the_document_before() -> None:
    creeping = [(10.0 * i, {**LYING, "load": 98.0 + 0.1 * i}) for i in range(1, 15)]
    assert said(calm(LYING), creeping) == [100.0]


def test_an_empty_mat_speaks_once_a_minute_at_most_and_not_at_all_without_change() -> None:
    noise = Random(3)
    quiet = [(float(t_s), {**EMPTY, "load": round(noise.uniform(0.0, 0.9), 1)}) for t_s in range(3600)]
    assert said(calm(EMPTY), quiet) == []
    loud = [(float(t_s), {**EMPTY, "load": float(t_s % 7)}) for t_s in range(3600)]
    times = said(calm(EMPTY), loud)
    assert 50 < len(times) <= 3600 / IDLE_INTERVAL_S


def test_lying_down_shows_its_first_figures_within_five_seconds() -> None:
    unknown = {**LYING, "phase": "sharp", "lateral": None, "head_foot": None, "shares": None, "evenness": None}
    known = {**LYING, "phase": "sharp"}
    deadband = calm(EMPTY)
    assert said(deadband, [(1.0, unknown), (3.0, known), (5.9, known), (6.0, known)]) == [1.0, 6.0]
    # and what comes even later, such as breathing, does not wait for the slow pace either
    assert said(deadband, [(11.1, {**known, "load": 99.5}), (12.0, {**known, "breaths_per_min": None})]) == []


def test_figures_of_the_first_moment_are_put_right_after_five_seconds() -> None:
    course = [(1.0 + 0.1 * i, {**LYING, "load": min(60.0 + i, 98.0)}) for i in range(500)]
    assert said(calm(EMPTY), course) == pytest.approx([1.0, 1.0 + QUICK_INTERVAL_S])


@pytest.mark.parametrize(
    ("edge", "next_s"),
    [({"possible_doze": True}, 30.0), ({"lopsided": True}, 30.0), ({"reason": "shift"}, 30.0), ({"confirmed": False}, 5.0)],
)
def test_figures_come_out_of_turn_after_somebody_has_come_and_not_after_other_edges(edge: Document, next_s: float) -> None:
    after = {**LYING, **edge}
    moving = [(10.1 + 0.1 * i, {**after, "load": 90.0, "breaths_per_min": 9.0}) for i in range(400)]
    assert said(calm(LYING), [(10.0, after), *moving]) == pytest.approx([10.0, 10.0 + next_s])


def test_a_value_that_comes_and_goes_does_not_set_the_pace() -> None:
    deadband = calm({**LYING, "breaths_per_min": None})
    blinking = [(0.1 * i, {**LYING, "breaths_per_min": 13.0 if i % 2 else None}) for i in range(12_000)]
    assert len(said(deadband, blinking)) <= 1 + 1200 / OCCUPIED_INTERVAL_S


def test_a_value_lost_waits_for_the_slow_pace() -> None:
    lost = {**LYING, "lateral": None}
    assert said(calm(LYING), [(5.0, lost), (29.9, lost), (30.0, lost)]) == [30.0]


def test_what_was_reported_is_stored_apart_from_the_callers_document() -> None:
    deadband = Deadband()
    document = dict(EMPTY)
    deadband.wants(document, 0.0)
    document["presence"] = "lying"
    assert deadband.wants(document, 0.1)


@given(
    st.lists(
        st.tuples(
            st.floats(0.05, 20.0),
            st.floats(0, 120),
            st.none() | st.floats(-100, 100),
            st.sampled_from(["contact", "lying", "empty", "blind"]),
        ),
        max_size=60,
    )
)
def test_every_edge_is_reported_and_in_the_end_nothing_lags(steps: list[tuple[float, float, float | None, str]]) -> None:
    deadband, t_s = Deadband(), 0.0
    last: Mapping[str, Any] = {}
    document: Document = LYING
    for after_s, load, lateral, presence in steps:
        t_s += after_s
        document = {**LYING, "load": load, "lateral": lateral, "presence": presence}
        if deadband.wants(document, t_s):
            last = document
        assert last["presence"] == presence
    if steps and deadband.wants(document, t_s + IDLE_INTERVAL_S):
        last = document
    if steps:
        assert abs(last["load"] - document["load"]) < DEADBANDS["load"]


def test_twenty_minutes_in_which_everything_moves_stay_below_300_rows() -> None:
    """A row is a change of what an enabled entity shows; what is worse than any person: every slow value is noise."""
    noise, deadband, rows = Random(1), Deadband(), 0
    shown: tuple[object, ...] = (None,) * 8
    for frame in range(12_000):
        t_s = frame / 10
        phase = "sharp" if t_s < 30 else "settling" if t_s < 150 else "settled"
        document = {
            **LYING,
            "phase": phase,
            "load": noise.uniform(80, 110),
            "lateral": noise.uniform(-30, 30),
            "evenness": noise.random(),
            "breaths_per_min": noise.choice([None, 12.0, 15.0]),
            "lopsided": t_s % 300 > 200,
            "session_s": t_s,
            "reason": phase,
        }
        if deadband.wants(document, t_s):
            before, shown = shown, as_shown(document)
            rows += sum(a != b for a, b in zip(before, shown, strict=True))
    assert 160 < rows < 260, "forty are left for events and the session's own entities"


def as_shown(document: Document) -> tuple[object, ...]:
    slow = (round(document["load"]), round(document["lateral"]), round(document["evenness"], 2), document["session_s"])
    return (*slow, document["presence"], document["phase"], document["lopsided"], document["reason"])


@pytest.mark.parametrize(
    ("before", "now", "far"),
    [
        (10.0, 11.9, False),
        (10.0, 12.0, True),
        (12.0, 10.0, True),
        (None, 0.0, True),
        (0.0, None, True),
        (None, None, False),
        ({"left": 50.0, "right": 50.0}, {"left": 51.0, "right": 49.0}, False),
        ({"left": 50.0, "right": 50.0}, {"left": 48.0, "right": 52.0}, True),
        ({"left": 50.0, "right": 50.0}, {"left": 50.0}, True),  # another layout: no value is left out in silence
        ({"left": 50.0}, {"right": 50.0}, True),
        ((3.0, 40.0), (3.0, 41.9), False),
        ((3.0, 40.0), (5.0, 40.0), True),
        ((3.0, 40.0), (3.0,), True),
        ((3.0, 40.0), 3.0, True),
    ],
)
def test_a_value_has_moved_when_any_part_of_it_is_a_band_away(before: Any, now: Any, far: bool) -> None:
    assert moved(before, now, 2.0) is far


def test_rounding_is_finer_than_half_of_any_deadband() -> None:
    assert all(0.5 * 10 ** -STATE_DIGITS[key] < band / 2 for key, band in DEADBANDS.items() if key in STATE_DIGITS)


STATES = st.builds(
    MatState,
    presence=st.sampled_from(Presence),
    load=st.one_of(st.none(), st.floats(0, 5)),
    lateral=st.one_of(st.none(), st.floats(-5, 5)),
    shares=st.one_of(st.none(), st.builds(lambda pct: {"shoulders": pct, "pelvis": 100 - pct}, st.floats(0, 100))),
    cop_mm=st.one_of(st.none(), st.tuples(st.floats(0, 20), st.floats(0, 20))),
    still=st.sampled_from([None, False, True]),
    restlessness=st.one_of(st.none(), st.integers(0, 12)),
    session_id=st.sampled_from([None, None, None, "x-s1"]),
)


@given(st.lists(st.tuples(st.floats(0.1, 40), STATES), max_size=30))
def test_a_document_that_is_wanted_is_always_made(steps: list[tuple[float, MatState]]) -> None:
    deadband, t_s, wanted = Deadband(), 0.0, 0
    for after_s, state in steps:
        t_s += after_s
        may = deadband.may_want(state, t_s)
        if deadband.wants(state_document(state), t_s):
            wanted += 1
            assert may
    assert wanted or not steps


def test_no_document_is_made_of_a_mat_on_which_nothing_happens() -> None:
    deadband = Deadband()
    state = MatState(Presence.EMPTY, load=0.2)
    assert deadband.wants(state_document(state), 0.0)
    noise = Random(2)
    assert not any(deadband.may_want(MatState(Presence.EMPTY, load=noise.uniform(0, 0.6)), 0.1 * n) for n in range(1, 2000))
