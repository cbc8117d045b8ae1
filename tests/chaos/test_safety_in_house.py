"""What protects a person, in the whole daemon on simulated chips: disks, safe mode, damaged histories, outages."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from acumat.coach.screening import QUESTIONS
from acumat.contract.commands import CommandName
from tests.chaos.house import House

MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
CAP_S = 1200.0
LATE_S = 2.0
FOUND_S = 4.0
"""Lying down takes the simulated person 2 s, and detection dates it within that."""
YEAR_S = 365 * 86_400.0


@pytest.fixture
def house() -> Iterator[House]:
    """With a baseline, the questions answered, and nobody on the mat."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory(dir=MEMORY) as name:
        made = House(Path(name), patch, extra="[routine]\ncap_min = 20\n")
        made.set_clock()
        made.start()
        made.wait(40)
        assert made.ask(CommandName.SCREEN, **dict.fromkeys(QUESTIONS, "no"))["ok"]
        made.wait(1)
        yield made
        made.close()


def reported(house: House, event_type: str) -> list[dict[str, Any]]:
    return [event for each in house.broker.listened if (event := json.loads(each))["event_type"] == event_type]


def reason(house: House) -> str | None:
    house.wait(2)
    found: str | None = house.routine.document()["guidance_reason"]
    return found


def spoil(house: House) -> None:
    for path in house.state_dir.glob("acumat.db*"):
        path.write_bytes(b"no database at all" * 500)


@pytest.mark.parametrize("end", ["kill", "stop", "power"])
@pytest.mark.parametrize("trouble", ["none", "full disk", "safe mode", "damaged afterwards", "lost afterwards"])
def test_a_symptom_that_was_answered_holds_whatever_happens_to_history_and_daemon(house: House, trouble: str, end: str) -> None:
    house.lie_down()
    house.wait(30)
    if trouble == "full disk":
        house.break_disk()
        house.wait(2)
    elif trouble == "safe mode":
        house.kill()
        house.start(safe=True)
        house.wait(3)
    stored: list[bool] = []
    assert house.ask(CommandName.SYMPTOM)["ok"]
    house.routine.when_stored(stored.append)
    assert stored == [True]
    if end == "power":
        house.cut_power(dark_s=30.0, wrong_by_s=0.0)
        house.set_clock()
    else:
        {"kill": house.kill, "stop": house.stop}[end]()
    house.mend_disk()
    if trouble == "damaged afterwards":
        spoil(house)
    elif trouble == "lost afterwards":
        for path in house.state_dir.glob("acumat.db*"):
            path.unlink()
    house.start()
    assert reason(house) == "symptom"
    house.get_up()
    house.wait(30)
    house.lie_down()
    house.wait(30)
    assert len(reported(house, "cue_start")) <= 1


def outage(house: House, way: str, seconds: float) -> None:
    if way == "pause":
        house.ask(CommandName.PAUSE, on=True, minutes=seconds / 60.0)
        house.wait(seconds)
    elif way == "blind":
        for chip in house.chips:
            chip.nack_probability = 1.0
        house.wait(seconds)
        for chip in house.chips:
            chip.nack_probability = 0.0
    elif way == "power":
        house.cut_power(dark_s=seconds, wrong_by_s=-10 * YEAR_S)
        house.start()
        house.wait(10)
        house.set_clock()
    else:
        house.kill()
        house.wait(seconds)
        if way == "damaged":
            spoil(house)
        house.start(safe=way == "safe mode")


@pytest.mark.parametrize(
    ("way", "lain_s", "seconds"),
    [
        ("kill", 5.0, 300.0),
        ("kill", 400.0, 60.0),
        ("kill", 700.0, 10_800.0),
        ("damaged", 400.0, 200.0),
        ("safe mode", 400.0, 300.0),
        ("power", 400.0, 500.0),
        ("power", 650.0, 3600.0),
        ("pause", 400.0, 600.0),
        ("pause", 400.0, 1200.0),
        ("blind", 650.0, 200.0),
        ("kill", 1230.0, 60.0),
    ],
)
def test_who_lies_through_it_learns_the_alarm_at_its_time_and_is_guided_once(
    house: House, way: str, lain_s: float, seconds: float
) -> None:
    house.lie_down()
    lay_s = house.clock.now_s
    house.wait(lain_s)
    outage(house, way, seconds)
    back_s = house.clock.now_s
    received_s: list[float] = []
    while house.clock.now_s < max(lay_s + CAP_S + 30.0, back_s + 30.0):
        before = len(reported(house, "cue_cap"))
        house.wait(0.5)
        if len(reported(house, "cue_cap")) > before:
            received_s.append(house.clock.now_s)
    alarms = reported(house, "cue_cap")
    assert len(alarms) == 1
    at_s = received_s[0] if received_s else float(alarms[0]["session_s"]) + lay_s
    late_s = max(0.0, at_s - lay_s - CAP_S - FOUND_S)
    assert late_s <= LATE_S or at_s - back_s <= LATE_S + 0.5, f"{at_s - lay_s} s after lying down, {at_s - back_s} s after"
    assert at_s - lay_s >= CAP_S - LATE_S
    assert len(reported(house, "cue_start")) <= 1
    assert house.routine.alarming


@pytest.mark.parametrize(
    ("name", "arguments", "stored"),
    [
        (CommandName.REDNESS, {"answer": "still_red"}, "safety file"),
        (CommandName.REDNESS, {"answer": "faded"}, "history"),
        (CommandName.PRESS, {}, "history"),
    ],
)
@pytest.mark.parametrize("fails", ["safety file", "history"])
def test_an_answer_about_redness_waits_for_the_place_where_it_is_stored(
    house: House, name: CommandName, arguments: dict[str, Any], stored: str, fails: str
) -> None:
    house.lie_down()
    house.wait(400)
    house.get_up()
    house.wait(30)
    house.stop()
    house.clock.sleep(3700)
    house.start()
    house.wait(10)
    if fails == "history":
        house.break_disk()
        house.wait(1)
    else:
        house.card_stalls = True
    answers: list[dict[str, Any]] = []
    house.run(name, answers.append, **arguments)
    house.wait(25)  # no answer waits for longer
    assert [answer["reason"] for answer in answers] == ["not_stored" if fails == stored else "done"]


def test_a_daemon_that_reads_no_mat_any_more_keeps_the_cap_and_answers_every_command(house: House) -> None:
    """After four starts that came to nothing even the sensors are left alone."""
    house.lie_down()
    house.wait(CAP_S - 60.0)
    for _ in range(4):
        house.kill()
        house.start(safe=True)
    house.wait(30.0)
    assert house.state.reason == "safe_mode"
    assert not reported(house, "cue_cap")
    answers: list[dict[str, Any]] = []
    house.run(CommandName.GUEST, answers.append, on=True)
    house.wait(35.0)
    assert [answer["reason"] for answer in answers] == ["not_stored"]
    assert len(reported(house, "cue_cap")) == 1
    assert house.routine.alarming
    assert house.ask(CommandName.STOP)["ok"]
    house.wait(1.0)
    assert not house.routine.alarming


def test_who_got_up_from_the_alarm_is_not_shown_one_for_the_minutes_in_which_the_foam_settles(house: House) -> None:
    house.lie_down()
    house.wait(CAP_S + 10.0)
    assert house.routine.document()["situation"] == "alarm"
    house.get_up()
    house.wait(8.0)
    assert house.state.presence == "contact"
    assert house.routine.document()["situation"] == "over_time"
    house.wait(30.0)
    document = house.routine.document()
    assert (house.state.presence, document["situation"], document["cue"]) == ("empty", "cool_down", None)
    house.lie_down()
    house.wait(5.0)
    assert house.routine.document()["situation"] == "alarm", "and it sounds again"


def test_a_symptom_that_is_noted_already_ends_the_alarm_as_well(house: House) -> None:
    house.lie_down()
    house.wait(30)
    assert house.ask(CommandName.SYMPTOM)["ok"]
    house.get_up()
    house.wait(120)
    house.lie_down()
    house.wait(60)
    for chip in house.chips:
        chip.nack_probability = 1.0
    house.wait(CAP_S)
    assert house.routine.alarming
    assert "noted already" in house.ask(CommandName.SYMPTOM)["text"]
    house.wait(1)
    assert not house.routine.alarming


def test_who_was_taken_for_the_empty_mat_by_a_new_history_has_not_been_seen_up(house: House) -> None:
    """All that was learnt is lost in mid-session: the mat is taken for empty until it is seen to breathe."""
    house.lie_down()
    house.wait(600)
    exposed = house.routine._state.safety.exposure
    house.kill()
    spoil(house)
    house.start()
    seen = set()
    for _ in range(120):
        house.wait(0.5)
        seen.add(house.state.presence)
        assert house.routine._state.safety.exposure.since == exposed.since
    assert "lying" in seen
    assert len(reported(house, "cue_start")) == 1


@pytest.mark.parametrize("name", [CommandName.TARE, CommandName.CALIBRATE])
def test_nobody_is_taken_for_the_empty_mat_on_request_while_the_cap_counts(house: House, name: CommandName) -> None:
    house.lie_down()
    house.wait(CAP_S - 100.0)
    house.kill()
    spoil(house)
    house.start()
    refused = set()
    for _ in range(40):
        house.wait(1.0)
        answer = house.ask(name)
        assert answer, "it was done"
        refused.add(answer["reason"])
    assert "occupied" in refused
    house.wait(100.0)
    assert house.routine.alarming
    house.get_up()
    house.wait(300.0)
    answers: list[dict[str, Any]] = []
    house.run(name, answers.append)
    house.wait(2.0)
    assert answers[0]["reason"] != "occupied", answers


def test_who_was_seen_up_for_20_s_begins_anew(house: House) -> None:
    house.lie_down()
    house.wait(300)
    house.get_up()
    house.wait(90)  # what the load has left behind in the foam shows as contact for a while
    house.lie_down()
    house.wait(60)
    assert len(reported(house, "cue_start")) == 2
    house.wait(CAP_S - 70.0)
    assert not reported(house, "cue_cap")
    house.wait(30.0)
    assert len(reported(house, "cue_cap")) == 1


READERS: dict[str, Callable[[House], str]] = {
    "broker": lambda house: str(house.broker.retained) + str(house.broker.listened),
    "status": lambda house: json.dumps(house.service.status(), default=str),
}


@pytest.mark.parametrize("damage", ["flip", "both slots", "history too"])
def test_a_damaged_safety_file_keeps_no_daemon_from_starting_and_quotes_nothing(
    house: House, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert house.ask(CommandName.SCREEN, **{**dict.fromkeys(QUESTIONS, "no"), "pregnancy": "yes"})["ok"]
    house.wait(1)
    house.kill()
    path = house.state_dir / "safety.slots"
    data = bytearray(path.read_bytes())
    for place in (200, 4296) if damage != "flip" else (200,):
        data[place] ^= 1
    path.write_bytes(data)
    if damage == "history too":
        spoil(house)
    house.start()
    assert reason(house) == ("unanswered" if damage == "history too" else "advice")
    shown = caplog.text + "".join(read(house) for read in READERS.values())
    assert "pregnan" not in shown
