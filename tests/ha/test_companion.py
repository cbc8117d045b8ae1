"""The companion integration in a real Home Assistant: found, set up, read in each language, counted right, taken away."""

from __future__ import annotations

import shutil
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acumat.coach.screening import QUESTIONS
from acumat.contract.documents import encode, event_document, health_document
from acumat.contract.events import Event, EventType
from acumat.contract.state import Condition, HealthState
from acumat.control import ask
from acumat.words import LANGUAGES
from tests.broker import until
from tests.docs import companion_states
from tests.ha.house import House
from tests.system.process import DaemonProcess, scenario

pytestmark = pytest.mark.timeout(600)

COMPANION = Path(__file__).parents[2] / "custom_components"
STEP, GUIDANCE = "sensor.test_mat_next_step", "sensor.test_mat_guidance_state"
PLAYED = "base/played"
"""A mat that the tests play, below a base topic of its own."""
MINUTES = "acumat:test_minutes", "acumat:played_minutes"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
WARNED = "custom integration acumat"
"""Home Assistant says of every custom integration that it has not tested it."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(
        tmp_path_factory.mktemp("companion"),
        stays=[(80_000, 80_100)],
        speed=8.0,
        more={"frontend": {}, "diagnostics": {}},
    )
    shutil.copytree(COMPANION, made.home.folder / "custom_components")
    try:
        made.home.start()
        if made.home.get("/api/config")["version"] < "2026.11":
            pytest.skip("the companion is for Home Assistant 2026.11 and later")
        made.daemon.start()
        until(lambda: "occupancy" in made.entities(), "the mat is found, by MQTT")
        yield made
    finally:
        made.close()


def entries(house: House) -> list[dict[str, Any]]:
    return [each for each in house.home.get("/api/config/config_entries/entry") if each["domain"] == "acumat"]


def loaded(house: House, count: int) -> bool:
    return [each["state"] for each in entries(house)] == ["loaded"] * count


def discovered(house: House) -> list[dict[str, Any]]:
    return [each for each in house.home.ws("config_entries/flow/progress") if each["handler"] == "acumat"]


def flow(house: House, flow_id: str, **answer: str) -> dict[str, Any]:
    done: dict[str, Any] = house.home.post(f"/api/config/config_entries/flow/{flow_id}", answer)
    return done


def repairs(house: House) -> dict[str, dict[str, Any]]:
    listed = house.home.ws("repairs/list_issues")["issues"]
    return {each["issue_id"]: each for each in listed if each["domain"] == "acumat"}


def rows(house: House, statistic_id: str, period: str = "hour") -> list[dict[str, Any]]:
    asked = {"start_time": "2020-01-01T00:00:00Z", "statistic_ids": [statistic_id], "period": period}
    found = house.home.ws("recorder/statistics_during_period", types=["state", "sum", "change"], **asked)
    listed: list[dict[str, Any]] = found.get(statistic_id, [])
    return listed


def hours(house: House) -> list[tuple[int, float, float]]:
    """Of the played mat: hours since noon, minutes in it, minutes until then."""
    return [
        (round((each["start"] / 1000 - NOON.timestamp()) / 3600), each["state"], each["sum"])
        for each in rows(house, MINUTES[1])
    ]


def ends(house: House, number: int, at_min: float, minutes: float, *, guest: bool = False) -> None:
    """A session of the played mat, reported late by its event."""
    end_s = (NOON + timedelta(minutes=at_min + minutes)).timestamp()
    figures: dict[str, Any] = {"session_id": f"abcd1234-s{number}", "session_s": minutes * 60, "contact_s": minutes * 60}
    event = Event(EventType.SESSION_ENDED, end_s + 20, "got_up", "The session is over.", end_s, {**figures, "guest": guest})
    document = event_document(event, float) | {"id": f"abcd1234-{number}", "late": True}
    house.listener.publish(f"{PLAYED}/event", encode(document))


def test_a_mat_is_found_at_the_broker_and_set_up_with_one_tap(house: House) -> None:
    (found,) = until(lambda: discovered(house), "it is discovered")
    done = flow(house, found["flow_id"])
    assert (done["type"], done["title"]) == ("create_entry", "Test mat")
    until(lambda: loaded(house, 1), "it is set up")
    until(lambda: house.home.state(STEP) == "unanswered", "it shows what to do next")
    states = house.home.states()
    shown = companion_states.states("en")
    for sensor in shown:
        assert states[f"sensor.test_mat_{sensor}"]["attributes"]["options"] == list(shown[sensor])


@pytest.mark.parametrize("language", LANGUAGES)
def test_states_and_repairs_are_shown_in_each_language(house: House, language: str) -> None:
    for category in ("entity", "issues"):
        texts = house.home.ws("frontend/get_translations", language=language, category=category, integration=["acumat"])
        wanted = companion_states.stored(language)[category]
        head = f"component.acumat.{category}"
        if category == "issues":
            assert texts["resources"][f"{head}.not_calibrated.title"] == wanted["not_calibrated"]["title"]
        else:
            state = wanted["sensor"]["next_step"]["state"]["unanswered"]
            assert texts["resources"][f"{head}.sensor.next_step.state.unanswered"] == state


def test_the_brand_is_served(house: House) -> None:
    address = f"http://127.0.0.1:{house.home.port}/api/brands/integration/acumat/icon.png"
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {house.home.token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.read() == (COMPANION / "acumat" / "brand" / "icon.png").read_bytes()


def test_what_is_to_be_done_is_a_repair_until_it_is_done(house: House) -> None:
    until(lambda: repairs(house).keys() == {"questions_unanswered_test", "not_calibrated_test"}, "both are there")
    shown = repairs(house)["not_calibrated_test"]
    assert (shown["severity"], shown["translation_placeholders"]) == ("warning", {"name": "Test mat"})
    asked = {"command": "screen", **dict.fromkeys(QUESTIONS, "no")}
    assert ask(house.daemon.folder / "run" / "control.sock", asked, 10.0)["ok"]
    until(lambda: repairs(house).keys() == {"not_calibrated_test"}, "the questions are answered")
    until(lambda: house.home.state(GUIDANCE) == "on", "the mat guides")


def test_sessions_that_come_late_are_in_the_statistics(house: House) -> None:
    house.stop_daemon()
    house.network.set("shut")
    (house.daemon.folder / "story.toml").write_text(scenario([(40, 140), (200, 320), (400, 500), (80_000, 80_100)]))
    house.daemon.start()

    def sessions() -> tuple[int, bool]:
        status = house.daemon.status()
        return int(status["totals"]["sessions_total"]), status["state"]["session_id"] is not None

    until(lambda: sessions()[0] >= 2 and sessions()[1], "the third one lies there, and nobody has heard of the others", 240)
    assert rows(house, MINUTES[0]) == []
    house.network.set("open")
    until(lambda: sessions()[0] >= 3 and not sessions()[1], "the third one got up", 240)
    heard = until(lambda: (found := heard_sessions(house)) and len(found) == sessions()[0] and found, "all are reported", 60)
    assert [each["late"] for each in heard[:2]] == [True, True]
    wanted = house.daemon.status()["totals"]["minutes_total"]
    until(lambda: (found := rows(house, MINUTES[0])) and found[-1]["sum"] == pytest.approx(wanted, abs=0.1), "all are counted")
    assert sum(each["change"] for each in rows(house, MINUTES[0])) == pytest.approx(wanted, abs=0.1)


def heard_sessions(house: House) -> list[dict[str, Any]]:
    return [each for each in house.listener.events("acumat/test/event") if each["event_type"] == "session_ended"]


def test_a_mat_is_set_up_by_its_topic(house: House) -> None:
    start = house.home.post("/api/config/config_entries/flow", {"handler": "acumat"})
    refused = flow(house, start["flow_id"], topic="base/+")
    assert refused["errors"] == {"topic": "not_heard"}
    house.listener.publish(f"{PLAYED}/availability", "online", retain=True)
    done = flow(house, start["flow_id"], topic=PLAYED)
    assert (done["type"], done["title"]) == ("create_entry", "played")
    until(lambda: loaded(house, 2), "both are set up")
    again = house.home.post("/api/config/config_entries/flow", {"handler": "acumat"})
    assert flow(house, again["flow_id"], topic="acumat/test")["reason"] == "already_configured"


def test_sums_are_right_in_whatever_order_and_however_often_sessions_come(house: House) -> None:
    ends(house, 2, 70, 10)
    until(lambda: hours(house) == [(1, 10.0, 10.0)], "the second one")
    ends(house, 1, 50, 20)
    until(lambda: hours(house) == [(0, 10.0, 10.0), (1, 20.0, 30.0)], "the first one comes late, over the hour")
    ends(house, 2, 70, 10)
    ends(house, 3, 60, 30, guest=True)
    ends(house, 4, 200, 5)
    counted = [(0, 10.0, 10.0), (1, 20.0, 30.0), (3, 5.0, 35.0)]
    until(lambda: hours(house) == counted, "one twice, a guest and a later one")
    assert [each["change"] for each in rows(house, MINUTES[1], "day")] == [35.0]
    house.home.stop()
    house.home.start()
    until(lambda: loaded(house, 2), "it is set up again")
    ends(house, 1, 50, 20)
    ends(house, 2, 130, 10)
    until(lambda: hours(house) == [(0, 10.0, 10.0), (1, 10.0, 20.0), (2, 10.0, 30.0), (3, 5.0, 35.0)], "one is corrected")


def test_a_session_that_ended_while_home_assistant_was_away_is_counted(house: House) -> None:
    house.home.stop()
    start = NOON + timedelta(hours=5)
    said = {"started_at": start.isoformat(), "ended_at": (start + timedelta(minutes=12)).isoformat(), "contact_s": 660.0}
    last = {**said, "session_id": "abcd1234-s5", "session_s": 720.0, "guest": False}
    house.listener.publish(f"{PLAYED}/session", encode(last), retain=True)
    house.home.start()
    until(lambda: hours(house)[-1] == (5, 11.0, 46.0), "it is counted, as the mat counts")


def test_what_somebody_ignores_stays_ignored_over_a_restart(house: House) -> None:
    issue = {"domain": "acumat", "issue_id": "questions_unanswered_played"}
    house.listener.publish(f"{PLAYED}/health", encode(health_document(HealthState.OK, {}, {})), retain=True)
    house.listener.publish(f"{PLAYED}/routine", encode({"guidance_reason": "unanswered"}), retain=True)
    until(lambda: issue["issue_id"] in repairs(house), "the questions are open")
    house.home.ws("repairs/ignore_issue", ignore=True, **issue)
    house.home.stop()
    house.home.start()
    until(lambda: house.home.state("sensor.played_guidance_state") == "unanswered", "both have been heard again")
    assert repairs(house)[issue["issue_id"]]["ignored"]
    house.listener.publish(f"{PLAYED}/routine", "", retain=True)
    until(lambda: issue["issue_id"] not in repairs(house), "a routine that is taken away asks nothing")


def test_failing_sensors_and_another_machine_with_the_same_id_are_repairs(house: House, tmp_path: Path) -> None:
    parts = dict.fromkeys(("bus", "store", "broker", "calibration"), Condition())
    short = Condition("short", "Look for a short.")
    for sensors, issues in (({"r1c1": short, "r1c2": Condition()}, {"sensor_problem_played"}), ({"r1c1": Condition()}, set())):
        document = health_document(HealthState.DEGRADED, sensors, parts)
        house.listener.publish(f"{PLAYED}/health", encode(document), retain=True)
        until(lambda issues=issues: {each for each in repairs(house) if "played" in each} == issues, str(issues))  # type: ignore[misc]
        if issues:
            shown = repairs(house)["sensor_problem_played"]["translation_placeholders"]
            assert shown == {"name": "played", "sensors": "r1c1"}
    copy = DaemonProcess(tmp_path, house.broker.port, stays=[(80_000, 80_100)])
    try:
        copy.start()
        until(lambda: "same_id_test" in repairs(house), "the mat says so", 60)
    finally:
        copy.kill()


def test_diagnostics_say_what_is_wrong_and_nothing_of_a_person(house: House) -> None:
    entry = next(each["entry_id"] for each in entries(house) if each["title"] == "Test mat")
    shown = house.home.get(f"/api/diagnostics/config_entry/{entry}")["data"]
    assert shown["health"]["calibration"] == "not_calibrated"
    parts = house.last("health")
    assert shown["health"].keys() == (parts["sensors"] | parts).keys() - {"health", "sensors"}
    assert shown["state"]["presence"] in ("empty", "blind", None)
    text = str(shown)
    for secret in (house.daemon.status()["last_session"]["session_id"], "127.0.0.1", "started_at", "guidance", "Test mat"):
        assert secret not in text


def test_a_reload_and_a_removal_leave_the_mat_as_it_is(house: House) -> None:
    before = rows(house, MINUTES[0])
    mat = house.components().keys()
    entry = next(each["entry_id"] for each in entries(house) if each["title"] == "Test mat")
    house.home.post(f"/api/config/config_entries/entry/{entry}/reload", {})
    until(lambda: loaded(house, 2), "it is set up again")
    until(lambda: house.home.state(STEP) not in (None, "unavailable", "unknown"), "and shows what it heard")
    for each in entries(house):
        house.home.delete(f"/api/config/config_entries/entry/{each['entry_id']}")
    until(lambda: repairs(house) == {}, "nothing is to be done any more")
    assert house.home.state(STEP) is None
    assert house.entities().keys() >= mat
    house.seconds_until_right(time.monotonic())
    assert rows(house, MINUTES[0]) == before, "what was counted stays"
    house.check_quiet(but_for=WARNED)
