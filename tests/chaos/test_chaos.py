"""The short form of the chaos run; `make soak` is the long one."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from tests.broker import MOSQUITTO
from tests.chaos.run import chaos

SECONDS = 50.0


@pytest.mark.broker
@pytest.mark.skipif(MOSQUITTO is None, reason="needs mosquitto: the stand-in cannot be killed")
def test_a_minute_of_chaos_loses_doubles_and_makes_up_nothing(tmp_path: Path) -> None:
    counts = chaos(tmp_path, seed=1, seconds=SECONDS)
    print("\n" + counts.table())
    assert counts.faults(shown_within_s=inf) == 0, counts.table()
    assert counts.events > 20
    assert counts.verdict.sessions >= 1
    assert counts.shown_after_s
