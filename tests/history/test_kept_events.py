"""Events that are stored, by the numbers in their ids: a range is found whole, and what is gone of it is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.commands import Refusal
from acumat.history.entries import DirectEvent
from acumat.history.kept_events import (
    ID_AT_START,
    EventRange,
    Kept,
    Numbering,
    kept_events,
    late_payloads,
    numberings,
    present_numbering,
    range_of,
)
from acumat.history.store import Store
from tests.history.stores import document

RUN = "0123abcd"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "history.db")
    store.open()
    yield store
    store.close()


def write(store: Store, count: int, direct: dict[int, str] | None = None) -> list[int]:
    known = {index: DirectEvent(-1, each, acknowledged=True) for index, each in (direct or {}).items()}
    return store.record([document("x")] * count, direct=known)


def found(store: Store, asked: EventRange, most: int = 10**6) -> tuple[Kept, list[int]]:
    """What is stored of a range, and the rows, of which only so many find room."""
    seqs: list[int] = []

    def take(seq: int, _waits: bool) -> bool:
        if len(seqs) < most:
            seqs.append(seq)
            return True
        return False

    with store.reading() as db:
        return kept_events(db, asked, take), seqs


def delete(store: Store, *seqs: int) -> None:
    with store.transaction() as db:
        for seq in seqs:
            db.execute("DELETE FROM outbox WHERE seq = ?", (seq,))
            db.execute("DELETE FROM event WHERE seq = ?", (seq,))


@pytest.mark.parametrize(
    ("first", "last", "numbers", "missing"),
    [
        (1, None, (1, 2, 5, 6, 8), ((3, 4), (7, 7), (9, 9))),
        (3, 4, (), ((3, 4),)),
        (4, 6, (5, 6), ((4, 4),)),
        (8, 100, (8,), ((9, 9),)),  # what has not been given is not missing
        (10, None, (), ()),
        (1, 0, (), ()),
    ],
)
def test_a_range_says_what_there_is_and_what_is_gone(
    store: Store, first: int, last: int | None, numbers: tuple[int, ...], missing: tuple[tuple[int, int], ...]
) -> None:
    write(store, 9)
    delete(store, 3, 4, 7, 9)
    assert found(store, EventRange(store.install, first, last))[0] == Kept(numbers, missing, more=False)


def test_a_page_ends_where_there_is_no_room_and_names_nothing_beyond_it(store: Store) -> None:
    write(store, 6)
    delete(store, 2, 4)
    kept, seqs = found(store, EventRange(store.install, 1), most=2)
    assert (kept, seqs) == (Kept((1, 3), ((2, 2),), more=True), [1, 3])
    assert found(store, EventRange(store.install, 4))[0] == Kept((5, 6), ((4, 4),), more=False)


def test_events_published_from_memory_are_found_in_their_own_numbering_and_are_no_hole_in_the_other(store: Store) -> None:
    write(store, 2)
    write(store, 3, direct={0: f"{RUN}-1", 1: f"{RUN}-2"})
    write(store, 1)
    assert found(store, EventRange(store.install, 1)) == (Kept((1, 2, 3, 4), (), more=False), [1, 2, 5, 6])
    assert found(store, EventRange(RUN, 1)) == (Kept((1, 2), (), more=False), [3, 4])
    assert found(store, EventRange(RUN, 2, 5))[0] == Kept((2,), ((3, 5),), more=False)
    with store.reading() as db:
        assert numberings(db) == [Numbering(RUN, 1, 2, 2), Numbering(store.install, 1, 4, 4)]
        assert present_numbering(db) == (store.install, 4)


def test_a_numbering_that_has_gone_on_from_file_to_file_is_found(store: Store) -> None:
    write(store, 1, direct={0: f"{RUN}-50"})
    assert found(store, EventRange(RUN, 50)) == (Kept((50,), (), more=False), [1])


def test_a_numbering_that_nobody_knows_is_missing_as_far_as_it_was_asked_for(store: Store) -> None:
    write(store, 2)
    assert found(store, EventRange("ffffffff", 5, 9))[0] == Kept((), ((5, 9),), more=False)
    assert found(store, EventRange("ffffffff", 5))[0] == Kept((), (), more=False)


def test_after_a_new_series_of_ids_both_are_found(store: Store) -> None:
    write(store, 3)
    before = store.install
    with store.transaction() as db:
        db.execute("UPDATE install SET id = 'feedbeef'")  # as a restored backup has it
    store.close()
    store.open()
    write(store, 2)
    assert found(store, EventRange(before, 1))[0].numbers == (1, 2, 3)
    assert found(store, EventRange("feedbeef", 4))[0] == Kept((4, 5), (), more=False)


def test_what_goes_out_again_is_the_same_event_marked_late(store: Store) -> None:
    write(store, 1)
    first = store.outbox_after(0, 1, 12.5)[0][1]
    with store.reading() as db:
        again = late_payloads(db, [1, 2])
    assert list(again) == [1]
    assert first.replace("}", ',"late":true}') == again[1]
    assert ID_AT_START.match(again[1])


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, None),
        ({"after": None, "from": None, "to": None}, None),
        ({"after": "1f2e3d4c-8"}, EventRange("1f2e3d4c", 9)),
        ({"after": "1f2e3d4c-8", "to": "1f2e3d4c-12"}, EventRange("1f2e3d4c", 9, 12)),
        ({"from": "1f2e3d4c-0"}, EventRange("1f2e3d4c", 1)),
        ({"from": "1f2e3d4c-3", "to": "1f2e3d4c-3"}, EventRange("1f2e3d4c", 3, 3)),
        ({"to": "1f2e3d4c-3"}, EventRange("1f2e3d4c", 1, 3)),
    ],
)
def test_a_range_is_read_from_ids(given: dict[str, str | None], wanted: EventRange | None) -> None:
    assert range_of(given) == wanted


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"after": "8"}, "after must be the id"),
        ({"from": "1f2e3d4c-s8"}, "from must be the id"),
        ({"to": "1f2e3d4c-1 "}, "to must be the id"),
        ({"after": "1f2e3d4c-8", "from": "1f2e3d4c-9"}, "not both"),
        ({"from": "1f2e3d4c-8", "to": "aaaaaaaa-9"}, "same numbering"),
    ],
)
def test_a_range_that_is_none_is_refused_with_the_reason(given: dict[str, str | None], names: str) -> None:
    refusal = range_of(given)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "bad_value"
    assert names in refusal.text


@given(st.text(max_size=64))
def test_whatever_is_given_for_an_id_nothing_raises(text: str) -> None:
    for key in ("after", "from", "to"):
        assert range_of({key: text}) is not None
