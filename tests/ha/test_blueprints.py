"""Blueprints that speak, ask and alarm in a real Home Assistant: each acts once and only rightly. The tests play the mat."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from acumat.contract.commands import CommandName
from acumat.contract.documents import encode, event_document
from acumat.contract.events import Event, EventType
from acumat.contract.now import Advice, now_document
from acumat.mqtt.discovery import discovery_payload
from acumat.mqtt.topics import Topics
from acumat_hw.layout import PRESETS, grid
from tests.broker import until
from tests.ha.house import House, note

pytestmark = pytest.mark.timeout(600)

TOPICS = Topics("acumat", "test", "homeassistant")
EVENT, ADVICE = "event.test_mat_event", "sensor.test_mat_advice"
FELT, REDNESS = "acumat_felt_select_test_mat_how_calm", "acumat_redness_sensor_test_mat_advice"
ASKED_REDNESS = "Has the redness faded?"
COUNTERS = ("spoken", "alarm", "missed", "felt", "redness", "lopsided", "fence")
LENGTH: Mapping[str, Any] = {"contact_s": 600.0, "guest": False}


def automations() -> list[Mapping[str, Any]]:
    def use(name: str, **inputs: Any) -> Mapping[str, Any]:
        return {"id": name, "alias": name, "use_blueprint": {"path": f"acumat/{name}.yaml", "input": inputs}}

    buttons = {"faded": "button.test_mat_redness_faded", "still_red": "button.test_mat_still_red"}
    fence = {"trigger": "event", "event_type": "fence"}
    return [
        use("spoken-cues", mat_event=EVENT, speak=note("spoken")),
        use("cap-alarm", mat_event=EVENT, notify="script.alarm"),
        {**use("cap-alarm", mat_event=EVENT, advice=ADVICE, notify="script.missed"), "id": "missed", "alias": "missed"},
        use("how-it-felt", mat_event=EVENT, calm="select.test_mat_how_calm", notify="script.felt", after=0, least=5),
        use("redness", advice=ADVICE, notify="script.redness", **buttons),
        use("lopsided", advice=ADVICE, tell=note("lopsided")),
        use("it-hurts", symptom_stop="button.test_mat_symptom_stop"),
        {"id": "fence", "alias": "fence", "mode": "queued", "triggers": [fence], "actions": note("fence")},
    ]


def phone(name: str) -> dict[str, Any]:
    return {"mode": "queued", "fields": {"title": {}, "message": {}, "data": {}}, "sequence": note(name)}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(
        tmp_path_factory.mktemp("blueprints"),
        stays=[(80_000, 80_100)],
        automations=automations,
        scripts={name: phone(name) for name in ("alarm", "missed", "felt", "redness")},
        more={"counter": {name: {} for name in COUNTERS}, "conversation": {}},
    )
    try:
        payload = discovery_payload(TOPICS, name="Test mat", version="0.2.0", layout=grid(*PRESETS["2x2"], rm_ohm=3300.0))
        made.listener.publish(TOPICS.discovery, encode(payload), retain=True)
        made.listener.publish(TOPICS.availability, "online", retain=True)
        advise(made, Advice.READY)
        made.home.start()
        until(lambda: made.home.state(ADVICE) == "ready", "the mat is found")
        happens(made, EventType.SETTLED)  # the very first one is missed
        yield made
    finally:
        made.close()


def counts(house: House) -> dict[str, int]:
    """What has been done, when Home Assistant has done all that was published until now."""
    house.home.post("/api/events/fence", {})
    fences = next(FENCES)
    until(lambda: house.home.state("counter.fence") == str(fences), "everything before has been handled")
    return {name: int(house.home.state(f"counter.{name}") or "-1") for name in COUNTERS if name != "fence"}


FENCES = itertools.count(1)
NUMBERS = itertools.count(1)


def happens(house: House, event_type: EventType, reason: str = "got_up", *, late: bool = False, **numbers: Any) -> None:
    """An event of the mat, which Home Assistant has heard."""
    event = Event(event_type, time.time(), reason, f"This is {event_type}.", numbers=numbers)
    document = event_document(event, float) | {"late": late, "id": f"e{next(NUMBERS)}"}
    house.listener.publish(TOPICS.event, encode(document))
    until(lambda: house.home.states()[EVENT]["attributes"].get("id") == document["id"], "it has heard of it")


def advise(house: House, advice: Advice) -> None:
    text = ASKED_REDNESS if advice is Advice.REDNESS else advice.value
    house.listener.publish(TOPICS.now, encode(now_document(advice, text, started_at=None, ends_at=None)), retain=True)


def advised(house: House, *advices: Advice) -> None:
    for advice in advices:
        advise(house, advice)
        until(lambda advice=advice: house.home.states()[ADVICE]["attributes"].get("advice") == advice, advice)  # type: ignore[misc]


def away_and_back(house: House) -> None:
    """The daemon, then Home Assistant."""
    house.listener.publish(TOPICS.availability, "offline", retain=True)
    until(lambda: house.home.state(EVENT) == "unavailable", "the mat is away")
    house.listener.publish(TOPICS.availability, "online", retain=True)
    until(lambda: house.home.state(EVENT) != "unavailable", "the mat is back")
    house.home.stop()
    house.home.start()
    until(lambda: house.home.state(EVENT) not in ("unavailable", "unknown", None), "the mat is found again")


def tap(house: House, action: str) -> None:
    house.home.post("/api/events/mobile_app_notification_action", {"action": action})


def sent(house: House, name: CommandName) -> list[str]:
    return [each.payload for each in house.listener.on(TOPICS.command(name))]


def test_each_cue_is_spoken_once_and_the_hard_limit_alarms_once(house: House) -> None:
    before = counts(house)
    cues = (EventType.CUE_START, EventType.CUE_HALF, EventType.CUE_LAST_MINUTE, EventType.CUE_END, EventType.CUE_CAP)
    for cue in cues:
        happens(house, cue)
        happens(house, EventType.POSTURE_SHIFT)
        happens(house, cue, late=True)
    after = before | {"spoken": before["spoken"] + 4, "alarm": before["alarm"] + 1}
    until(lambda: counts(house) == after, "four are spoken, and the limit alarms")
    happens(house, EventType.CUE_CAP)
    after["alarm"] += 1
    until(lambda: counts(house) == after, "another session's limit alarms as well")
    away_and_back(house)
    assert counts(house) == after


def test_an_alarm_that_the_broker_did_not_bring_comes_late_and_once(house: House) -> None:
    advised(house, Advice.BREATHE)
    before = counts(house)
    house.listener.publish(TOPICS.availability, "offline", retain=True)
    until(lambda: house.home.state(ADVICE) == "unavailable", "the mat is away")
    house.listener.publish(TOPICS.availability, "online", retain=True)
    happens(house, EventType.CUE_CAP, late=True)
    advised(house, Advice.ALARM)
    once = before | {"missed": before["missed"] + 1}
    until(lambda: counts(house) == once, "it alarms")
    away_and_back(house)
    advised(house, Advice.STARTING, Advice.ALARM)
    assert counts(house) == once, "it is the same alarm"
    advised(house, Advice.READY, Advice.ALARM)
    once["missed"] += 1
    until(lambda: counts(house) == once, "another one alarms as well")
    advised(house, Advice.READY)


def test_how_it_felt_is_asked_after_a_real_session_and_hears_its_own_answers_alone(house: House) -> None:
    before = counts(house)
    for other in ({"contact_s": 200.0}, {"guest": True}):
        happens(house, EventType.SESSION_ENDED, **{**LENGTH, **other})
    for reason in ("paused", "lost_signal", "interrupted"):
        happens(house, EventType.SESSION_ENDED, reason, **LENGTH)
    happens(house, EventType.SESSION_ENDED, late=True, **LENGTH)
    assert counts(house) == before
    happens(house, EventType.SESSION_ENDED, **LENGTH)
    until(lambda: counts(house)["felt"] == before["felt"] + 1, "it is asked")
    for foreign in ("DOORBELL_OK", f"{REDNESS}_red", "acumat_felt_select_another_mat_5"):
        tap(house, foreign)
    assert counts(house) == before | {"felt": before["felt"] + 1}
    assert sent(house, CommandName.CHECK_IN) == []
    tap(house, f"{FELT}_3")
    until(lambda: sent(house, CommandName.CHECK_IN) == ['{"calm": 3}'], "the mat has the answer")
    tap(house, f"{FELT}_5")
    counts(house)
    assert sent(house, CommandName.CHECK_IN) == ['{"calm": 3}'], "one answer a question"


@pytest.mark.parametrize(("action", "answer"), [("faded", "faded"), ("red", "still_red")])
def test_the_redness_is_asked_about_once_and_answered(house: House, action: str, answer: str) -> None:
    advised(house, Advice.FADING)
    before, answers = counts(house), len(sent(house, CommandName.REDNESS))
    advised(house, Advice.REDNESS)
    once = before | {"redness": before["redness"] + 1}
    until(lambda: counts(house) == once, "it is asked")
    advised(house, Advice.STARTING, Advice.BLIND, Advice.REDNESS, Advice.PAUSED, Advice.BLIND, Advice.REDNESS)
    tap(house, "DOORBELL_OK")
    assert counts(house) == once, "a restart or a pause asks no second time"
    tap(house, f"{REDNESS}_{action}")
    said = until(lambda: sent(house, CommandName.REDNESS)[answers:], "the mat has the answer")
    assert said == [f'{{"answer": "{answer}"}}']
    advised(house, Advice.READY)
    assert counts(house) == once


def test_an_open_question_about_the_redness_is_not_asked_again_after_a_restart(house: House) -> None:
    advised(house, Advice.REDNESS)
    once = counts(house)
    away_and_back(house)
    assert counts(house) == once
    advised(house, Advice.READY)


def test_the_side_is_said_once_however_often_the_daemon_restarts(house: House) -> None:
    advised(house, Advice.BREATHE)
    once = counts(house)
    once["lopsided"] += 1
    advised(house, Advice.SHIFT_RIGHT)
    until(lambda: counts(house) == once, "it is said")
    for _ in range(3):
        house.listener.publish(TOPICS.availability, "offline", retain=True)
        until(lambda: house.home.state(ADVICE) == "unavailable", "the mat is away")
        house.listener.publish(TOPICS.availability, "online", retain=True)
        advised(house, Advice.STARTING, Advice.BREATHE, Advice.SHIFT_RIGHT)
        assert counts(house) == once, "the same weight on the same side"
    advised(house, Advice.BREATHE)
    until(
        lambda: house.home.states()["automation.lopsided"]["attributes"]["current"] == 0, "half a minute of another advice", 90
    )
    advised(house, Advice.SHIFT_LEFT)
    once["lopsided"] += 1
    until(lambda: counts(house) == once, "another lean is said as well")
    advised(house, Advice.READY)


def test_an_answer_to_a_question_from_before_a_restart_of_home_assistant_is_heard_once(house: House) -> None:
    felt, red = len(sent(house, CommandName.CHECK_IN)), len(sent(house, CommandName.REDNESS))
    before = counts(house)
    happens(house, EventType.SESSION_ENDED, **LENGTH)
    advised(house, Advice.REDNESS)
    asked = before | {"felt": before["felt"] + 1, "redness": before["redness"] + 1}
    until(lambda: counts(house) == asked, "both are asked")
    away_and_back(house)
    tap(house, f"{FELT}_1")
    tap(house, f"{REDNESS}_faded")
    until(lambda: sent(house, CommandName.CHECK_IN)[felt:] == ['{"calm": 1}'], "the mat has the one answer")
    until(lambda: sent(house, CommandName.REDNESS)[red:] == ['{"answer": "faded"}'], "and the other")
    tap(house, f"{FELT}_5")
    tap(house, f"{REDNESS}_red")
    assert counts(house) == asked
    assert len(sent(house, CommandName.CHECK_IN)) == felt + 1
    assert len(sent(house, CommandName.REDNESS)) == red + 1
    advised(house, Advice.READY)


def test_it_hurts_is_heard_once_and_answered(house: House) -> None:
    pressed = len(sent(house, CommandName.SYMPTOM))
    for said in ("it hurts", "it hurts too much", "something does not feel right"):
        pressed += 1
        answer = house.home.post("/api/conversation/process", {"text": said, "language": "en"})
        until(lambda pressed=pressed: len(sent(house, CommandName.SYMPTOM)) >= pressed, "the mat is asked to stop")  # type: ignore[misc]
        assert answer["response"]["speech"]["plain"]["speech"] == "Please get up slowly, roll to the side first, and rest."
        assert len(sent(house, CommandName.SYMPTOM)) == pressed
    house.home.post("/api/conversation/process", {"text": "turn on the kitchen light", "language": "en"})
    assert len(sent(house, CommandName.SYMPTOM)) == pressed


def test_nothing_in_home_assistant_complains_of_it(house: House) -> None:
    house.check_quiet()
