"""Random streams that depend on a seed and a purpose alone, so that adding one never changes another."""

from __future__ import annotations

import hashlib
import random


def stream(seed: int, purpose: str) -> random.Random:
    """The generator for one purpose; the same on every machine and Python version we support."""
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return random.Random(int.from_bytes(digest[:16], "big"))
