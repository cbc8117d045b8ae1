"""What detection has learnt, by set of sensors, and the calibrations that can be undone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from acumat.contract.learned import Learned
from acumat.history.columns import checked
from acumat.history.rows import learned_from, learned_text
from acumat.history.schema import sensor_key

CALIBRATIONS_KEPT = 5


def stored(db: sqlite3.Connection, names: Sequence[str]) -> tuple[Learned | None, bool]:
    """The learnt values of these sensors, and whether only other sensors have some."""
    row = db.execute("SELECT names, learned FROM learned WHERE sensors = ?", (_key(names),)).fetchone()
    if row is None:
        return None, db.execute("SELECT 1 FROM learned").fetchone() is not None
    names_text, learned = checked("learned", ("names", "learned"), row)
    return learned_from(learned, json.loads(names_text), names), False


def save(db: sqlite3.Connection, names: Sequence[str], learned: Learned) -> None:
    """Write the learnt values of these sensors, in place of earlier ones."""
    values = (_key(names), json.dumps(list(names)), learned_text(learned))
    db.execute("INSERT OR REPLACE INTO learned VALUES (?, ?, ?)", checked("learned", ("sensors", "names", "learned"), values))


def save_calibration(
    db: sqlite3.Connection, names: Sequence[str], before: Learned, after: Learned, wall_s: float, margin: float | None
) -> None:
    """Write the calibration with what it replaced, and its result as learnt."""
    db.execute(
        "INSERT INTO calibration (wall_s, margin, names, before, after, sensors) VALUES (?, ?, ?, ?, ?, ?)",
        (wall_s, margin, json.dumps(list(names)), learned_text(before), learned_text(after), _key(names)),
    )
    db.execute(
        """DELETE FROM calibration WHERE sensors = :sensors AND id NOT IN
            (SELECT id FROM calibration WHERE sensors = :sensors ORDER BY id DESC LIMIT :kept)""",
        {"sensors": _key(names), "kept": CALIBRATIONS_KEPT},
    )
    save(db, names, after)


def undo_calibration(db: sqlite3.Connection, names: Sequence[str]) -> Learned | None:
    """Undo the last calibration of these sensors; None if there is none left."""
    query = "SELECT id, names, before FROM calibration WHERE sensors = ? ORDER BY id DESC LIMIT 1"
    row = db.execute(query, (_key(names),)).fetchone()
    if row is None:
        return None
    number, names_text, text = checked("calibration", ("id", "names", "before"), row)
    before = learned_from(text, json.loads(names_text), names)
    if before is None:
        return None
    now, _ = stored(db, names)
    learned = before if now is None else replace(before, baseline_us=now.baseline_us)
    db.execute("DELETE FROM calibration WHERE id = ?", (number,))
    save(db, names, learned)
    return learned


def _key(names: Sequence[str]) -> str:
    return sensor_key(json.dumps(list(names)))
