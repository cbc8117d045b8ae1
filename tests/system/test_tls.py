"""A daemon process, which imports paho without OpenSSL, speaks TLS where the configuration asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.broker import Broker, free_port, until
from tests.checkout import ROOT
from tests.system.process import DaemonProcess

pytestmark = pytest.mark.broker

CERTIFICATES = ROOT / "tests" / "data" / "tls"


def test_the_daemon_connects_over_tls_again_and_again(tmp_path: Path) -> None:
    port, good = free_port(), CERTIFICATES / "good.pem"
    broker = Broker(tmp_path, settings=[f"listener {port} 127.0.0.1", f"certfile {good}", f"keyfile {good}"])
    daemon = DaemonProcess(tmp_path, port, stays=[], mqtt=f'tls = true\nca_file = "{CERTIFICATES / "ca.pem"}"')
    daemon.config.write_text(daemon.config.read_text().replace('host = "127.0.0.1"', 'host = "localhost"'))
    broker.start()
    try:
        daemon.start()
        until(lambda: daemon.status()["health"]["broker"]["code"] == "ok", "the broker accepts it over TLS")
        assert daemon.process is not None
        assert "libssl" in Path(f"/proc/{daemon.process.pid}/maps").read_text()
        broker.stop()
        until(lambda: daemon.status()["health"]["broker"]["code"] != "ok", "the broker is gone")
        broker.start()
        until(lambda: daemon.status()["health"]["broker"]["code"] == "ok", "it is there again")
    finally:
        daemon.kill()
        broker.stop()
