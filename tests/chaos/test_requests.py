"""What people ask of the daemon, in the real wiring: each request is answered, none ends the loop, and no frame does."""

from __future__ import annotations

import errno
import json
import logging
import os
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from acumat.coach.requests import HANDLERS
from acumat.coach.screening import QUESTIONS
from acumat.contract.commands import CommandName
from acumat.detect.pipeline import Pipeline
from acumat.mqtt.publisher import Publisher
from acumat.service.admission import UNCONFIRMED_MOST
from acumat.service.answers import NOT_STORED
from acumat.service.checkpoint import Checkpoints
from acumat.service.commands import Commands
from acumat.service.frames import Frames
from acumat.service.health_report import BLIP_S, HealthReport
from acumat.service.learned_record import LearnedRecord
from acumat.service.read_rate import ReadRate
from acumat.service.recovery import Recovery
from acumat.service.reload import Reload
from acumat.service.restoring import Restoring
from acumat.service.routine import Routine
from acumat.service.session_totals import SessionTotals
from acumat.service.timekeeping import TimeOfDay
from tests.chaos.house import BASE, House

SYMPTOM_TEXTS = ("Please get up slowly", "This is noted already")
CANARY = "canary-of-a-health-answer"


def command(house: House, name: str, **arguments: Any) -> None:
    house.broker.send(f"{BASE}/command/{name}", json.dumps(arguments).encode() if arguments else b"PRESS")


def answers(house: House) -> list[dict[str, Any]]:
    return [json.loads(payload) for topic, payload in house.broker.said if topic == f"{BASE}/response"]


def shown(house: House, leaf: str) -> list[dict[str, Any]]:
    return [json.loads(payload) for topic, payload in house.broker.shown if topic == f"{BASE}/{leaf}" and payload]


def health(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.service.status()["health"]
    return found


def socket_asks(house: House, **request: Any) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = []
    house.intake._inbox.ask(request, given.append)
    house.turn()
    house.turn()
    return given


NUMBERS = ["9" * digits for digits in (1, 15, 16, 17, 20, 309, 310, 1000, 4000)] + [
    "1e15", "1e300", "1e308", "1e400", "-1e400", "NaN", "Infinity", "-Infinity", "1E9999999", "0." + "1" * 4000,
]  # fmt: skip


@pytest.mark.parametrize("digits", NUMBERS)
def test_no_number_ends_the_daemon_and_each_is_answered(house: House, digits: str) -> None:
    names = {
        "pause": "minutes",
        "programme_set": "minutes",
        "check_in": "calm",
        "redness": "answer",
        "sensitivity": "sensitivity",
    }
    for name, key in names.items():
        for sign in ("", "-"):
            house.broker.send(f"{BASE}/command/{name}", f'{{"{key}": {sign}{digits}, "on": true}}'.encode())
            house.broker.send(f"{BASE}/command/{name}", f'{{"{key}": {sign}{digits}}}'.encode())
    house.wait(3)
    assert len(answers(house)) == 4 * len(names)
    assert not [each for each in answers(house) if each["reason"] == "failed"]
    assert health(house)["daemon"]["code"] == "ok"


def test_a_command_that_fails_is_answered_counted_and_shown_and_sensing_continues(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OverflowError(CANARY)

    monkeypatch.setattr(Pipeline, "tare", broken)
    for number in range(20):
        command(house, "tare", correlation=f"t{number}")
        house.wait(2)
    found = answers(house)
    assert [(each["ok"], each["reason"]) for each in found] == [(False, "failed")] * 20
    assert [each["correlation"] for each in found] == [f"t{number}" for number in range(20)]
    assert house.service.status()["steps_failed"] == 20
    assert health(house)["daemon"]["code"] == "step_failed"
    assert sum("command tare failed" in each.message for each in caplog.records) == 1, "once a minute"
    assert "in broken" in caplog.text, "the log names the place"
    everything = json.dumps([found, house.service.status(), house.broker.shown, house.broker.said], default=str)
    everything += caplog.text
    assert CANARY not in everything
    house.lie_down()
    house.wait(60)
    assert house.service.status()["state"]["presence"] == "lying"
    house.wait(3700)
    assert health(house)["daemon"]["code"] == "ok", "an hour later"


STEPS: dict[str, tuple[type, str]] = {
    "clock": (TimeOfDay, "tick"),
    "recovery": (Recovery, "tick"),
    "history": (Checkpoints, "due"),
    "routine": (Routine, "follow"),
    "commands": (Commands, "follow"),
    "learning": (Restoring, "after_frame"),
    "drift": (LearnedRecord, "follow_drift"),
    "day": (SessionTotals, "follow_day"),
    "conditions": (HealthReport, "conditions"),
    "session": (SessionTotals, "document"),
    "health": (HealthReport, "changed"),
    "publisher": (Publisher, "tick"),
    "shown": (Publisher, "publish_state"),
    "pace": (ReadRate, "step"),
    "reload": (Reload, "due"),
    "source": (Frames, "read"),
}


@pytest.mark.parametrize("error", [ZeroDivisionError, MemoryError, RecursionError, UnicodeError])
@pytest.mark.parametrize("step", STEPS)
def test_no_step_of_a_turn_can_end_the_loop_or_blind_the_mat_for_good(house: House, step: str, error: type[Exception]) -> None:
    kind, name = STEPS[step]

    def broken(*_: object, **__: object) -> None:
        raise error(CANARY)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, name, broken)
        house.turn()
        house.turn()
    assert house.service.status()["steps_failed"] >= (step != "reload")
    house.lie_down()
    house.wait(60)
    assert house.service.status()["state"]["presence"] == "lying"
    assert house.service.status()["routine"]["situation"] != "ready"


@pytest.mark.parametrize("times", [1, 2, 5])
def test_frames_that_make_detection_fail_cost_neither_session_nor_calibration(house: House, times: int) -> None:
    house.lie_down()
    house.wait(60)
    session = house.service.status()["state"]["session_id"]
    real, left = Pipeline.step, [times]

    def fails(self: Pipeline, frame: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise ZeroDivisionError
        return real(self, frame)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pipeline, "step", fails)
        house.turn()
        state = house.service.status()["state"]
        assert (state["presence"], state["reason"], state["health"]) == ("blind", "detection_failed", "blind")
        assert state["session_id"] == session
        house.wait(40)
    state = house.service.status()["state"]
    assert (state["presence"], state["session_id"]) == ("lying", session)
    house.get_up()
    house.wait(60)
    (stored,) = house.sessions()
    assert (stored.session_id, stored.end_reason) == (session, "got_up")
    assert stored.contact_s == pytest.approx(house.lyings[0].end_s - house.lyings[0].start_s, abs=5.0)
    events = [json.loads(each)["event_type"] for each in house.broker.listened]
    house.lie_down()
    house.wait(60)
    named = house.service.status()["state"]["session_id"]
    assert named.rpartition("-s")[0] == session.rpartition("-s")[0]
    assert named != session, "no id is given twice"
    assert events.count("session_started") == events.count("session_ended") == 1
    assert events.count("blind_started") == events.count("blind_ended") - 1  # the start's own ends only


def test_detection_that_fails_again_and_again_is_left_alone_for_a_while_and_the_mat_says_so(house: House) -> None:
    tried = [0]

    def fails(self: Pipeline, frame: Any) -> Any:
        tried[0] += 1
        raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pipeline, "step", fails)
        house.wait(600)
    assert 10 < tried[0] < 40
    assert house.service.status()["state"]["reason"] == "detection_failed"
    house.wait(60)
    assert house.service.status()["state"]["presence"] == "empty"


# what comes first, and what is too much


def test_a_symptom_in_a_flood_is_obeyed_and_every_command_is_answered(house: House) -> None:
    house.lie_down()
    house.wait(60)
    for number in range(250):
        command(house, "check_in", calm=3, correlation=f"f{number}")
    command(house, "symptom", correlation="help")
    house.turn()
    house.turn()
    (answer,) = [each for each in answers(house) if each["correlation"] == "help"]
    assert (answer["ok"], answer["reason"]) == (True, "done")
    assert house.service.status()["routine"]["guidance_reason"] == "symptom"
    house.wait(5)
    assert sorted(each["correlation"] for each in answers(house)) == sorted([*(f"f{n}" for n in range(250)), "help"])
    reasons = [each["reason"] for each in answers(house)]
    assert reasons.count("busy") > 200


def test_a_minute_of_250_commands_a_second_costs_no_session_however_the_disk_fares(house: House) -> None:
    house.lie_down()
    house.wait(60)
    house.break_disk()
    house.get_up()
    sent = 0
    for _ in range(120):  # the session ends in the midst of it
        for name in ("guest", "check_in", "tare", "programme", "status", "programme_reset", "hold"):
            for _ in range(18):
                arguments: dict[str, Any] = {"on": False} if name == "guest" else {"calm": 3} if name == "check_in" else {}
                command(house, name, **arguments, correlation=f"{sent}")
                sent += 1
        house.turn()
    assert house.writer_jobs < 400
    house.mend_disk()
    house.wait(60)
    assert [stored.end_reason for stored in house.sessions()] == ["got_up"]
    assert sorted(int(each["correlation"]) for each in answers(house)) == list(range(sent))
    taken = [each for each in answers(house) if each["reason"] == "not_stored" and not each["text"].startswith(SYMPTOM_TEXTS)]
    assert 0 < len(taken) <= UNCONFIRMED_MOST, "as many as may wait in memory; a symptom has no limit"
    command(house, "check_in", calm=3)
    house.wait(2)
    assert answers(house)[-1]["reason"] == "done", "the disk is back, and so is what was refused"


@pytest.mark.parametrize("name", ["symptom", "stop"])
def test_an_empty_message_is_the_command(house: House, name: str) -> None:
    house.broker.send(f"{BASE}/command/{name}", b"")
    house.wait(2)
    assert [each["name"] for each in answers(house)] == [name]


def test_a_retained_command_is_not_run_and_neither_is_its_removal_while_the_next_empty_one_is(house: House) -> None:
    topic = f"{BASE}/command/symptom"
    house.lie_down()
    house.wait(60)
    house.broker.send(topic, b"PRESS", retained=True)
    house.turn()
    assert (topic, "") in house.broker.shown
    house.broker.send(topic, b"")  # the broker tells us of our own removal
    house.wait(2)
    assert answers(house) == []
    house.broker.send(topic, b"")
    house.wait(2)
    assert [(each["name"], each["ok"]) for each in answers(house)] == [("symptom", True)]


def test_an_empty_message_long_after_a_removal_of_which_nothing_was_received_is_the_command(house: House) -> None:
    topic = f"{BASE}/command/stop"
    house.broker.send(topic, b"PRESS", retained=True)
    house.wait(6)
    house.broker.send(topic, b"")
    house.wait(2)
    assert len(answers(house)) == 1


# what is stored, and what is not


@pytest.mark.parametrize("name", ["guest", "tare", "programme_set", "check_in"])
def test_an_answer_says_done_when_it_is_stored_and_not_stored_while_the_disk_fails(house: House, name: str) -> None:
    arguments: dict[str, dict[str, Any]] = {"guest": {"on": True}, "programme_set": {"minutes": 8}, "check_in": {"calm": 3}}
    house.break_disk()
    command(house, name, **arguments.get(name, {}), correlation="x")
    house.wait(2)
    (answer,) = answers(house)
    assert (answer["ok"], answer["reason"], answer["correlation"]) == (True, "not_stored", "x")
    assert answer["text"].endswith(NOT_STORED)
    house.mend_disk()
    house.wait(60)
    command(house, name, **arguments.get(name, {}))
    house.wait(2)
    assert answers(house)[-1]["reason"] == "done"


def test_a_symptom_is_stored_without_the_history_and_not_without_its_own_file(house: House) -> None:
    def fails(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    house.lie_down()
    house.wait(60)
    house.break_disk()
    command(house, "symptom")
    house.wait(2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pwrite", fails)
        house.wait(3600)
        command(house, "symptom")
        house.wait(2)
    assert [(each["ok"], each["reason"]) for each in answers(house)] == [(True, "done"), (True, "not_stored")]


def test_no_answer_that_something_is_done_goes_out_before_it_is_on_disk(house: House) -> None:
    command(house, "guest", on=True)
    house.turn(up_to="reported")
    house.turn(up_to="reported")
    assert answers(house) == []
    house.turn()
    house.turn()
    assert [each["reason"] for each in answers(house)] == ["done"]


def test_a_slow_disk_holds_up_nothing_but_the_answer_which_comes_in_the_end(house: House) -> None:
    command(house, "guest", on=True)
    for _ in range(50):
        house.turn(up_to="reported")
    assert house.service.status()["settings"]["guest"] is True
    assert [each["reason"] for each in answers(house)] == ["not_stored"], "after 20 s"


def test_an_orderly_stop_answers_what_still_waits(house: House) -> None:
    command(house, "guest", on=True)
    house.turn(up_to="reported")
    house.stop()
    assert [each["reason"] for each in answers(house)] == ["done"]


def test_a_symptom_that_comes_together_with_the_stop_counts_and_is_answered(house: House) -> None:
    house.lie_down()
    house.wait(60)
    command(house, "symptom")
    house.stop()
    assert [(each["name"], each["reason"]) for each in answers(house)] == [("symptom", "done")]
    house.start()
    house.wait(5)
    assert house.service.status()["routine"]["guidance_reason"] == "symptom"


@pytest.mark.parametrize("name", ["calibrate_undo", "programme"])
def test_what_only_the_history_knows_is_answered_without_it(house: House, name: str) -> None:
    command(house, name)
    for _ in range(50):
        house.turn(up_to="reported")
    assert [(each["name"], each["reason"]) for each in answers(house)] == [(name, "history")]
    house.wait(5)
    assert len(answers(house)) == 1


# what stays on the machine


def test_advice_and_answers_about_health_are_taken_on_the_machine_alone(house: House) -> None:
    command(house, "screen", wounds="yes")
    command(house, "advice")
    house.wait(2)
    assert [each["reason"] for each in answers(house)] == ["local_only"] * 2
    (asked,) = socket_asks(house, command="advice")
    assert asked["reason"] == "unanswered"


def test_nothing_of_a_persons_answers_leaves_the_machine(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def broken(_turn: object, _mat: object, **arguments: object) -> str:
        raise ValueError(f"{CANARY} in {arguments}")

    monkeypatch.setitem(HANDLERS, CommandName.SCREEN, broken)
    monkeypatch.setitem(HANDLERS, CommandName.CHECK_IN, broken)
    socket_asks(house, command="screen", **dict.fromkeys(QUESTIONS, CANARY))
    socket_asks(house, command="screen", **{**dict.fromkeys(QUESTIONS, "no"), CANARY[:20]: CANARY})
    for payload in (
        f'{{"wounds": "{CANARY}"}}',
        f'{{"wounds": {{"{CANARY}": 1}}}}',
        f'["{CANARY}"',
        f'{{"wounds": "{CANARY * 9}"}}',
    ):
        house.broker.send(f"{BASE}/command/screen", payload.encode())
    command(house, "check_in", calm=3, when=CANARY)
    house.wait(3)
    # and what was kept comes back damaged
    monkeypatch.undo()
    assert socket_asks(house, command="screen", **dict.fromkeys(QUESTIONS, "yes"))[0]["ok"]
    house.wait(2)
    house.stop()
    stored = documents(house)
    assert "yes" in stored["routine"]
    for text in (
        stored["routine"].replace("yes", CANARY),
        stored["routine"] + CANARY,
        f'{{"answers": {{"wounds": "{CANARY}"}}}}',
    ):
        write_documents(
            house, {"routine": text, "settings": f'{{"paused_until_wall_s": "{CANARY}"}}', "session": f'"{CANARY}"'}
        )
        house.start()
        house.wait(5)
        house.stop()
    assert caplog.text.count("what was stored of the routine cannot be used") == 3
    house.start()
    everything = json.dumps([answers(house), house.service.status(), house.broker.shown, house.broker.said], default=str)
    assert CANARY not in everything
    assert CANARY not in caplog.text


def documents(house: House) -> dict[str, str]:
    with house.history() as db:
        return dict(db.execute("SELECT name, value FROM document"))


def write_documents(house: House, texts: dict[str, str]) -> None:
    db = sqlite3.connect(house.state_dir / "acumat.db")
    with db:
        db.executemany("INSERT OR REPLACE INTO document (name, value) VALUES (?, ?)", texts.items())
    db.close()


# who lies there, through whatever happens


def restart(house: House) -> None:
    house.stop()
    house.clock.sleep(4)
    house.start()


def kill(house: House) -> None:
    house.kill()
    house.clock.sleep(4)
    house.start()


def power(house: House) -> None:
    house.cut_power(dark_s=20, wrong_by_s=0.0)
    house.start()
    house.wait(10)
    house.set_clock()


def pause(house: House) -> None:
    command(house, "pause", on=True)
    house.wait(10)
    command(house, "pause", on=False)


def dark(house: House) -> None:
    house.bus.hung = True
    house.wait(8)
    house.bus.hung = False


def failing(house: House) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pipeline, "step", lambda _self, _frame: 1 / 0)
        house.turn()


@pytest.mark.parametrize("how", [restart, kill, power, pause, dark, failing])
def test_who_lies_there_through_it_all_is_never_shown_as_having_got_up(house: House, how: Callable[[House], None]) -> None:
    house.lie_down()
    house.wait(60)
    before = len(house.broker.shown)
    for _ in range(3):
        how(house)
        house.wait(40)
    house.broker.shown[:before] = []
    seen = [each["presence"] for each in shown(house, "state")]
    assert set(seen) == {"blind", "lying"}
    assert seen[-1] == "lying"


@pytest.mark.parametrize("how", [restart, kill, dark])
def test_who_is_gone_meanwhile_is_shown_as_gone_without_a_contact(house: House, how: Callable[[House], None]) -> None:
    house.lie_down()
    house.wait(60)
    house.stop()
    house.get_up()
    house.clock.sleep(8)
    house.start()
    before = len(house.broker.shown)
    how(house)
    house.wait(60)
    house.broker.shown[:before] = []
    seen = [each["presence"] for each in shown(house, "state")]
    assert set(seen) == {"blind", "empty"}
    assert seen[-1] == "empty"


def test_state_reason_health_and_status_agree_at_every_frame_of_a_start(house: House) -> None:
    house.broker.shown.clear()
    restart(house)
    well_s = -BLIP_S
    for how in (None, dark, pause):
        if how is not None:
            how(house)
            well_s = house.clock.now_s  # it may have been until now
        for _ in range(60):
            began_s = house.clock.now_s  # a turn takes seconds while the bus hangs
            house.turn()
            status = house.service.status()
            state = status["state"]
            assert shown(house, "state")[-1]["presence"] == state["presence"]
            assert shown(house, "health")[-1]["health"] == status["health"]["health"]
            well_s = house.clock.now_s if state["health"] == "ok" else well_s
            # what is well again within BLIP_S is not reported
            young = began_s - well_s < BLIP_S
            assert status["health"]["health"] in (state["health"], *(["ok"] if young else []))
            if state["reason"] == "paused":
                assert state["presence"] == "blind"
            else:
                assert (state["presence"] == "blind") is (state["health"] == "blind"), state
            if state["reason"] != "resumed":  # measuring goes on, whatever there is to be seen
                assert (state["presence"] == "blind") is (state["reason"] in BLIND_REASONS), state


BLIND_REASONS = ("starting", "looking", "no_readings", "no_supply", "paused", "detection_failed")


def test_more_minutes_than_the_programme_has_are_refused_and_the_number_is_drawn_anew(house: House) -> None:
    house.wait(2)
    discovery = [json.loads(payload) for topic, payload in house.broker.shown if topic.startswith("homeassistant/")]
    assert discovery[-1]["components"]["planned_minutes"]["max"] == 10
    house.broker.shown.clear()
    command(house, "programme_set", minutes=25)
    house.wait(2)
    (answer,) = answers(house)
    assert (answer["ok"], answer["reason"]) == (False, "above_level")
    assert [each["planned_min"] for each in shown(house, "routine")][:2] == [None, 10]
    command(house, "programme_set", minutes=7)
    house.wait(2)
    assert shown(house, "routine")[-1]["planned_min"] == 7


@pytest.mark.parametrize(("name", "arguments", "most"), [("mode", {"mode": "auto"}, 20), ("status", {}, 30), ("tare", {}, 20)])
def test_what_waits_for_no_disk_is_measured_as_well(house: House, name: str, arguments: dict[str, Any], most: int) -> None:
    for _ in range(250):
        command(house, name, **arguments)
    house.turn()
    house.wait(3)
    reasons = [each["reason"] for each in answers(house)]
    assert len(reasons) == 250
    assert reasons.count("busy") == 250 - most
    assert socket_asks(house, command=name, **arguments)[0]["reason"] != "busy", "a flood over MQTT does not shut the socket"
