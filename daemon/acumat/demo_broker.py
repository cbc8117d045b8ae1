"""A broker for the demo, on loopback only: mosquitto where it is installed, else the one inside the iotcore wheel."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from acumat_hw.errors import AcumatError

START_S = 30.0
"""A busy machine takes seconds; one that ends is not waited for."""
STOP_S = 3.0


class NoBrokerError(AcumatError):
    """No broker can be started here: go on without one, or name one."""


@contextmanager
def demo_broker() -> Iterator[tuple[str, int]]:
    """A running broker: its name and its port on 127.0.0.1; it is stopped at the end. Raises NoBrokerError."""
    port = _free_port()
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        with _iotcore(port):
            yield "iotcore", port
        return
    with tempfile.TemporaryDirectory(prefix="acumat-demo-broker-") as folder:
        settings = Path(folder) / "mosquitto.conf"
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n", encoding="utf-8")
        process = subprocess.Popen([program, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, process)
            yield "mosquitto", port
        finally:
            end_process(process)


def end_process(process: subprocess.Popen[Any], how: int = signal.SIGTERM, within_s: float = STOP_S) -> None:
    """Ask the process to end, and end it if it does not."""
    process.send_signal(how)
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _iotcore(port: int) -> Iterator[None]:
    try:
        from iotcore import Broker  # noqa: PLC0415  an optional package, needed by the demo alone
    except ImportError as exc:
        raise NoBrokerError("no MQTT broker is installed; install mosquitto, or pip install 'acumat[demo]'") from exc
    with ExitStack() as stack:
        try:
            stack.enter_context(Broker(port=port, listen="127.0.0.1"))  # it would listen on all addresses
        except (OSError, RuntimeError) as exc:
            raise NoBrokerError(f"the demo's broker does not start ({exc}); give one with --broker HOST[:PORT]") from exc
        yield


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise NoBrokerError("mosquitto does not start here; give a broker with --broker HOST[:PORT]")
