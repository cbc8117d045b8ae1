"""The daemon on a simulated mat, one of whose threads stops for good on SIGUSR1: `python -m tests.chaos.hanging CONFIG PART`.

PART is loop, history, mqtt or bus: the threads of the loop, of the history's writer, of the MQTT client, of the converters.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client

from acumat.config import load_config
from acumat.history.writer import Writer
from acumat.wiring.daemon import daemon
from acumat_hw.ads1x15 import Ads1x15Reader
from acumat_sim.source import SimSource

TURNS: dict[str, tuple[type, str]] = {
    "loop": (SimSource, "read"),
    "history": (Writer, "_wait"),
    "mqtt": (Client, "loop_misc"),
    "bus": (Ads1x15Reader, "read"),
}
"""What each of the threads calls again and again."""


def main() -> None:
    hang = threading.Event()
    signal.signal(signal.SIGUSR1, lambda _number, _frame: hang.set())
    owner, name = TURNS[sys.argv[2]]
    setattr(owner, name, _hanging(getattr(owner, name), hang))
    daemon(load_config(Path(sys.argv[1]))).run()


def _hanging(call: Callable[..., Any], hang: threading.Event) -> Callable[..., Any]:
    def called(*args: Any, **options: Any) -> Any:
        if hang.is_set():
            threading.Event().wait()
        return call(*args, **options)

    return called


if __name__ == "__main__":
    main()
