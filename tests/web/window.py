"""A window of a real Chromium on the page, driven by Playwright."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.process import WebProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
DRIVER = find_spec("axe_playwright_python")


def _drives() -> bool:
    """Whether Playwright's own Node.js starts: it needs libatomic, which is not on every system."""
    found = find_spec("playwright")
    if DRIVER is None or found is None or found.origin is None:
        return False
    node = Path(found.origin).with_name("driver") / "node"
    return node.exists() and subprocess.run([node, "--version"], check=False, capture_output=True).returncode == 0


NEEDS_BROWSER = pytest.mark.skipif(
    CHROMIUM is None or not _drives(),
    reason="the page in a browser: needs Debian's chromium and libatomic1, and axe-playwright-python of the developers' tools",
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")


class Window:
    """One window, with all that its scripts complain of and all that it fetches."""

    def __init__(self, browser: Browser, web: WebProcess, *, width: int = 390, height: int = 844, **options: Any) -> None:
        self._context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=False, **options)
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(120_000)
        self.errors: list[str] = []
        self.fetched: list[Response] = []
        self._web = web
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._listen)
        self.page.on("response", lambda response: self.fetched.append(response))  # noqa: PLW0108  a method takes no mark

    def open(self, page: str = "now") -> None:
        """As somebody who signs in."""
        self.page.goto(f"{self._web.origin}/#{page}")
        self.page.fill("#code", self._web.code)
        self.page.click("form .go")
        self.page.wait_for_selector("nav a")

    def _listen(self, message: ConsoleMessage) -> None:
        """An answer that says no, to a visitor who has not signed in or while the daemon is away, is no error of a script."""
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.errors.append(message.text)

    def turn_to(self, page: str) -> None:
        self.page.goto(f"{self._web.origin}/#{page}")
        self.page.wait_for_selector(f"nav a[href='#{page}'][aria-current]")

    @property
    def origin(self) -> str:
        return self._web.origin

    @property
    def overflow_px(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def violations(self) -> list[str]:
        """Rules of axe that the page breaks, with the first element of each."""
        assert DRIVER is not None
        assert DRIVER.origin is not None
        self.page.evaluate(Path(DRIVER.origin).with_name("axe.min.js").read_text("utf-8"))
        found = self.page.evaluate("(tags) => axe.run(document, { runOnly: tags })", WCAG)
        return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]

    def close(self) -> None:
        self._context.close()


def shown(window: Window, selector: str, text: str) -> None:
    window.page.locator(selector).filter(has_text=text).first.wait_for()
