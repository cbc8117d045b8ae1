"""Empty, contact and lying: levels and jumps that last, edges dated back, and what is known of this very person."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.presence.detector import Edges, PresenceDetector
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.signal.hysteresis import Hysteresis
from tests.detect.readings import P, load

PACE_S = 0.1
SPAN_US = 12.0
"""One percent of the reference."""


@dataclass
class Mat:
    """Loads at 10 Hz, as shares of the reference over the whole mat or over its head's end."""

    presence: PresenceDetector
    t_s: float = 100.0

    def go(self, seconds: float, pct: float, *, gathered: bool = False) -> list[Edges]:
        found = []
        for _ in range(round(seconds / PACE_S)):
            even = [pct * SPAN_US / 8] * 8
            found.append(self.presence.step(load(self.t_s, [pct * SPAN_US / 4] * 4 + [0.0] * 4 if gathered else even)))
            self.t_s += PACE_S
        return [each for each in found if each != Edges()]


def mat() -> Mat:
    return Mat(PresenceDetector(P, SettledLoad(tuple(range(4)), P)))


@pytest.mark.parametrize(("wish_s", "dwell_s", "edges"), [(3, 2.0, 1), (1, 2.0, 0), (2, 2.0, 1), (0, 0.0, 1)])
def test_a_wish_becomes_an_answer_when_it_has_lasted(wish_s: int, dwell_s: float, edges: int) -> None:
    held = Hysteresis()
    at = [held.step(10.0 + t, rise=t <= wish_s, fall=False, rise_dwell_s=dwell_s, fall_dwell_s=0.0) for t in range(6)]
    assert [each for each in at if each is not None] == [10.0] * edges
    assert held.on is bool(edges)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_answers_alternate_and_no_edge_lies_in_the_future(wishes: list[tuple[bool, bool]]) -> None:
    held, last_s = Hysteresis(), -1.0
    for t_s, (rise, fall) in enumerate(wishes):
        before = held.on
        edge_s = held.step(float(t_s), rise=rise, fall=fall, rise_dwell_s=3.0, fall_dwell_s=2.0)
        assert (edge_s is not None) is (held.on is not before)
        if edge_s is not None:
            assert last_s < edge_s <= t_s - (3.0 if held.on else 2.0)
            last_s = edge_s


def test_contact_comes_by_level_and_goes_below_a_lower_one() -> None:
    here = mat()
    here.go(20, 0.0)
    came_s = here.t_s
    (edges,) = here.go(10, 6.0)
    assert edges.contact_on_s == pytest.approx(came_s)
    assert here.go(10, P.contact_off_pct + 0.1) == []
    left_s = here.t_s
    (edges,) = here.go(10, P.contact_off_pct - 0.1)
    assert edges.contact_off_s == pytest.approx(left_s)


def test_a_jump_is_a_contact_below_the_level_and_drift_is_none() -> None:
    jumped, drifted = mat(), mat()
    jumped.go(20, 0.0)
    assert jumped.go(0.3, P.contact_jump_pct + 0.5)
    for step in range(450):
        assert drifted.go(0.1, 0.01 * step) == []
    assert not drifted.presence.contact


def test_what_jumped_has_a_moment_to_reach_the_level() -> None:
    here = mat()
    here.go(20, 0.0)
    jumped_pct = P.contact_off_pct - 0.4
    (edges,) = here.go(P.jump_tau_s - 0.2, jumped_pct)
    assert edges.contact_on_s is not None
    assert here.go(10, P.contact_on_pct + 1.0) == []
    faint = mat()
    faint.go(20, 0.0)
    faint.go(P.jump_tau_s - 0.2, jumped_pct)
    (edges,) = faint.go(5, jumped_pct)
    assert edges.contact_off_s is not None


def test_a_jump_of_a_moment_is_none() -> None:
    here = mat()
    here.go(20, 0.0)
    assert here.go(PACE_S, 50.0) == []
    assert here.go(10, 0.0) == []


@pytest.mark.parametrize(
    ("pct", "gathered", "lies"), [(P.lying_on_pct + 1, False, True), (P.lying_on_pct - 1, False, False), (80.0, True, False)]
)
def test_somebody_lies_there_by_level_and_spread(pct: float, gathered: bool, lies: bool) -> None:
    here = mat()
    here.go(5, 0.0)
    came_s = here.t_s
    edges = here.go(20, pct, gathered=gathered)
    assert here.presence.contact
    assert here.presence.lying is lies
    assert [each.lying_on_s for each in edges if each.lying_on_s] == ([pytest.approx(came_s)] if lies else [])


@pytest.mark.parametrize(("share", "up"), [(0.30, True), (0.36, False)])
def test_a_person_is_up_when_a_third_of_their_own_load_is_left(share: float, up: bool) -> None:
    here = mat()
    here.go(5, 0.0)
    here.go(20, 200.0)
    left_s = here.t_s
    edges = here.go(5, 200.0 * share)
    assert [each.lying_off_s for each in edges] == ([pytest.approx(left_s)] if up else [])
    assert here.presence.lying is not up
    back = here.go(5, 200.0 * (P.settled_share_again - 0.02))
    assert back == [], "it takes more than it took to be up"
    assert bool(here.go(5, 200.0 * (P.settled_share_again + 0.02))) is up


def test_a_moments_heave_is_no_getting_up_and_contact_never_ends_before_lying() -> None:
    here = mat()
    here.go(5, 0.0)
    here.go(20, 100.0)
    assert here.go(P.got_up_dwell_s - 0.2, 0.0) == []
    assert here.go(5, 100.0) == []
    edges = here.go(5, 0.0)
    off = [each for each in edges if each.lying_off_s is not None or each.contact_off_s is not None]
    assert off[0].lying_off_s is not None


def test_what_was_withdrawn_is_not_announced_again_unless_it_left_or_much_more_came() -> None:
    here = mat()
    here.go(5, 0.0)
    here.go(20, 40.0)
    here.presence.withdraw(load(here.t_s, [40.0 * SPAN_US / 8] * 8))
    assert here.go(20, 40.0) == []
    assert here.go(20, 40.0 + P.lying_on_pct - 1) == []
    (edges,) = here.go(20, 40.0 + P.lying_on_pct + 2)
    assert edges.lying_on_s is not None
    again = mat()
    again.go(20, 40.0)
    again.presence.withdraw(load(again.t_s, [40.0 * SPAN_US / 8] * 8))
    again.go(10, 0.0)
    assert again.presence.withdrawn_pct is None
    assert [each for each in again.go(20, 40.0) if each.lying_on_s is not None]


@pytest.mark.parametrize(("more", "lies"), [(0.6, False), (1.1, True)])
def test_beside_a_heavy_thing_it_takes_a_part_of_its_weight_to_be_announced(more: float, lies: bool) -> None:
    here = mat()
    here.go(20, 200.0)
    here.presence.withdraw(load(here.t_s, [200.0 * SPAN_US / 8] * 8))
    assert bool(here.go(20, 200.0 + more * 2.0 * P.lying_on_pct)) is lies


def test_whoever_was_found_alive_lies_there_and_blindness_forgets_all() -> None:
    here = mat()
    here.go(5, 80.0, gathered=True)
    here.presence.set_lying(load(here.t_s, [80.0 * SPAN_US / 8] * 8))
    seen = [(here.presence.contact, here.presence.lying)]
    here.presence.forget()
    seen.append((here.presence.contact, here.presence.lying))
    assert seen == [(True, True), (False, False)]
    assert here.presence.settled.us is None


@given(st.lists(st.floats(0.0, 300.0), min_size=1, max_size=80))
def test_edges_and_answers_agree_over_any_course(course: list[float]) -> None:
    here = mat()
    for pct in course:
        was = here.presence.contact, here.presence.lying
        for edges in here.go(0.3, pct):
            assert not (edges.lying_on_s is not None and edges.lying_off_s is not None)
            for edge_s in (edges.contact_on_s, edges.contact_off_s, edges.lying_on_s, edges.lying_off_s):
                assert edge_s is None or edge_s <= here.t_s
        now = here.presence.contact, here.presence.lying
        assert not (now[1] and not now[0]), (was, now)
