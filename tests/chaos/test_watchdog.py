"""systemd's watchdog as the daemon feeds it: a thread that hangs starves it, a broker that is away never does."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from signal import SIGUSR1

import pytest

from acumat.service.starts import BUS_HANGS
from acumat.service.watchdog import STALL_S
from tests.broker import Broker, until
from tests.chaos.hanging import TURNS
from tests.checkout import ROOT, environment
from tests.system.process import DaemonProcess

INTERVAL_S = 1.0
TURN_S = 1.0
"""Of the MQTT client's thread when nothing comes."""
STARVES = round((STALL_S + 2 * INTERVAL_S + TURN_S) / INTERVAL_S)
"""So often at most is the watchdog fed after a hang. What is counted depends on no machine's pace."""
QUIET = 5
"""So often one that is well is fed while those that have starved are not."""


class Watched:
    """A daemon that tells what it tells systemd."""

    def __init__(self, folder: Path, port: int, part: str) -> None:
        folder.mkdir()
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(folder / "notify"))
        self._notify.setblocking(False)
        self.fed = 0
        config = DaemonProcess(folder, port, stays=[(10_000, 10_100)], speed=1.0).config
        text = config.read_text().replace('id = "test"', f'id = "{part}"')  # a client id each
        config.write_text(text.replace('through = "fast"', 'through = "bus"') if part == "bus" else text)
        notify = {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": str(round(2e6 * INTERVAL_S))}
        with (folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.hanging", str(config), part],
                cwd=ROOT,
                env=environment(**notify),
                stdout=log,
                stderr=log,
            )

    def listen(self) -> bool:
        """Whether it was fed at least twice so far."""
        while True:
            try:
                if self._notify.recv(1000) == b"WATCHDOG=1":
                    self.fed += 1
            except BlockingIOError:
                return self.fed >= 2

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._notify.close()


@pytest.mark.broker
def test_whichever_thread_hangs_the_watchdog_starves_in_time_and_without_a_broker_it_is_fed(
    tmp_path: Path, broker: Broker
) -> None:
    broker.start()
    watched = {part: Watched(tmp_path / part, broker.port, part) for part in TURNS}
    watched["no broker"] = Watched(tmp_path / "alone", 9, "mqtt")
    try:
        for each in watched.values():
            until(each.listen, "the watchdog is fed")
        for part in TURNS:
            watched[part].listen()
            watched[part].process.send_signal(SIGUSR1)
        before = {part: each.fed for part, each in watched.items()}
        well = watched["no broker"]
        last = {part: (before[part], before["no broker"]) for part in TURNS}

        def starved() -> bool:
            """All of them have not been fed while the one without a broker was, again and again."""
            for each in watched.values():
                each.listen()
            for part in TURNS:
                if watched[part].fed != last[part][0]:
                    last[part] = watched[part].fed, well.fed
            return all(well.fed - at >= QUIET for _, at in last.values())

        until(starved, "whatever hangs has starved")
        for part in TURNS:
            assert watched[part].fed - before[part] <= (2 if part == "loop" else STARVES), part
            starts = json.loads((tmp_path / part / "state" / "starts.json").read_text())
            assert starts["error"] == (BUS_HANGS if part == "bus" else ""), "the bus's restart alone does not count"
    finally:
        for each in watched.values():
            each.close()
