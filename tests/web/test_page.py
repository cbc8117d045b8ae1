"""The page as a process: sign-in, state, commands, the stream, and what becomes of it when the daemon goes."""

from __future__ import annotations

import gzip
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from acumat.contract.commands import CommandName
from acumat.web.asking import FROM_THE_PAGE
from acumat.web.assets import CARD
from tests.broker import until
from tests.checkout import environment
from tests.web.fake_daemon import LYING_US, FakeDaemon, event_line, frame_line
from tests.web.process import WebProcess


def test_a_visitor_signs_in_and_sees_what_the_daemon_knows(web: WebProcess, daemon: FakeDaemon) -> None:
    assert web.ask("GET", "/api/state")[0] == 401
    cookie = web.sign_in()
    status, headers, body = web.ask("GET", "/api/state", cookie=cookie)
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert b'"mat":"test"' in body
    assert b"The broker at localhost" in body


def test_the_parts_are_packed_for_whom_takes_them_so(web: WebProcess) -> None:
    plain = web.ask("GET", "/")
    status, headers, body = web.ask("GET", "/", headers={"Accept-Encoding": "gzip, deflate, br"})
    assert (status, headers["content-encoding"], headers["vary"]) == (200, "gzip", "accept-encoding")
    assert (gzip.decompress(body), "content-encoding" in plain[1]) == (plain[2], False)


def test_a_dashboard_gets_the_card_as_a_script_that_it_may_run(web: WebProcess) -> None:
    foreign = {"Origin": "http://home.example:8123", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    status, headers, body = web.ask("GET", "/acumat-card.js", headers=foreign)
    assert (status, body) == (200, CARD.read_bytes())
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert "access-control-allow-origin" not in web.ask("GET", "/")[1]


def test_nobody_gets_in_without_the_code(web: WebProcess) -> None:
    for typed in ("", "AAAAA-AAAAA", None, 5, ["x"]):
        status, headers, _ = web.ask("POST", "/login", {"code": typed})
        assert status in (403, 409)
        assert "set-cookie" not in headers


def test_without_a_code_the_page_says_how_to_make_one(web: WebProcess) -> None:
    web.code_file.unlink()
    status, _, body = web.ask("POST", "/login", {"code": web.code})
    assert (status, b"acumat web-code" in body) == (503, True)


def test_a_new_code_ends_the_session_of_a_running_page(web: WebProcess) -> None:
    cookie = web.sign_in()
    web.make_code()
    assert web.ask("GET", "/api/state", cookie=cookie)[0] == 401
    assert web.ask("GET", "/api/state", cookie=web.sign_in())[0] == 200


def test_signing_out_makes_the_browser_forget(web: WebProcess) -> None:
    status, headers, _ = web.ask("POST", "/logout", {}, cookie=web.sign_in())
    assert status == 200
    assert re.match(r"acumat_session=; Max-Age=0;.*HttpOnly", headers["set-cookie"])


def test_a_command_of_the_page_reaches_the_daemon_as_it_is(web: WebProcess, daemon: FakeDaemon) -> None:
    cookie = web.sign_in()
    for name in sorted(FROM_THE_PAGE):
        status, _, body = web.ask("POST", f"/api/command/{name}", {"calm": 4, "command": "history_forget"}, cookie=cookie)
        assert (status, b"It is done." in body) == (200, True)
    assert daemon.asked == [{"calm": 4, "command": name} for name in sorted(FROM_THE_PAGE)]


def test_no_other_command_does(web: WebProcess, daemon: FakeDaemon) -> None:
    cookie = web.sign_in()
    for name in [*sorted({*CommandName} - FROM_THE_PAGE), "", "../stop", "%2e%2e/stop", "STOP", "stop/x", "stop%00"]:
        assert web.ask("POST", f"/api/command/{name}", {}, cookie=cookie)[0] == 404, name
    assert daemon.asked == []


def test_what_the_daemon_refuses_is_refused_with_its_sentence(web: WebProcess, daemon: FakeDaemon) -> None:
    daemon.answer = lambda request: {"ok": False, "reason": "bad_value", "text": "calm must be 1 to 5."}
    status, _, body = web.ask("POST", "/api/command/check_in", {"calm": 9}, cookie=web.sign_in())
    assert (status, b"calm must be 1 to 5." in body) == (409, True)


def test_a_body_that_is_no_object_is_an_empty_request(web: WebProcess, daemon: FakeDaemon) -> None:
    cookie = web.sign_in()
    for body in (b"[1]", b"{", b"\xff", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 2000):
        web.ask("POST", "/api/command/stop", body, cookie=cookie)
    assert daemon.asked == [{"command": "stop"}] * 6


def test_without_a_daemon_every_answer_says_so(web: WebProcess, daemon: FakeDaemon) -> None:
    cookie = web.sign_in()
    daemon.close()
    for method, path in (("GET", "/api/state"), ("POST", "/api/command/stop")):
        status, _, body = web.ask(method, path, {} if method == "POST" else None, cookie=cookie)
        assert (status, b"systemctl start acumat" in body) == (503, True)


def test_all_windows_share_one_feed_which_ends_with_the_last(web: WebProcess, daemon: FakeDaemon) -> None:
    cookie = web.sign_in()
    assert daemon.watches == 0
    streams = [web.stream(cookie) for _ in range(3)]
    for each in streams:
        assert each.until("hello")["mat"] == "test"
    daemon.show(
        frame_line(LYING_US), event_line("settled", "Lying quietly for 30 s."), {"kind": "new", "x": 1}, {"kind": "alive"}
    )
    for each in streams:
        assert each.until("frame")["loads_us"] == LYING_US
    late = web.stream(cookie)
    assert late.until("event")["event_type"] == "settled"
    assert late.until("frame")["loads_us"] == LYING_US
    assert (daemon.watches, daemon.watching) == (1, 1)
    for each in (*streams, late):
        each.close()

    def let_go() -> bool:
        daemon.show(frame_line(LYING_US))
        return daemon.watching == 0

    until(let_go, "the feed is let go")


def test_a_stream_lives_on_while_the_daemon_starts_anew(web: WebProcess, daemon: FakeDaemon) -> None:
    stream = web.stream(web.sign_in())
    stream.until("hello")
    daemon.close()
    assert stream.until("link") == {"up": False}
    daemon.start()
    assert stream.until("link") == {"up": True}
    stream.until("hello")
    daemon.show(frame_line(LYING_US))
    stream.until("frame")


def test_a_feed_that_cannot_be_read_is_begun_anew(web: WebProcess, daemon: FakeDaemon) -> None:
    stream = web.stream(web.sign_in())
    stream.until("hello")
    for line in (b"not json\n", b'{"ok":false,"reason":"busy","text":"x"}\n', b"x" * 100_000 + b"\n"):
        daemon.show_bytes(line)
        assert stream.until("link") == {"up": False}
        assert stream.until("link") == {"up": True}


def test_a_new_code_ends_open_streams(web: WebProcess, daemon: FakeDaemon) -> None:
    stream = web.stream(web.sign_in())
    stream.until("hello")
    web.make_code()
    daemon.show(frame_line(LYING_US))
    daemon.show(frame_line(LYING_US))
    while stream.take()[0]:
        daemon.show(frame_line(LYING_US))


def test_it_listens_on_loopback_alone_and_opens_no_file_of_the_daemon(web: WebProcess) -> None:
    sockets = set()
    for each in Path(f"/proc/{web.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it reads its feed meanwhile, and closes files
            sockets.add(str(each.readlink()))
    inodes = {each[8:-1] for each in sockets if each.startswith("socket:")}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{web.pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                listening.append(fields[1])
    assert listening == [f"0100007F:{web.port:04X}"]


def test_systemd_hands_the_socket_over_and_the_page_ends_by_itself(tmp_path: Path, daemon: FakeDaemon) -> None:
    web = WebProcess(tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    start = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ |= {'LISTEN_FDS': '1', 'LISTEN_PID': str(os.getpid())};"
        "from acumat.web import server; server.IDLE_S = 0.5;"
        "from acumat.cli.main import main; sys.exit(main(['web', '--config', sys.argv[2]]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", start, str(listener.fileno()), str(web.config)],
        env=environment(),
        pass_fds=[listener.fileno()],
        stdout=subprocess.PIPE,
    )
    web.port = listener.getsockname()[1]
    assert web.ask("GET", "/")[0] == 200
    said, _ = process.communicate()
    assert (process.returncode, said) == (0, b"")
    listener.close()


def test_a_page_that_stops_ends_its_streams_in_order(web: WebProcess) -> None:
    stream = web.stream(web.sign_in())
    stream.until("hello")
    os.kill(web.pid, signal.SIGTERM)
    while stream.take()[0]:
        pass
    web.stop()
    assert web.logged() == "", "uvicorn had to cut nothing off"


def test_it_imports_nothing_that_it_does_not_use(web: WebProcess) -> None:
    web.stop()
    web.start(PYTHONPROFILEIMPORTTIME="1")
    web.sign_in()
    web.stop()
    imported = {line.rpartition("|")[2].strip() for line in web.logged().splitlines() if line.startswith("import time:")}
    assert imported >= {"uvicorn.protocols.http.h11_impl", "acumat.web.app"}
    needless = {
        "acumat.detect",
        "acumat.service",
        "acumat.history",
        "acumat.mqtt",
        "paho",
        "sqlite3",
        "acumat_sim",
        "numpy",
        "gpiozero",
        # drawn and reported in a process of its own
        "acumat.insight",
        "acumat.report",
        "acumat.plots.course",
        "statistics",
        # of its libraries: 1.5 MB of uvicorn's command line, 0.5 MB of starlette's pages for developers
        "click",
        "multiprocessing",
        "starlette.applications",
    }
    assert [name for name in imported if needless & {name, name.split(".")[0], ".".join(name.split(".")[:2])}] == []


def test_without_its_libraries_the_command_says_what_to_install(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['starlette'] = None; from acumat.cli.main import main; sys.exit(main(['web']))"
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True, check=False)
    assert (done.returncode, "pip install 'acumat[web]'" in done.stderr) == (69, True)
