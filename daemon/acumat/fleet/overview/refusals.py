"""The sentences for a record that does not answer. No text of the database is passed on: it may quote rows or the login."""

from __future__ import annotations

from typing import Any

from psycopg import Error

REFUSALS = {
    "record_away": "The database of the record does not answer; look at: systemctl status postgresql",
    "record_starting": "The database of the record is starting or recovering. The page continues when it is ready.",
    "record_slow": "The database of the record takes too long to answer.",
    "record_empty": "The record has no tables yet; make them with: acumat collect --provision",
    "record_denied": "The page may not read the record; check the user and password of its dsn, and what the user is granted.",
    "busy": "Too many requests wait; try again.",
    "unknown_mat": "The record has no such mat.",
    "bad_days": "from and to are days such as 2026-11-01, from is not after to, and they are at most 366 days apart.",
}
"""Sentences by reason code."""
_BY_STATE = {
    "57P03": "record_starting",
    "57014": "record_slow",
    "55P03": "record_slow",
    "53300": "record_away",
    "42P01": "record_empty",
    "3F000": "record_empty",
    "42703": "record_empty",
    "42883": "record_empty",
    "3D000": "record_empty",
    "42501": "record_denied",
    "28000": "record_denied",
    "28P01": "record_denied",
}
"""By SQLSTATE (PostgreSQL, appendix A)."""
_BY_WORDS = {
    "the database system is": "record_starting",
    "authentication failed": "record_denied",
    "no password supplied": "record_denied",
    "does not exist": "record_empty",
    "no pg_hba.conf entry": "record_denied",
}
"""libpq gives a refused connection no SQLSTATE, only the server's words: English ones unless lc_messages says otherwise."""


def reason_of(error: Error) -> str:
    """The reason code of an error of the database."""
    if error.sqlstate is not None:
        return _BY_STATE.get(error.sqlstate, "record_away")
    text = str(error)
    return next((reason for words, reason in _BY_WORDS.items() if words in text), "record_away")


def refusal(reason: str) -> dict[str, Any]:
    """The document of a refusal."""
    return {"ok": False, "reason": reason, "text": REFUSALS[reason]}
