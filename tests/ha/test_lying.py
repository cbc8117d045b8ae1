"""Somebody lies there while daemon, broker and Home Assistant go and come back, in mixed order: nothing is done to them.

Each stay on the mat has a lift and a blind moment of its own. In between, parts restart and the mat is paused; and one of them
is away when the person gets up. Lights and do-not-disturb act once when they lie down, and once when they are up. In real time,
for Home Assistant compares its own time with the mat's. The short form has three stays, the long one at least 200 disturbances.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.broker import until
from tests.ha.house import BASE, LAMP_CONFIG, LAMP_TOPIC, House, note
from tests.ha.test_restarts import start, stop

LONG = bool(os.environ.get("ACUMAT_HA_LONG"))
STAY_S, PERIOD_S, STAYS = 150.0, 230.0, 100
LIFT_AFTER_S, LIFT_S = 80.0, 8.0
BLIND_AFTER_S, BLIND_S = 110.0, 4.0
LEAVES_S = 15.0
"""So long before the person gets up the last part goes away."""
LEAST = 200 if LONG else 12
"""Disturbances: what is done, the lifts, and the blind moments."""
RESTARTS = "DKBHP"
"""Daemon asked to end, daemon killed, broker, Home Assistant, pause."""
AWAY = "DBHP"
SEED = 23
SESSION, LAMP, QUIET = "binary_sensor.test_mat_session", "light.lamp", "input_boolean.quiet"
COUNTERS = ("down", "up", "hushed", "loud")
BRIGHT, DIM, FORGOTTEN = 204, 26, 153
"""Of 255: 80 %, 10 %, and the blueprint's 60 % for a Home Assistant that has forgotten what it was."""

pytestmark = pytest.mark.timeout(20_000)


def automations() -> list[Mapping[str, Any]]:
    def use(name: str, **inputs: Any) -> Mapping[str, Any]:
        session = {"session": SESSION, "last_session": "sensor.test_mat_last_session"}
        return {"id": name, "alias": name, "use_blueprint": {"path": f"acumat/{name}.yaml", "input": {**session, **inputs}}}

    def count(name: str, was: str, now: str) -> Mapping[str, Any]:
        change = {"trigger": "state", "entity_id": QUIET, "from": was, "to": now}
        return {"id": name, "alias": name, "triggers": [change], "actions": note(name)}

    return [
        use("lights-and-music", lights=[LAMP], fade=0, lies_down=note("down"), gets_up=note("up")),
        use("do-not-disturb", quiet=[QUIET], after=1),
        count("hushed", "off", "on"),
        count("loud", "on", "off"),
    ]


def in_two(start_s: float) -> list[tuple[float, float]]:
    """A stay with its lift."""
    lift_s = start_s + LIFT_AFTER_S
    return [(start_s, lift_s), (lift_s + LIFT_S, start_s + STAY_S)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    starts = [PERIOD_S * number for number in range(1, STAYS + 1)]
    made = House(
        tmp_path_factory.mktemp("lying"),
        stays=[stay for start_s in starts for stay in in_two(start_s)],
        speed=1.0,
        automations=automations,
        more={"counter": {name: {} for name in COUNTERS}, "input_boolean": {"quiet": {}}},
        lasting=True,
    )
    config, story = made.daemon.config, made.daemon.folder / "story.toml"
    config.write_text(config.read_text().replace('through = "fast"', 'through = "bus"'))
    blind = [f'\n[[fault]]\ndo = "absent"\nat_s = {start_s + BLIND_AFTER_S}\nfor_s = {BLIND_S}\n' for start_s in starts]
    story.write_text(story.read_text() + "".join(blind))
    try:
        made.listener.publish(LAMP_TOPIC, LAMP_CONFIG, retain=True)
        made.start()
        yield made
    finally:
        made.close()


def counts(house: House) -> dict[str, int]:
    states = house.home.states()
    return {name: int(states[f"counter.{name}"]["state"]) for name in COUNTERS}


def brightness(house: House) -> float:
    return float(house.home.states()[LAMP]["attributes"].get("brightness") or 0.0)


def leave(house: House, part: str) -> None:
    if part == "P":
        house.listener.publish(f"{BASE}/command/pause", "ON")
        until(lambda: house.last("settings")["paused"], "the mat is paused")
    elif part == "K":
        house.daemon.kill()
    else:
        stop(house, part, "shut")


def come_back(house: House, part: str) -> None:
    births = house.home.births()
    if part == "P":
        house.listener.publish(f"{BASE}/command/pause", "OFF")
        until(lambda: not house.last("settings")["paused"], "the pause is over")
        return
    start(house, "D" if part == "K" else part, broker_up=True)
    if part == "B":
        house.listener.publish(LAMP_TOPIC, LAMP_CONFIG, retain=True)
    if part in "BH":
        until(lambda: house.home.births() > births, "Home Assistant has met the broker")
    until(lambda: house.home.state(SESSION) != "unavailable", "the mat is back")


def wait_for_story(house: House, at_s: float) -> None:
    threading.Event().wait(max(0.0, at_s - house.daemon.story_s()))


def one_stay(house: House, disturbances: Iterator[str], away: str) -> tuple[str, list[str]]:
    """The next person who comes. Gives what was done while they lay there, and what was wrong."""
    house.home.call("light.turn_on", entity_id=LAMP, brightness=BRIGHT)
    before = counts(house)
    arrives_s = PERIOD_S * (1 + house.daemon.story_s() // PERIOD_S)
    leaves_s = arrives_s + STAY_S
    until(lambda: house.home.state(QUIET) == "on" and counts(house)["down"] > before["down"], "they lie there", PERIOD_S + 60)
    dimmed_s, done = time.monotonic(), ""
    while house.daemon.story_s() < leaves_s - 3 * LEAVES_S:
        done += (part := next(disturbances))
        leave(house, part)
        threading.Event().wait(3.0)
        come_back(house, part)
        threading.Event().wait(5.0)
    wait_for_story(house, leaves_s - LEAVES_S)
    leave(house, away)
    wait_for_story(house, leaves_s + 4.0)
    up_s = time.monotonic() + leaves_s - house.daemon.story_s()
    come_back(house, away)
    after = {name: count + 1 for name, count in before.items()}
    wrong = []
    try:
        until(lambda: counts(house) == after, "each has acted once", 60)
    except pytest.fail.Exception:
        wrong.append(f"acted {counts(house)} instead of {after}")
    moved = [each.payload for each in house.listener.on("lamp/set") if dimmed_s + 1.0 < each.at_s < up_s]
    wrong += [f"the lamp moved while they lay there: {each}" for each in moved]
    shown, quiet = brightness(house), house.home.state(QUIET)
    if shown not in ({FORGOTTEN} if "H" in done + away else {BRIGHT}) or quiet != "off":
        wrong.append(f"afterwards the lamp is at {shown:g} and do-not-disturb {quiet}")
    return f"{done}+{away}", wrong


def test_nothing_is_done_to_somebody_who_lies_there(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    order = random.Random(SEED)
    disturbances = iter(lambda: order.choice(RESTARTS), "")
    ways_out = iter(lambda: order.choice(AWAY), "")
    stays, number, wrong = 0, 0, []
    while number < LEAST or stays < len(AWAY):
        away = AWAY[stays] if stays < len(AWAY) else next(ways_out)
        done, found = one_stay(house, disturbances, away)
        stays, number = stays + 1, number + len(done) + 1  # the lift and the blind moment, without the plus
        wrong += [f"{done}: {each}" for each in found]
        with capsys.disabled():
            print(f"  {done:<10} lift, blind: {'; '.join(found) or 'right'}", flush=True)
    with capsys.disabled():
        print(f"  {number} disturbances in {stays} stays, {len(wrong)} wrong")
    assert not wrong
    assert house.home.complaints("acumat", "automation", "test_mat") == []
