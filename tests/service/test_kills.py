"""A few of the kills that `python -m tests.service.kills` makes many of."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.service.checkpoint import CHECKPOINT_S
from tests.service.kills import trial


@pytest.mark.parametrize("reboot", [False, True])
@pytest.mark.parametrize(("seed", "stayed"), [(7000, True), (7003, False)])
def test_a_kill_in_mid_session_loses_none_and_doubles_none(tmp_path: Path, seed: int, stayed: bool, reboot: bool) -> None:
    outcome = trial(seed, tmp_path / "mat", reboot=reboot)
    assert (outcome.sessions, outcome.ids, outcome.stayed, outcome.recovered) == (1, 1, stayed, not stayed)
    if stayed:
        assert abs(outcome.error_s) <= 2.0
    else:
        assert -CHECKPOINT_S - outcome.stayed_on_s - 2 <= outcome.error_s <= 1.0
