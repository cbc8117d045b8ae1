"""A daemon's control socket, written by hand: it answers status and commands, and shows a feed that the test moves."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from acumat.request_line import encoded, read_request
from acumat_hw.layout import Layout, grid
from tests.broker import PATIENCE_S

ACCEPT_S = 0.2

Line = dict[str, Any]


class FakeDaemon:
    """Serves at `path` from `start` to `close`. `asked` has every request but status and watch; `status` is what it answers."""

    def __init__(self, path: Path, layout: Layout | None = None) -> None:
        self.path = path
        self.layout = layout or grid(4, 2, rm_ohm=3300.0)
        self.asked: list[Line] = []
        self.statuses = 0
        self.watches = 0
        self.status: Line = status_document()
        self.answer: Callable[[Line], Line] = done
        self._readers: list[socket.socket] = []
        self._clients: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        self._listener.listen(16)
        self._listener.settimeout(ACCEPT_S)
        self._thread = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        listener, self._listener = self._listener, None
        if self._thread is not None:
            self._thread.join()
        if listener is not None:
            listener.close()
        with self._lock:
            for each in self._clients:
                each.close()
            self._clients.clear()
            self._readers.clear()

    def show(self, *lines: Line) -> None:
        """Send lines of the feed to all who watch."""
        self.show_bytes(b"".join(encoded(line) for line in lines))

    def show_bytes(self, data: bytes) -> None:
        """Send whatever this is to all who watch."""
        with self._lock:
            for reader in list(self._readers):
                try:
                    reader.sendall(data)
                except OSError:
                    self._readers.remove(reader)

    @property
    def watching(self) -> int:
        """How many connections watch, as far as the daemon can see: those that have not hung up."""
        with self._lock:
            return sum(not _hung_up(each) for each in self._readers)

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is not None:
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            client.settimeout(PATIENCE_S)
            with self._lock:
                self._clients.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            line, file = read_request(client, 4096)
            request = json.loads(line or b"{}")
            if file is not None:
                with file:
                    self.asked.append(request)
                    client.sendall(encoded(self.answer({**request, "file": file})))
                return
            if request.get("command") == "watch":
                self.watches += 1
                with self._lock:  # who has the hello gets all that is shown after it
                    client.sendall(encoded(hello_line(self.layout)))
                    self._readers.append(client)
                return
            if request.get("command") == "status":
                self.statuses += 1
                client.sendall(encoded({"ok": True, **self.status}))
            else:
                self.asked.append(request)
                client.sendall(encoded(self.answer(request)))
            with self._lock:
                self._clients.discard(client)
            client.close()
        except OSError:
            pass


def _hung_up(client: socket.socket) -> bool:
    try:
        return bool(select.select([client], [], [], 0)[0]) and client.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


def done(request: Line) -> Line:
    """The answer to a command that is carried out."""
    return {"name": request.get("command"), "ok": True, "reason": "done", "text": "It is done.", "correlation": None}


def hello_line(layout: Layout) -> Line:
    """The feed's first line."""
    sensors = [{"name": each.name, "x_mm": each.x_mm, "y_mm": each.y_mm, "zone": each.zone} for each in layout.sensors]
    return {
        "kind": "hello",
        "name": "watch",
        "ok": True,
        "reason": "watching",
        "text": "The mat is shown from now on.",
        "correlation": None,
        "feed": 1,
        "contract": 1,
        "version": "0.2.0",
        "mat": "test",
        "rate_hz": 5.0,
        "heartbeat_s": 10.0,
        "layout": {"name": layout.name, "width_mm": layout.width_mm, "length_mm": layout.length_mm, "sensors": sensors},
    }


STATE: Line = {
    "presence": "lying",
    "confirmed": True,
    "phase": "settled",
    "load": 101.8,
    "reference": "learnt",
    "lateral": 12.0,
    "head_foot": 3.0,
    "lopsided": False,
    "shares": {"neck": 10.0, "shoulders": 40.0, "lumbar": 10.0, "pelvis": 40.0},
    "evenness": 0.9,
    "cop_mm": [12.0, 30.0],
    "still": True,
    "restlessness": 4,
    "breaths_per_min": 6.2,
    "breath_quality": 0.8,
    "breath_evenness": 0.2,
    "possible_doze": False,
    "mode": "back",
    "session_id": "test-s7",
    "session_s": 190.0,
    "contact_s": 185.0,
    "health": "ok",
    "reason": "breathes",
    "reason_text": "The load breathes or moves (0.30 %): a person lies there.",
}
NOTHING: Line = {
    **dict.fromkeys(STATE),
    "presence": "blind",
    "mode": "unknown",
    "health": "blind",
    "reason": "x",
    "reason_text": "x",
}
"""A state in which all that may be null is null."""


def frame_line(loads_us: list[float | None], state: Line = STATE, **others: Any) -> Line:
    """A frame of the feed."""
    return {
        "kind": "frame",
        "t_mono_s": 1234.5,
        "at": "2026-11-29T17:30:00.000Z",
        "loads_us": loads_us,
        "state": state,
        "session_plan_min": 20,
        "session_left_s": 1015.0,
        "calibration": None,
        "alarm": False,
        "problems": {},
        **others,
    }


LYING_US: list[float | None] = [14.0, 12.5, 61.0, 70.2, 20.5, 24.1, 55.3, 66.0]


def event_line(event_type: str, text: str, **others: Any) -> Line:
    """An event of the feed."""
    at = "2026-11-29T17:29:00.000Z"
    return {
        "kind": "event",
        "event_type": event_type,
        "at": at,
        "edge_at": None,
        "late": False,
        "reason": "x",
        "text": text,
        **others,
    }


def status_document() -> Line:
    """What the daemon answers to status while somebody lies there."""
    fine = {"code": "ok", "text": ""}
    sensors = {f"r{row}c{column}": fine for row in range(1, 5) for column in (1, 2)}
    return {
        "mat": "test",
        "version": "0.2.0",
        "layout": "4x2",
        "state": STATE,
        "health": {
            "health": "ok",
            "sensors": {**sensors, "r4c2": {"code": "drifts", "text": "r4c2 drifts: look at its wire and pad."}},
            "bus": fine,
            "store": fine,
            "broker": {"code": "refused", "text": "The broker at localhost refuses the connection: is it running?"},
            "calibration": fine,
        },
        "totals": {"sessions_total": 41, "minutes_total": 512.4, "sessions_today": 1, "minutes_today": 10.0},
        "last_session": None,
        "routine": routine_document(),
        "session_plan_min": 20,
        "calibration": None,
        "calibration_outcome": None,
        "settings": {"paused": False, "paused_until": None, "guest": False, "sensitivity": "normal"},
        "frames_skipped": 0,
        "messages_refused": 0,
        "steps_failed": 0,
    }


def routine_document() -> Line:
    """The routine during a guided session."""
    return {
        "situation": "guided",
        "text": "Breathe slowly and evenly, and let the shoulders sink.",
        "guidance": True,
        "guidance_reason": None,
        "guidance_from": None,
        "rest_day": None,
        "planned_min": 20,
        "remaining_min": 15,
        "cue": "cue_start",
        "stage": "familiarising",
        "level_min": 20,
        "clothing": "shirt",
        "clothing_offer": None,
        "goal": "night",
        "cap_min": 40,
        "person_cap_min": 30,
        "done_today": False,
        "cool_down_until": None,
        "question": None,
        "last_note": None,
        "next_step_text": "Next: 20 minutes with a shirt, in the evening, or whenever it suits you.",
    }
