"""The list of past sessions, as the stored history has it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.contract.sessions import SessionRecord
from acumat.history.rows import SessionRow
from acumat.history.store import Store

WALL_S = 1_795_000_000.0


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "acumat.toml"
    path.write_text(f'[daemon]\nstate_dir = "{tmp_path}"\n')
    return str(path)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A history with four sessions, open as a running daemon has it."""
    opened = Store(tmp_path / "acumat.db")
    opened.open()
    for number in range(1, 5):
        from_s = number * 100_000.0
        record = SessionRecord(
            f"i-s{number}", from_s, from_s + 700, 60.0 * number + 3, number, "got_up", 98.4, None, guest=number == 3
        )
        opened.record([], SessionRow(number, record, WALL_S + from_s, WALL_S + from_s + 700, dated=number != 4))
    return opened


def listed(capsys: pytest.CaptureFixture[str], *argv: str) -> list[str]:
    assert main(["sessions", *argv]) == exit_codes.OK
    return capsys.readouterr().out.splitlines()


def test_sessions_are_listed_in_order_beside_a_running_daemon(
    store: Store, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    heading, *lines = listed(capsys, "--config", config)
    assert heading.split()[0] == "began"
    assert [line[16:].split() for line in lines] == [
        ["1.1", "1", "98", "-", "i-s1"],
        ["2.0", "2", "98", "-", "i-s2"],
        ["3.0", "3", "98", "-", "i-s3", "(guest)"],
        ["4.0", "4", "98", "-", "i-s4", "(date", "not", "known", "for", "sure)"],
    ]
    assert len(listed(capsys, "--last", "2", "--config", config)) == 3
    store.close()


def test_the_same_as_json(store: Store, config: str, capsys: pytest.CaptureFixture[str]) -> None:
    store.close()
    documents = json.loads("\n".join(listed(capsys, "--last", "1", "--json", "--config", config)))
    assert [(each["session_id"], each["contact_s"], each["end_reason"]) for each in documents] == [("i-s4", 243.0, "got_up")]


def test_a_damaged_session_costs_only_itself(
    store: Store, config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.close()
    with closing(sqlite3.connect(tmp_path / "acumat.db", isolation_level=None)) as db:
        db.execute("UPDATE session SET contact_s = 'long' WHERE number = 2")
    assert main(["sessions", "--config", config]) == exit_codes.DATA
    said = capsys.readouterr()
    assert "i-s1" in said.out
    assert "i-s2" not in said.out
    assert "1 sessions are damaged and left out" in said.err


def test_where_there_is_none_it_is_reported(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions", "--config", config]) == exit_codes.UNAVAILABLE
    assert "there is no history yet" in capsys.readouterr().err
    empty = Store(tmp_path / "acumat.db")
    empty.open()
    empty.close()
    assert listed(capsys, "--config", config) == ["No session is stored yet."]
