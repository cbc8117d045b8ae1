"""The mat's stable id: from the machine, never from a name that somebody may change."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

MACHINE_ID = Path("/etc/machine-id")


def machine_mat_id() -> str:
    """Eight hex digits that stay the same on this machine.

    Hashed, for the machine's id itself is not to be shown around (machine-id(5)); by host name where there is none.
    """
    try:
        seed = MACHINE_ID.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        seed = ""
    return hashlib.sha256(f"acumat mat {seed or socket.gethostname()}".encode()).hexdigest()[:8]
