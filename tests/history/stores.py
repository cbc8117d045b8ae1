"""Histories for tests, and what is written into them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile, SessionRecord
from acumat.history.bounds import Bounds
from acumat.history.rows import SessionRow
from acumat.history.store import Store

NAMES = ("a", "b")


def session(number: int, *, end_wall_s: float = 1000.0, contact_s: float = 600.0) -> SessionRow:
    record = SessionRecord(f"x-s{number}", 10.0, 10.0 + contact_s, contact_s, 1, "got_up", 98.5, lateral=-3.0, recovered=True)
    return SessionRow(number, record, end_wall_s - contact_s, end_wall_s, Profile(surface="bed"))


def opened(path: Path) -> Store:
    store = Store(path)
    store.open()
    return store


def document(text: str) -> tuple[float, float, dict[str, object]]:
    return (1.7e9, 12.5, {"event_type": "settled", "text": text})


def learned(gain: float, baseline_us: float = 1.0) -> Learned:
    return Learned((baseline_us, None), (gain, 2 - gain), 40.0, calibrated=True, turned=False)


def bounded(path: Path, **bounds: int) -> Store:
    store = Store(path, bounds=replace(Bounds(), **bounds))
    store.open()
    return store


def waiting(store: Store) -> list[dict[str, object]]:
    return [json.loads(payload) for _, payload in store.outbox_after(0, 10**6, 12.5)]
