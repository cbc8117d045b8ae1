"""What a measure was taken of: the commit, and a hash of the code whose change may change its figures."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from pathlib import Path

from tests.bench.record import conditions

ROOT = Path(__file__).parents[2]
DECIDES = ("daemon/acumat/detect", "hw/acumat_hw", "sim/acumat_sim")
"""Detection, what it reads, and what simulates that."""
APART = tuple([f"hw/acumat_hw/{name}.py" for name in ("bus_thread", "gpio_chip", "linux_i2c", "panel")])
"""What no measure runs: threads, pins and the machine's own bus."""


def taken_of() -> dict[str, str]:
    """As kept beside each measure: version, commit (with a + where the sources differ from it), code and interpreter."""
    found = conditions()
    status = subprocess.run(
        ["git", "status", "--porcelain", "--", *DECIDES, *[f":!{name}" for name in APART]],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    changed = "+" if status.stdout.strip() else ""
    interpreter = f"{platform.python_implementation()} {found['python']}"
    return {"version": found["version"], "commit": found["commit"] + changed, "code": code(), "python": interpreter}


def code(root: Path = ROOT) -> str:
    """A hash over the sources as they lie there, committed or not."""
    made = hashlib.sha256()
    for folder in DECIDES:
        for path in sorted((root / folder).rglob("*.py")):
            name = str(path.relative_to(root))
            if name not in APART:
                made.update(f"{name}\n".encode() + path.read_bytes())
    return made.hexdigest()[:12]
