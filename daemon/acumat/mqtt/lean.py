"""Imports paho without parts that are never used here and cost the daemon 6 MB.

paho.mqtt.client imports urllib.request, and with it http, email and tempfile, to look for a proxy in the environment. It does
so only where PySocks is installed. It imports hashlib for websockets alone, and ssl for TLS alone: both load OpenSSL.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from contextlib import ExitStack
from types import ModuleType
from typing import Any

WEB = "urllib.request"
OPENSSL = ("ssl", "hashlib")


class _NoTlsError(Exception):
    """Never raised: paho checks for it in place of the errors of ssl when its socket has nothing more to read."""


class _Deferred(ModuleType):
    """Stands in for a module and imports it on first use."""

    SSLWantReadError = SSLWantWriteError = _NoTlsError

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the module has
        if name.startswith("__"):
            raise AttributeError(name)
        _remove(self)
        return getattr(importlib.import_module(self.__name__), name)


def import_paho() -> None:
    """To be called before anything else imports paho; later it does nothing."""
    if "paho.mqtt.client" in sys.modules:
        return
    stand_ins: list[ModuleType] = [_Deferred(name) for name in OPENSSL]
    if importlib.util.find_spec("socks") is None:
        stand_ins.append(ModuleType(WEB))
    with ExitStack() as stack:
        for module in stand_ins:
            if module.__name__ not in sys.modules:
                sys.modules[module.__name__] = module
                stack.callback(_remove, module)
        import paho.mqtt.client  # noqa: F401, PLC0415


def let_paho_speak_tls() -> None:
    """To be called before a client of paho is given a TLS context: from then on it knows the errors of ssl."""
    import ssl  # noqa: PLC0415

    import paho.mqtt.client  # noqa: PLC0415

    vars(paho.mqtt.client)["ssl"] = ssl


def _remove(module: ModuleType) -> None:
    if sys.modules.get(module.__name__) is module:  # it may have been imported after all
        del sys.modules[module.__name__]
