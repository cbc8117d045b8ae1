"""Sessions become rows of hourly statistics: the same ones in whatever order they come, and however often."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

HOUR_S = 3600
NOON_S = 1_764_504_000


def load() -> ModuleType:
    """The module by itself: its package needs Home Assistant."""
    path = Path(__file__).parents[2] / "custom_components" / "acumat" / "ledger.py"
    spec = importlib.util.spec_from_file_location("acumat_companion_ledger", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LEDGER = load()
Ledger, Session = LEDGER.Ledger, LEDGER.Session


class Recorder:
    """As Home Assistant's: the last row of an hour counts."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[float, float]] = {}

    def put(self, ledger: object, session_id: str, session: object) -> None:
        for row in ledger.put(session_id, session):  # type: ignore[attr-defined]
            self.rows[row.start_s] = (row.minutes, row.sum_min)

    def hours(self) -> dict[int, tuple[float, float]]:
        """By hours since noon."""
        return {(at - NOON_S) // HOUR_S: row for at, row in sorted(self.rows.items())}


def lain(start_min: float, minutes: float, contact_min: float | None = None) -> object:
    """A session that began so many minutes after noon."""
    start_s = NOON_S + start_min * 60
    return Session(start_s, start_s + minutes * 60, minutes if contact_min is None else contact_min)


def test_a_session_over_the_hour_is_shared_by_both() -> None:
    recorder = Recorder()
    recorder.put(Ledger(), "a", lain(50, 20, 18))
    assert recorder.hours() == {0: (9.0, 9.0), 1: (9.0, 18.0)}


def test_one_that_ends_with_the_hour_is_not_in_the_next() -> None:
    recorder = Recorder()
    recorder.put(Ledger(), "a", lain(40, 20))
    assert recorder.hours() == {0: (20.0, 20.0)}


@pytest.mark.parametrize(
    "session",
    [
        Session(0.0, NOON_S, 10.0),
        Session(NOON_S - 24 * HOUR_S - 1, NOON_S, 10.0),
        Session(NOON_S, NOON_S - 60.0, 10.0),
        Session(NOON_S, NOON_S + 600.0, -10.0),
        Session(NOON_S, NOON_S + 600.0, 1e9),
    ],
)
def test_what_cannot_be_a_session_is_none(session: object) -> None:
    ledger, recorder = Ledger(), Recorder()
    recorder.put(ledger, "a", session)
    assert (recorder.rows, ledger.stored) == ({}, Ledger().stored)


def test_a_late_one_raises_the_sums_after_it_and_no_more() -> None:
    ledger, recorder = Ledger(), Recorder()
    recorder.put(ledger, "b", lain(130, 10))
    recorder.put(ledger, "a", lain(10, 5))
    assert recorder.hours() == {0: (5.0, 5.0), 2: (10.0, 15.0)}
    recorder.put(ledger, "c", lain(200, 1))
    assert [row.start_s for row in ledger.put("d", lain(140, 2))] == [NOON_S + 2 * HOUR_S, NOON_S + 3 * HOUR_S]


def test_a_corrected_one_leaves_its_old_hour_and_a_guest_takes_it_away() -> None:
    ledger, recorder = Ledger(), Recorder()
    recorder.put(ledger, "a", lain(10, 5))
    recorder.put(ledger, "b", lain(70, 7))
    recorder.put(ledger, "a", lain(130, 5))
    assert recorder.hours() == {0: (0.0, 0.0), 1: (7.0, 7.0), 2: (5.0, 12.0)}
    recorder.put(ledger, "b", lain(70, 7, 0))
    assert recorder.hours() == {0: (0.0, 0.0), 1: (0.0, 0.0), 2: (5.0, 5.0)}
    assert ledger.put("b", lain(70, 7, 0)) == []


def test_the_oldest_are_only_summed_up_and_are_not_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LEDGER, "MOST", 3)
    ledger, recorder = Ledger(), Recorder()
    for number in range(5):
        recorder.put(ledger, str(number), lain(number * 60, 10))
    assert len(ledger.stored["sessions"]) == 3
    assert ledger.put("1", lain(60, 10)) == []
    recorder.put(Ledger(json.loads(json.dumps(ledger.stored))), "5", lain(5 * 60, 10))
    assert recorder.hours()[5] == (10.0, 60.0)


SESSIONS = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.builds(lain, st.integers(0, 600), st.integers(0, 90), st.integers(0, 90)),
    min_size=1,
)


@given(SESSIONS, st.randoms(use_true_random=False))
def test_order_repetition_and_restarts_change_nothing(sessions: dict[str, object], random: object) -> None:
    straight, mixed, ledger = Recorder(), Recorder(), Ledger()
    first = Ledger()
    for key, session in sessions.items():
        straight.put(first, key, session)
    keys = [*sessions, *sessions]
    random.shuffle(keys)  # type: ignore[attr-defined]
    for key in keys:
        ledger = Ledger(json.loads(json.dumps(ledger.stored)))
        mixed.put(ledger, key, sessions[key])
    assert mixed.rows == straight.rows
    total = sum(session.minutes for session in sessions.values())  # type: ignore[attr-defined]
    if total:
        sums = [row[1] for row in mixed.hours().values()]
        assert sums == sorted(sums)
        assert sums[-1] == pytest.approx(total, abs=0.01)
        assert sum(row[0] for row in mixed.rows.values()) == pytest.approx(total, abs=0.01 * len(mixed.rows))
