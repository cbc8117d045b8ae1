"""How long is waited before the next attempt, by what happened."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from acumat.mqtt.backoff import LONGEST_S, MOVE_S, SHORT_S, SHORT_TOLERATED, STABLE_S, UNANSWERED_S, Backoff


def backoff() -> Backoff:
    return Backoff(spread=lambda: 1.0)


def test_a_broker_that_is_away_is_tried_again_soon_for_ever() -> None:
    waits = backoff()
    assert [waits.after_no_answer() for _ in range(5)] == [1, 2, 3, 3, 3]
    assert all(waits.after_no_answer() == UNANSWERED_S[1] for _ in range(10_000))


def test_a_broker_that_refuses_for_six_seconds_costs_seven_and_one_that_always_does_is_asked_once_a_minute() -> None:
    waits = backoff()
    attempts_s = [0.0]
    for _ in range(8):
        attempts_s.append(attempts_s[-1] + waits.after_refusal())
    assert attempts_s == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_connections_that_die_young_are_tried_again_ever_later_and_one_that_lasts_ends_it() -> None:
    waits = backoff()
    assert [waits.after_loss(1.0, taken_over=False) for _ in range(9)] == [1, 1, 2, 4, 8, 16, 32, 60, 60]
    assert waits.contested
    assert not waits.taken_over
    assert waits.after_loss(SHORT_S * 2, taken_over=False) == 60, "it may have stood only while the other waited"
    assert waits.after_loss(STABLE_S, taken_over=False) == UNANSWERED_S[0]
    assert not waits.contested


def test_a_broker_that_restarts_now_and_then_is_met_again_at_once() -> None:
    waits = backoff()
    assert all(waits.after_loss(SHORT_S, taken_over=False) == UNANSWERED_S[0] for _ in range(50))
    assert all(waits.after_loss(0.1, taken_over=False) == UNANSWERED_S[0] for _ in range(SHORT_TOLERATED))
    assert not waits.contested


def test_a_broker_that_was_away_in_between_explains_the_connections_that_died_young() -> None:
    waits = backoff()
    for _ in range(3):
        for _ in range(SHORT_TOLERATED):
            assert waits.after_loss(0.1, taken_over=False) == UNANSWERED_S[0]
        waits.after_no_answer()
        assert not waits.contested


def test_a_client_that_takes_our_place_is_known_at_the_first_time() -> None:
    waits = backoff()
    assert waits.after_loss(3600.0, taken_over=True) == 2
    assert waits.contested
    assert waits.taken_over
    assert [waits.after_loss(30.0, taken_over=True) for _ in range(6)] == [4, 8, 16, 32, 60, 60]
    waits.on_stable()
    assert not waits.contested


def test_a_broker_that_is_away_is_no_other_client() -> None:
    waits = backoff()
    waits.after_loss(1.0, taken_over=True)
    waits.after_no_answer()
    assert not waits.contested


def test_of_several_hosts_each_is_tried_before_the_wait_grows_and_it_grows_to_a_minute() -> None:
    waits = Backoff(3, lambda: 1.0)
    assert [waits.after_no_answer() for _ in range(9)] == [1, 1, 1, 2, 2, 2, 4, 4, 4]
    assert max(waits.after_no_answer() for _ in range(30)) == LONGEST_S
    assert [waits.after_refusal() for _ in range(4)] == [1, 1, 1, 2]


@given(st.floats(0, 1))
def test_the_mats_of_a_node_that_has_died_come_to_the_others_over_some_seconds(spread: float) -> None:
    waits = Backoff(3, lambda: spread)
    wait_s = waits.after_loss(3600.0, taken_over=False)
    assert wait_s == UNANSWERED_S[0] + (MOVE_S - UNANSWERED_S[0]) * spread
    assert waits.after_loss(3600.0, taken_over=False) == wait_s, "for ever"


def test_nobody_waits_as_long_as_everybody_else() -> None:
    waits = Backoff(spread=lambda: 0.0)
    found = [waits.after_no_answer(), waits.after_refusal(), waits.after_loss(3600.0, taken_over=False)]
    assert found == [UNANSWERED_S[0] * 1.5] * 3
    assert [waits.after_no_answer() for _ in range(2)] == [UNANSWERED_S[0] * 1.5, UNANSWERED_S[0]]


@given(st.lists(st.sampled_from(["away", "refused", "young", "taken", "lasted"])), st.floats(0, 1), st.integers(1, 5))
def test_no_wait_is_longer_than_a_minute_or_shorter_than_a_second(story: list[str], spread: float, hosts: int) -> None:
    waits = Backoff(hosts, lambda: spread)
    done: dict[str, Callable[[], float]] = {
        "away": waits.after_no_answer,
        "refused": waits.after_refusal,
        "young": lambda: waits.after_loss(0.0, taken_over=False),
        "taken": lambda: waits.after_loss(10.0, taken_over=True),
        "lasted": lambda: waits.after_loss(STABLE_S, taken_over=False),
    }
    for each in story:
        assert UNANSWERED_S[0] <= done[each]() <= LONGEST_S
