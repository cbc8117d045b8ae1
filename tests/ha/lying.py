"""Mats in one house, each with a person who comes, lifts, is unseen for a moment and goes, and with automations of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.broker import until
from tests.ha.house import LAMP_CONFIG, House, ended, note
from tests.system.process import DaemonProcess, scenario

FIRST_S, PERIOD_S, STAY_S, STAYS = 180.0, 450.0, 240.0, 100
"""The first person comes then, the others after so long each."""
LATER_S = 2.0
"""So much later each mat's person comes than that of the mat before."""
LIFT_AFTER_S, LIFT_S = 80.0, 8.0
BLIND_AFTER_S, BLIND_S = 140.0, 4.0
ASTRIDE_S = 7.0
"""Lift and blind moment of each mat are so much later than those of the mat before, beside what its person is later."""
COUNTERS = ("down", "up", "hushed", "loud")
BRIGHT, FORGOTTEN = 204, 153
"""Of 255: 80 %, and the blueprint's 60 % for a Home Assistant that has forgotten what it was."""


def mat_name(number: int) -> str:
    """As in entity ids."""
    return "test_mat" if number == 0 else f"mat_{number}"


def automations(mats: int) -> list[Mapping[str, Any]]:
    """Each mat has its lamp, its do-not-disturb, and counters of what was done."""
    made = []
    for name in map(mat_name, range(mats)):
        session = {"session": f"binary_sensor.{name}_session", "last_session": f"sensor.{name}_last_session"}
        quiet = f"input_boolean.quiet_{name}"
        notes = {each: note(f"{each}_{name}") for each in COUNTERS}
        lights = {"lights": [f"light.{name}_lamp"], "fade": 0, "lies_down": notes["down"], "gets_up": notes["up"]}
        made += [_use("lights-and-music", name, **session, **lights)]
        made += [_use("do-not-disturb", name, **session, quiet=[quiet], after=1)]
        made += [_count(f"hushed_{name}", quiet, "off", "on"), _count(f"loud_{name}", quiet, "on", "off")]
    return made


def helpers(mats: int) -> dict[str, Any]:
    """What the automations write to."""
    names = [mat_name(number) for number in range(mats)]
    counters: dict[str, Any] = {f"{each}_{name}": {} for each in COUNTERS for name in names}
    return {"counter": counters, "input_boolean": {f"quiet_{name}": {} for name in names}}


class Mat:
    """One of them. The house's own daemon has number 0; the others get one of their own."""

    def __init__(self, house: House, number: int, folder: Path) -> None:
        self.name, self.house, self._number = mat_name(number), house, number
        self._base = f"acumat/{'test' if number == 0 else f'mat{number}'}"
        self.daemon = house.daemon
        if number > 0:
            folder.mkdir()
            self.daemon = DaemonProcess(folder, house.broker.port, stays=[], speed=1.0, lasting=True)
        self.session, self.lamp = f"binary_sensor.{self.name}_session", f"light.{self.name}_lamp"

    def configure(self) -> None:
        """Its name, and its person: heavier than the one before, and a little later."""
        config = self.daemon.config
        text = config.read_text().replace('through = "fast"', 'through = "bus"')
        if self._number > 0:
            text = text.replace('id = "test"', f'id = "mat{self._number}"')
            text = text.replace('name = "Test mat"', f'name = "Mat {self._number}"')
        config.write_text(text)
        stays, blind = [], ""
        for stay in range(STAYS):
            start_s, later_s = FIRST_S + PERIOD_S * stay + LATER_S * self._number, ASTRIDE_S * self._number
            lift_s = start_s + LIFT_AFTER_S + later_s
            stays += [(start_s, lift_s), (lift_s + LIFT_S, start_s + STAY_S)]
            blind += f'\n[[fault]]\ndo = "absent"\nat_s = {start_s + BLIND_AFTER_S + later_s}\nfor_s = {BLIND_S}\n'
        story = scenario(stays).replace("mass_kg = 78", f"mass_kg = {58 + 7 * self._number}")
        story = story.replace("seed = 41", f"seed = {41 + self._number}")
        (self.daemon.folder / "story.toml").write_text(story + blind)

    def show_lamp(self) -> None:
        """Somebody else's lamp; a broker that restarts forgets it."""
        text = LAMP_CONFIG.replace('"Lamp"', f'"{self.name} lamp"').replace('"lamp"', f'"lamp_{self.name}"')
        text = text.replace("lamp/set", f"{self.name}/lamp/set")
        self.house.listener.publish(f"homeassistant/light/{self.name}/config", text, retain=True)

    def lamp_commands(self) -> list[tuple[float, str]]:
        """When, and what."""
        return [(each.at_s, each.payload) for each in self.house.listener.on(f"{self.name}/lamp/set")]

    def is_on(self, shown: Mapping[str, Any]) -> bool:
        """Whether its session is, in what Home Assistant shows."""
        return bool(shown.get(self.session, {}).get("state") == "on")

    def counts(self, shown: Mapping[str, Any]) -> Counter[str]:
        return Counter({each: int(shown[f"counter.{each}_{self.name}"]["state"]) for each in COUNTERS})

    def quiet(self, shown: Mapping[str, Any]) -> str:
        return str(shown[f"input_boolean.quiet_{self.name}"]["state"])

    def brightness(self, shown: Mapping[str, Any]) -> float:
        return float(shown[self.lamp]["attributes"].get("brightness") or 0.0)

    def leave(self, part: str) -> None:
        """Its daemon ends (D) or is killed (K), or it is paused (P)."""
        if part == "P":
            self._pause(on=True)
        elif part == "K":
            self.daemon.kill()
        else:
            ended(self.daemon)

    def come_back(self, part: str) -> None:
        if part == "P":
            self._pause(on=False)
        else:
            self.daemon.start_only()

    def is_back(self, shown: Mapping[str, Any]) -> bool:
        return shown.get(self.session, {}).get("state") in ("on", "off") and self.daemon.answers()

    def _pause(self, *, on: bool) -> None:
        self.house.listener.publish(f"{self._base}/command/pause", "ON" if on else "OFF")

        def heard() -> bool:
            said = self.house.listener.last(f"{self._base}/settings")
            return said is not None and bool(said.payload) and said.document["paused"] is on

        until(heard, f"{self.name} is {'paused' if on else 'looked at again'}")

    def story_s(self) -> float:
        """Since the first person of this mat has come or would have."""
        return self.daemon.story_s() - FIRST_S - LATER_S * self._number


def _use(blueprint: str, name: str, **inputs: Any) -> Mapping[str, Any]:
    made = f"{blueprint}-{name}"
    return {"id": made, "alias": made, "use_blueprint": {"path": f"acumat/{blueprint}.yaml", "input": inputs}}


def _count(counter: str, quiet: str, was: str, now: str) -> Mapping[str, Any]:
    change = {"trigger": "state", "entity_id": quiet, "from": was, "to": now}
    return {"id": counter, "alias": counter, "triggers": [change], "actions": note(counter)}
