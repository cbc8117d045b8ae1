"""The routine as people live it: a daemon, a broker that comes and goes, a kill in mid-session, and the command line."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import Any

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.coach.screening import QUESTIONS
from acumat.control import ask
from tests import contract
from tests.broker import PATIENCE_S, Broker, Listener, until
from tests.machine import slowdown
from tests.system.conftest import Make
from tests.system.process import DaemonProcess

BASE = "acumat/test"
ROUTINE, EVENT, RESPONSE = (f"{BASE}/{leaf}" for leaf in ("routine", "event", "response"))
DISCOVERY = "homeassistant/device/acumat_test/config"
SHORT = "[routine]\nperson_cap_min = 5\ncap_min = 20\n"
CUES = ["cue_start", "cue_half", "cue_last_minute", "cue_end", "cue_louder", "cue_cap"]


def control(daemon: DaemonProcess, command: str, **arguments: Any) -> dict[str, Any]:
    return ask(daemon.folder / "run" / "control.sock", {"command": command, **arguments}, PATIENCE_S)


def screened(daemon: DaemonProcess) -> None:
    assert control(daemon, "screen", **dict.fromkeys(QUESTIONS, "no"))["ok"]


def routine(daemon: DaemonProcess) -> dict[str, Any]:
    document: dict[str, Any] = daemon.status()["routine"]
    return document


def check_all(listener: Listener) -> None:
    for each in [each for each in listener.received if each.topic.startswith(f"{BASE}/") and each.payload]:
        contract.check(each, BASE)
        if "/command/" not in each.topic:
            assert not [word for word in contract.PRIVATE if word in each.payload.lower()], each


def cues(listener: Listener) -> list[dict[str, Any]]:
    return [each for each in listener.events(EVENT) if each["event_type"] in CUES]


@pytest.mark.broker
def test_a_kill_in_mid_session_and_a_broker_that_is_gone_cost_no_cue_and_double_none(
    make: Make, broker: Broker, listener: Listener
) -> None:
    daemon = make(stays=[(20, 3000)], speed=10.0 / min(2.0, slowdown()), lasting=True, extra=SHORT)
    # whoever is taken to doze is woken before the limit
    daemon.story.write_text(daemon.story.read_text().replace("moves_per_min = 1", "moves_per_min = 8"))
    daemon.start()
    screened(daemon)
    until(
        lambda: (document := routine(daemon))["cue"] == "cue_half" and document["situation"] == "guided", "half is reported", 60
    )
    until(lambda: [each["event_type"] for each in cues(listener)] == CUES[:2], "it is on the broker as well")
    daemon.kill()
    daemon.start()
    until(lambda: routine(daemon)["cue"] in ("cue_end", "cue_louder"), "the end comes after the restart", 60)
    until(lambda: any(each["event_type"] == "cue_end" for each in cues(listener)), "and on the broker")
    broker.stop()
    until(lambda: daemon.status()["health"]["broker"]["code"] != "ok", "the broker is gone")
    until(lambda: routine(daemon)["situation"] == "alarm", "the alarm comes without a broker", 360)
    broker.start()
    until(lambda: any(each["event_type"] == "cue_cap" for each in cues(listener)), "it is reported once the broker is back")
    reported = cues(listener)
    assert [each["event_type"] for each in reported] == CUES
    assert len({each["session_id"] for each in reported}) == 1
    (end,) = [each for each in reported if each["event_type"] == "cue_end"]
    (cap,) = [each for each in reported if each["event_type"] == "cue_cap"]
    assert end["contact_s"] >= 300
    assert cap["session_s"] >= 1200
    assert control(daemon, "stop")["ok"]
    until(lambda: listener.on(ROUTINE)[-1].document["situation"] == "measuring", "the alarm is silent, measuring goes on")
    check_all(listener)
    assert "Traceback" not in daemon.logged()


@pytest.mark.broker
def test_a_symptom_over_the_broker_stops_at_once_and_is_known_after_a_restart(make: Make, listener: Listener) -> None:
    daemon = make(stays=[(20, 3000)], speed=10.0, lasting=True)
    daemon.start()
    until(lambda: listener.on(ROUTINE), "the daemon is on the broker")
    listener.publish(f"{BASE}/command/screen", "PRESS")
    until(lambda: listener.last(RESPONSE), "it is answered")
    assert listener.on(RESPONSE)[-1].document["reason"] == "local_only"
    screened(daemon)
    until(lambda: listener.on(ROUTINE) and listener.on(ROUTINE)[-1].document["situation"] == "guided", "somebody is guided")
    listener.publish(f"{BASE}/command/programme_set", '{"minutes": 99}')
    until(lambda: listener.on(RESPONSE)[-1].document["reason"] == "bad_value", "nonsense is refused")
    listener.publish(f"{BASE}/command/symptom", "PRESS")
    until(lambda: any(each["event_type"] == "symptom_stop" for each in listener.events(EVENT)), "it is reported")
    until(lambda: listener.on(ROUTINE)[-1].document["guidance_reason"] == "symptom", "guidance is off")
    daemon.kill()
    daemon.start()
    assert routine(daemon)["guidance_reason"] == "symptom"
    steps = control(daemon, "programme")["steps"]
    assert [each["reason"] for each in steps] == ["symptom"]
    check_all(listener)
    log = daemon.logged().lower()
    assert not [word for word in contract.PRIVATE if word in log]


@pytest.mark.broker
def test_switched_off_nothing_of_the_routine_is_published_and_what_was_there_is_cleared(make: Make, listener: Listener) -> None:
    listener.publish(ROUTINE, '{"situation": "guided"}', retain=True)
    daemon = make(stays=[(60, 140)], extra="[routine]\nenabled = false\n")
    daemon.start()
    until(lambda: listener.on(DISCOVERY), "the mat appears")
    until(lambda: listener.on(ROUTINE)[-1].payload == "", "what an earlier run has left is taken off")
    assert listener.on(DISCOVERY)[-1].document["components"]["planned_minutes"] == {"platform": "number"}
    until(lambda: any(each["event_type"] == "session_started" for each in listener.events(EVENT)), "it measures all the same")
    listener.publish(f"{BASE}/command/stop", "PRESS")
    until(lambda: listener.on(RESPONSE), "it is answered")
    assert listener.on(RESPONSE)[-1].document["reason"] == "routine_off"
    assert not cues(listener)
    assert len(listener.on(ROUTINE)) == 2


def test_the_command_line_speaks_to_the_routine(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*argv: str) -> tuple[int, str]:
        code = main([*argv, "--config", str(daemon.config)])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    daemon = make(stays=[(10_000, 10_100)])
    daemon.start()
    until(lambda: daemon.status()["state"]["presence"] == "empty", "the empty mat is known")
    code, shown = said("programme")
    assert code == exit_codes.OK, shown
    assert "acumat screen" in shown
    assert "10 minutes with a shirt" in shown
    for argv, code, says in [
        (["stop"], exit_codes.REFUSED, "Nobody lies on the mat"),
        (["symptom"], exit_codes.REFUSED, "Nobody lies on the mat"),
        (["redness", "faded"], exit_codes.REFUSED, "not open"),
        (["check-in"], exit_codes.REFUSED, "calm"),
        (["check-in", "--calm", "9"], exit_codes.REFUSED, "from 1 to 5"),
        (["check-in", "--calm", "3", "--discomfort", "2"], exit_codes.OK, "noted"),
        (["programme", "set"], exit_codes.DATA, "--minutes"),
        (["programme", "set", "--minutes", "8"], exit_codes.OK, "8 minutes"),
        (["programme", "set", "--clothing", "skin"], exit_codes.REFUSED, "shirt"),
        (["screen"], exit_codes.DATA, "--none"),
        (["screen", "--answer", "wounds=no"], exit_codes.DATA, "--answers -"),
        (["screen", "--advice-taken"], exit_codes.REFUSED, "questions first"),
        (["screen", "--none"], exit_codes.OK, "half a year"),
        (["screen", "--advice-taken"], exit_codes.REFUSED, "nothing changes"),
        (["programme", "reset"], exit_codes.OK, "first day"),
    ]:
        done, text = said(*argv)
        assert (done, says in text) == (code, True), (argv, done, text)
    _, shown = said("programme")
    assert "You chose 8 minutes. (chosen)" in shown
    assert "(reset)" in shown
    _, status = said("status", "--json")
    assert '"guidance": true' in status
    assert not [word for word in contract.PRIVATE if word in status.lower()]


def test_the_questions_are_asked_one_by_one_on_a_terminal(make: Make) -> None:
    daemon = make(stays=[(10_000, 10_100)])
    daemon.start()
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "acumat.cli.main", "screen", "--config", str(daemon.config)],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            os.write(ours, b"what?\n" + b"n\n" * (len(QUESTIONS) - 1) + b"?\n")
            out, _ = process.communicate()
    finally:
        os.close(ours)
        os.close(theirs)
    assert process.returncode == exit_codes.OK, out
    assert all(question in out for question in QUESTIONS.values())
    assert out.count("Please answer y for yes") == 1
    until(lambda: routine(daemon)["guidance_reason"] == "advice", "one answer is not known")
