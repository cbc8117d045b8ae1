"""The daemon as a process against a real broker, through what happens to it at home."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import contract
from tests.broker import PATIENCE_S, Broker, Listener, until
from tests.system.conftest import Make

pytestmark = pytest.mark.broker

BASE = "acumat/test"
STATE, EVENT, SESSION, HEALTH = (f"{BASE}/{leaf}" for leaf in ("state", "event", "session", "health"))
AVAILABILITY, RESPONSE = f"{BASE}/availability", f"{BASE}/response"
DISCOVERY = "homeassistant/device/acumat_test/config"


@pytest.fixture
def listen(broker: Broker) -> Iterator[Callable[[], Listener]]:
    made: list[Listener] = []

    def one() -> Listener:
        made.append(Listener(broker.port))
        return made[-1]

    yield one
    for each in made:
        each.close()


def presence(listener: Listener) -> str | None:
    last = listener.last(STATE)
    return last.document["presence"] if last else None


def check_all(listener: Listener) -> int:
    ours = [each for each in listener.received if each.topic.startswith(f"{BASE}/") and each.payload]
    for each in ours:
        contract.check(each, BASE)
    return len(ours)


def types(listener: Listener) -> list[str]:
    return [each["event_type"] for each in listener.events(EVENT)]


def numbers(listener: Listener) -> list[int]:
    return [int(each["id"].rpartition("-")[2]) for each in listener.events(EVENT)]


def test_a_day_with_a_late_broker_a_broker_restart_and_a_daemon_restart(
    make: Make, broker: Broker, listen: Callable[[], Listener]
) -> None:
    daemon = make(stays=[(30, 100_000)], unhurried=True)
    daemon.start()
    assert daemon.status()["health"]["broker"]["code"] in ("connecting", "unreachable")

    broker.start()
    listener = listen()
    until(lambda: listener.last(AVAILABILITY), "the daemon found the broker that came late")
    until(lambda: presence(listener) == "lying", "somebody lies down")
    until(lambda: "session_started" in types(listener), "the session began")
    for topic in (DISCOVERY, AVAILABILITY, STATE, SESSION, HEALTH):
        assert listener.on(topic), topic

    again = len(listener.received)
    broker.restart()  # it has forgotten all retained messages
    until(
        lambda: {DISCOVERY, AVAILABILITY, STATE, SESSION, HEALTH} <= {each.topic for each in listener.received[again:]},
        "everything is reported again",
    )
    assert presence(listener) == "lying"

    assert daemon.stop() == 0
    until(lambda: listener.on(AVAILABILITY)[-1].payload == "offline", "the daemon says goodbye")
    assert "session_ended" not in types(listener)

    daemon.play([(30, 190)])
    daemon.start()  # on a mat whose story begins anew, as after a boot: the clock tells that it cannot be the same lying
    until(lambda: listener.on(AVAILABILITY)[-1].payload == "online", "the daemon is back")
    until(lambda: "session_ended" in types(listener), "the session under way is closed and reported")
    (ended,) = [each for each in listener.events(EVENT) if each["event_type"] == "session_ended"]
    assert ended["reason"] == "interrupted"
    until(lambda: listener.on(SESSION)[-1].document["session_id"] == ended["session_id"], "the last session is shown")
    first = listener.on(SESSION)[-1].document
    assert first["recovered"] is True
    assert first["totals"]["sessions_total"] == 1
    until(lambda: listener.on(SESSION)[-1].document["totals"]["sessions_total"] == 2, "a second session is counted")
    second = listener.on(SESSION)[-1].document
    assert second["session_id"] != first["session_id"]
    assert second["profile"]["size"] == "72 x 43 cm"
    assert second["totals"]["minutes_total"] == pytest.approx((first["contact_s"] + second["contact_s"]) / 60, abs=0.15)
    assert second["session_s"] == pytest.approx(160, abs=60)  # a busy machine notices a person later
    assert daemon.stop(signal.SIGINT) == 0
    until(lambda: listener.on(AVAILABILITY)[-1].payload == "offline", "the daemon says goodbye again")

    assert numbers(listener) == list(range(1, len(numbers(listener)) + 1))
    assert check_all(listener) > 30
    assert "Traceback" not in daemon.logged()


def test_what_is_retained_greets_a_newcomer_and_events_do_not(
    make: Make, broker: Broker, listen: Callable[[], Listener]
) -> None:
    broker.start()
    first = listen()
    daemon = make(stays=[(20, 100)])
    daemon.start()
    until(lambda: "session_started" in types(first), "the session began")
    newcomer = listen()
    wanted = {DISCOVERY, AVAILABILITY, STATE, SESSION, HEALTH}
    until(lambda: wanted <= {each.topic for each in newcomer.received if each.retained}, "the newcomer is greeted")
    assert not [each for each in newcomer.received if each.retained and each.topic in (EVENT, RESPONSE)]
    daemon.kill()
    until(lambda: newcomer.on(AVAILABILITY)[-1].payload == "offline", "the last will speaks for a killed daemon")


def test_commands_are_answered_and_retained_ones_are_not_run(
    make: Make, broker: Broker, listen: Callable[[], Listener]
) -> None:
    broker.start()
    listener = listen()
    listener.publish(f"{BASE}/command/tare", "PRESS", retain=True)
    daemon = make(stays=[(10_000, 10_100)])
    daemon.start()
    until(lambda: presence(listener) == "empty", "the empty mat is known")
    until(lambda: "is ignored and removed" in daemon.logged(), "the retained command is refused")
    assert "tare_done" not in types(listener)

    def tared() -> bool:
        answers = len(listener.on(RESPONSE))
        listener.publish(f"{BASE}/command/tare", '{"correlation": "mine"}')
        answer = until(lambda: listener.on(RESPONSE)[answers:], "the command is answered")[0].document
        assert (answer["name"], answer["correlation"]) == ("tare", "mine")
        return bool(answer["ok"])

    until(tared, "the mat has been seen long enough")
    until(lambda: "tare_done" in types(listener), "the mat is tared")
    for name, payload, reason in [
        ("dance", "PRESS", "unknown_command"),
        ("tare", "[1]", "bad_payload"),
        ("calibrate_cancel", "PRESS", "not_calibrating"),
        ("calibrate_undo", "PRESS", "nothing_to_undo"),
    ]:
        listener.publish(f"{BASE}/command/{name}", payload)
        until(lambda reason=reason: listener.shown(RESPONSE).get("reason") == reason, reason)  # type: ignore[misc]
    listener.publish(f"{BASE}/command/tare", "x" * 5000)
    until(lambda: "at most 4096 bytes" in listener.last(RESPONSE).payload, "a huge payload is refused")  # type: ignore[union-attr]
    check_all(listener)


def test_a_calibration_by_command_is_guided_stored_over_a_restart_and_taken_back(
    make: Make, broker: Broker, listen: Callable[[], Listener]
) -> None:
    broker.start()
    listener = listen()
    # half as fast as elsewhere: a moment of a busy machine must not take the time before the person comes
    daemon = make(stays=[(60, 130), (10_000, 10_100)], speed=5.0, unhurried=True)
    daemon.start()
    until(lambda: presence(listener) == "empty", "the empty mat is known")
    until(lambda: daemon.status()["state"]["presence"] == "empty", "it is empty")
    listener.publish(f"{BASE}/command/calibrate", '{"correlation": "c"}')
    until(lambda: "calibration_done" in types(listener), f"the calibration is done: {daemon.logged()}")
    steps = [each.document["reason"] for each in listener.on(RESPONSE) if each.document["name"] == "calibrate"]
    assert len(steps) >= 4
    assert all(each.document["correlation"] == "c" for each in listener.on(RESPONSE))
    assert "session_started" not in types(listener)
    assert listener.on(SESSION)[-1].document["totals"]["sessions_total"] == 0
    until(lambda: listener.on(HEALTH)[-1].document["calibration"]["code"] == "ok", "its health says so")
    assert daemon.stop() == 0
    until(lambda: listener.on(AVAILABILITY)[-1].payload == "offline", "the daemon says goodbye")

    daemon.start()
    until(lambda: listener.on(AVAILABILITY)[-1].payload == "online", "the daemon is back")
    until(lambda: daemon.status()["health"]["calibration"]["code"] == "ok", "the calibration survived")
    listener.publish(f"{BASE}/command/calibrate_undo", "PRESS")
    until(lambda: daemon.status()["health"]["calibration"]["code"] == "not_calibrated", "one step back")
    check_all(listener)


def test_a_wrong_password_is_reported_once_with_its_hint(tmp_path: Path, make: Make) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    locked = Broker(folder, password=("mat", "right"))
    locked.start()
    try:
        daemon = make(stays=[(20, 100)], mqtt=f'username = "mat"\npassword = "n0tr1ght"\n#{locked.port}')
        daemon.config.write_text(daemon.config.read_text().replace("port = ", f"port = {locked.port} # ", 1))
        daemon.start()
        broker = until(
            lambda: (found := daemon.status()["health"]["broker"])["code"] == "auth_failed" and found, "the broker refuses us"
        )
        assert "mqtt.username" in broker["text"]
        until(lambda: daemon.status()["state"]["presence"] == "lying", "sensing goes on")
        assert daemon.logged().count("refused us") == 1
        assert "n0tr1ght" not in daemon.logged()
    finally:
        locked.stop()


def test_a_second_daemon_is_refused_and_harms_nothing(make: Make, broker: Broker) -> None:
    broker.start()
    daemon = make(stays=[(20, 100)])
    daemon.start()
    second = subprocess.run(
        [sys.executable, "-m", "acumat.cli.main", "run", "--config", str(daemon.config)],
        capture_output=True,
        check=False,
        text=True,
    )
    assert second.returncode == 69
    assert "another acumat" in second.stderr
    assert daemon.answers()


def test_a_mat_that_cannot_be_reached_is_blind_and_the_daemon_says_why(make: Make, broker: Broker) -> None:
    broker.start()
    daemon = make(stays=[])
    text = daemon.config.read_text()
    start, end = text.index("[source]"), text.index("[daemon]")
    daemon.config.write_text(text[:start] + '[source]\nkind = "ads1x15"\nbus = 77\n' + text[end:])
    daemon.start()
    status = until(lambda: (s := daemon.status())["health"]["bus"]["code"] == "unavailable" and s, "the bus is named")
    assert "/dev/i2c-77" in status["health"]["bus"]["text"]
    assert status["state"]["presence"] == "blind"
    assert daemon.stop() == 0
    assert len([line for line in daemon.logged().splitlines() if "/dev/i2c-77" in line]) == 1


def test_a_bus_that_blocks_makes_the_mat_blind_and_holds_up_nothing_else(
    make: Make, broker: Broker, listen: Callable[[], Listener]
) -> None:
    broker.start()
    listener = listen()
    daemon = make(stays=[(10_000, 10_100)], speed=1.0, unhurried=True)
    daemon.config.write_text(daemon.config.read_text().replace('through = "fast"', 'through = "bus"'))
    daemon.story.write_text(daemon.story.read_text() + '\n[[fault]]\nat_s = 12\nfor_s = 6\ndo = "hang"\namount = 8\n')
    daemon.start()
    until(lambda: presence(listener) == "empty", "the empty mat is known")
    until(lambda: presence(listener) == "blind", "the mat is blind")
    assert daemon.status()["state"]["presence"] == "blind", "and whoever asks is answered while the transfer still blocks"
    until(lambda: "blind_started" in types(listener), "it is reported")
    until(lambda: presence(listener) != "blind", "the mat is seen again")
    check_all(listener)


def test_systemd_learns_ready_a_fed_watchdog_and_stopping(tmp_path: Path, make: Make, broker: Broker) -> None:
    broker.start()
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(tmp_path / "notify"))
    notify.settimeout(PATIENCE_S)
    daemon = make(stays=[(20, 100)])
    daemon.start(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="400000")
    received: list[str] = []
    while received.count("WATCHDOG=1") < 3:
        received.append(notify.recv(1000).decode())
    assert "READY=1" in received
    daemon.stop()
    while received[-1] != "STOPPING=1":
        received.append(notify.recv(1000).decode())
    notify.close()


def test_a_history_that_cannot_be_read_at_the_start_comes_back_with_all_it_held(make: Make, broker: Broker) -> None:
    broker.start()
    daemon = make(stays=[(20, 90), (10_000, 10_100)])
    daemon.start()
    until(lambda: daemon.status()["totals"]["sessions_total"] == 1, "one session is counted")
    assert daemon.stop() == 0
    holder = sqlite3.connect(daemon.folder / "state" / "acumat.db", isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    daemon.start()
    status = until(lambda: (s := daemon.status())["health"]["store"]["code"] == "store_unavailable" and s, "it is said")
    assert status["totals"]["sessions_total"] == 0
    holder.close()
    until(lambda: daemon.status()["totals"]["sessions_total"] >= 1, "what was kept is known again")
    until(lambda: daemon.status()["health"]["store"]["code"] == "ok", "the store is well")


def test_nonsense_at_the_control_socket_harms_nothing(make: Make, broker: Broker) -> None:
    broker.start()
    daemon = make(stays=[(20, 90)])
    daemon.start()
    for depth in (10, 900, 980, 985, 990, 995, 1000, 1200):
        nested = b'{"command": "tare", "x": ' + b"[" * depth + b"]" * depth + b"}\n"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(PATIENCE_S)
            client.connect(str(daemon.folder / "run" / "control.sock"))
            client.sendall(nested[:4000])
            assert b'"ok":false' in client.recv(4096)
    assert daemon.answers()
