"""A dashboard of a real Home Assistant with the mat's card on it, in a window of a real Chromium."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from acumat.web.assets import CARD
from tests.ha.home import HomeAssistant

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

BOARD = "mat-board"
YEAR_S = 31_536_000
PATIENCE_MS = 120_000
WITH_DASHBOARDS: Mapping[str, Any] = {"frontend": {}, "lovelace": {}, "logbook": {}}
"""What a test's Home Assistant leaves out else."""


def put_file(home: HomeAssistant) -> None:
    """The file of the card where people put it; before Home Assistant starts, which else does not serve the folder."""
    (home.folder / "www").mkdir()
    shutil.copy(CARD, home.folder / "www" / CARD.name)


def put_card(home: HomeAssistant, **config: Any) -> None:
    """A dashboard with one card, as somebody makes it in the user interface."""
    if not home.ws("lovelace/resources"):
        home.ws("lovelace/resources/create", url=f"/local/{CARD.name}", res_type="module")
        home.ws(
            "lovelace/dashboards/create", url_path=BOARD, title="Mat", mode="storage", show_in_sidebar=True, require_admin=False
        )
    card = {"type": "custom:acumat-card", **config}
    view = {"path": "mat", "type": "sections", "sections": [{"type": "grid", "cards": [card]}]}
    home.ws("lovelace/config/save", url_path=BOARD, config={"title": "Mat", "views": [view]})


class BoardWindow:
    """One window, signed in; `locale` is the browser's language, which Home Assistant follows."""

    def __init__(self, browser: Browser, home: HomeAssistant, *, token: str | None = None, **options: Any) -> None:
        self._home = home
        self._context = browser.new_context(**{"viewport": {"width": 390, "height": 844}, "locale": "en-GB", **options})
        url = f"http://127.0.0.1:{home.port}"
        tokens = {
            "hassUrl": url,
            "clientId": f"{url}/",
            "access_token": token or home.token,
            "token_type": "Bearer",
            "expires_in": YEAR_S,
            "expires": 1000 * (int(time.time()) + YEAR_S),
            "refresh_token": "",
        }
        self._context.add_init_script(f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});")
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "acumat" in f"{message.text} {message.location}":
            self.errors.append(message.text)

    def open(self, path: str = f"/{BOARD}/mat") -> None:
        self.page.goto(f"http://127.0.0.1:{self._home.port}{path}")

    def shows(self, selector: str, text: str) -> None:
        self.page.locator(f"acumat-card {selector}").filter(has_text=text, visible=True).first.wait_for()

    def tap(self, name: str) -> None:
        self.page.locator("acumat-card button").filter(has_text=name, visible=True).click()

    def close(self) -> None:
        self._context.close()
