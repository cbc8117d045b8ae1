"""Every test of the page: a made-up daemon, and a page for it whose code is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.web.fake_daemon import FakeDaemon
from tests.web.process import WebProcess
from tests.web.window import ARGUMENTS, CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[FakeDaemon]:
    made = FakeDaemon(tmp_path / "control.sock")
    made.start()
    yield made
    made.close()


@pytest.fixture
def web(tmp_path: Path, daemon: FakeDaemon) -> Iterator[WebProcess]:
    made = WebProcess(tmp_path)
    made.make_code()
    made.start()
    yield made
    assert made.stop() in (0, -15)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a module: while it is open, no other event loop runs in this thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()
