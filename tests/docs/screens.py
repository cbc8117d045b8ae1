"""Takes a picture of every page as phone and desk show it, by day and by night, in every language: `make screens`.

They are for looking at, and are not kept: what is ugly, cut off or untranslated is seen at once. The mat is simulated; somebody
has been on it before, has answered the questions about health, and lies there now.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
import tempfile
from pathlib import Path

from acumat.web.assets import FOLDER as PARTS
from acumat.words import LANGUAGES
from tests.broker import until
from tests.checkout import ROOT
from tests.docs.pictures import answer_questions, mat
from tests.system.process import DaemonProcess
from tests.web.process import WebProcess
from tests.web.window import ARGUMENTS, CHROMIUM, Window

SPEED = 6.0
NO_BROKER = 1
WIDTHS = {"phone": 390, "wide": 1280}
SCHEMES = ("light", "dark")
SETTLES_MS = 900
PAGES = re.findall(r"\"(\w+)\"", re.findall(r"const PAGES = \[(.*)\]", (PARTS / "main.js").read_text("utf-8"))[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "dist" / "screens")
    parser.add_argument("--pages", nargs="*", default=PAGES)
    parser.add_argument("--languages", nargs="*", default=LANGUAGES)
    args = parser.parse_args()
    if CHROMIUM is None:
        print("NOT MADE: chromium is not here.")
        return 0
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "daemon").mkdir()
        daemon = mat(Path(name) / "daemon", NO_BROKER, SPEED)
        try:
            daemon.start()
            until(lambda: daemon.status()["last_session"], "the short stay is over")
            answer_questions(daemon)
            until(lambda: daemon.status()["state"]["breaths_per_min"], "somebody lies there and breathes", 600)
            faults = take(daemon, args.folder, args.pages, args.languages)
        finally:
            daemon.kill()
    print(f"{args.folder}: {len(list(args.folder.glob('*.png')))} pictures", *faults, sep="\n")
    return 1 if faults else 0


def take(daemon: DaemonProcess, folder: Path, pages: list[str], languages: list[str]) -> list[str]:
    """All pictures, and what is wrong with them as far as a program sees it."""
    from playwright.sync_api import sync_playwright

    faults: list[str] = []
    home = daemon.folder / "web"
    home.mkdir()
    web = WebProcess(home, daemon.folder / "run")
    web.make_code()
    web.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            for (shape, width), scheme, language in itertools.product(WIDTHS.items(), SCHEMES, languages):
                window = Window(browser, web, width=width, locale=language, color_scheme=scheme)
                window.open(pages[0])
                for page in pages:
                    window.turn_to(page)
                    window.page.wait_for_timeout(SETTLES_MS)
                    if page == "replay":
                        played(window)
                    name = f"{page}-{shape}-{scheme}-{language}"
                    faults += [f"{name}: {fault}" for fault in ("overflows",) * (window.overflow_px > 0)] + window.errors
                    window.page.screenshot(path=folder / f"{name}.png", full_page=True)
                window.close()
            browser.close()
    finally:
        web.stop()
    return faults


def played(window: Window) -> None:
    """With a recording, held in its middle, and one reason to be read."""
    window.page.get_by_role("button", name="popu_4x2").click()
    window.page.wait_for_selector(".story li >> nth=8", timeout=120_000)
    window.page.locator(".first button.go").click()
    window.page.locator("input[type=range]").fill("114")
    window.page.locator(".story summary").nth(1).click()


if __name__ == "__main__":
    sys.exit(main())
