"""The seam between whatever yields frames (converters, simulator, recording) and whoever consumes them."""

from __future__ import annotations

from typing import Protocol

from acumat_hw.frame import Frame


class FrameSource(Protocol):
    """Yields frames, one for each call.

    `open()` raises SourceUnavailableError with cause and hint; it may be called again after it failed, and after
    `close()`. `read()` scans all sensors once, now, and raises SourceUnavailableError when none can be reached and a new
    `open()` is needed, and SourceEndedError when a recording or a scenario is over. Everything less is a reason inside
    the frame. `close()` never raises and may be called twice.
    """

    def open(self) -> None: ...

    def read(self) -> Frame: ...

    def close(self) -> None: ...
