"""`acumat report` beside a running daemon: the same file as without one, and the daemon loads nothing of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from tests.history.diary import Desk, fill
from tests.history.stores import opened
from tests.report.html import Report
from tests.system.conftest import Make
from tests.system.process import DaemonProcess

pytestmark = pytest.mark.broker


def test_it_is_the_same_beside_a_daemon_and_without_one(make: Make, tmp_path: Path) -> None:
    store = opened(tmp_path / "diary.db")
    fill(store, 40)
    export = tmp_path / "diary.json"
    export.write_bytes(Desk(store).exported())
    store.close()
    daemon = make(stays=[])
    daemon.start()
    assert main(["history", "import", str(export), "--config", str(daemon.config)]) == exit_codes.OK
    beside = report(daemon, tmp_path / "beside.html")
    daemon.stop()
    assert report(daemon, tmp_path / "alone.html") == beside
    assert "sessions on" in Report(beside).all_text


def report(daemon: DaemonProcess, target: Path) -> str:
    """The report without the time at which it was made."""
    assert main(["report", "-o", str(target), "--config", str(daemon.config)]) == exit_codes.OK
    return re.sub(r"Made on [^.]+ by", "Made by", target.read_text("utf-8"))
