from __future__ import annotations

from tests.closing import stores_are_closed

__all__ = ["stores_are_closed"]
