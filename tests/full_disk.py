"""A disk that has no room left, while files can still be made, renamed and removed."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_room(left_bytes: int = 0) -> Iterator[None]:
    """Within the block this process makes no file larger than this: the system's own limit (setrlimit(2)) refuses it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
