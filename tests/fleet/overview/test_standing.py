"""How a mat is doing: heard or not, by its own word, and what comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from acumat.fleet.overview.standing import (
    COLLECTOR_LATE,
    SILENT_AFTER,
    Mat,
    Standing,
    collector_is_late,
    first_to_last,
    needs_a_look,
    standing,
)
from acumat.fleet.settings import AuditSection

NOW = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
FINE = Mat("a", seen_at=NOW, availability="online", presence="empty", health="ok")
LATE = NOW - SILENT_AFTER - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("mat", "wanted"),
    [
        (FINE, Standing.FREE),
        (replace(FINE, presence="contact"), Standing.FREE),
        (replace(FINE, presence="lying"), Standing.LYING),
        (replace(FINE, presence=None, health=None, availability=None), Standing.FREE),
        (replace(FINE, presence="blind"), Standing.BLIND),
        (replace(FINE, presence="blind", reason="paused"), Standing.PAUSED),
        (replace(FINE, presence="blind", reason="paused", health="blind"), Standing.BLIND),
        (replace(FINE, health="blind"), Standing.BLIND),
        (replace(FINE, health="degraded", presence="lying"), Standing.DEGRADED),
        (replace(FINE, availability="offline"), Standing.SILENT),
        (replace(FINE, seen_at=LATE), Standing.SILENT),
        (replace(FINE, seen_at=LATE, presence="lying"), Standing.SILENT),
        (replace(FINE, seen_at=NOW - SILENT_AFTER), Standing.FREE),
        (replace(FINE, seen_at=NOW + timedelta(hours=1)), Standing.FREE),
        (replace(FINE, seen_at=None), Standing.NEW),
        (replace(FINE, seen_at=None, availability="offline"), Standing.NEW),
        (replace(FINE, seen_at=LATE, revoked_at=NOW), Standing.REVOKED),
    ],
)
def test_a_mat_is_judged_by_when_it_was_heard_and_then_by_its_word(mat: Mat, wanted: Standing) -> None:
    assert standing(mat, NOW) is wanted


def test_online_alone_keeps_no_mat_alive() -> None:
    """As a broker's node leaves it behind that has died."""
    assert standing(replace(FINE, seen_at=NOW - timedelta(days=30), availability="online"), NOW) is Standing.SILENT


def test_a_mat_may_miss_three_questions_of_the_collector() -> None:
    assert timedelta(seconds=4 * AuditSection().every_s) < SILENT_AFTER


def test_missing_events_want_a_look_but_not_of_a_revoked_mat() -> None:
    assert needs_a_look(replace(FINE, missing=1), NOW)
    assert not needs_a_look(FINE, NOW)
    assert not needs_a_look(replace(FINE, missing=1, revoked_at=NOW), NOW)


def test_problems_come_first_and_of_each_kind_the_one_that_was_heard_least_lately() -> None:
    mats = [
        replace(FINE, mat_id="older", seen_at=NOW - timedelta(days=9)),
        replace(FINE, mat_id="newer", seen_at=NOW - timedelta(days=2)),
        replace(FINE, mat_id="gone", availability="offline"),
        replace(FINE, mat_id="blind", health="blind", seen_at=NOW - timedelta(minutes=2)),
        replace(FINE, mat_id="less", health="degraded"),
        replace(FINE, mat_id="lacks", missing=3),
        replace(FINE, mat_id="r2", site="A", label="Room 2"),
        replace(FINE, mat_id="r10", site="A", label="Room 10", presence="lying"),
        replace(FINE, mat_id="other", site="B", label="Room 1"),
        replace(FINE, mat_id="revoked", revoked_at=NOW),
    ]
    wanted = [each.mat_id for each in mats]
    for seed in range(20):
        shuffled = mats.copy()
        Random(seed).shuffle(shuffled)
        assert [each.mat_id for each in first_to_last(shuffled, NOW)] == wanted


@pytest.mark.parametrize("name", ["", "1", "Room", "²", "٣", "-3", "9" * 40, "10b2"])
def test_any_name_can_be_put_in_order(name: str) -> None:
    mats = [replace(FINE, mat_id=str(at), label=each) for at, each in enumerate([name, "Room 1", "7", ""])]
    assert len(first_to_last(mats, NOW)) == 4


@pytest.mark.parametrize(
    ("committed_at", "late"), [(None, True), (NOW, False), (NOW - COLLECTOR_LATE, False), (NOW - 2 * COLLECTOR_LATE, True)]
)
def test_a_collector_that_writes_nothing_is_named(committed_at: datetime | None, late: bool) -> None:
    assert collector_is_late(committed_at, NOW) is late
