"""Random streams that depend on a seed and a purpose alone, so that adding one never changes another."""

from __future__ import annotations

import math
import random

from acumat_hw.digest import sha256


def stream(seed: int, purpose: str) -> random.Random:
    """The generator for one purpose; the same on every machine and Python version we support."""
    return random.Random(int.from_bytes(sha256(f"{seed}/{purpose}".encode())[:16], "big"))


def log_uniform(random_: random.Random, limits: tuple[float, float]) -> float:
    """A number between two, each decade as likely as another."""
    return math.exp(random_.uniform(math.log(limits[0]), math.log(limits[1])))
