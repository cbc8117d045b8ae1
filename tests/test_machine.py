"""The measure of a busy machine sees that it is busy."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack

import pytest

from tests import machine
from tests.machine import slowdown

BUSY = "import time\nprint(flush=True)\nend_s = time.monotonic() + 60\nwhile time.monotonic() < end_s:\n    pass\n"


def test_a_machine_with_many_at_work_is_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_slowest", 1.0)  # and as it was after this
    with ExitStack() as stack:
        for _ in range(4 * len(os.sched_getaffinity(0))):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-S", "-c", BUSY], stdout=subprocess.PIPE))
            stack.callback(process.kill)
            assert process.stdout is not None
            process.stdout.readline()  # it works
        assert slowdown() > 1.5
