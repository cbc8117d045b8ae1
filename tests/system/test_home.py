"""The mat in a house: settings by switch, pictures, a second mat, a mat that goes, a broker that forgets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acumat.coach.screening import QUESTIONS
from acumat.control import ask
from acumat.service.painter import PACE_S
from tests import contract
from tests.broker import PATIENCE_S, Broker, Listener, until
from tests.system.conftest import Make
from tests.system.test_commands import acumat

pytestmark = pytest.mark.broker

BASE = "acumat/test"
STATE, EVENT, SESSION, SETTINGS = (f"{BASE}/{leaf}" for leaf in ("state", "event", "session", "settings"))
AVAILABILITY, PICTURE, RESPONSE = (f"{BASE}/{leaf}" for leaf in ("availability", "picture", "response"))
DISCOVERY = "homeassistant/device/acumat_test/config"


def presence(listener: Listener, base: str = BASE) -> str | None:
    last = listener.last(f"{base}/state")
    return last.document["presence"] if last else None


def settings(listener: Listener) -> dict[str, Any]:
    document: dict[str, Any] = until(lambda: listener.last(SETTINGS), "the settings are reported").document
    return document


def check_all(listener: Listener, base: str = BASE) -> None:
    for each in listener.received:
        if each.topic.startswith(f"{base}/") and each.payload:
            contract.check(each, base)


def retained(broker: Broker) -> set[str]:
    """What greets a newcomer, by topic."""
    newcomer = Listener(broker.port)
    try:
        newcomer.catch_up()
        return {each.topic for each in newcomer.received if each.retained}
    finally:
        newcomer.close()


def test_settings_are_applied_echoed_stored_over_a_restart_and_refused_in_words(make: Make, listener: Listener) -> None:
    daemon = make(stays=[(20, 90), (10_000, 10_100)])
    daemon.start()
    until(lambda: presence(listener) == "empty", "the empty mat is known")
    assert settings(listener) == {"paused": False, "paused_until": None, "guest": False, "sensitivity": "normal"}

    for name, word, key, value in (
        ("guest", "ON", "guest", True),
        ("sensitivity", "high", "sensitivity", "high"),
        ("pause", '{"on": true, "minutes": 600}', "paused", True),
    ):
        listener.publish(f"{BASE}/command/{name}", word)
        until(lambda key=key, value=value: settings(listener)[key] == value, f"{name} is set")  # type: ignore[misc]
        until(lambda name=name: listener.shown(RESPONSE).get("name") == name, "it is answered")  # type: ignore[misc]
    until(lambda: listener.shown(STATE).get("reason") == "paused", "the state says so")
    assert presence(listener) == "blind"

    listener.publish(f"{BASE}/command/tare", "PRESS")
    until(lambda: listener.shown(RESPONSE).get("reason") == "paused", "no tare while paused")
    listener.publish(f"{BASE}/command/sensitivity", "extreme")
    until(lambda: listener.shown(RESPONSE).get("reason") == "bad_payload", "no such sensitivity")
    assert "low nor normal nor high" in listener.last(RESPONSE).document["text"]  # type: ignore[union-attr]

    before = settings(listener)
    assert daemon.stop() == 0
    until(lambda: listener.on(AVAILABILITY)[-1].payload == "offline", "the daemon says goodbye")
    daemon.start()
    until(lambda: listener.on(AVAILABILITY)[-1].payload == "online", "the daemon is back")
    until(lambda: settings(listener)["paused"], "the pause goes on")
    after = settings(listener)
    assert {**after, "paused_until": None} == {**before, "paused_until": None}
    # the simulated clock starts again from the machine's own; it had run ahead ten times as fast
    until(lambda: (each := listener.last(STATE)) and each.document["reason"] == "paused", "the state says so again")
    listener.publish(f"{BASE}/command/pause", "OFF")
    until(lambda: not settings(listener)["paused"], "the pause is over")
    until(lambda: presence(listener) in ("empty", "contact", "lying"), "the mat sees again")
    check_all(listener)


def test_a_guests_session_is_reported_as_one_and_adds_to_no_total(make: Make, listener: Listener) -> None:
    daemon = make(stays=[(80, 150)], unhurried=True)
    daemon.start()
    until(lambda: presence(listener) == "empty", "the empty mat is known")
    listener.publish(f"{BASE}/command/guest", "ON")
    until(lambda: (last := listener.last(SESSION)) and last.document["session_id"], "the session is over")
    session = listener.on(SESSION)[-1].document
    assert session["guest"] is True
    assert session["totals"]["sessions_total"] == 0
    (ended,) = until(
        lambda: [each for each in listener.events(EVENT) if each["event_type"] == "session_ended"],
        "its end is reported as well",
    )
    assert ended["guest"] is True
    check_all(listener)


def test_a_picture_shows_the_body_while_it_lies_there_and_the_bare_mat_after_it(make: Make, listener: Listener) -> None:
    daemon = make(stays=[(60, 130)], unhurried=True)
    daemon.start()
    bare = until(lambda: presence(listener) == "empty" and listener.on(PICTURE)[1:], "the bare mat is shown")[0].data
    until(lambda: presence(listener) == "lying", "somebody lies down")
    until(lambda: listener.on(PICTURE)[-1].data != bare, "a body is shown")
    until(lambda: listener.on(PICTURE)[-1].data == bare, "the bare mat is shown again")
    assert len(listener.on(PICTURE)) <= 3 + 100 / PACE_S, "in a lying of 70 s and what it leaves in the foam"
    check_all(listener)


def test_with_the_picture_switched_off_what_was_there_goes(make: Make, broker: Broker, listener: Listener) -> None:
    listener.publish(PICTURE, "an old picture", retain=True)
    daemon = make(stays=[(20, 10_000)], mqtt="picture = false")
    daemon.start()
    until(lambda: presence(listener) == "lying", "somebody lies down")
    assert PICTURE not in retained(broker)
    assert listener.on(DISCOVERY)[-1].document["components"]["picture"] == {"platform": "image"}


LEANING = """
description = "lies with far more load on one side, and comes once more for a calibration"
seed = 57
duration_s = 86400
layout = "4x2"
ends = false
[person]
mass_kg = 75
breaths_per_min = 13
bias = 0.6
moves_per_min = 0
""" + "".join(
    f'[[step]]\nat_s = {at_s}\ndo = "{what}"\nover_s = 3\n'
    for at_s, what in ((20, "lie_down"), (360, "get_up"), (420, "lie_down"), (480, "get_up"))
)


def test_cues_lopsided_settled_and_calibration_are_received(make: Make, listener: Listener) -> None:
    daemon = make(stays=[], lasting=True, unhurried=True, extra="[routine]\nperson_cap_min = 5\n")
    daemon.story.write_text(LEANING)
    daemon.start()
    assert ask(daemon.folder / "run" / "control.sock", {"command": "screen", **dict.fromkeys(QUESTIONS, "no")}, PATIENCE_S)[
        "ok"
    ]

    def received() -> set[str]:
        return {each["event_type"] for each in listener.events(EVENT)}

    until(lambda: "session_ended" in received(), "the planned time and a little more is over", 60)
    listener.publish(f"{BASE}/command/calibrate", "PRESS")
    until(lambda: "calibration_done" in received(), "the mat is calibrated", 60)
    cues = {"cue_start", "cue_half", "cue_last_minute", "cue_end"}
    wanted = {"lopsided_started", "settled", "got_up", "session_ended", "cool_down_started", "calibration_done"} | cues
    assert wanted <= received()


def test_unpublish_refuses_a_running_mat_and_leaves_nothing_of_a_stopped_one(
    make: Make, broker: Broker, listener: Listener
) -> None:
    daemon = make(stays=[(20, 10_000)])
    daemon.start()
    until(lambda: presence(listener) == "lying", "somebody lies down")
    config = str(daemon.config)
    refused = acumat("unpublish", "--config", config)
    assert refused.returncode == 75
    assert "stop it first" in refused.stderr
    elsewhere = Path(config).with_name("elsewhere.toml")
    elsewhere.write_text(daemon.config.read_text().replace(f'"{daemon.folder / "run"}"', f'"{daemon.folder / "elsewhere"}"'))
    refused = acumat("unpublish", "--config", str(elsewhere))
    assert refused.returncode == 69
    assert "is online" in refused.stderr, "a daemon on another machine runs this mat"

    assert daemon.stop() == 0
    before = {topic for topic in retained(broker) if "test" in topic}
    assert {DISCOVERY, AVAILABILITY, STATE, SESSION, SETTINGS, PICTURE, f"{BASE}/health"} <= before
    done = acumat("unpublish", "--config", config)
    assert done.returncode == 0, done.stderr
    assert {line.removeprefix("removed ") for line in done.stdout.splitlines() if line.startswith("removed ")} == before
    assert retained(broker) == set()
    again = acumat("unpublish", "--config", config)
    assert again.returncode == 0
    assert "stored nothing" in again.stdout

    daemon.start()
    until(lambda: before <= retained(broker), "the mat comes back as it was")


def test_two_mats_share_a_broker_and_one_can_be_renamed_and_taken_away(make: Make, broker: Broker, listener: Listener) -> None:
    left, right = make("left", stays=[(20, 10_000)]), make("right", stays=[(20, 10_000)])
    left.start()
    right.start()
    for mat in ("left", "right"):
        until(lambda mat=mat: presence(listener, f"acumat/{mat}") == "lying", mat)  # type: ignore[misc]
    devices = [listener.on(f"homeassistant/device/acumat_{mat}/config")[-1].document for mat in ("left", "right")]
    ids = [{each["unique_id"] for each in device["components"].values() if "unique_id" in each} for device in devices]
    assert not ids[0] & ids[1]
    listener.publish("acumat/left/command/guest", "ON")
    until(lambda: listener.on("acumat/left/settings")[-1].document["guest"], "the left mat hears it")
    assert not listener.on("acumat/right/settings")[-1].document["guest"]

    assert left.stop() == 0
    left.config.write_text(left.config.read_text().replace('name = "Test mat"', 'name = "Attic"').replace('"left"', '"attic"'))
    left.start()
    until(lambda: presence(listener, "acumat/attic"), "the mat has another id and another name")
    until(lambda: listener.on("acumat/attic/settings"), "so are its settings")
    assert listener.on("acumat/attic/settings")[-1].document["guest"], "it is still the same mat"
    assert listener.on("homeassistant/device/acumat_attic/config")[-1].document["device"]["name"] == "Attic"
    until(lambda: "as acumat/left is cleared" in left.logged(), "its former id goes")
    stored = retained(broker)
    assert not [topic for topic in stored if "left" in topic]
    done = acumat("unpublish", "--mat", "left", "--config", str(left.config))
    assert done.returncode == 0, done.stderr
    assert "stored nothing" in done.stdout
    for mat in ("attic", "right"):
        assert {f"acumat/{mat}/state", f"homeassistant/device/acumat_{mat}/config"} <= stored
    bad = acumat("unpublish", "--mat", "Not An Id", "--config", str(left.config))
    assert bad.returncode == 65


def test_a_broker_that_lost_everything_has_it_back(make: Make, broker: Broker, listener: Listener) -> None:
    daemon = make(stays=[(20, 10_000)])
    daemon.start()
    until(lambda: presence(listener) == "lying" and listener.on(PICTURE), "somebody lies down")
    wanted = {topic for topic in retained(broker) if "test" in topic}
    for _ in range(3):
        broker.stop()
        broker.start()
        until(lambda: wanted <= retained(broker), "everything is there again")


def test_a_birth_of_home_assistant_brings_everything_again(make: Make, listener: Listener) -> None:
    daemon = make(stays=[(20, 10_000)])
    daemon.start()
    until(lambda: presence(listener) == "lying" and listener.on(PICTURE), "somebody lies down")
    before = len(listener.received)
    listener.publish("homeassistant/status", "online")
    wanted = {DISCOVERY, AVAILABILITY, STATE, SESSION, SETTINGS, PICTURE, f"{BASE}/health"}
    until(lambda: wanted <= {each.topic for each in listener.received[before:]}, "everything is reported again")
