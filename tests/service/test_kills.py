"""A few of the kills that `python -m tests.service.kills` makes many of."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.service.checkpoint import CHECKPOINT_S
from tests.service.kills import trial


@pytest.mark.parametrize("reboot", [False, True])
def test_a_kill_at_any_moment_of_a_session_loses_none_and_doubles_none(tmp_path: Path, reboot: bool) -> None:
    outcomes = [trial(seed, tmp_path / str(seed), reboot=reboot) for seed in (7000, 7001)]
    assert {each.stayed for each in outcomes} == {True, False}
    for each in outcomes:
        assert (each.sessions, each.ids) == (1, 1)
        if each.stayed:
            assert abs(each.error_s) <= 2.0
            assert not each.recovered
        else:
            assert -CHECKPOINT_S - 92 <= each.error_s <= 1.0
