"""A history in which something is damaged: a byte, a stretch, the end, or a value that no column may hold.

`ACUMAT_DAMAGE_CASES` sets how many random cases are tried (each with and without a write-ahead log); from 1000 on every column
meets every value. In memory where that can be had: a disk that keeps its word is slow.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile, SessionRecord
from acumat.history.checkins import CheckInRow
from acumat.history.columns import TABLES
from acumat.history.minutes import MinuteRow
from acumat.history.past import events_around, session_at, session_named
from acumat.history.rows import Restored, SessionRow, StepRow
from acumat.history.schema import StoreUnavailableError
from acumat.history.store import Store
from acumat.service.settings import DOCUMENT as SETTINGS

CASES = int(os.environ.get("ACUMAT_DAMAGE_CASES", "60"))
LONG = CASES > 1000
NAMES = ("head", "foot")
SESSIONS, EVENTS, ACKED = 40, 400, 300
WALL_S = 1.76e9
MEMORY = Path("/dev/shm")
CANARY = "canary-heart-yes"
LEARNED = Learned((3.0, 4.0), (1.2, 0.8), 500.0, calibrated=True)


def fill(store: Store) -> None:
    """Some weeks of a mat in use."""
    store.save_calibration(NAMES, Learned.nothing(2), LEARNED, WALL_S, 0.2)
    store.save_document("routine", json.dumps({"version": 1, "answers": {"heart": CANARY}, "padding": "x" * 900}))
    store.save_document(
        SETTINGS, '{"paused_until_wall_s": null, "guest": false, "sensitivity": "high", "configured": "normal"}'
    )
    per_session = EVENTS // SESSIONS
    for number in range(1, SESSIONS + 1):
        start_s = WALL_S + 3600.0 * number
        events = [
            (
                start_s + n,
                12.5,
                {"event_type": "settled", "text": "Ruhe: es liegt jemand still. " * 3, "session_id": f"x-s{number}"},
            )
            for n in range(per_session)
        ]
        record = SessionRecord(f"{store.install}-s{number}", 10.0, 610.0, 600.0, 1, "got_up", 98.5)
        row = SessionRow(number, record, start_s, start_s + 600.0, Profile(surface="bed"))
        session_id = record.session_id
        store.record(
            events,
            row,
            steps=[StepRow(start_s, 10.0, "done", "Ten minutes done.", 10, 12, "shirt", "shirt")],
            check_ins=[CheckInRow("after", start_s + 700, 700.0, 4, 2, session_id, zone="Europe/Berlin")],
            minutes=[MinuteRow(session_id, minute, 98.4, -3.0, 2.0, 0.9, 1.0, 13.2) for minute in range(10)],
        )
    store.delete_acked(range(1, ACKED + 1))


@dataclass(frozen=True)
class Original:
    """A history as a daemon has left it, in a folder: closed in good order, or with its write-ahead log."""

    folder: Path
    install: str
    ids: frozenset[str]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module", params=["closed", "with its log"])
def original(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Original:
    made, folder = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("left")
    store = Store(made / "acumat.db")
    store.open()
    fill(store)
    ids = frozenset(f"{store.install}-{number}" for number in range(1, EVENTS + 1))
    if request.param == "closed":
        store.close()
    for part in made.iterdir():
        shutil.copy(part, folder)
    store.close()
    return Original(folder, store.install, ids)


def copied(original: Original, folder: Path) -> Path:
    folder.mkdir()
    for part in original.folder.iterdir():
        if part.name in ("acumat.db", "acumat.db-wal"):
            shutil.copy(part, folder)
    return folder / "acumat.db"


def harmless(error: Exception) -> None:
    """Nothing private is in it."""
    assert CANARY not in str(error)


def again(store: Store, do: Callable[[], object]) -> object:
    """As the writer does it: what fails for damage is tried again after the file was opened anew."""
    for _ in range(4):
        try:
            if not store.is_open:
                store.open()
            return do()
        except StoreUnavailableError as exc:
            harmless(exc)
            store.close()
    return pytest.fail("the damage is found again and again")


def use(store: Store, original: Original, *, cut: bool = False) -> Restored:
    """Everything that a daemon asks of its history, and that it goes on with numbers that were never given.

    `cut`: its log ends early, which nobody can tell from a power cut before that.
    """
    stored = again(store, lambda: store.restore(NAMES, WALL_S))
    assert isinstance(stored, Restored)
    again(store, lambda: store.totals(WALL_S + 50_000))
    again(store, lambda: store.programme_steps(100))
    again(store, lambda: [store.outbox_after(seq, 20, 12.5) for seq in range(0, EVENTS + 20, 20)])
    again(store, lambda: store.save_document(SETTINGS, "{}"))
    again(store, lambda: store.redate(5.0))
    number = stored.next_session_no
    record = SessionRecord(f"{stored.install}-s{number}", 10.0, 610.0, 600.0, 1, "got_up")
    row = SessionRow(number, record, WALL_S + 1e6, WALL_S + 1e6 + 600.0)
    seqs = again(store, lambda: store.record([(WALL_S + 1e6, 12.5, {"event_type": "gap", "text": "new"})], row))
    assert isinstance(seqs, list)
    ((_, payload),) = [each for each in store.outbox_after(0, 10_000, 12.5) if each[0] == seqs[0]]
    assert cut or json.loads(payload)["id"] not in original.ids
    again(store, lambda: store.undo_calibration(NAMES))
    return stored


def explain(path: Path) -> None:
    """What is said of a moment beside the daemon: something, or the one error, and nothing of it is private."""
    for ask in (
        lambda: events_around(path, WALL_S + 50_000),
        lambda: session_at(path, WALL_S + 50_000),
        lambda: session_named(path, "7"),
    ):
        try:
            ask()
        except StoreUnavailableError as exc:
            harmless(exc)


def survive(path: Path, original: Original, *, cut: bool) -> None:
    """It is used, or it says that a newer version has written it, which a damaged number may look like."""
    store = Store(path)
    try:
        store.open()
        use(store, original, cut=cut)
    except StoreUnavailableError as exc:
        if "install the newer acumat" not in str(exc):
            raise
    finally:
        store.close()


Harm = Callable[[random.Random, bytearray], None]


def flip_a_bit(chance: random.Random, data: bytearray) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def overwrite_a_byte(chance: random.Random, data: bytearray) -> None:
    data[chance.randrange(len(data))] = 0xFF


def overwrite_a_stretch(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data))
    data[at : at + 64] = chance.randbytes(len(data[at : at + 64]))


def cut_off(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data)) :]


def damage_a_page_header(chance: random.Random, data: bytearray) -> None:
    data[4096 * chance.randrange(len(data) // 4096) + chance.randrange(12)] = chance.randrange(256)


def damage_the_header(chance: random.Random, data: bytearray) -> None:
    data[chance.randrange(100)] = chance.randrange(256)


HARMS: tuple[Harm, ...] = (
    flip_a_bit,
    overwrite_a_byte,
    overwrite_a_stretch,
    cut_off,
    damage_a_page_header,
    damage_the_header,
)


@pytest.mark.parametrize("harm", HARMS, ids=lambda each: each.__name__)
def test_whatever_byte_is_damaged_the_daemon_has_a_history(
    original: Original, tmp_path: Path, harm: Harm, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for seed in range(max(1, CASES // len(HARMS))):
        chance = random.Random(f"{harm.__name__} {seed}")
        path = copied(original, tmp_path / str(seed))
        wal = path.with_name("acumat.db-wal")
        victim = wal if wal.exists() and chance.random() < 0.7 else path
        data = bytearray(victim.read_bytes())
        harm(chance, data)
        victim.write_bytes(data)
        explain(path)
        survive(path, original, cut=harm is cut_off and victim is wal)
        assert CANARY not in caplog.text
        caplog.clear()
        shutil.rmtree(tmp_path / str(seed))


BAD_VALUES = {
    "no UTF-8": "CAST(x'7b22ff227d' AS TEXT)",
    "a text": "'nonsense'",
    "a blob": "x'00ff00ff'",
    "too large": "9e999",
    "a huge integer": "9223372036854775807",
    "negative": "-9223372036854775808",
    "nested": "printf('%.*c', 100000, '[')",
    "not finite": """'{"a": NaN}'""",
    "many digits": """'{"a": ' || printf('%.*c', 6000, '9') || '}'""",
}
COLUMNS = [
    (number, table, column)
    for number, (table, column) in enumerate((table, column) for table, columns in TABLES.items() for column in columns)
]


@pytest.mark.parametrize(("number", "table", "column"), COLUMNS, ids=str)
def test_a_value_that_was_never_written_costs_its_row_at_most(
    original: Original, tmp_path: Path, number: int, table: str, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    tried = list(BAD_VALUES) if LONG else [list(BAD_VALUES)[(number + n) % len(BAD_VALUES)] for n in (0, 4)]
    for name in tried:
        value = BAD_VALUES[name]
        folder = tmp_path / name.replace(" ", "-")
        path = copied(original, folder)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            key = next(iter(TABLES[table]))
            try:
                db.execute("PRAGMA ignore_check_constraints = 1")
                query = f"UPDATE {table} SET {column} = {value} WHERE {key} = (SELECT MAX({key}) FROM {table})"
                db.execute(query)
            except sqlite3.IntegrityError:
                continue  # the table does not take it, so it cannot stand there
        explain(path)
        store = Store(path)
        store.open()
        stored = use(store, original)
        assert stored.install == original.install
        assert stored.totals.sessions_total in (SESSIONS - 1, SESSIONS)
        assert store.totals(WALL_S).sessions_total in (SESSIONS, SESSIONS + 1)
        store.close()
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "CAST(x'6162ff6465666768' AS TEXT)"),
        ("id", "'../../etc'"),
        ("last_seq", "3"),
        ("last_seq", "9223372036854775807"),
        ("last_event_no", "3"),
        ("last_event_no", "'x'"),
        ("last_session_no", "3"),
        ("pruned_sessions", "'x'"),
        ("pruned_contact_s", "9e999"),
    ],
)
def test_damaged_counters_give_no_number_twice(original: Original, tmp_path: Path, column: str, value: str) -> None:
    path = copied(original, tmp_path / "state")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"UPDATE install SET {column} = {value}")
    store = Store(path)
    store.open()
    stored = use(store, original)
    assert stored.totals.sessions_total == SESSIONS
    assert stored.next_session_no == SESSIONS + 1
    store.close()


@pytest.mark.parametrize("statement", ["DELETE FROM install", "INSERT INTO install SELECT * FROM install", "DROP TABLE outbox"])
def test_a_table_that_is_not_as_it_was_made_is_damage_like_any_other(
    original: Original, tmp_path: Path, statement: str
) -> None:
    path = copied(original, tmp_path / "state")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(statement)
    store = Store(path)
    store.open()
    assert use(store, original).totals.sessions_total == SESSIONS
    store.close()


@pytest.fixture
def configured(tmp_path: Path) -> list[str]:
    config = tmp_path / "acumat.toml"
    config.write_text(f'[daemon]\nstate_dir = "{tmp_path / "state"}"\n')
    return ["explain", "--config", str(config), "--at", "2025-10-09 20:00"]


def test_explain_leaves_damaged_events_out_and_says_so(
    original: Original, tmp_path: Path, configured: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = copied(original, tmp_path / "state")
    assert main(configured) == exit_codes.OK
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE event SET payload = CAST(x'7b22ff' AS TEXT) WHERE seq % 2")
    capsys.readouterr()
    assert main(configured) == exit_codes.DATA
    out, err = capsys.readouterr()
    assert "Last events:" in out
    assert "events around that moment are damaged and left out" in err


@pytest.mark.parametrize(
    "payload",
    ["{}", '{"event_type": [1], "numbers": 5, "at": {}, "sensor": [2]}', '{"event_type": "sensor_failed", "sensor": {}}'],
)
def test_explain_never_ends_in_a_traceback(original: Original, tmp_path: Path, configured: list[str], payload: str) -> None:
    path = copied(original, tmp_path / "state")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE event SET payload = ?", (payload,))
    for arguments in (configured, [*configured, "--json"], [*configured[:-2], "--session", "7"]):
        assert main(arguments) in (exit_codes.OK, exit_codes.DATA)


def test_a_salvage_that_is_cut_short_is_brought_to_its_end(
    original: Original, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before each rename of it."""
    moves = 0
    rename, replace_path = Path.rename, Path.replace

    def counted(move: Callable[..., Path]) -> Callable[..., Path]:
        def moved(path: Path, target: Path) -> Path:
            nonlocal moves
            moves += 1
            if moves == killed_at:
                raise KeyboardInterrupt
            return move(path, target)

        return moved

    for killed_at in range(1, 7):
        path = copied(original, tmp_path / str(killed_at))
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("UPDATE install SET last_seq = 3")
        moves = 0
        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", counted(rename))
            patch.setattr(Path, "replace", counted(replace_path))
            store = Store(path)
            try:
                store.open()
            except KeyboardInterrupt:
                pass
            finally:
                store.close()
        after = Store(path)
        after.open()
        assert use(after, original).totals.sessions_total == SESSIONS
        after.close()
    assert moves < killed_at, "there are more renames than were tried"


def test_events_that_were_lost_untold_are_reported_as_a_gap(original: Original, tmp_path: Path) -> None:
    path = copied(original, tmp_path / "state")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE event SET payload = CAST(x'7b22ff' AS TEXT) WHERE seq IN (5, 350, 351)")
    store = Store(path)
    store.open()
    with pytest.raises(StoreUnavailableError, match="its content is damaged"):
        store.outbox_after(340, 20, 12.5)
    store.open()
    reported = [json.loads(payload) for _, payload in store.outbox_after(340, 100, 12.5)]
    assert [(each["reason"], each["count"]) for each in reported if each["event_type"] == "gap"] == [("history_damaged", 2)]
    assert reported[-1]["id"] == f"{original.install}-{EVENTS + 1}"
    store.close()


def test_damaged_files_do_not_fill_the_disk(original: Original, tmp_path: Path) -> None:
    path = copied(original, tmp_path / "state")
    for _ in range(8):
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("UPDATE install SET last_seq = 3")
        store = Store(path)
        store.open()
        store.close()
    assert len([each for each in path.parent.iterdir() if re.fullmatch(r"acumat\.db\.broken-\d+", each.name)]) == 5


def test_a_session_keeps_its_minutes_when_its_means_are_damaged(original: Original, tmp_path: Path) -> None:
    path = copied(original, tmp_path / "state")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE session SET load = 'x', profile = '[', end_reason = x'ff'")
    store = Store(path)
    store.open()
    last = store.restore(NAMES, 0.0).last_session
    assert last is not None
    assert (last.record.load, last.record.contact_s, last.profile) == (None, 600.0, Profile())
    assert store.totals(0.0).minutes_total == 10.0 * SESSIONS
    store.close()


def test_an_entry_that_no_column_takes_is_refused_and_not_taken_for_damage(tmp_path: Path) -> None:
    store = Store(tmp_path / "acumat.db")
    store.open()
    bad = SessionRecord("x-s1", 10.0, float("nan"), 600.0, 1, "got_up")
    for row in (SessionRow(1, bad, WALL_S, WALL_S), SessionRow(1 << 70, replace(bad, end_mono_s=20.0), WALL_S, WALL_S)):
        with pytest.raises(ValueError, match="cannot be stored"):
            store.record([], row)
    assert not store._database.suspect
    store.close()
