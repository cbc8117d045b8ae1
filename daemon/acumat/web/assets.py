"""The parts of the page, read once into memory: no request ever becomes a path of the file system."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from acumat.plots.style import RULES
from acumat.words import LANGUAGES, catalogue

FOLDER = Path(__file__).with_name("static")
CARD = Path(__file__).with_name("lovelace") / "acumat-card.js"
"""The card for Home Assistant. It is no part of the page: it stands alone, under an address that stays."""
PAGE = "index.html"
FLEET_PAGE = "fleet.html"
PLOTS = "plots.css"
"""The rules of the plots; the colours are the page's own."""
KINDS: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
FLEET = "fleet."
"""Words with this beginning are those of the fleet's page alone."""
LATER = ("days.", "how.", "note.", "past.", "plot.", "session.", "tag.", "take.", "week.")
"""Words with these beginnings belong to later pages; the first page does not need them."""
DIGEST = "{digest}"
DIGEST_CHARS = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """One part, with its media type."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """The page itself, its parts by path, and the card for Home Assistant.

    The path of a part changes with the content, so that browsers may keep it for ever.
    """

    page: Asset
    parts: Mapping[str, Asset]
    card: Asset


def load(page: str = PAGE) -> Assets:
    """Read all parts of a page. Raises OSError for an installation that is not complete."""
    files = {path.name: path for path in sorted(FOLDER.iterdir()) if path.suffix in KINDS}
    contents = {name: path.read_bytes() for name, path in files.items()} | {PLOTS: RULES.encode()}
    for language in LANGUAGES:
        contents |= _words(language)
    digest = hashlib.sha256(b"".join(contents.values())).hexdigest()[:DIGEST_CHARS]
    shown = contents[page].replace(DIGEST.encode(), digest.encode())
    parts = {
        f"/static/{digest}/{name}": Asset(content, KINDS[Path(name).suffix])
        for name, content in contents.items()
        if name not in (PAGE, FLEET_PAGE)
    }
    return Assets(Asset(shown, KINDS[".html"]), parts, Asset(CARD.read_bytes(), KINDS[CARD.suffix]))


def _words(language: str) -> dict[str, bytes]:
    """The words of a language by the names of their parts."""
    texts = catalogue(language)
    fleet = {key: text for key, text in texts.items() if key.startswith(FLEET)}
    later = {key: text for key, text in texts.items() if key.startswith(LATER)}
    first = {key: text for key, text in texts.items() if key not in later and key not in fleet}
    parts = {f"words-{language}.json": first, f"more-{language}.json": later, f"fleet-{language}.json": fleet}
    return {name: json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() for name, each in parts.items()}
