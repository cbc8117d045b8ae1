"""The command that lists the sessions of the stored history: sessions."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.explain import DATABASE
from acumat.config import find_config, load_config
from acumat.history.past import last_sessions, session_summary
from acumat.history.rows import SessionRow
from acumat_hw.errors import InputError

HEADING = f"{'began':<16}  {'min on mat':>10}  {'lifts':>5}  {'load %':>6}  {'left/right':>10}  id"


def sessions(config_path: Path | None, *, last: int, as_json: bool) -> int:
    """Print the last finished sessions, a line each. Raises InputError and StoreUnavailableError."""
    if not 0 < last <= 10_000:
        raise InputError("--last must be 1 to 10000")
    path = load_config(find_config(config_path), secrets=False).daemon.state_dir / DATABASE
    rows, damaged = last_sessions(path, last)
    if as_json:
        print(json.dumps([session_summary(row) for row in rows], indent=2, ensure_ascii=False))
    elif not rows:
        print("No session is stored yet.")
    else:
        print("\n".join([HEADING, *(_line(row) for row in rows)]))
    if damaged:
        print(f"acumat: {path}: {damaged} sessions are damaged and left out", file=sys.stderr)
    return exit_codes.DATA if damaged else exit_codes.OK


def _line(row: SessionRow) -> str:
    record = row.record
    began = f"{datetime.fromtimestamp(row.start_wall_s).astimezone():%Y-%m-%d %H:%M}"
    notes = [*(["guest"] if record.guest else []), *([] if row.dated else ["date not known for sure"])]
    figures = f"{record.contact_s / 60:>10.1f}  {record.lifts:>5}  {_figure(record.load):>6}  {_figure(record.lateral):>10}"
    return " ".join([f"{began}  {figures}  {record.session_id}", *(f"({note})" for note in notes)])


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:z.0f}"
