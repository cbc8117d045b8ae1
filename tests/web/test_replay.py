"""Replay: what the page's own process makes of a recording, of files that are none, and of visitors who go."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.types import Message

from acumat.cli.main import main
from acumat.cli.playback import LAST_TO_GO, MEMORY_BYTES, NICE
from acumat.explain.playback import SHIPPED, SHIPPED_FOLDER
from acumat.web import replaying
from acumat.web.gate import MAX_BODY_BYTES
from acumat.web.replaying import PATH, UPLOAD_MOST_BYTES
from tests.broker import until
from tests.web.fake_daemon import FakeDaemon, event_line
from tests.web.process import WebProcess
from tests.web.recordings import ROWS, TOML, endless

FILE = {"Content-Type": "application/octet-stream"}
MORE_PATIENCE_S = 600.0
HELLO = '{"kind":"hello"}'


def request(name: str = "night.csv.gz", toml: bytes = TOML, rows: bytes = ROWS) -> bytes:
    return json.dumps({"name": name, "description_bytes": len(toml)}).encode() + b"\n" + toml + rows


def shipped(name: str) -> bytes:
    return json.dumps({"shipped": name}).encode() + b"\n"


@contextmanager
def asked(web: WebProcess, cookie: str, body: bytes) -> Iterator[http.client.HTTPResponse]:
    """The answer, from its head on. A busy machine lets the process wait, which has a low priority."""
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=MORE_PATIENCE_S)
    try:
        connection.request("POST", PATH, body, {"Cookie": cookie, "Origin": web.origin, **FILE})
        with connection.getresponse() as answer:
            yield answer
    finally:
        connection.close()


def played(web: WebProcess, cookie: str, body: bytes) -> tuple[int, bytes]:
    with asked(web, cookie, body) as answer:
        return answer.status, answer.read()


def replay_lines(answer: bytes) -> bytes:
    return b"".join(
        line for line in answer.splitlines(keepends=True) if line.startswith((b'{"kind":"event"', b'{"kind":"state"'))
    )


def children(web: WebProcess) -> list[int]:
    return [int(pid) for task in Path(f"/proc/{web.pid}/task").iterdir() for pid in (task / "children").read_text().split()]


def folders(web: WebProcess) -> list[Path]:
    return list((web.folder / "tmp").iterdir())


@pytest.fixture
def web(tmp_path: Path, daemon: FakeDaemon) -> Iterator[WebProcess]:
    """A page whose temporary folders can be seen."""
    made = WebProcess(tmp_path)
    made.make_code()
    (tmp_path / "tmp").mkdir()
    made.start(TMPDIR=str(tmp_path / "tmp"))
    yield made
    assert made.stop() in (0, -15)
    assert folders(made) == []
    assert made.logged() == ""


@pytest.fixture
def cookie(web: WebProcess) -> str:
    return web.sign_in()


@contextmanager
def half_sent(web: WebProcess, cookie: str) -> Iterator[socket.socket]:
    """A visitor whose recording does not come to its end."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\nOrigin: {web.origin}\r\nCookie: {cookie}\r\n"
    head += f"Content-Type: application/octet-stream\r\nContent-Length: {len(request())}\r\n\r\n"
    with web.connect() as client:
        client.settimeout(MORE_PATIENCE_S)
        client.sendall(head.encode() + request()[:-1])
        until(lambda: children(web), "a process has been started")
        yield client


@pytest.mark.parametrize("name", SHIPPED)
def test_the_events_of_a_shipped_recording_are_those_of_the_command_byte_for_byte(
    web: WebProcess, cookie: str, tmp_path: Path, name: str
) -> None:
    status, answer = played(web, cookie, shipped(name))
    assert (status, replay_lines(answer)) == (200, by_command(tmp_path, name))


@pytest.mark.parametrize(("name", "rows"), [("night.csv.gz", ROWS), ("a b.csv", gzip.decompress(ROWS))])
def test_and_so_are_those_of_one_that_is_sent(web: WebProcess, cookie: str, tmp_path: Path, name: str, rows: bytes) -> None:
    status, answer = played(web, cookie, request(name, rows=rows))
    assert (status, replay_lines(answer)) == (200, by_command(tmp_path, "popu_4x2"))


def by_command(tmp_path: Path, name: str) -> bytes:
    target = tmp_path / "out.jsonl"
    assert main(["replay", str(SHIPPED_FOLDER / f"{name}.csv.gz"), "--json", str(target)]) == 0
    return target.read_bytes()


HOSTILE = {
    "nothing": (b"", "no request"),
    "no JSON": (b"{", "no request"),
    "a list": (b"[]\n", "no request"),
    "a line without end": (b"x" * 100_000, "no request"),
    "a recording that is not there": (shipped("../../etc/passwd"), "no such recording"),
    "a name that is none": (json.dumps({"shipped": ["bed_a"]}).encode() + b"\n", "no such recording"),
    "no description": (request(toml=b""), "two files"),
    "a description without end": (json.dumps({"name": "a.csv", "description_bytes": 1 << 40}).encode() + b"\n", "two files"),
    "a description that is no TOML": (request(toml=b"\xff\x00["), "night.toml"),
    "a description of something else": (request(toml=b"[mat]\n"), "night.toml"),
    "no rows": (request(rows=b""), "night.csv.gz"),
    "rows that are not packed": (request(rows=b"x" * 3_000_000), "Not a gzipped file"),
    "rows that are no CSV": (request("night.csv", rows=os.urandom(100_000)), "night.csv:1: the header must be t_s"),
    "a path as a name": (request("../../../tmp/night.csv", rows=b"x"), "recording.csv:1:"),
    "a name with a NUL": (request("a\0b.csv", rows=b"x"), "recording.csv:1:"),
    "a name as long as a book": (request("x" * 3000 + ".csv", rows=b"x"), "recording.csv:1:"),
    "other sensors than described": (request("night.csv", rows=b"t_s,a,b\n0,1,2\n"), "is not in night.toml"),
}


def test_what_is_no_recording_gets_a_sentence(web: WebProcess, cookie: str) -> None:
    wrong = {}
    for name, (body, text) in HOSTILE.items():
        status, answer = played(web, cookie, body)
        document = json.loads(answer)
        if status != 409 or text not in document["text"] or str(web.folder) in document["text"]:
            wrong[name] = (status, document)
    assert wrong == {}


def test_a_recording_that_breaks_off_is_played_as_far_as_it_goes(web: WebProcess, cookie: str) -> None:
    status, answer = played(web, cookie, request(rows=ROWS[: len(ROWS) // 2]))
    end = json.loads(answer.splitlines()[-1])
    assert (status, end["kind"]) == (200, "end")
    assert 0 < end["frames"] < 2496
    assert "the file breaks off here" in end["problems"][0]


def test_only_who_is_signed_in_sends_one_and_not_more_than_is_taken(web: WebProcess, cookie: str) -> None:
    assert played(web, "", shipped("bed_a"))[0] == 401
    assert web.ask("POST", PATH, shipped("bed_a"), cookie=cookie)[0] == 415
    assert web.ask("POST", PATH, shipped("bed_a"), cookie=cookie, headers={**FILE, "Sec-Fetch-Site": "cross-site"})[0] == 403
    assert web.ask("GET", PATH, cookie=cookie)[0] == 405
    for length in (UPLOAD_MOST_BYTES + 1, 10**15):
        head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\nOrigin: {web.origin}\r\nCookie: {cookie}\r\n"
        head += f"Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n"
        assert web.raw(head.encode()).startswith(b"HTTP/1.1 413")
    body = b'{"calm":1' + b" " * MAX_BODY_BYTES + b"}"
    assert web.ask("POST", "/api/command/check_in", body, cookie=cookie)[0] == 413
    assert children(web) == []


def test_one_is_played_at_a_time_by_a_process_that_is_small_and_last_in_line(web: WebProcess, cookie: str) -> None:
    with half_sent(web, cookie) as client:
        status, answer = played(web, cookie, request())
        assert (status, json.loads(answer)["reason"]) == (503, "replaying")
        (pid,) = children(web)
        until(lambda: Path(f"/proc/{pid}/oom_score_adj").read_text() == f"{LAST_TO_GO}\n", "the process has set itself back")
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, os.nice(0) + NICE)
        assert f"Max data size             {MEMORY_BYTES}" in Path(f"/proc/{pid}/limits").read_text()
        client.sendall(request()[-1:])
        with http.client.HTTPResponse(client) as rest:
            rest.begin()
            assert rest.read().endswith(b'"problems":[]}\n')
    assert played(web, cookie, shipped("bed_whisper"))[0] == 200


def test_nothing_is_left_of_a_visitor_who_goes(web: WebProcess, cookie: str) -> None:
    with half_sent(web, cookie):
        assert len(folders(web)) == 1
    until(lambda: not children(web) and not folders(web), "process and folder are gone")
    with asked(web, cookie, request(rows=endless())) as answer:
        answer.read(1000)
    until(lambda: not children(web) and not folders(web), "process and folder are gone")


def test_who_chooses_another_one_does_not_wait_for_the_end_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "TURN_S", MORE_PATIENCE_S)
    hangs = f"print({HELLO!r}, flush=True); import time; time.sleep(10_000)"

    async def run() -> list[int]:
        page = replaying.Replaying([sys.executable, "-c", hangs])
        visitors = [Visitor(), Visitor()]
        tasks = []
        for each in visitors:
            tasks.append(asyncio.create_task(page({"type": "http", "method": "POST"}, each.receive, each.send)))
            for before in visitors[: len(tasks) - 1]:
                before.gone.set()
            await each.answered.wait()
        visitors[-1].gone.set()
        await asyncio.gather(*tasks)
        return [each.status for each in visitors]

    assert asyncio.run(run()) == [200, 200]


class Visitor:
    """Sends a recording at once, and reads until they go."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.answered = asyncio.Event()
        self.status = 0
        self._sent = False

    async def receive(self) -> Message:
        if self._sent:
            await self.gone.wait()
            return {"type": "http.disconnect"}
        self._sent = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.answered.set()


def test_a_cue_and_a_stop_pass_while_a_long_one_is_played(web: WebProcess, daemon: FakeDaemon, cookie: str) -> None:
    watcher = web.stream(cookie)
    watcher.until("hello")
    with asked(web, cookie, request(rows=endless())) as answer:
        assert answer.read(1000).startswith(b'{"kind":"hello"')
        daemon.show(event_line("cue_end", "The planned time is over."))
        assert watcher.until("event")["event_type"] == "cue_end"
        assert web.ask("POST", "/api/command/stop", {}, cookie=cookie)[0] == 200
        assert daemon.asked == [{"command": "stop"}]
        assert children(web) != [], "the recording is still being played"


def test_the_page_ends_in_order_in_the_middle_of_one(web: WebProcess, cookie: str) -> None:
    with half_sent(web, cookie):
        (pid,) = children(web)
        web.stop()
    assert not Path(f"/proc/{pid}").exists()


def test_where_there_is_no_room_the_page_says_so_and_goes_on(web: WebProcess, cookie: str) -> None:
    assert played(web, cookie, b"{")[0] == 409
    (web.folder / "tmp").rmdir()
    status, answer = played(web, cookie, shipped("bed_a"))
    assert (status, json.loads(answer)["text"].partition(". ")[0]) == (409, "The recording cannot be played here")
    (web.folder / "tmp").mkdir()
    assert played(web, cookie, shipped("bed_whisper"))[0] == 200


def test_what_takes_too_much_memory_ends_with_a_sentence(tmp_path: Path) -> None:
    greedy = "from acumat.cli import playback as p; p._received = lambda _file: bytearray(2 * p.MEMORY_BYTES); p._run()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", greedy], capture_output=True, cwd=tmp_path, env=environment, check=True)
    assert json.loads(done.stdout)["text"].startswith("Playing this recording takes more memory")
