"""The parts of the page, read once into memory: no request ever becomes a path of the file system."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from acumat.words import LANGUAGES, path_of

FOLDER = Path(__file__).with_name("static")
PAGE = "index.html"
KINDS: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
DIGEST = "{digest}"
DIGEST_CHARS = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """One part, with its media type."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """The page itself, and its parts by path. The path changes with the content, so that browsers may keep them for ever."""

    page: Asset
    parts: Mapping[str, Asset]


def load() -> Assets:
    """Read all parts. Raises OSError for an installation that is not complete."""
    files = {path.name: path for path in sorted(FOLDER.iterdir()) if path.suffix in KINDS}
    files |= {f"words-{language}.json": path_of(language) for language in LANGUAGES}
    contents = {name: path.read_bytes() for name, path in files.items()}
    digest = hashlib.sha256(b"".join(contents.values())).hexdigest()[:DIGEST_CHARS]
    page = contents.pop(PAGE).replace(DIGEST.encode(), digest.encode())
    parts = {f"/static/{digest}/{name}": Asset(content, KINDS[Path(name).suffix]) for name, content in contents.items()}
    return Assets(Asset(page, KINDS[".html"]), parts)
