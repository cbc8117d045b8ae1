"""What the loop leaves behind when it ends, and what of a turn reaches the broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acumat.coach.screening import QUESTIONS
from acumat.contract.commands import CommandName
from acumat.contract.wellbeing import NOTHING_SHARED
from acumat.mqtt.client import Connected
from acumat.service.health_report import HealthReport
from acumat.service.slots import LOOKS
from tests.chaos.house import BASE, RATE_HZ, House
from tests.contract import CHECKS

CAP_MIN = 20


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House(tmp_path, monkeypatch, extra=f"[routine]\ncap_min = {CAP_MIN}\n")
    yield made
    made.close()


def test_a_session_that_the_daemon_leaves_is_known_up_to_the_last_frame(house: House) -> None:
    """The last checkpoint in time may be 25 s old by then."""
    house.start()
    house.lie_down()
    for seconds in (60.0, 5.0, 5.0, 5.0):
        house.wait(seconds)
    house.stop()
    stopped_s = house.clock.now_s
    house.get_up()
    house.clock.sleep(300.0)
    house.start()
    house.wait(30.0)
    (session,) = house.sessions()
    assert session.span.end_s == pytest.approx(stopped_s, abs=1.5)


def test_what_the_end_of_the_daemon_decides_is_recorded_and_sent(house: House) -> None:
    house.start()
    house.wait(10.0)
    house.lie_down()
    house.wait(6.0)
    house.stop()
    events = [json.loads(each) for each in house.broker.listened]
    assert events[-1]["reason"] == "daemon_stopped"


def test_the_broker_is_shown_every_document_from_the_first_turn_on(house: House) -> None:
    house.start()
    house.wait(1.0)
    status = house.service.status()
    for leaf, key in (("session", "last_session"), ("health", "health"), ("routine", "routine"), ("settings", "settings")):
        assert json.loads(house.broker.retained[f"{BASE}/{leaf}"]) == json.loads(json.dumps(status[key])), leaf
    assert json.loads(house.broker.retained[f"{BASE}/state"])["presence"] == status["state"]["presence"]


@pytest.mark.parametrize("sleeps", range(LOOKS))
def test_a_broker_that_answers_between_the_first_frames_waits_for_no_second_one(
    house: House, monkeypatch: pytest.MonkeyPatch, sleeps: int
) -> None:
    house.start()
    arrived = house.intake._inbox.take()
    connected_s: list[float] = []
    slept: list[float] = []

    def arrive() -> None:
        for message in arrived:
            house.intake._inbox.put(message)

    def ready() -> None:
        if sleeps == 0:
            arrive()
        monkeypatch.setattr(house.clock, "sleep", sleep)

    def sleep(seconds: float) -> None:
        if house.intake._publisher.connected:
            connected_s.append(house.clock.now_s)
            house.service.stop()
        slept.append(seconds)
        house.clock.now_s += seconds
        if len(slept) == sleeps:
            arrive()

    house.service.run(ready=ready)
    assert Connected() in arrived
    assert connected_s[0] < house.service._inputs.slots.start_s + house.clock.booted_s + 1 / RATE_HZ


def test_a_failure_silences_no_alarm(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    house.start()
    assert house.ask(CommandName.SCREEN, **dict.fromkeys(QUESTIONS, "no"))["ok"]
    house.lie_down()
    house.wait(60.0 * CAP_MIN + 60.0)
    turn = house.service._reporting.status.turn
    assert turn.alarming
    monkeypatch.setattr(HealthReport, "conditions", broken)
    house.wait(2.0)
    after = house.service._reporting.status.turn
    assert (after.alarming, after.conditions) == (True, turn.conditions)


def test_a_connection_that_was_lost_is_looked_after_in_every_turn(house: House) -> None:
    house.start()
    house.wait(5.0)
    house.broker.cut()
    house.wait(2.0)
    assert house.reported_all


SHARES = "[share]\ncheck_ins = true\nrhythm = true\n[mat.profile]\npillow = 'roll'\n"


def asked(house: House, name: CommandName, **arguments: Any) -> dict[str, Any]:
    """The answer, once the history has had its turn."""
    answers: list[dict[str, Any]] = []
    house.run(name, answers.append, **arguments)
    house.wait(2.0)
    return answers[-1]


def felt(house: House) -> dict[str, Any]:
    """A session with a check-in, a note and a weekly look; the answers of the daemon beside that."""
    house.set_clock()
    house.start()
    house.wait(30.0)
    house.lie_down()
    house.wait(150.0)
    house.get_up()
    house.wait(40.0)
    said: list[tuple[CommandName, dict[str, Any]]] = [
        (CommandName.CHECK_IN, {"when": "after", "calm": 4, "discomfort": 2}),
        (CommandName.NOTE, {"tingling": True}),
        (CommandName.WEEKLY_LOOK, {"headaches": 5}),
    ]
    for name, arguments in said:
        assert asked(house, name, **arguments)["ok"], name
    house.wait(30.0)
    return asked(house, CommandName.STATUS)


def check_ins(house: House) -> list[tuple[int | None, int | None]]:
    """What the events on the broker say of each."""
    events = [json.loads(each) for each in house.broker.listened]
    return [(each["calm"], each["discomfort"]) for each in events if each["event_type"] == "check_in"]


def test_of_how_somebody_feels_the_broker_gets_what_is_shared_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, monkeypatch, extra=SHARES)
    status = felt(house)
    assert status["wellbeing"]["headaches"] == 5
    shown = json.loads(house.broker.retained[f"{BASE}/wellbeing"])
    CHECKS["wellbeing"](shown)
    known = {key: value for key, value in shown.items() if value is not None}
    assert known.pop("rhythm_text").startswith("You lay on the mat on 1 of")
    assert known == {"calm_after": 4, "discomfort_after": 2, "rhythm": 7, "rhythm_days": 1}
    assert not [text for text in map(str, house.broker.retained.values()) if 'headaches":5' in text or "tingling" in text]
    assert check_ins(house) == [(4, 2)]
    assert asked(house, CommandName.HISTORY_FORGET, everything=True)["ok"]
    house.wait(30.0)
    assert set(json.loads(house.broker.retained[f"{BASE}/wellbeing"]).values()) == {None}
    house.close()


def test_what_was_shared_once_is_not_sent_again_with_its_answers_when_it_is_shared_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, monkeypatch, extra=SHARES)
    felt(house)
    house.stop()
    house.config = replace(house.config, share=NOTHING_SHARED)
    house.start()
    house.wait(5.0)
    numbering = asked(house, CommandName.EVENTS)["numbering"]
    assert asked(house, CommandName.EVENTS, **{"from": f"{numbering}-1"})["missing"] == []
    house.wait(5.0)
    assert check_ins(house) == [(4, 2), (None, None)]
    house.close()


def test_by_default_nothing_of_it_is_on_the_broker(house: House) -> None:
    status = felt(house)
    assert status["wellbeing"]["calm_after"] == 4
    assert house.broker.retained.get(f"{BASE}/wellbeing", b"") in ("", b"")
    assert check_ins(house) == [(None, None)]
