"""What is missing of what was asked of the broker, in words; pure."""

from __future__ import annotations

from acumat.mqtt.grants import RETRY_S, Grants
from acumat.mqtt.in_flight import BrokerReply, InFlight, SentDocument, SentEvent, Subscription
from acumat.mqtt.read_back import AGAIN_S, ANSWER_S, PROBE_S, ReadBack
from acumat.mqtt.size_limits import HANG_UPS, LARGE_BYTES

COMMANDS = Subscription("m/command/+")
BIG = SentDocument("ha/config", LARGE_BYTES + 1)


def grants() -> Grants:
    made = Grants("mat", "broker:1883")
    made.sizes.on_connected(None)
    return made


def test_all_that_was_asked_for_and_granted_is_no_fault() -> None:
    made = grants()
    made.on_subscribe_sent(COMMANDS, 0.0)
    made.on_subscribed(COMMANDS.topic, BrokerReply(1))
    made.on_published("m/state", BrokerReply(16, "No matching subscribers"))
    assert made.tick(1000.0) == ([], [])
    assert made.condition.code == "ok"


def test_a_refused_subscription_is_named_and_asked_for_again_ever_later() -> None:
    made = grants()
    made.on_subscribe_sent(COMMANDS, 0.0)
    made.on_subscribed(COMMANDS.topic, BrokerReply(128, "Unspecified error"))
    assert made.condition.code == "subscription_refused"
    assert COMMANDS.topic in made.condition.text
    assert "the user mat" in made.condition.text
    again_s = []
    for second in range(400):
        if made.tick(float(second))[0] == [COMMANDS]:
            again_s.append(second)
            made.on_subscribe_sent(COMMANDS, float(second))
            made.on_subscribed(COMMANDS.topic, BrokerReply(135, "Not authorized"))
    assert again_s == [6, 17, 38, 79, 160, 321]
    made.on_subscribed(COMMANDS.topic, BrokerReply(1))
    assert made.condition.code == "ok"


def test_a_subscription_without_an_answer_is_a_fault_until_it_comes() -> None:
    made = grants()
    made.on_subscribe_sent(COMMANDS, 0.0)
    made.tick(ANSWER_S)
    assert made.condition.code == "ok"
    made.tick(ANSWER_S + 0.1)
    assert "does not answer" in made.condition.text
    assert made.tick(RETRY_S[0] + 0.1)[0] == [COMMANDS]
    made.on_subscribed(COMMANDS.topic, BrokerReply(2))
    assert made.condition.code == "ok"


def test_what_the_broker_refuses_to_take_is_named_with_its_reason() -> None:
    made = grants()
    made.on_published("ha/config", BrokerReply(135, "Not authorized"))
    assert made.condition.code == "publish_refused"
    assert "ha/config (Not authorized)" in made.condition.text
    made.on_disconnected([], short=False, certain=False)
    assert made.condition.code == "ok", "another connection may be granted more"


def test_a_message_longer_than_the_broker_takes_is_not_sent() -> None:
    made = grants()
    made.sizes.on_connected(8192)
    assert made.sizes.accepts("m/state", 8000, 40)
    assert not made.sizes.accepts("ha/config", 14000, 40)
    assert made.condition.code == "message_too_large"
    assert "8192" in made.condition.text
    assert made.sizes.accepts("m/state", 10, 40), "the others go on"


def test_a_message_over_which_connections_die_is_blamed_at_the_second_and_tried_after_the_next() -> None:
    made = grants()
    for death in range(1, HANG_UPS + 1):
        assert made.sizes.accepts(BIG.topic, BIG.size, 10)
        made.on_disconnected([BIG, SentDocument("m/state", 300)], short=True, certain=False)
        made.sizes.on_connected(None)
        assert made.condition.code == ("message_too_large" if death == HANG_UPS else "ok")
    assert not made.sizes.accepts(BIG.topic, BIG.size, 10)
    assert made.sizes.accepts("m/state", 300, 10)
    made.on_disconnected([], short=False, certain=False)
    made.sizes.on_connected(None)
    assert made.sizes.accepts(BIG.topic, BIG.size, 10), "the broker may have been put right"
    made.on_published(BIG.topic, BrokerReply(0))
    made.on_disconnected([BIG], short=True, certain=False)
    assert made.sizes.accepts(BIG.topic, BIG.size, 10), "what was taken once counts anew"


def test_a_broker_that_goes_away_later_blames_no_message_and_one_that_says_so_is_believed() -> None:
    made = grants()
    for _ in range(5):
        made.on_disconnected([BIG], short=False, certain=False)
    assert made.sizes.accepts(BIG.topic, BIG.size, 10)
    made.on_disconnected([BIG], short=False, certain=True)
    assert not made.sizes.accepts(BIG.topic, BIG.size, 10)


def test_what_cannot_be_read_back_is_unseen_and_what_must_not_be_read_is_not_missed() -> None:
    made = grants()
    for topic in ("ha/config", "m/state", "m/health"):
        made.read_back.expect(topic, 0.0)
    assert made.read_back.on_message("m/state")
    assert not made.read_back.on_message("m/state")
    made.read_back.on_reply("m/health", BrokerReply(128))
    assert made.tick(ANSWER_S) == ([], [])
    assert made.tick(ANSWER_S + 0.1) == ([], ["ha/config"])
    assert made.condition.code == "publish_unseen"
    assert "ha/config" in made.condition.text
    assert "m/health" not in made.condition.text
    made.read_back.on_message("ha/config")
    assert made.condition.code == "ok"


def test_what_has_not_come_is_read_again_each_second_and_once_a_minute_after_it_is_missed() -> None:
    made = ReadBack()
    made.expect("m/session", 0.0)
    made.on_probe_sent("m/command/probe", 0.0)
    assert made.due_again(AGAIN_S - 0.1) == []
    assert [second for second in range(1, 200) if read_again(made, float(second))] == [1, 2, 3, 63, 123, 183]
    assert made.unseen == {"m/session"}
    made.on_message("m/session")
    assert not made.unseen
    assert not any(read_again(made, float(second)) for second in range(200, 400))


def read_again(made: ReadBack, now_s: float) -> bool:
    made.tick(now_s)
    return made.due_again(now_s) == ["m/session"]


def test_a_broker_that_takes_a_subscription_and_passes_nothing_on_is_found_by_a_word_to_ourselves() -> None:
    made = grants()
    made.read_back.on_probe_sent("m/command/probe", 0.0)
    made.tick(ANSWER_S + 0.1)
    assert made.condition.code == "subscription_refused"
    assert "no command arrives" in made.condition.text
    assert made.read_back.probe_due(PROBE_S) is None
    assert made.read_back.probe_due(PROBE_S + 0.1) == "m/command/probe"
    assert made.read_back.on_message("m/command/probe") is False, "late, and heard all the same"
    assert made.condition.code == "ok"


def test_a_word_to_ourselves_that_is_received_or_refused_is_no_fault() -> None:
    made = grants()
    made.read_back.on_probe_sent("m/command/probe", 0.0)
    assert made.read_back.on_message("m/command/probe")
    made.read_back.on_probe_sent("m/command/probe", 0.0)
    made.read_back.on_reply("m/command/probe", BrokerReply(135, "Not authorized"))
    made.tick(100.0)
    assert made.condition.code == "ok"


def test_an_answer_may_come_before_its_number_is_known() -> None:
    flight, event = InFlight(), SentEvent(1, "m/event")

    def call() -> int:
        assert flight.on_reply(7, BrokerReply(0)) is None
        return 7

    assert flight.send(event, 0.0, call) == BrokerReply(0)
    assert not flight.has(event)
    assert flight.send(event, 5.0, lambda: 8) is None
    assert flight.has(event)
    assert flight.events_since_s() == [5.0]
    assert flight.on_reply(8, BrokerReply(0)) == event
    assert flight.on_reply(8, BrokerReply(0)) is None
    assert flight.send(event, 5.0, lambda: None) is None
    assert not flight.has(event), "what was not sent is not under way"


def test_a_document_counts_as_under_way_while_it_is_being_sent_and_its_number_belongs_to_that_connection_alone() -> None:
    flight, made = InFlight(), grants()
    for _ in range(HANG_UPS):  # the connection dies in the middle of the call

        def call() -> int:
            made.on_disconnected(flight.documents(), short=True, certain=False)
            flight.clear()
            return 7

        assert flight.send(BIG, 0.0, call) is None
        assert flight.on_reply(7, BrokerReply(0)) is None, "the next connection counts from 1 again"
    assert made.condition.code == "message_too_large"
