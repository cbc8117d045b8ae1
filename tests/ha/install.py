"""Puts Home Assistant into an environment of its own: HA_VERSION, or the newest version that a Python found here can run.

Prints the command that starts it; says on standard error what it is, or why there is none, and then ends with 3.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

VERSION = os.environ.get("HA_VERSION", "")
VENV = Path(f".venv-ha-{VERSION}" if VERSION else ".venv-ha")
LEAST = (3, 12)
INTEGRATIONS = """api automation config conversation counter file_upload frontend hassio history http image input_boolean light
logger mqtt recorder scene script websocket_api persistent_notification notify""".split()
"""`hassio` because newer MQTT set-ups import it, although their manifest does not say so."""
VOICE = ("assist_pipeline",)
"""What conversation imports in older versions. It wants a compiler; newer ones do without."""
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--prefer-binary")


def main() -> int:
    if os.environ.get("ACUMAT_HASS"):
        print(os.environ["ACUMAT_HASS"])
        return 0
    python = VENV / "bin" / "python"
    if not (VENV / "ready").exists():
        found = fitting_python()
        if found is None:
            least = ".".join(map(str, LEAST))
            print(
                f"NO HOME ASSISTANT TESTS: there is no Python {least} or newer here; set HA_PYTHON to one, or ACUMAT_HASS to "
                "a command that starts Home Assistant",
                file=sys.stderr,
            )
            return 3
        subprocess.run([found, "-m", "venv", "--clear", str(VENV)], check=True)
        wanted = f"homeassistant=={VERSION}" if VERSION else "homeassistant"
        subprocess.run([str(python), *PIP, "--no-deps", wanted], check=True, stdout=sys.stderr)
        # its own versions, or pip tries combinations for half an hour
        pinned = ("-c", str(components(python).parent / "package_constraints.txt"))
        subprocess.run([str(python), *PIP, *pinned, wanted], check=True, stdout=sys.stderr)
        subprocess.run(
            [str(python), *PIP, *pinned, *requirements(components(python), INTEGRATIONS)], check=True, stdout=sys.stderr
        )
        voice = requirements(components(python), VOICE)
        subprocess.run([str(python), *PIP, *pinned, *voice], check=False, stdout=sys.stderr)
        (VENV / "ready").touch()
    print(VENV.absolute() / "bin" / "hass")
    return 0


def fitting_python() -> str | None:
    """The newest Python, by its own word."""
    names = [os.environ.get("HA_PYTHON", ""), *(f"python3.{minor}" for minor in range(19, 11, -1)), sys.executable]
    paths = [path for name in names if name and (path := shutil.which(name))]
    paths += map(str, Path.home().glob(".pyenv/versions/3.*/bin/python"))
    versions = {path: version for path in dict.fromkeys(paths) if (version := version_of(path)) is not None}
    fitting = [path for path, version in versions.items() if version >= LEAST]
    if os.environ.get("HA_PYTHON") and paths:
        return paths[0]
    return max(fitting, key=lambda path: versions[path], default=None)


def version_of(path: str) -> tuple[int, ...] | None:
    """None for what does not run, as a version that a version manager has not installed."""
    code = "import sys, venv; print(*sys.version_info[:3])"
    asked = subprocess.run([path, "-c", code], check=False, capture_output=True, text=True)
    return tuple(map(int, asked.stdout.split())) if asked.returncode == 0 else None


def components(python: Path) -> Path:
    """Where Home Assistant's integrations lie; found without running any of it, since its requirements may be missing yet."""
    code = "from importlib.util import find_spec as f; print(f('homeassistant').submodule_search_locations[0])"
    found = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True)
    return Path(found.stdout.strip()) / "components"


def requirements(base: Path, integrations: Sequence[str]) -> list[str]:
    """What these need, from their own manifests: nothing is to be fetched while the tests run."""
    seen: set[str] = set()
    needed: set[str] = set()
    todo = list(integrations)
    while todo:
        domain = todo.pop()
        manifest = base / domain / "manifest.json"
        if domain not in seen and manifest.is_file():
            seen.add(domain)
            said = json.loads(manifest.read_text())
            needed.update(said.get("requirements", []))
            todo += said.get("dependencies", [])
    return sorted(needed)


if __name__ == "__main__":
    sys.exit(main())
