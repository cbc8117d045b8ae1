"""The curve's measure: percent at each limit that changes something, and the limit in use as rows."""

from __future__ import annotations

import pytest

from acumat.detect.presence import evidence
from tests.accuracy import tradeoff_curve
from tests.accuracy.runner import Runner


def test_each_point_changes_something_and_the_limit_in_use_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = {"still": 9.0, "weak_breath": 2.5, "basket_beside_sleeper": 1.5, "suitcase_shaken": 0.0}
    monkeypatch.setattr(tradeoff_curve, "peak", lambda family, _layout, _seed: peaks[family])
    report = tradeoff_curve.measure(Runner(scale=0.04, jobs=1))
    assert report.points == [(0.0, 50.0, "1"), (0.0, 0.0, "2"), (50.0, 0.0, "3")]
    lost, taken = report.rows
    assert (lost.figure, lost.n) == (50.0, 4)
    assert (taken.figure, taken.n) == (0.0, 4)
    assert f"{evidence.CONFIRM_NATS:.2g}" in lost.name
