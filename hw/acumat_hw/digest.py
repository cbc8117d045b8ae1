"""SHA-256 without OpenSSL: hashlib loads that first of all, and it takes 4 MB for as long as the process lives."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

OWN = ("_sha2", "_sha256")
"""Python's own code, by which hashlib does without OpenSSL, as it is called from 3.12 on and before."""


def sha256(data: bytes) -> bytes:
    """The 32 bytes of FIPS 180-4."""
    return bytes(_algorithm()(data).digest())


@cache
def _algorithm() -> Callable[[bytes], Any]:
    for name in OWN:
        try:
            found: Callable[[bytes], Any] = import_module(name).sha256
        except (ImportError, AttributeError):
            continue
        return found
    from hashlib import sha256 as of_openssl  # noqa: PLC0415  # a Python that was built without its own

    return of_openssl
