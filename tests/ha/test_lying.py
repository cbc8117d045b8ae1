"""Somebody lies there while daemon, broker and Home Assistant go and come back, in mixed order: nothing is done to them.

Each stay on the mat has a lift and a blind moment of its own. In between, parts restart and the mat is paused; and one of them
is away when the person gets up. Lights and do-not-disturb act once when they lie down, and once when they are up. In real time,
for Home Assistant compares its own time with the mat's. The short form has one mat and four stays. In the long one six people
lie on six mats of one Home Assistant at the same time, until what each of them went through makes at least 200 disturbances.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.broker import until
from tests.ha.house import House, ended, note
from tests.ha.test_restarts import start, stop
from tests.system.process import DaemonProcess

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
COUNTERS = ("down", "up", "hushed", "loud")
MATS = ("test", "north", "south", "west", "attic", "cellar") if LONG else ("test",)
BRIGHT, DIM, FORGOTTEN = 204, 26, 153
"""Of 255: 80 %, 10 %, and the blueprint's 60 % for a Home Assistant that has forgotten what it was."""

pytestmark = pytest.mark.timeout(20_000)


@dataclass(frozen=True)
class Room:
    """A mat, a lamp, and something that is switched on so that it is quiet."""

    key: str

    @property
    def session(self) -> str:
        return f"binary_sensor.{self.key}_mat_session"

    @property
    def lamp(self) -> str:
        return f"light.lamp_{self.key}"

    @property
    def quiet(self) -> str:
        return f"input_boolean.quiet_{self.key}"

    def hang_lamp(self, house: House) -> None:
        topic, name = f"homeassistant/light/lamp_{self.key}/config", f"lamp_{self.key}"
        lamp: dict[str, Any] = {"name": name, "unique_id": name, "schema": "json", "command_topic": f"{name}/set"}
        lamp |= {"brightness": True, "supported_color_modes": ["brightness"]}
        house.listener.publish(topic, json.dumps(lamp), retain=True)

    def pause(self, house: House, *, on: bool) -> None:
        house.listener.publish(f"acumat/{self.key}/command/pause", "ON" if on else "OFF")
        until(lambda: self.said(house, "settings")["paused"] is on, f"{self.key} is {'paused' if on else 'not paused'}")

    def said(self, house: House, leaf: str) -> Any:
        found = house.listener.last(f"acumat/{self.key}/{leaf}")
        assert found is not None
        return found.document

    def counts(self, house: House) -> dict[str, int]:
        states = house.home.states()
        return {name: int(states[f"counter.{name}_{self.key}"]["state"]) for name in COUNTERS}

    def brightness(self, house: House) -> float:
        return float(house.home.states()[self.lamp]["attributes"].get("brightness") or 0.0)

    def automations(self) -> list[Mapping[str, Any]]:
        def use(name: str, **inputs: Any) -> Mapping[str, Any]:
            session = {"session": self.session, "last_session": f"sensor.{self.key}_mat_last_session"}
            made = {"path": f"acumat/{name}.yaml", "input": {**session, **inputs}}
            return {"id": f"{name}_{self.key}", "alias": f"{name}_{self.key}", "use_blueprint": made}

        def count(name: str, was: str, now: str) -> Mapping[str, Any]:
            change = {"trigger": "state", "entity_id": self.quiet, "from": was, "to": now}
            own = f"{name}_{self.key}"
            return {"id": own, "alias": own, "triggers": [change], "actions": note(own)}

        down, up = note(f"down_{self.key}"), note(f"up_{self.key}")
        return [
            use("lights-and-music", lights=[self.lamp], fade=0, lies_down=down, gets_up=up),
            use("do-not-disturb", quiet=[self.quiet], after=1),
            count("hushed", "off", "on"),
            count("loud", "on", "off"),
        ]


@dataclass(frozen=True)
class Home:
    """All rooms with one broker and one Home Assistant; each mat has its own daemon."""

    house: House
    rooms: list[Room]
    daemons: list[DaemonProcess]

    @property
    def story_s(self) -> float:
        return self.daemons[0].story_s()


def in_two(start_s: float) -> list[tuple[float, float]]:
    """A stay with its lift."""
    lift_s = start_s + LIFT_AFTER_S
    return [(start_s, lift_s), (lift_s + LIFT_S, start_s + STAY_S)]


def write_story(daemon: DaemonProcess, key: str, starts: list[float]) -> None:
    """With the id and name of this mat, a bus that can fail, and its blind moments."""
    config, story = daemon.config, daemon.folder / "story.toml"
    text = config.read_text().replace('through = "fast"', 'through = "bus"')
    config.write_text(text.replace('id = "test"', f'id = "{key}"').replace('name = "Test mat"', f'name = "{key.title()} mat"'))
    blind = [f'\n[[fault]]\ndo = "absent"\nat_s = {start_s + BLIND_AFTER_S}\nfor_s = {BLIND_S}\n' for start_s in starts]
    story.write_text(story.read_text() + "".join(blind))


def another(folder: Path, house: House, stays: list[tuple[float, float]]) -> DaemonProcess:
    folder.mkdir()
    return DaemonProcess(folder, house.network.port, stays=stays, speed=1.0, lasting=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    starts = [PERIOD_S * number for number in range(1, STAYS + 1)]
    stays = [stay for start_s in starts for stay in in_two(start_s)]
    folder = tmp_path_factory.mktemp("lying")
    house = House(
        folder,
        stays=stays,
        speed=1.0,
        automations=lambda: [each for key in MATS for each in Room(key).automations()],
        more={
            "counter": {f"{name}_{key}": {} for name in COUNTERS for key in MATS},
            "input_boolean": {f"quiet_{key}": {} for key in MATS},
        },
        lasting=True,
    )
    daemons = [house.daemon, *(another(folder / key, house, stays) for key in MATS[1:])]
    made = Home(house, [Room(key) for key in MATS], daemons)
    try:
        for room, daemon in zip(made.rooms, daemons, strict=True):
            room.hang_lamp(house)
            write_story(daemon, room.key, starts)
        for daemon in daemons[1:]:
            daemon.start()
        house.start()
        until(lambda: {room.session for room in made.rooms} <= house.home.states().keys(), "every mat is found")
        yield made
    finally:
        for daemon in daemons[1:]:
            daemon.kill()
        house.close()


def leave(home: Home, part: str) -> None:
    if part == "P":
        for room in home.rooms:
            room.pause(home.house, on=True)
    elif part == "K":
        for daemon in home.daemons:
            daemon.kill()
    elif part == "D":
        for daemon in home.daemons:
            ended(daemon)
    else:
        stop(home.house, part, "shut")


def come_back(home: Home, part: str) -> None:
    house, births = home.house, home.house.home.births()
    if part == "P":
        for room in home.rooms:
            room.pause(house, on=False)
        return
    if part in "DK":
        for daemon in home.daemons:
            daemon.start()
    else:
        start(house, part, broker_up=True)
    if part == "B":
        for room in home.rooms:
            room.hang_lamp(house)
    if part in "BH":
        until(lambda: house.home.births() > births, "Home Assistant has met the broker")
    for room in home.rooms:
        until(lambda room=room: house.home.state(room.session) != "unavailable", "the mat is back")  # type: ignore[misc]


def wait_for_story(home: Home, at_s: float) -> None:
    threading.Event().wait(max(0.0, at_s - home.story_s))


def one_stay(home: Home, disturbances: Iterator[str], away: str) -> tuple[str, list[str]]:
    """Those who come next, to each mat one. Gives what was done while they lay there, and what was wrong."""
    house, rooms = home.house, home.rooms
    for room in rooms:
        house.home.call("light.turn_on", entity_id=room.lamp, brightness=BRIGHT)
    before = {room.key: room.counts(house) for room in rooms}
    arrives_s = PERIOD_S * (1 + home.story_s // PERIOD_S)
    leaves_s = arrives_s + STAY_S
    for room in rooms:

        def hushed(room: Room = room) -> bool:
            return house.home.state(room.quiet) == "on" and room.counts(house)["down"] > before[room.key]["down"]

        until(hushed, f"somebody lies on {room.key}", PERIOD_S + 60)
    dimmed_s, done = time.monotonic(), ""
    while home.story_s < leaves_s - 3 * LEAVES_S:
        done += (part := next(disturbances))
        leave(home, part)
        threading.Event().wait(3.0)
        come_back(home, part)
        threading.Event().wait(5.0)
    wait_for_story(home, leaves_s - LEAVES_S)
    leave(home, away)
    wait_for_story(home, leaves_s + 4.0)
    up_s = time.monotonic() + leaves_s - home.story_s
    come_back(home, away)
    dark = FORGOTTEN if "H" in done + away else BRIGHT
    wrong = [each for room in rooms for each in judged(house, room, before[room.key], (dimmed_s + 1.0, up_s), dark)]
    return f"{done}+{away}", wrong


def judged(house: House, room: Room, before: Mapping[str, int], lying: tuple[float, float], afterwards: int) -> list[str]:
    """What was wrong in one room. `lying` is from when to when nothing may move, of the monotonic clock."""
    after, wrong = {name: count + 1 for name, count in before.items()}, []
    try:
        until(lambda: room.counts(house) == after, "each has acted once", 60)
    except pytest.fail.Exception:
        wrong.append(f"acted {room.counts(house)} instead of {after}")
    moved = [each.payload for each in house.listener.on(f"lamp_{room.key}/set") if lying[0] < each.at_s < lying[1]]
    wrong += [f"the lamp moved while they lay there: {each}" for each in moved]
    shown, quiet = room.brightness(house), house.home.state(room.quiet)
    if shown != afterwards or quiet != "off":
        wrong.append(f"afterwards the lamp is at {shown:g} and do-not-disturb {quiet}")
    return [f"{room.key}: {each}" for each in wrong]


def test_nothing_is_done_to_somebody_who_lies_there(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    order = random.Random(SEED)
    disturbances = iter(lambda: order.choice(RESTARTS), "")
    ways_out = iter(lambda: order.choice(AWAY), "")
    stays, number, wrong = 0, 0, []
    while number < LEAST or stays < len(AWAY):
        away = AWAY[stays] if stays < len(AWAY) else next(ways_out)
        done, found = one_stay(home, disturbances, away)
        stays, number = stays + 1, number + len(home.rooms) * (len(done) + 1)  # lift and blind moment, without the plus
        wrong += [f"{done}: {each}" for each in found]
        with capsys.disabled():
            print(f"  {done:<10} lift, blind: {'; '.join(found) or 'right'}", flush=True)
    with capsys.disabled():
        print(f"  {number} disturbances in {stays} stays of {len(home.rooms)}, {len(wrong)} wrong")
    assert not wrong
    names = [f"{room.key}_mat" for room in home.rooms]
    assert home.house.home.complaints("acumat", "automation", *names) == []
