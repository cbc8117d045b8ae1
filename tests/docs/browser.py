"""A headless Chromium that shows one page of a Home Assistant as its owner sees it."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.broker import until

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

NAMES = ("chromium", "chromium-browser", "google-chrome")
YEAR_S = 31_536_000


def chromium() -> str | None:
    """The browser's path; None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One tab, driven over the DevTools protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    def sign_in(self, url: str, token: str) -> None:
        """Every page of `url` is opened with this token from then on."""
        tokens = {
            "hassUrl": url,
            "clientId": f"{url}/",
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": YEAR_S,
            "expires": 1000 * (int(time.time()) + YEAR_S),
            "refresh_token": "",
        }
        script = f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});"
        self._call("Page.enable")
        self._call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def picture(self, url: str, width: int, height: int, *, settles_s: float) -> bytes:
        """A PNG of the page at this size in pixels, `settles_s` after it was asked for."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._call("Page.navigate", url=url)
        time.sleep(settles_s)
        return base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"])

    def opened(self, url: str, width: int, height: int, *, dark: bool = False, media: str = "") -> None:
        """The page at this size in pixels, loaded, by day or by night; `media` is print for what a printer gets."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._call("Page.navigate", url=url)
        there = f"location.href === {json.dumps(url)} && document.readyState === 'complete'"
        until(lambda: self.value(there), "the page is loaded")

    def value(self, script: str) -> Any:
        """What an expression comes to on the page, as JSON has it."""
        return self._call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def pdf(self) -> bytes:
        """The page as it would be printed."""
        return base64.b64decode(self._call("Page.printToPDF")["data"])

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv(60))).get("id") != number:
            pass
        result: dict[str, Any] = answer["result"]
        return result


@contextmanager
def browser(program: str) -> Iterator[Browser]:
    """Started with a profile of its own, and ended with it."""
    # not at the top: on a Raspberry Pi the tests that need no browser run without it
    client = pytest.importorskip("websockets.sync.client", reason="needs websockets, which make setup brings")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        command += [
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            "--hide-scrollbars",
            "--lang=en-GB",
            "about:blank",
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port_file = Path(profile, "DevToolsActivePort")
            until(lambda: port_file.exists() and port_file.read_text().strip(), "the browser listens")
            port = port_file.read_text().split()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
                page = next(each for each in json.load(answer) if each["type"] == "page")
            with client.connect(page["webSocketDebuggerUrl"], max_size=None) as socket:
                yield Browser(socket)
        finally:
            process.terminate()
            process.wait(20)
