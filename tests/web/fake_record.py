"""A page of many mats whose record is a file with documents, read again at every question: `python -m tests.web.fake_record
FOLDER CODE_FILE`. And made-up fleets for it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from acumat.contract.events import OF_THE_MACHINE
from acumat.fleet.overview.documents import detail_document, overview_document
from acumat.fleet.overview.refusals import refusal
from acumat.fleet.overview.standing import Mat
from acumat.web.fleet_site import FleetSite
from acumat.web.server import Page, on_loopback
from tests.web.process import WebProcess

NOW = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)
SERVER = SimpleNamespace(now=NOW, copy=False, committed_at=NOW, mats=0)
LONG = "Behandlungsraum im Hinterhaus, zweites Obergeschoss links"


class FakeRecord:
    """Gives what lies in the folder: overview.json, and mat.json for every mat."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def overview(self) -> dict[str, Any]:
        return self._document("overview")

    async def mat(self, mat_id: str) -> dict[str, Any]:
        return self._document("mat") if mat_id != "nobody" else refusal("unknown_mat")

    async def file(self, name: str, wishes: Mapping[str, str]) -> dict[str, Any] | AsyncGenerator[bytes, None]:
        return refusal("bad_days") if wishes["from"] > wishes["to"] else self._lines(wishes)

    async def close(self) -> None:
        pass

    async def _lines(self, wishes: Mapping[str, str]) -> AsyncGenerator[bytes, None]:
        yield b"mat_id,site\r\n"
        yield f"mat0001,{wishes['site']}\r\n".encode()
        if wishes["site"] == "endless":
            await asyncio.Event().wait()

    def _document(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self._folder / f"{name}.json").read_text("utf-8"))
        return found


class FleetProcess(WebProcess):
    """The page of a fleet, whose documents the test writes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.show(overview([]))
        self.show(detail(), "mat")

    @property
    def command(self) -> list[str]:
        return ["tests.web.fake_record", str(self.folder), str(self.code_file)]

    def show(self, document: Mapping[str, Any], name: str = "overview") -> None:
        new = self.folder / f"{name}.new"
        new.write_text(json.dumps(document), "utf-8")
        new.replace(self.folder / f"{name}.json")


def overview(mats: list[Mat], /, **server: Any) -> dict[str, Any]:
    """The document of these mats."""
    return overview_document(mats, SimpleNamespace(**{**vars(SERVER), "mats": len(mats), **server}))


def three() -> list[Mat]:
    """One that lies in use, one that is not heard of, one with a long name that misses events."""
    heard = NOW - timedelta(minutes=3)
    return [
        Mat(
            "mat0001",
            "Nord",
            "Room 1",
            NOW,
            seen_at=heard,
            availability="online",
            presence="lying",
            health="ok",
            version="0.2.0",
            sessions=7,
        ),
        Mat(
            "mat0002",
            "Nord",
            "Room 2",
            NOW,
            seen_at=NOW - timedelta(days=2),
            availability="online",
            presence="empty",
            health="ok",
        ),
        Mat("m" * 32, LONG, LONG, NOW, seen_at=heard, availability="online", presence="empty", health="ok", missing=12),
    ]


def thousand() -> list[Mat]:
    """A chain of studios on a usual day."""

    def one(number: int) -> Mat:
        seen = NOW - timedelta(minutes=number % 45, days=3 if number % 97 == 0 else 0)
        health = "blind" if number % 211 == 0 else "degraded" if number % 83 == 0 else "ok"
        return Mat(
            f"mat{number:04}",
            f"Studio {number % 40 + 1}",
            f"Room {number // 40 + 1}",
            NOW - timedelta(days=90),
            revoked_at=NOW if number % 301 == 0 else None,
            seen_at=None if number % 333 == 0 else seen,
            availability="offline" if number % 389 == 0 else "online",
            presence="lying" if number % 5 == 0 else "empty",
            health=health,
            version="0.2.0" if number % 9 else "0.1.4",
            sessions=number % 31,
            missing=4 if number % 151 == 0 else 0,
        )

    return [one(number) for number in range(1, 1001)]


def detail() -> dict[str, Any]:
    """One mat's page, with all that there may be on it."""
    mat = three()[2]
    sessions = [
        SimpleNamespace(
            session_id=f"s{number}",
            started_at=NOW - timedelta(hours=3 * number),
            contact_s=1080.0 + number,
            lifts=number % 3,
            end_reason=("got_up", "lost_signal", "paused", "unheard_of")[number % 4],
            recovered=False,
            undated=number == 5,
        )
        for number in range(1, 20)
    ]
    events = [
        SimpleNamespace(
            at=NOW - timedelta(hours=number), event_type=each, reason="asked", text="Sensor r1c1 reads nothing.", late=False
        )
        for number, each in enumerate(OF_THE_MACHINE)
    ]
    gap = {"asked_at": NOW, "since": NOW, "times": 2, "lost": False}
    return detail_document(
        mat,
        SERVER,
        zone=SimpleNamespace(name="Europe/Berlin", today=date(2026, 11, 29)),
        health={
            "health": "degraded",
            "sensors": {"r1c1": {"code": "dead", "text": "Sensor r1c1 reads nothing; check its wire."}},
        },
        days=[SimpleNamespace(day=date(2026, 11, day), sessions=day % 4, minutes=17.5 * (day % 4)) for day in range(3, 30)],
        sessions=sessions,
        gaps=[
            SimpleNamespace(first=14, last=25, count=12, **gap),
            SimpleNamespace(first=30, last=30, count=1, **{**gap, "times": 0, "asked_at": None}),
            SimpleNamespace(first=3, last=9, count=7, **{**gap, "lost": True}),
        ],
        events=events,
    )


if __name__ == "__main__":
    listening = on_loopback(0)
    print(f"The page is at http://127.0.0.1:{listening[0].getsockname()[1]}/", flush=True)
    Page(listening, FleetSite(FakeRecord(Path(sys.argv[1])), Path(sys.argv[2]), []), idle_s=None).run()
