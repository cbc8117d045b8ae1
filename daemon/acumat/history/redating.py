"""Corrects wall times of a boot whose clock was set later: its rows are dated anew by the offset of the clock."""

from __future__ import annotations

import sqlite3

from acumat.history.columns import checked
from acumat.history.outbox import EVENT_COLUMNS
from acumat.history.payload import redated


def redate(db: sqlite3.Connection, boot_id: str, offset_s: float) -> None:
    """Date the rows that this boot wrote with an unknown clock: wall time is monotonic time plus `offset_s`.

    Raises DamagedRowError.
    """
    query = f"SELECT {EVENT_COLUMNS} FROM event WHERE boot_id = ? AND dated = 0"  # noqa: S608
    for row in db.execute(query, (boot_id,)).fetchall():
        seq, wall_s, mono_s, _, payload, _ = checked("event", EVENT_COLUMNS.split(", "), row)
        db.execute(
            "UPDATE event SET wall_s = ?, payload = ?, dated = 1 WHERE seq = ?",
            (mono_s + offset_s, redated(payload, mono_s + offset_s - wall_s), seq),
        )
    db.execute(
        """UPDATE session SET start_wall_s = start_mono_s + :offset_s, end_wall_s = end_mono_s + :offset_s, dated = 1
            WHERE boot_id = :boot_id AND dated = 0""",
        {"offset_s": offset_s, "boot_id": boot_id},
    )
    db.execute(
        "UPDATE checkin SET wall_s = mono_s + ?, dated = 1 WHERE boot_id = ? AND dated = 0 AND source = 'mat'",
        (offset_s, boot_id),
    )
    db.execute("UPDATE programme_step SET wall_s = mono_s + ? WHERE boot_id = ?", (offset_s, boot_id))
