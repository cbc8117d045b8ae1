"""What is missing of what was asked of the broker, in words; pure."""

from __future__ import annotations

from acumat.mqtt.grants import ANSWER_S, DEATHS, LARGE_BYTES, PROBE_S, RETRY_S, Grants
from acumat.mqtt.in_flight import BrokerReply, InFlight, SentDocument, SentEvent, Subscription

COMMANDS = Subscription("m/command/+", qos=1)
BIG = SentDocument("ha/config", LARGE_BYTES + 1)


def grants() -> Grants:
    made = Grants("mat", "broker:1883")
    made.connected(None)
    return made


def test_all_that_was_asked_for_and_granted_is_no_fault() -> None:
    made = grants()
    made.asked(COMMANDS, 0.0)
    made.subscribed(COMMANDS.topic, BrokerReply(1))
    made.published("m/state", BrokerReply(16, "No matching subscribers"))
    assert made.tick(1000.0) == ([], [])
    assert made.condition.code == "ok"


def test_a_refused_subscription_is_named_and_asked_for_again_ever_later() -> None:
    made = grants()
    made.asked(COMMANDS, 0.0)
    made.subscribed(COMMANDS.topic, BrokerReply(128, "Unspecified error"))
    assert made.condition.code == "subscription_refused"
    assert COMMANDS.topic in made.condition.text
    assert "the user mat" in made.condition.text
    again_s = []
    for second in range(400):
        if made.tick(float(second))[0] == [COMMANDS]:
            again_s.append(second)
            made.asked(COMMANDS, float(second))
            made.subscribed(COMMANDS.topic, BrokerReply(135, "Not authorized"))
    assert again_s == [6, 17, 38, 79, 160, 321]
    made.subscribed(COMMANDS.topic, BrokerReply(1))
    assert made.condition.code == "ok"


def test_a_lower_qos_is_a_fault_where_messages_must_not_get_lost_and_nowhere_else() -> None:
    made = grants()
    for each in (COMMANDS, Subscription("ha/status")):
        made.asked(each, 0.0)
        made.subscribed(each.topic, BrokerReply(0))
    assert made.condition.code == "subscription_refused"
    assert COMMANDS.topic in made.condition.text
    assert "ha/status" not in made.condition.text


def test_a_subscription_without_an_answer_is_a_fault_until_it_comes() -> None:
    made = grants()
    made.asked(COMMANDS, 0.0)
    made.tick(ANSWER_S)
    assert made.condition.code == "ok"
    made.tick(ANSWER_S + 0.1)
    assert "does not answer" in made.condition.text
    assert made.tick(RETRY_S[0] + 0.1)[0] == [COMMANDS]
    made.subscribed(COMMANDS.topic, BrokerReply(2))
    assert made.condition.code == "ok"


def test_what_the_broker_refuses_to_take_is_named_with_its_reason() -> None:
    made = grants()
    made.published("ha/config", BrokerReply(135, "Not authorized"))
    assert made.condition.code == "publish_refused"
    assert "ha/config (Not authorized)" in made.condition.text
    made.lost([], young=False, certain=False)
    assert made.condition.code == "ok", "another connection may be granted more"


def test_a_message_longer_than_the_broker_takes_is_not_sent() -> None:
    made = grants()
    made.connected(8192)
    assert made.takes("m/state", 8000, 40)
    assert not made.takes("ha/config", 14000, 40)
    assert made.condition.code == "message_too_large"
    assert "8192" in made.condition.text
    assert made.takes("m/state", 10, 40), "the others go on"


def test_a_message_over_which_connections_die_is_blamed_at_the_second_and_tried_after_the_next() -> None:
    made = grants()
    for death in range(1, DEATHS + 1):
        assert made.takes(BIG.topic, BIG.size, 10)
        made.lost([BIG, SentDocument("m/state", 300)], young=True, certain=False)
        made.connected(None)
        assert made.condition.code == ("message_too_large" if death == DEATHS else "ok")
    assert not made.takes(BIG.topic, BIG.size, 10)
    assert made.takes("m/state", 300, 10)
    made.lost([], young=False, certain=False)
    made.connected(None)
    assert made.takes(BIG.topic, BIG.size, 10), "the broker may have been put right"
    made.published(BIG.topic, BrokerReply(0))
    made.lost([BIG], young=True, certain=False)
    assert made.takes(BIG.topic, BIG.size, 10), "what was taken once counts anew"


def test_a_broker_that_goes_away_later_blames_no_message_and_one_that_says_so_is_believed() -> None:
    made = grants()
    for _ in range(5):
        made.lost([BIG], young=False, certain=False)
    assert made.takes(BIG.topic, BIG.size, 10)
    made.lost([BIG], young=False, certain=True)
    assert not made.takes(BIG.topic, BIG.size, 10)


def test_what_cannot_be_read_back_is_unseen_and_what_must_not_be_read_is_not_missed() -> None:
    made = grants()
    for topic in ("ha/config", "m/state", "m/health"):
        made.read_back(topic, 0.0)
    assert made.seen("m/state")
    assert not made.seen("m/state")
    made.reads("m/health", BrokerReply(128))
    assert made.tick(ANSWER_S) == ([], [])
    assert made.tick(ANSWER_S + 0.1) == ([], ["ha/config"])
    assert made.condition.code == "publish_unseen"
    assert "ha/config" in made.condition.text
    assert "m/health" not in made.condition.text
    made.seen("ha/config")
    assert made.condition.code == "ok"


def test_a_broker_that_takes_a_subscription_and_passes_nothing_on_is_found_by_a_word_to_ourselves() -> None:
    made = grants()
    made.probe("m/command/probe", 0.0)
    made.tick(ANSWER_S + 0.1)
    assert made.condition.code == "subscription_refused"
    assert "no command arrives" in made.condition.text
    assert made.probe_due(PROBE_S) is None
    assert made.probe_due(PROBE_S + 0.1) == "m/command/probe"
    assert made.seen("m/command/probe") is False, "late, and heard all the same"
    assert made.condition.code == "ok"


def test_a_word_to_ourselves_that_is_heard_or_refused_is_no_fault() -> None:
    made = grants()
    made.probe("m/command/probe", 0.0)
    assert made.seen("m/command/probe")
    made.probe("m/command/probe", 0.0)
    made.reads("m/command/probe", BrokerReply(135, "Not authorized"))
    made.tick(100.0)
    assert made.condition.code == "ok"


def test_an_answer_may_come_before_its_number_is_known() -> None:
    flight, event = InFlight(), SentEvent(1, "m/event")

    def call() -> int:
        assert flight.answered(7, BrokerReply(0)) is None
        return 7

    assert flight.send(event, 0.0, call) == BrokerReply(0)
    assert not flight.has(event)
    assert flight.send(event, 5.0, lambda: 8) is None
    assert flight.has(event)
    assert flight.events_since_s() == [5.0]
    assert flight.answered(8, BrokerReply(0)) == event
    assert flight.answered(8, BrokerReply(0)) is None
    assert flight.send(event, 5.0, lambda: None) is None
    assert not flight.has(event), "what was not sent is not under way"


def test_a_document_counts_as_under_way_while_it_is_being_sent_and_its_number_belongs_to_that_connection_alone() -> None:
    flight, made = InFlight(), grants()
    for _ in range(DEATHS):  # the connection dies in the middle of the call

        def call() -> int:
            made.lost(flight.documents(), young=True, certain=False)
            flight.clear()
            return 7

        assert flight.send(BIG, 0.0, call) is None
        assert flight.answered(7, BrokerReply(0)) is None, "the next connection counts from 1 again"
    assert made.condition.code == "message_too_large"
