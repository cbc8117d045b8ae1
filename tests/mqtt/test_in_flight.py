"""What is under way to the broker: each answer finds what it is the answer to, however early or late it comes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from acumat.mqtt.in_flight import BrokerReply, InFlight, Reading, Sent, SentDocument, SentEvent, Subscription

OK = BrokerReply(0)
NO = BrokerReply(135, "Not authorized")


def sent(flight: InFlight, what: Sent, number: int, at_s: float = 0.0) -> None:
    assert flight.send(what, at_s, lambda: number) is None


def test_an_answer_finds_what_was_sent_once() -> None:
    flight = InFlight()
    sent(flight, SentEvent(7, "m/event"), 1)
    sent(flight, SentDocument("m/state", 9), 2)
    assert flight.on_reply(2, NO) == SentDocument("m/state", 9)
    assert flight.on_reply(1, OK) == SentEvent(7, "m/event")
    assert flight.on_reply(1, OK) is None


def test_an_answer_that_comes_before_the_number_is_known_is_given_to_whoever_sends() -> None:
    flight = InFlight()

    def answered_at_once() -> int:
        assert flight.on_reply(5, NO) is None
        assert flight.on_reply(6, OK) is None  # of another that is being sent
        return 5

    assert flight.send(SentEvent(7, "m/event"), 0.0, answered_at_once) == NO
    assert not flight.has(SentEvent(7, "m/event"))
    sent(flight, SentEvent(8, "m/event"), 6)
    assert flight.has(SentEvent(8, "m/event")), "an early answer is kept only while something is being sent"


def test_two_that_are_sent_at_once_each_get_their_own_early_answer() -> None:
    flight = InFlight()
    replies: list[BrokerReply | None] = []

    def inner() -> int:
        flight.on_reply(1, OK)
        flight.on_reply(2, NO)
        return 2

    def outer() -> int:
        replies.append(flight.send(SentEvent(2, "m/event"), 0.0, inner))
        return 1

    replies.append(flight.send(SentEvent(1, "m/event"), 0.0, outer))
    assert replies == [NO, OK]


def test_what_was_not_sent_is_not_under_way() -> None:
    flight = InFlight()
    assert flight.send(SentEvent(1, "m/event"), 0.0, lambda: None) is None

    def refuse() -> int:
        raise OSError("no route")

    with pytest.raises(OSError, match="no route"):
        flight.send(SentDocument("m/state", 1), 0.0, refuse)
    assert not flight.events_since_s()
    assert not flight.documents()


def over_a_new_connection(flight: InFlight, call: Callable[[], int]) -> Callable[[], int]:
    def lost() -> int:
        flight.clear()
        return call()

    return lost


def test_a_number_of_a_lost_connection_is_nobodys() -> None:
    flight = InFlight()
    sent(flight, SentEvent(1, "m/event"), 1)
    flight.clear()
    assert flight.on_reply(1, OK) is None
    flight.send(SentEvent(2, "m/event"), 0.0, over_a_new_connection(flight, lambda: 2))
    assert not flight.has(SentEvent(2, "m/event")), "the connection was lost while it was sent"


def test_events_are_forgotten_alone_and_keep_their_time() -> None:
    flight = InFlight()
    sent(flight, SentEvent(1, "m/event"), 1, 10.0)
    sent(flight, SentEvent(2, "m/event"), 2, 11.0)
    sent(flight, Subscription("m/command/#"), 3)
    sent(flight, Reading("m/state"), 4)
    sent(flight, SentDocument("m/state", 5), 5)
    assert flight.events_since_s() == [10.0, 11.0]
    flight.abandon_events()
    assert flight.events_since_s() == []
    assert flight.documents() == [SentDocument("m/state", 5)]
    assert flight.has(Subscription("m/command/#"))


@pytest.mark.parametrize(("code", "refused"), [(0, False), (127, False), (128, True), (135, True)])
def test_128_and_above_is_a_no(code: int, refused: bool) -> None:
    assert BrokerReply(code).refused is refused
