"""The card for Home Assistant on a bare page, with a made-up `hass` object as a dashboard gives it."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acumat.web.assets import CARD
from tests.broker import until
from tests.web.window import DRIVER, WCAG

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ADDRESS = "http://dashboard.test"
PAGE = """<!doctype html><html lang="en"><head><title>Dashboard</title><style>body { margin: 8px; --primary-text-color: INK;
 --secondary-text-color: SOFT; --card-background-color: PAPER; --secondary-background-color: GREY; --divider-color: SOFT;
 background: PAPER; }</style></head><body><script type="module">
  import * as card from "/acumat-card.js";
  window.calls = [];
  window.wallMs = WALL_MS;
  window.sinceMs = 0;
  Date.now = () => window.wallMs;
  performance.now = () => window.sinceMs;
  window.refuse = false;
  window.looked = 0;
  window.give = (document_) => {
    const registry = document_.registry;
    return Object.assign({ ...document_ }, {
      async callWS({ type, entity_ids }) {
        window.looked += 1;
        if (type !== "config/entity_registry/get_entries") throw new Error(type);
        return Object.fromEntries(entity_ids.map((id) => [id, registry[id]]));
      },
      async callService(domain, service, data) {
        if (window.refuse) throw new Error("refused");
        window.calls.push([`${domain}.${service}`, data]);
      },
    });
  };
  window.put = (config, document_) => {
    const made = document.createElement("acumat-card");
    made.setConfig(config);
    made.hass = window.give(document_);
    document.body.replaceChildren(made);
  };
  window.update = (document_) => { document.querySelector("acumat-card").hass = window.give(document_); };
  window.card = card;
</script></body></html>"""
DAY = {"INK": "#212121", "SOFT": "#5e5e5e", "PAPER": "#ffffff", "GREY": "#e5e5e5"}
NIGHT = {"INK": "#e1e1e1", "SOFT": "#9b9b9b", "PAPER": "#1c1c1c", "GREY": "#282828"}
TAKES_TAPS_AFTER_MS = 700
"""A question that has just appeared is deaf for a moment. The page's clock stands still but for this."""
WALL_MS = 1_800_000_000_000

PLATFORMS = {
    "advice": "sensor", "session": "binary_sensor", "session_started": "sensor", "ends_at": "sensor", "left_share": "sensor",
    "routine": "sensor", "answer": "sensor", "connection": "binary_sensor", "stop": "button", "symptom_stop": "button",
    "redness_faded": "button", "still_red": "button", "calm": "select",
}  # fmt: skip
ASKING = {
    "health_question": "sensor", "health_no": "button", "health_yes": "button", "health_unknown": "button",
    "health_again": "button",
}  # fmt: skip
"""There as well where the questions about health are asked in Home Assistant."""


class Home:
    """What a dashboard knows of one or more mats. Entity ids tell nothing: a person may have renamed them all."""

    def __init__(self, *mats: str, language: str = "en", asks: bool = False) -> None:
        self._platforms = {**PLATFORMS, **(ASKING if asks else {})}
        self.document: dict[str, Any] = {
            "language": language,
            "locale": {"language": language, "time_format": "24", "time_zone": "server"},
            "config": {"time_zone": "UTC"},
            "connected": True,
            "devices": {"lamp": {"id": "lamp", "identifiers": [["hue", "1"]], "manufacturer": "x", "name": "Lamp"}},
            "entities": {},
            "states": {},
            "registry": {},
        }
        for mat in mats or ("bedroom",):
            self._add(mat)

    def _add(self, mat: str) -> None:
        self.document["devices"][f"device-{mat}"] = {
            "id": f"device-{mat}", "identifiers": [["mqtt", f"acumat_{mat}"]], "manufacturer": "acumat", "name": f"Mat {mat}",
            "name_by_user": None, "disabled_by": None,
        }  # fmt: skip
        for number, (key, platform) in enumerate(self._platforms.items()):
            entity_id = f"{platform}.{mat}_thing_{number}"
            self.document["entities"][entity_id] = {"entity_id": entity_id, "device_id": f"device-{mat}", "platform": "mqtt"}
            self.document["registry"][entity_id] = {"entity_id": entity_id, "unique_id": f"acumat_{mat}_{key}"}
            self.set(key, "unknown", mat=mat)
        stranger = f"sensor.{mat}_battery"  # another integration's, put to the same device
        self.document["entities"][stranger] = {"entity_id": stranger, "device_id": f"device-{mat}", "platform": "notes"}
        self.document["registry"][stranger] = {"entity_id": stranger, "unique_id": 7}
        self.set("connection", "on", mat=mat)
        self.set("session", "off", mat=mat)
        self.set("advice", "Lie down when it suits you: 12 minutes.", mat=mat, advice="ready")
        self.set("routine", "Ready", mat=mat, situation="ready", planned_min=12, question=None)

    def asks(self, question: str | None) -> None:
        """Each button carries the question that it answers."""
        for answer in ("no", "yes", "unknown"):
            self.set(f"health_{answer}", "unknown", question=question)

    def entity(self, key: str, mat: str = "bedroom") -> str:
        return next(
            str(each) for each, entry in self.document["registry"].items() if entry["unique_id"] == f"acumat_{mat}_{key}"
        )

    def set(self, key: str, state: str, *, mat: str = "bedroom", **attributes: Any) -> None:
        entity_id = self.entity(key, mat)
        before = self.document["states"].get(entity_id, {"last_updated": 0})
        self.document["states"][entity_id] = {
            "entity_id": entity_id, "state": state, "attributes": attributes, "last_updated": before["last_updated"] + 1,
        }  # fmt: skip

    def rename(self, key: str, entity_id: str) -> None:
        old = self.entity(key)
        for kind in ("entities", "registry", "states"):
            self.document[kind][entity_id] = {**self.document[kind].pop(old), "entity_id": entity_id}

    def remove(self, key: str) -> None:
        old = self.entity(key)
        for kind in ("entities", "registry", "states"):
            del self.document[kind][old]


class CardWindow:
    """One window with one card in it."""

    def __init__(self, browser: Browser, *, width: int = 390, height: int = 844, dark: bool = False) -> None:
        self._context = browser.new_context(viewport={"width": width, "height": height})
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(120_000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text))
        text = PAGE.replace("WALL_MS", str(WALL_MS))
        for name, colour in (NIGHT if dark else DAY).items():
            text = text.replace(name, colour)
        self.page.route("**/*", lambda route: route.fulfill(status=404))
        self.page.route(f"{ADDRESS}/", lambda route: route.fulfill(body=text, content_type="text/html"))
        self.page.route(
            f"{ADDRESS}/acumat-card.js", lambda route: route.fulfill(path=Path(CARD), content_type="text/javascript")
        )
        self.page.route("**/favicon.ico", lambda route: route.fulfill(body=""))
        self.page.goto(f"{ADDRESS}/")
        self.page.wait_for_function("window.card")

    def put(self, home: Home, **config: Any) -> None:
        self.page.evaluate("([config, home]) => put(config, home)", [{"type": "custom:acumat-card", **config}, home.document])

    def update(self, home: Home) -> None:
        self.page.evaluate("(home) => update(home)", deepcopy(home.document))

    def shows(self, selector: str, text: str) -> None:
        self.page.locator(f"acumat-card {selector}").filter(has_text=text, visible=True).first.wait_for()

    def button(self, name: str) -> Locator:
        return self.page.locator("acumat-card button").filter(has_text=re.compile(f"^{re.escape(name)}$"), visible=True)

    def answer(self, name: str) -> None:
        """Tap in a question, as somebody does who has read it."""
        self.button(name).wait_for()
        self.page.evaluate("(ms) => { sinceMs += ms; }", TAKES_TAPS_AFTER_MS)
        self.button(name).click()

    def called(self, count: int) -> list[Any]:
        """What has been sent, once it is so much."""
        until(lambda: len(self.page.evaluate("calls")) >= count, f"{count} calls")
        found: list[Any] = self.page.evaluate("calls")
        assert len(found) == count
        return found

    def violations(self) -> list[str]:
        assert DRIVER is not None
        assert DRIVER.origin is not None
        self.page.evaluate(Path(DRIVER.origin).with_name("axe.min.js").read_text("utf-8"))
        found = self.page.evaluate("(tags) => axe.run(document, { runOnly: tags })", WCAG)
        return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]

    @property
    def overflow_px(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def close(self) -> None:
        self._context.close()
