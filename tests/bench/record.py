"""Keeps what a bench has measured in docs/bench.json: one section a bench, with version, commit and machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from acumat import __version__

FILE = Path(__file__).parents[2] / "docs" / "bench.json"


def record(section: str, figures: Mapping[str, Any], file: Path = FILE) -> None:
    """Replace the section; others stay as they are."""
    whole = json.loads(file.read_text("utf-8")) if file.exists() else {}
    whole[section] = {**conditions(), "figures": figures}
    file.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def conditions() -> dict[str, Any]:
    """On what was measured; `load` is the average of the last minute, the bench's own work included."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short=10", "HEAD"], check=False, capture_output=True, text=True, cwd=FILE.parent
    )
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return {
        "version": __version__,
        "commit": commit.stdout.strip() or "unknown",
        "machine": f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }
