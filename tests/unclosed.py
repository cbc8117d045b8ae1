"""Fails the test that leaves a file, socket or database open, on every Python: whoever opens one closes it.

What is dropped without being closed warns in its finaliser, which the test settings turn into an error. Before each test ends,
all that it has dropped is collected, so that no later test is blamed. What it has not dropped shows as an open descriptor.
"""

from __future__ import annotations

import gc
import multiprocessing
import sqlite3
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from multiprocessing import forkserver
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

DESCRIPTORS = Path("/proc/self/fd")
PATIENCE_S = 60.0


class WarningConnection(sqlite3.Connection):
    """Warns when it is dropped without being closed, as the connections of Python 3.13 and later do."""

    closed = False

    def close(self) -> None:
        super().close()
        self.closed = True

    def __del__(self) -> None:
        if not self.closed:
            with suppress(sqlite3.ProgrammingError):  # another thread's
                super().close()
            warnings.warn(f"unclosed database in {self!r}", ResourceWarning, source=self, stacklevel=1)


def pytest_configure() -> None:
    if sys.version_info < (3, 13):
        sqlite3.connect = partial(sqlite3.connect, factory=WarningConnection)  # type: ignore[assignment]


def pytest_collection_finish() -> None:
    if multiprocessing.get_start_method() == "forkserver":  # from Python 3.14 on; it lives as long as this process
        forkserver.ensure_running()
    hypothesis_ready()
    gc.collect()
    gc.freeze()  # modules live for ever: a collection looks at the tests' objects alone, and costs a millisecond


@pytest.fixture(autouse=True)
def closes_what_it_opens(request: pytest.FixtureRequest) -> Iterator[None]:
    """Set up before all other fixtures of a test, and so torn down after them."""
    before = descriptors()
    yield
    request.node.funcargs.clear()
    gc.collect()
    end_s = time.monotonic() + PATIENCE_S
    while left := [what for number, what in descriptors().items() if before.get(number) != what]:
        if time.monotonic() > end_s:
            pytest.fail(f"left open: {', '.join(left)}")
        time.sleep(0.01)  # a thread that has been told to end closes what it holds


@given(st.none())
@settings(max_examples=1, database=None)
def hypothesis_ready(_: None) -> None:
    """The first example of a process looks for what refers to a random generator, and does not see what is frozen."""


def descriptors() -> dict[int, str]:
    """What each open descriptor leads to."""
    found = {}
    for entry in DESCRIPTORS.iterdir():
        try:
            found[int(entry.name)] = str(entry.readlink())
        except OSError:
            continue  # the listing's own
    return found
