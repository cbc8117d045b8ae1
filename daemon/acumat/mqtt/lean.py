"""Imports paho without what it never uses here, which costs the daemon 1 MB.

paho.mqtt.client imports urllib.request, and with it http, email and tempfile, to look for a proxy in the environment. It does
so only where PySocks is installed.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

UNUSED = "urllib.request"


def import_paho() -> None:
    """To be called before anything else imports paho; later it does nothing."""
    if UNUSED in sys.modules or importlib.util.find_spec("socks") is not None:
        return
    sys.modules[UNUSED] = ModuleType(UNUSED)
    try:
        import paho.mqtt.client  # noqa: F401, PLC0415
    finally:
        del sys.modules[UNUSED]
