"""A broker, a mat with a network of its own, and Home Assistant, and what each entity has to show of what the mat has said."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from acumat.words import mat_words
from tests.broker import Broker, Listener, until
from tests.chaos.proxy import Proxy
from tests.ha.home import HomeAssistant
from tests.system.process import DaemonProcess

BASE = "acumat/test"
STATES = mat_words("en", "state")
"""What is shown for each state."""
DISCOVERY = "homeassistant/device/acumat_test/config"
SEPARATOR = "acumat_test_"
LAMP_TOPIC = "homeassistant/light/lamp/config"
LAMP_CONFIG = """{"name": "Lamp", "unique_id": "lamp", "schema": "json", "command_topic": "lamp/set", "brightness": true,
 "supported_color_modes": ["brightness"]}"""
"""Somebody else's lamp, for blueprints to dim."""
RIGHT_S = 5.0
"""So long after the last part is up every entity has to be right."""


class House:
    """All of them, each started and stopped by itself."""

    def __init__(
        self,
        folder: Path,
        *,
        stays: list[tuple[float, float]],
        speed: float = 10.0,
        automations: Callable[[], list[Mapping[str, Any]]] = list,
        scripts: Mapping[str, Any] | None = None,
        more: Mapping[str, Any] | None = None,
        extra: str = "",
        lasting: bool = False,
        unhurried: bool = False,
    ) -> None:
        """`lasting`: the mat lives on while its daemon is away. `unhurried`: its time runs slower on a busy machine."""
        for name in ("broker", "daemon"):
            (folder / name).mkdir(parents=True)
        self.broker = Broker(folder / "broker")
        self.broker.start()
        self.listener = Listener(self.broker.port)
        self.network = Proxy(self.broker.port)
        self.daemon = DaemonProcess(
            folder / "daemon",
            self.network.port,
            stays=stays,
            speed=speed,
            extra=extra,
            lasting=lasting,
            unhurried=unhurried,
        )
        self.home = HomeAssistant(folder / "home", self.broker.port, automations=automations(), scripts=scripts, more=more)

    def start(self) -> None:
        self.daemon.start()
        self.home.start()
        until(lambda: "occupancy" in self.entities(), "the mat is found")

    def stop_daemon(self) -> None:
        ended(self.daemon)

    def close(self) -> None:
        self.daemon.kill()
        self.home.stop()
        self.listener.close()
        self.network.close()
        self.broker.stop()

    def entities(self) -> dict[str, dict[str, Any]]:
        """The registry's entries of the mat by component key."""
        listed = self.home.ws("config/entity_registry/list")
        return {each["unique_id"].removeprefix(SEPARATOR): each for each in listed if each["unique_id"].startswith(SEPARATOR)}

    def components(self) -> dict[str, dict[str, Any]]:
        """What the mat's payload asks to be there, by component key; a bare platform is there to be removed."""
        named = self.listener.on(DISCOVERY)[-1].document["components"]
        return {key: component for key, component in named.items() if "unique_id" in component}

    def enable(self, *keys: str) -> None:
        """Switch entities on, as on the device page."""
        entities = self.entities()
        for key in keys:
            self.home.ws("config/entity_registry/update", entity_id=entities[key]["entity_id"], disabled_by=None)
        self.home.reload_mqtt()
        until(lambda: all(self.home.state(entities[key]["entity_id"]) is not None for key in keys), "they are there")
        self.listener.publish("homeassistant/status", "online")  # a reload brings no birth of its own

    def entity(self, key: str) -> str:
        return str(self.entities()[key]["entity_id"])

    def last(self, leaf: str) -> Any:
        found = self.listener.last(f"{BASE}/{leaf}")
        return None if found is None or not found.payload else found.document if leaf != "availability" else found.payload

    def answered(self, reason: str) -> bool:
        """Whether the last answer to a command was this one."""
        answer = self.last("response")
        return answer is not None and answer["reason"] == reason

    def wrong(self, ids: Mapping[str, str]) -> dict[str, tuple[object, object]]:
        """Of the entities that Home Assistant has switched on, each that does not show what was last said: (wanted, shown)."""
        shown = self.home.states()
        wanted = expected(*(self.last(leaf) for leaf in ("state", "session", "health", "settings", "routine", "now")))
        online = self.last("availability") == "online"
        found: dict[str, tuple[object, object]] = {}
        for key, value in wanted.items():
            each = shown.get(ids.get(key, ""))
            if each is None:
                if key in ids:
                    found[key] = (value, None)
                continue
            if key == "connection":
                value = "on" if online else "off"
            elif not online:
                value = "unavailable"
            if not same(each["state"], value):
                found[key] = (value, each["state"])
        if online:  # buttons, events and what else has no value of its own
            gone = {key for key in ids.keys() - wanted.keys() if shown.get(ids[key], {}).get("state") in (None, "unavailable")}
            found |= dict.fromkeys(gone, ("there", None))
        return found

    def seconds_until_right(self, since_s: float, patience_s: float = 60.0) -> float:
        """How long after this moment the mat was online with all entities right, and still was a second later."""
        ids = {key: str(each["entity_id"]) for key, each in self.entities().items() if each["disabled_by"] is None}
        seen: dict[str, tuple[object, object]] = {}

        def right() -> bool:
            seen.clear()
            seen.update(self.wrong(ids))
            return not seen and self.last("availability") == "online"

        end_s = since_s + patience_s
        while time.monotonic() < end_s:
            if right():
                at_s = time.monotonic()
                while time.monotonic() < at_s + 1.0 and right():
                    time.sleep(0.1)
                if right():
                    return at_s - since_s
            time.sleep(0.1)
        raise AssertionError(f"stuck after {patience_s:g} s: {seen}")

    def check_quiet(self, *, but_for: str | None = None) -> None:
        """No issue with statistics, no repair, no warning or error that is about the mat."""
        issues = self.home.ws("recorder/validate_statistics")
        assert not {key: value for key, value in issues.items() if "test_mat" in key}
        repairs = [
            each
            for each in self.home.ws("repairs/list_issues")["issues"]
            if "mqtt" in (each["domain"], each.get("issue_domain"))
        ]
        assert repairs == []
        lines = self.home.complaints("acumat", "mqtt", "automation", "test_mat", "test mat")
        ours = [line for line in lines if "light.lamp" not in line]
        assert [line for line in ours if but_for is None or but_for not in line] == []


def ended(daemon: DaemonProcess) -> None:
    """In good order, and however long a busy machine takes for it: that is measured elsewhere."""
    process, daemon.process = daemon.process, None
    assert process is not None
    process.terminate()
    assert process.wait(60) == 0


def expected(
    state: Mapping[str, Any],
    session: Mapping[str, Any],
    health: Mapping[str, Any],
    settings: Mapping[str, Any],
    routine: Mapping[str, Any],
    now: Mapping[str, Any],
) -> dict[str, object]:
    """What is to be seen, from the mat's own words; None is Home Assistant's unknown."""
    lying, blind = state["presence"] == "lying", state["presence"] == "blind"
    phase = "empty" if state["presence"] == "empty" else state["phase"]
    # while it is looked for life in what lies there, the session stays what it was
    looked_for = (
        {} if lying and not state["session_id"] else {"session": "on" if state["session_id"] else None if blind else "off"}
    )
    return {
        **looked_for,
        "advice": now["text"],
        "session_started": now["started_at"],
        "ends_at": now["ends_at"],
        "left_share": round((100 + state["lateral"]) / 2) if lying and state["lateral"] is not None else None,
        "occupancy": None if blind else "on" if lying else "off",
        "phase": None if phase is None else STATES[f"phase.{phase}"],
        "load": None if state["load"] is None else round(state["load"]),
        "lateral": None if state["lateral"] is None else round(state["lateral"]),
        "evenness": None if state["evenness"] is None else round(state["evenness"], 2),
        "lopsided": None if state["lopsided"] is None else "on" if state["lopsided"] else "off",
        "current_session": None if state["session_s"] is None else round(state["session_s"] / 60, 2),
        "last_session": None if session["session_s"] is None else round(session["session_s"] / 60, 2),
        "last_session_ended": session["ended_at"],
        "minutes_today": round(session["totals"]["minutes_today"], 1),
        "sessions_today": session["totals"]["sessions_today"],
        "problem": "off" if health["health"] == "ok" and health["store"]["code"] == "ok" else "on",
        "reason": state["reason_text"],
        "connection": "on",
        "pause": "on" if settings["paused"] else "off",
        "guest": "on" if settings["guest"] else "off",
        "sensitivity": settings["sensitivity"],
        "routine": STATES[f"routine.{routine['situation']}"],
        "guidance": STATES[f"guidance.{routine['guidance_reason'] or 'on'}"],
        "minutes_total": round(session["totals"]["minutes_total"], 1),
        "planned_minutes": routine["planned_min"],
        "cap": routine["cap_min"],
        "sensors_failing": sum(each["code"] != "ok" for each in health["sensors"].values()),
    }


def same(shown: str, wanted: object) -> bool:
    """Home Assistant shows numbers and times in forms of its own."""
    if wanted is None:
        return shown == "unknown"
    if isinstance(wanted, int | float):
        try:
            return abs(float(shown) - wanted) < 0.011
        except ValueError:
            return False
    try:
        return abs(datetime.fromisoformat(shown).timestamp() - datetime.fromisoformat(str(wanted)).timestamp()) < 1.0
    except ValueError:
        return shown == wanted


def note(name: str) -> list[dict[str, Any]]:
    """Actions that count."""
    return [{"action": "counter.increment", "target": {"entity_id": f"counter.{name}"}}]
