"""Unpacks a release beside the existing ones: it is complete and on the disk before it gets its name."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path

from acumat_update.journal import DIGEST, UNFINISHED, sync
from acumat_update.switch import CannotError

SPARE_BYTES = 32 << 20
"""Bytes that must remain free on the disk, for the journal and for the daemon."""


def digest_of(archive: Path) -> str:
    """SHA-256 of the archive, in hexadecimal digits."""
    with archive.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_whole(release: Path, digest: str) -> bool:
    """Whether this is that archive, unpacked, with every file unchanged."""
    try:
        if (release / DIGEST).read_text("ascii").strip() != digest:
            return False
        lines = (release / "files.sha256").read_text("utf-8").splitlines()
        return all(digest_of(release / line[66:]) == line[:64] for line in lines)
    except (OSError, ValueError):
        return False


def unpack(archive: Path, root: Path, version: str) -> str:
    """Unpack the archive as a release of this version. Returns its name. Raises CannotError, with nothing left behind."""
    new = root / UNFINISHED
    shutil.rmtree(new, ignore_errors=True)
    try:
        _unpack(archive, new)
        name = _free_name(root, version)
        new.rename(root / name)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as exc:
        shutil.rmtree(new, ignore_errors=True)
        raise CannotError(f"{root}: the release cannot be unpacked ({exc})") from exc
    sync(root)
    return name


def _unpack(archive: Path, new: Path) -> None:
    new.mkdir(mode=0o755, parents=True)
    with tarfile.open(archive) as tar:
        needed = 2 * sum(member.size for member in tar) + SPARE_BYTES  # compiled code takes about as much again
    free = shutil.disk_usage(new).free
    if free < needed:
        raise OSError(f"{needed >> 20} MB of room are needed, {free >> 20} MB are free")
    # not tarfile: Debian 12 and 13 have no safe way to unpack in common
    unpacked = subprocess.run(["tar", "-xzf", str(archive), "--no-same-owner", "-C", str(new)], check=False)
    if unpacked.returncode:
        raise OSError("tar failed")
    compiled = [sys.executable, "-IB", "-m", "compileall", "-q", "-j1", str(new / "lib")]
    if subprocess.run(compiled, stdout=subprocess.DEVNULL, check=False).returncode:
        raise OSError("its code cannot be compiled")
    (new / DIGEST).write_text(digest_of(archive) + "\n", "ascii")
    os.sync()  # everything, before the name marks it as complete


def _free_name(root: Path, version: str) -> str:
    """The version, with a number if another build of it exists."""
    number, name = 0, version
    while (root / name).exists():
        number += 1
        name = f"{version}.{number}"
    return name
