"""The backup's file: a zip archive whose manifest has the size and the SHA-256 of everything else in it."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from acumat.stored import UnreadableError, read_as
from acumat_hw.errors import InputError
from acumat_hw.text_file import shown_path

FORMAT, VERSION = "acumat-backup", 1
MANIFEST = "manifest.json"
DATABASE, CONFIG, SAFETY, PASSWORD, KEY = "acumat.db", "acumat.toml", "safety.json", "mqtt_password", "mqtt_key"
MOST_BYTES: Mapping[str, int] = {
    MANIFEST: 64 << 10,
    DATABASE: 80 << 20,
    CONFIG: 256 << 10,
    SAFETY: 64 << 10,
    PASSWORD: 64 << 10,
    KEY: 64 << 10,
}
"""The possible contents with their limits: the history has 64 MiB, a configuration 256 KiB."""
MOST_CHARACTERS = 100
"""Limit of each text in the manifest: some of it is shown in a terminal."""
MOST_DIRECTORY_BYTES = 64 << 10
"""Of the archive's own list of files, which zipfile reads at once, with many times its size in memory."""
CHUNK_BYTES = 1 << 20
KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
TORN = "is damaged or was cut short"
NO_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, RuntimeError, ValueError)
"""Errors of zipfile for a damaged archive. A newer format raises NotImplementedError, a RuntimeError."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The manifest's entry for one file."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Of which mat and machine the backup is, when it was made (RFC 3339), and by what; `schema` is the history's."""

    format: str
    version: int
    made_at: str
    acumat: str
    mat_id: str
    machine: str
    schema: int | None
    secrets: bool
    pieces: tuple[Piece, ...] = ()


def write(file: IO[bytes], manifest: Manifest, texts: Mapping[str, bytes], database: IO[bytes] | None) -> None:
    """Write the archive; the manifest gets its pieces here, and is written last."""
    pieces = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in texts.items():
            if len(content) > MOST_BYTES[name]:
                raise InputError(f"{name} has more than {MOST_BYTES[name] >> 10} KiB and cannot come into a backup")
            made.writestr(name, content)
            pieces.append(Piece(name, len(content), hashlib.sha256(content).hexdigest()))
        if database is not None:
            with made.open(DATABASE, "w") as into:
                pieces.append(_copied(database, into, DATABASE))
        whole = {**asdict(manifest), "pieces": [asdict(each) for each in pieces]}
        made.writestr(MANIFEST, json.dumps(whole, indent=1))


class Backup:
    """A backup in an open file, which came from `path`. Every method raises InputError for one that is not whole."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._shown = shown_path(path)
        self._file = file
        self._zip = self._opened()
        self.manifest = self._read_manifest()

    def has(self, name: str) -> bool:
        return any(piece.name == name for piece in self.manifest.pieces)

    def read(self, name: str) -> bytes:
        """All of a small piece, as it was written."""
        content = self._bounded(name)
        piece = self._piece(name)
        if len(content) != piece.bytes or hashlib.sha256(content).hexdigest() != piece.sha256:
            raise self._torn()
        return content

    def extract(self, name: str, into: IO[bytes]) -> None:
        """Write a piece there, as it was written. Raises OSError if it cannot be written."""
        try:
            with self._zip.open(name) as source:
                copied = _copied(source, into, name)
        except NO_ZIP as exc:
            raise self._torn() from exc
        if copied != self._piece(name):
            raise self._torn()
        into.flush()
        os.fsync(into.fileno())

    def _opened(self) -> zipfile.ZipFile:
        try:
            _check_directory(self._file)
            found = zipfile.ZipFile(self._file)
        except NO_ZIP as exc:
            raise InputError(f"{self._shown}: is no backup of acumat, or was cut short; give a whole one") from exc
        # as `write` makes them: other compressions, and a place before the file, raise arbitrary errors
        if any(each.compress_type not in KINDS or each.header_offset < 0 for each in found.infolist()):
            raise self._torn()
        return found

    def _piece(self, name: str) -> Piece:
        return next(piece for piece in self.manifest.pieces if piece.name == name)

    def _read_manifest(self) -> Manifest:
        foreign = InputError(f"{self._shown}: is no backup of acumat; give a file that acumat backup has made")
        if MANIFEST not in self._zip.namelist():
            raise foreign
        try:
            found = read_as(Manifest, self._bounded(MANIFEST).decode("utf-8"))
        except (UnreadableError, UnicodeDecodeError) as exc:
            raise foreign from exc
        said = (found.made_at, found.acumat, found.mat_id, found.machine)
        if found.format != FORMAT or not all(each.isprintable() and len(each) <= MOST_CHARACTERS for each in said):
            raise foreign
        if found.version > VERSION:
            raise InputError(f"{self._shown}: was made by acumat {found.acumat}; install that version or a newer one")
        names = sorted(piece.name for piece in found.pieces)
        if sorted([*names, MANIFEST]) != sorted(self._zip.namelist()) or not {*names} <= {*MOST_BYTES} - {MANIFEST}:
            raise self._torn()
        return found

    def _bounded(self, name: str) -> bytes:
        try:
            with self._zip.open(name) as file:
                content = file.read(MOST_BYTES[name] + 1)
        except NO_ZIP as exc:
            raise self._torn() from exc
        if len(content) > MOST_BYTES[name]:
            raise self._torn()
        return content

    def _torn(self) -> InputError:
        return InputError(f"{self._shown}: {TORN}; nothing was changed, give a whole one")


def _check_directory(file: IO[bytes]) -> None:
    """Raises ValueError unless the file ends with the end record (APPNOTE.TXT 4.3.16) of a short list, as `write` makes it."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - 42))
    tail = file.read()
    before, end = tail[:-22], tail[-22:]
    if not end.startswith(b"PK\5\6") or before.startswith(b"PK\6\7"):
        raise ValueError("no end record, or one of zip64, which gives another length")
    if int.from_bytes(end[12:16], "little") > MOST_DIRECTORY_BYTES:
        raise ValueError("too many files")


def _copied(source: IO[bytes], into: IO[bytes], name: str) -> Piece:
    """Copy in pieces, up to the limit of this file. Returns the copied piece."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK_BYTES):
        size += len(chunk)
        if size > MOST_BYTES[name]:
            raise InputError(f"{name} is longer than {MOST_BYTES[name] >> 20} MiB; a history of acumat never is")
        digest.update(chunk)
        into.write(chunk)
    return Piece(name, size, digest.hexdigest())
