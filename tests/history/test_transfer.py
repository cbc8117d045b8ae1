"""What leaves and comes back: the same bytes, or a sentence and a file as it was."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.history.bounds import Bounds
from acumat.history.store import Store
from tests.history.diary import Desk, digest, fill, people
from tests.history.stores import opened


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    store = opened(tmp_path / "acumat.db")
    fill(store, 10, size='72 x 43 cm, "large"; näher')
    people(store, "Ann", "Bo Ödegård")
    desk = Desk(store)
    desk.done("add", at="2030-01-02T08:00:00+01:00", minutes=12.5)
    desk.done("edit", id="7", minutes=11)
    return desk


def empty(path: Path) -> Desk:
    return Desk(opened(path))


def test_an_export_imported_into_an_empty_history_leaves_it_as_the_same_bytes(desk: Desk, tmp_path: Path) -> None:
    other = empty(tmp_path / "other.db")
    found = other.importing(desk.exported())
    assert found.ok, found.text
    assert found.documents["known"] == 0
    for form in ("json", "sessions", "check-ins", "lines"):
        assert other.exported(form) == desk.exported(form)
    assert other.store.totals(0.0).sessions_total == desk.store.totals(0.0).sessions_total
    assert other.done("show", id=desk.done("show", id="3")["session"]["session_id"])["minutes"]
    other.store.close()
    other.store.open()
    assert other.store.damage is None
    assert other.store.restore((), 0.0).next_session_no > 21


def test_what_is_there_already_stays_as_it_is(desk: Desk, tmp_path: Path) -> None:
    export = desk.exported()
    assert desk.importing(export).documents["added"] == 0
    desk.done("delete", id="4")
    desk.done("edit", id="5", minutes=3)
    found = desk.importing(export)
    assert found.documents["added"] == 1 + 2 + 1  # the session, its check-ins and its minutes
    assert desk.done("show", id="5")["session"]["contact_s"] == 180.0
    half = empty(tmp_path / "half.db")
    fill(half.store, 3, seed=9)
    assert half.importing(export).ok
    assert half.store.totals(0.0).sessions_total > desk.store.totals(0.0).sessions_total


def test_the_tables_hold_a_row_a_session_and_a_row_a_check_in_with_times_in_utc_and_the_zone(desk: Desk) -> None:
    sessions = list(csv.DictReader(io.StringIO(desk.exported("sessions").decode())))
    assert len(sessions) == 21
    assert sessions[0]["started_at"].endswith("Z")
    assert (sessions[0]["zone"], sessions[0]["guest"]) == ("Europe/Berlin", "false")
    assert sessions[0]["profile_size"] == '72 x 43 cm, "large"; näher'
    assert {each["person"] for each in sessions} == {"", "Ann", "Bo Ödegård", "unknown"}, (
        "nobody has said whose the added one was"
    )
    assert [each["source"] for each in sessions if each["edited_at"]] == ["mat"]
    check_ins = list(csv.DictReader(io.StringIO(desk.exported("check-ins").decode())))
    assert len(check_ins) == 40
    assert {each["moment"] for each in check_ins} == {"before", "after"}
    document = json.loads(desk.exported())
    assert [len(document[key]) for key in ("people", "sessions", "check_ins", "weekly", "minutes")] == [2, 21, 40, 2, 20]


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    desk = empty(tmp_path / "h.db")
    fill(desk.store, 3, size="=2 x 1")
    people(desk.store, "=cmd|'/c calc'!A1", "@me")
    for form, count in (("sessions", 4), ("check-ins", 1)):
        rows = list(csv.DictReader(io.StringIO(desk.exported(form).decode())))
        assert {each["person"] for each in rows} >= {"'=cmd|'/c calc'!A1", "'@me"}
        assert sum(each.startswith("'=") for row in rows for each in row.values()) >= count
    assert {float(each["lateral"]) for each in csv.DictReader(io.StringIO(desk.exported("sessions").decode()))} == {-3.21}


def test_line_protocol_has_a_point_a_session_and_a_check_in(desk: Desk) -> None:
    lines = desk.exported("lines").decode().splitlines()
    assert len(lines) == 21 + 40
    first = next(line for line in lines if line.startswith("acumat_session,source=mat,guest=false,person=Bo\\ Ödegård "))
    fields = dict(each.split("=") for each in first.replace("\\ ", "_").split(" ")[1].split(","))
    assert fields["lifts"] == "0i"
    assert float(fields["load"]) == 98.432
    assert 1.7e18 < int(first.rpartition(" ")[2]) < 1.9e18


MINUTES_OF = r'"session_id":("[^"]*"),"keys"'
SPOILED: dict[str, Callable[[str], str]] = {
    "no JSON": lambda text: "a,b,c\n1,2,3\n",
    "nothing": lambda text: "",
    "another JSON": lambda text: '{"sessions": []}',
    "laid out anew": lambda text: json.dumps(json.loads(text), indent=1),
    "cut short": lambda text: text[: len(text) // 2],
    "without its end": lambda text: text[:-3],
    "going on": lambda text: text + "{}\n",
    "a newer format": lambda text: text.replace("acumat-history 1", "acumat-history 2"),
    "an unknown key": lambda text: text.replace('"lifts":', '"lofts":', 1),
    "a key more": lambda text: text.replace('"lifts":', '"mood":1,"lifts":', 1),
    "calm six": lambda text: text.replace('"calm":', '"calm":6,"was":', 1),
    "calm in words": lambda text: text.replace('"calm":3', '"calm":"3"', 1),
    "an end before the start": lambda text: text.replace('"ended_at":"20', '"ended_at":"19', 1),
    "more contact than time": lambda text: text.replace('"contact_s":', '"contact_s":9', 1),
    "negative contact": lambda text: text.replace('"contact_s":', '"contact_s":-', 1),
    "a lateral of 300": lambda text: text.replace('"lateral":-3.21', '"lateral":300', 1),
    "no such day": lambda text: text.replace('"started_at":"2025-10-', '"started_at":"2025-13-', 1),
    "a time without a zone": lambda text: text.replace("Z", "", 1),
    "not a number": lambda text: text.replace('"load":98.432', '"load":NaN', 1),
    "an endless number": lambda text: text.replace('"load":98.432', '"load":1e400', 1),
    "a stranger": lambda text: text.replace('"person":"Ann"', '"person":"Eve"', 1),
    "a strange id": lambda text: text.replace('"session_id":"', '"session_id":"../', 1),
    "minutes of no session": lambda text: text.replace('{"session_id":"', '{"session_id":"f', 1000).replace(
        '{"session_id":"f', '{"session_id":"', 21
    ),
    "minutes of an id that is none": lambda text: re.sub(MINUTES_OF, r'"session_id":[\1],"keys"', text, count=1),
    "the same minutes twice": lambda text: re.sub(r"(.*\"keys\".*)\n\]", r"\1,\n\1\n]", text, count=1),
    "minutes in words": lambda text: text.replace("[0,98.4", '[0,"98.4"', 1),
    "a minute before the first": lambda text: text.replace("[0,98.4", "[-1,98.4", 1),
    "a minute twice": lambda text: text.replace("[1,98.4", "[0,98.4", 1),
    "a line without end": lambda text: text.replace("Ann", "A" * (2 << 20), 1),
    "not UTF-8": lambda text: text.replace("Ann", "A\udcff", 1),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_what_is_no_export_or_cannot_be_is_refused_with_its_line_and_nothing_changes(
    desk: Desk, tmp_path: Path, spoil: Callable[[str], str]
) -> None:
    other = empty(tmp_path / "other.db")
    fill(other.store, 2, seed=5)
    other.store.close()
    before = digest(other.store.path)
    other.store.open()
    export = desk.exported().decode()
    spoiled = spoil(export)
    assert spoiled != export
    found = other.importing(spoiled.encode("utf-8", "surrogateescape"))
    assert (found.ok, found.reason) == (False, "bad_file")
    assert "Line " in found.text or "The file" in found.text
    other.store.close()
    assert digest(other.store.path) == before


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_spoiled_byte_is_refused_or_harmless(data: st.DataObject) -> None:
    """Whatever becomes of an export: it is imported as a whole, or refused, and never half of it."""
    with TemporaryDirectory() as folder:
        desk = empty(Path(folder) / "h.db")
        fill(desk.store, 2)
        export = bytearray(desk.exported())
        for _ in range(data.draw(st.integers(1, 3))):
            export[data.draw(st.integers(0, len(export) - 1))] = data.draw(st.integers(0, 255))
        other = empty(Path(folder) / "o.db")
        found = other.importing(bytes(export))
        with other.store.reading() as db:
            count = db.execute("SELECT COUNT(*) FROM session").fetchone()[0]
        assert count == (4 if found.ok else 0)
        if found.ok:
            again = other.exported()
            third = empty(Path(folder) / "t.db")
            assert third.importing(again).ok
            assert third.exported() == again
            third.store.close()
        desk.store.close()
        other.store.close()


def test_a_full_disk_is_reported_and_the_file_stays_as_it_is(desk: Desk, tmp_path: Path) -> None:
    """A bound of the file stands in for the disk: SQLite reports both in the same way."""
    small = Store(tmp_path / "small.db", bounds=Bounds(file_bytes=160 * 1024))
    small.open()
    small.close()
    before = digest(small.path)
    small.open()
    big = empty(tmp_path / "big.db")
    fill(big.store, 60)
    found = Desk(small).importing(big.exported())
    assert (found.ok, found.reason) == (False, "history")
    assert "full" in found.text
    small.close()
    assert digest(small.path) == before
    small.open()
    assert small.restore((), 0.0).last_session is None


def test_an_export_that_cannot_be_written_says_so(desk: Desk) -> None:
    with Path("/dev/full").open("wb", buffering=0) as file:
        found = desk.ask("export", file)
    assert (found.ok, found.reason) == (False, "bad_file")
    assert "No space left" in found.text
    with TemporaryFile() as file:
        file.close()
        assert desk.ask("export", file).reason == "bad_file"
    with Path("/dev/null").open("rb") as file:
        assert desk.ask("export", file).text == "The file cannot be written (it is closed, or not open for this)."


def test_an_import_that_is_killed_has_added_all_or_nothing(desk: Desk, tmp_path: Path) -> None:
    """Its one transaction: a copy of file and log at every moment of it holds no row of it."""
    other = empty(tmp_path / "other.db")
    seen: list[int] = []

    def look() -> None:
        copy = tmp_path / f"copy{len(seen)}"
        copy.mkdir()
        for part in ("other.db", "other.db-wal"):
            shutil.copy(tmp_path / part, copy / part)
        store = opened(copy / "other.db")
        with store.reading() as db:
            seen.append(db.execute("SELECT COUNT(*) FROM session").fetchone()[0])
        store.close()

    with other.store.reading() as db:
        db.set_progress_handler(look, 1000)
        assert other.importing(desk.exported()).ok
        db.set_progress_handler(None, 0)
    assert len(seen) > 3
    assert set(seen) == {0}
