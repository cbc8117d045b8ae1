"""Takes the pictures of README.md and docs/ from the running product: `make pictures`.

The drawings are made from the layouts, the heat map is what the daemon sends over MQTT, and the pages are those of a real Home
Assistant, as `make test-ha` starts one. Where a part is missing, the picture that is committed stays, and a line says why.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.broker import MOSQUITTO, Broker, Listener, until
from tests.checkout import ROOT
from tests.docs import draw_hardware, draw_report
from tests.docs.browser import Browser, browser, chromium
from tests.ha.board import BOARD, put_card, put_file
from tests.ha.home import HomeAssistant
from tests.system.process import DaemonProcess, scenario
from tests.web.process import WebProcess

FOLDER = ROOT / "docs" / "pictures"
BASE = "acumat/bedroom"
STAYS: list[tuple[float, float]] = [(10, 85), (115, 3000)]
"""A short stay for the history, and the one that is pictured; seconds of the story."""
LAIN_S = 210.0
"""How long the person has been there when the pictures are taken: settled, and with a rate of breath."""
SWITCHED_ON = ("picture", "last_event", "pause", "guest", "breaths")
DASHBOARD = "mat-dashboard"
SETTLES_S = 15.0
"""Home Assistant draws its graphs late."""
PAGE_SETTLES_S = 5.0
MOST_BYTES = 150_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--speed", type=float, default=1.0, help="times real time; other than 1 dates are wrong on the pages")
    speed = parser.parse_args().speed
    draw_hardware.write()
    if (program := chromium()) is None:
        left_as_it_was("report", "chromium is not here")
    else:
        draw_report.write(program)
    if MOSQUITTO is None:
        return left_as_it_was("heat map, device page, dashboards", "mosquitto is not here")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("broker", "daemon"):
            (folder / each).mkdir()
        broker = Broker(folder / "broker")
        broker.start()
        listener = Listener(broker.port)
        daemon = mat(folder / "daemon", broker.port, speed)
        try:
            daemon.start()
            began_s = time.monotonic()
            until(lambda: ended(listener), "the short stay is over", 3 * STAYS[0][1])
            answer_questions(daemon)
            pages(folder / "home", broker.port, daemon, listener, began_s + (STAYS[-1][0] + LAIN_S) / speed)
        finally:
            daemon.kill()
            listener.close()
            broker.stop()
    too_long = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > MOST_BYTES]
    if too_long:
        print(f"longer than {MOST_BYTES} bytes: {', '.join(too_long)}", file=sys.stderr)
    return 1 if too_long else 0


def mat(folder: Path, port: int, speed: float) -> DaemonProcess:
    """A simulated mat with the names of the example configuration, on which somebody lies a little to one side."""
    daemon = DaemonProcess(folder, port, stays=STAYS, speed=speed)
    text = (
        daemon.config.read_text()
        .replace('id = "test"', 'id = "bedroom"')
        .replace('name = "Test mat"', 'name = "Acupressure mat"')
    )
    daemon.config.write_text(text)
    (folder / "story.toml").write_text(scenario(STAYS).replace("mass_kg", "bias = 0.15\nmass_kg"))
    return daemon


def ended(listener: Listener) -> bool:
    return any(each["event_type"] == "session_ended" for each in listener.events(f"{BASE}/event"))


def answer_questions(daemon: DaemonProcess) -> None:
    """From then on the routine guides: the short stay is none that it plans by."""
    command = [sys.executable, "-m", daemon.module, "screen", "--none", "--config", str(daemon.config)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def pages(folder: Path, port: int, daemon: DaemonProcess, listener: Listener, at_s: float) -> None:
    """The heat map, the page, and Home Assistant's pages where there is one, at this moment of the monotonic clock."""
    program, hass = chromium(), os.environ.get("ACUMAT_HASS")
    missing = "no Home Assistant is here (see make test-ha)" if not hass else "chromium is not here" if program is None else ""
    home = None if missing else house(folder, port)
    try:
        if home is not None:
            home.start()
            switch_on(home)
            put_card(home)
            listener.publish("homeassistant/status", "online")
        threading.Event().wait(max(0.0, at_s - time.monotonic()))
        assert daemon.status()["state"]["confirmed"], daemon.logged()
        if program is None:
            left_as_it_was("page", "chromium is not here")
        else:
            own_page(program, daemon)
        until(lambda: listener.last(f"{BASE}/picture"), "a picture is sent")
        write("lying.png", listener.on(f"{BASE}/picture")[-1].data)
        if home is None or program is None:
            left_as_it_was("device page, dashboards", missing)
        else:
            with browser(program) as tab:
                take(tab, home)
    finally:
        if home is not None:
            home.stop()


def own_page(program: str, daemon: DaemonProcess) -> None:
    """What `acumat web` shows on a phone, for somebody who has signed in."""
    folder = daemon.folder / "web"
    folder.mkdir()
    web = WebProcess(folder, daemon.folder / "run")
    web.make_code()
    web.start()
    try:
        with browser(program) as tab:
            write("page-phone.png", tab.picture(f"{web.origin}/#code={web.code}", 390, 844, settles_s=PAGE_SETTLES_S))
    finally:
        web.stop()


def house(folder: Path, port: int) -> HomeAssistant:
    """With the dashboard of docs/ as one of its own."""
    board = {
        "mode": "yaml",
        "filename": "dashboard.yaml",
        "title": "Acupressure mat",
        "icon": "mdi:human",
        "show_in_sidebar": True,
    }
    home = HomeAssistant(folder, port, more={"frontend": {}, "logbook": {}, "lovelace": {"dashboards": {DASHBOARD: board}}})
    shutil.copy(ROOT / "docs" / "dashboard.yaml", folder / "dashboard.yaml")
    put_file(home)
    return home


def switch_on(home: HomeAssistant) -> None:
    """The entities that the dashboard shows and that are off at first."""

    def listed() -> dict[str, str]:
        entries = home.ws("config/entity_registry/list")
        return {each["unique_id"].removeprefix("acumat_bedroom_"): each["entity_id"] for each in entries}

    until(lambda: "occupancy" in listed(), "the mat is found")
    for key, entity_id in listed().items():
        if key in SWITCHED_ON:
            home.ws("config/entity_registry/update", entity_id=entity_id, disabled_by=None)
    home.reload_mqtt()


def take(tab: Browser, home: HomeAssistant) -> None:
    """The device page; the dashboard for a wide screen and for a phone; the card."""
    url = f"http://127.0.0.1:{home.port}"
    tab.sign_in(url, home.token)
    devices = home.ws("config/device_registry/list")
    device = next(each["id"] for each in devices if each["manufacturer"] == "acumat")
    write("device-page.png", tab.picture(f"{url}/config/devices/device/{device}", 1200, 1000, settles_s=SETTLES_S))
    write("dashboard.png", tab.picture(f"{url}/{DASHBOARD}/mat", 1200, 1000, settles_s=SETTLES_S))
    for name, board in (("dashboard-phone.png", DASHBOARD), ("card-phone.png", BOARD)):
        write(name, tab.picture(f"{url}/{board}/mat", 390, 844, settles_s=SETTLES_S))


def write(name: str, data: bytes) -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / name).write_bytes(data)
    print(f"docs/pictures/{name}: {len(data)} bytes")


def left_as_it_was(what: str, why: str) -> int:
    print(f"NOT MADE ANEW: {what}; {why}. The committed pictures stay.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
