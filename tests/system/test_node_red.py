"""The example for Node-RED in a real Node-RED (`npm install node-red`), where one is found: what comes out of it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.broker import PATIENCE_S, Broker, Listener, free_port, until
from tests.system.process import DaemonProcess

COMMAND = os.environ.get("NODE_RED") or shutil.which("node-red")
FLOW = Path(__file__).parents[2] / "docs" / "examples" / "node-red.json"
BASE = "acumat/test"

pytestmark = [
    pytest.mark.skipif(COMMAND is None, reason="no node-red here: set NODE_RED to a command that starts one"),
]


def flow(broker_port: int) -> list[dict[str, Any]]:
    """The example with this broker and this mat put in, as its own words ask for; what it shows goes to the console as well."""
    nodes: list[dict[str, Any]] = json.loads(FLOW.read_text(encoding="utf-8").replace("acumat/bedroom/", f"{BASE}/"))
    for node in nodes:
        if node["type"] == "mqtt-broker":
            node |= {"broker": "127.0.0.1", "port": str(broker_port)}
        if node["type"] == "debug":
            node["console"] = True
    return nodes


def test_the_example_reports_lying_events_and_answers_and_sends_commands(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "daemon").mkdir()
    broker = Broker(tmp_path / "broker")
    broker.start()
    listener = Listener(broker.port)
    daemon = DaemonProcess(tmp_path / "daemon", broker.port, stays=[(60, 160), (80_000, 80_100)])
    port, log = free_port(), tmp_path / "node-red.log"
    (tmp_path / "flow.json").write_text(json.dumps(flow(broker.port)))
    (tmp_path / "settings.js").write_text('module.exports = {uiHost: "127.0.0.1", editorTheme: {tours: false}};')
    command = [*shlex.split(str(COMMAND)), "-u", str(tmp_path), "-s", str(tmp_path / "settings.js"), "-p", str(port)]
    with log.open("wb") as out:
        red = subprocess.Popen([*command, str(tmp_path / "flow.json")], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        until(lambda: "Connected to broker" in log.read_text(), "Node-RED runs the flow", 90)
        daemon.start()
        until(lambda: "payload: false" in log.read_text(), "nobody lies there")
        until(lambda: "payload: true" in log.read_text(), "somebody does")
        until(lambda: "topic: 'session_ended'" in log.read_text(), "events are shown", 60)
        press(port, "acumat_tare")
        until(lambda: "name: 'tare'" in log.read_text(), "the answer is shown")
        press(port, "acumat_pause")
        until(lambda: listener.on(f"{BASE}/settings")[-1].document["paused"], "the mat is paused")
        until(lambda: "payload: 'unknown'" in log.read_text(), "and blind is not empty")
        assert "[error]" not in log.read_text()
    finally:
        red.terminate()
        red.wait(PATIENCE_S)
        daemon.kill()
        listener.close()
        broker.stop()
        print(log.read_text())


def press(port: int, node: str) -> None:
    """As a click on the button of an inject node."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/inject/{node}", method="POST", data=b"")
    urllib.request.urlopen(request, timeout=PATIENCE_S).close()
