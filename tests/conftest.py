from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.broker import MOSQUITTO, Broker, Listener, share_of_ports

pytest_plugins = ("tests.unclosed",)

# how long an example takes says more of the machine than of the code
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# the same examples in each run, so that a red test is red again; ACUMAT_EXPLORE=1 looks for new ones
settings.register_profile("same", parent=settings.get_profile("explore"), derandomize=True)
settings.load_profile("explore" if os.environ.get("ACUMAT_EXPLORE") else "same")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a background job of a shell; children would ignore it too
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure() -> None:
    share_of_ports()  # stays open as long as the run: no test has left it


@pytest.fixture(autouse=True)
def umask_of_its_own() -> Iterator[None]:
    """What a test runs of a program that sets the mask of its process holds for no other test."""
    mask = os.umask(0o022)
    yield
    os.umask(mask)


@pytest.fixture(autouse=True)
def signals_of_its_own() -> Iterator[None]:
    """A daemon that another one follows leaves signals blocked and ignored, also in what a later test begins."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A real broker, not yet started."""
    folder = tmp_path / "broker"
    folder.mkdir()
    made = Broker(folder)
    yield made
    made.stop()


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    """Of everything at the broker, which it starts."""
    broker.start()
    made = Listener(broker.port)
    yield made
    made.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was not tested here, and why, once and at the end."""
    reasons: dict[str, set[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons.setdefault(reason.removeprefix("Skipped: "), set()).add(report.nodeid)
    if MOSQUITTO is None and find_spec("iotcore") is not None:
        reasons["no mosquitto: all other broker tests ran on iotcore's broker"] = set()
    for reason, tests in sorted(reasons.items()):
        files = sorted({nodeid.partition("::")[0] for nodeid in tests})
        where = f" ({len(tests)} in {', '.join(files)})" if tests else ""
        terminalreporter.write_line(f"NOT TESTED HERE: {reason}{where}", yellow=True)
