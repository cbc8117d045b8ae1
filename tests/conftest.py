from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import MOSQUITTO, Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A real broker, not yet started."""
    folder = tmp_path / "broker"
    folder.mkdir()
    made = Broker(folder)
    yield made
    made.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if MOSQUITTO is None:
        terminalreporter.write_line(
            "NO MOSQUITTO HERE: broker tests ran on iotcore's broker or were left out; see the skips above"
        )
