"""The commands that change the installed release: update, rollback."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from acumat import __version__
from acumat.cli import exit_codes
from acumat.release import HOW, RELEASE, how_to_install, installed, last_switch
from acumat_hw.errors import AcumatError

PACKAGE = "acumat"
SWITCH = Path("/usr/lib/acumat/switch")
"""It lies outside of the releases, since it changes them."""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


class CannotUpdateError(AcumatError):
    """The release cannot be changed from here; the text says how."""


def update(*, check: bool) -> int:
    """Install the newest package, or only show whether there is a newer one."""
    _say_what_is_there()
    have, newest = _known_to_apt()
    if newest == have and (how := how_to_install(newest)) not in ("", HOW):
        print(how)
    if not check:
        _as_root("update")
        _run("apt-get", "update", "--quiet")
        _run("apt-get", "install", "--yes", "--quiet", "--only-upgrade", PACKAGE)
        return exit_codes.OK
    if newest in ("", have):
        print("apt knows of no newer one. It looks again with: sudo apt-get update")
    else:
        print(f"There is a newer one, {newest}: sudo acumat update")
    return exit_codes.OK


def rollback() -> int:
    """Put the release before this one on trial."""
    if not SWITCH.exists():
        raise CannotUpdateError(f"{SWITCH} is not here: acumat runs from a checkout or was not installed as a release")
    _as_root("rollback")
    return subprocess.run([SWITCH, "back"], check=False).returncode and exit_codes.UNAVAILABLE


def _say_what_is_there() -> None:
    print(f"Installed: {RELEASE.name if installed() else __version__}")
    switched = last_switch()
    if switched is not None and switched.condition.code != "ok":
        print(switched.condition.text)


def _known_to_apt() -> tuple[str, str]:
    """The installed version of the package and the newest. Raises CannotUpdateError if acumat did not come as a package."""
    if shutil.which("apt-cache") is None:
        raise CannotUpdateError("there is no apt here; update acumat in the way in which it was installed")
    shown = subprocess.run(
        ["apt-cache", "policy", PACKAGE], env=ENVIRONMENT, capture_output=True, text=True, check=False
    ).stdout
    found = dict(line.strip().split(": ", 1) for line in shown.splitlines() if ": " in line)
    have = found.get("Installed", "(none)")
    if have == "(none)":
        raise CannotUpdateError("acumat is not installed as a package; in its checkout: git pull && sudo make install")
    return have, found.get("Candidate", "")


def _as_root(command: str) -> None:
    if os.geteuid() != 0:
        raise CannotUpdateError(f"this needs root: sudo acumat {command}")


def _run(*command: str) -> None:
    if subprocess.run(command, env={**os.environ, **ENVIRONMENT}, check=False).returncode:
        raise CannotUpdateError(f"{command[0]} {command[1]} failed; what it printed says why")
