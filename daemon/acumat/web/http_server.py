"""uvicorn without its command line, which imports click, multiprocessing and pickle: 1.5 MB that the page never uses."""

from __future__ import annotations

import sys
from types import ModuleType


class _NoCommandLine(ModuleType):
    """Stands in for uvicorn.main, which the package uvicorn imports names from whatever is asked of it."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


sys.modules.setdefault("uvicorn.main", _NoCommandLine("uvicorn.main"))

from uvicorn.config import Config  # noqa: E402  only now
from uvicorn.protocols.http.h11_impl import H11Protocol  # noqa: E402
from uvicorn.server import Server  # noqa: E402

__all__ = ["Config", "H11Protocol", "Server"]
