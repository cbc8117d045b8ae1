from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.broker import MOSQUITTO, Broker

# the same examples in each run, so that a red test is red again; ACUMAT_EXPLORE=1 looks for new ones
settings.register_profile("same", derandomize=True)
if not os.environ.get("ACUMAT_EXPLORE"):
    settings.load_profile("same")


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
