"""Twenty hostile ways to ask: each is refused, nothing reaches the daemon, and the person who lies there can still stop."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from acumat.web.connection import MAX_CONNECTIONS
from acumat.web.door import TRIES
from acumat.web.gate import MAX_BODY_BYTES
from acumat.web.hub import MAX_VISITORS
from tests.web.fake_daemon import FakeDaemon
from tests.web.process import WebProcess

BODY = b'{"calm":1}'
HALF_A_KB = 512
"""Of the longest ones: what a client gets rid of without its answers being read."""


def post(
    web: WebProcess, cookie: str, *extra: str, path: str = "/api/command/stop", body: bytes = BODY, **changed: str | None
) -> bytes:
    """A POST of the page, with headers changed, or left out where None."""
    headers: dict[str, str | None] = {
        "Host": f"127.0.0.1:{web.port}",
        "Origin": web.origin,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cookie": cookie,
    }
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value is not None), *extra]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def get(web: WebProcess, cookie: str, *extra: str, path: str = "/api/state", host: str | None = None) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{web.port}'}", f"Cookie: {cookie}", *extra]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def upload(web: WebProcess, cookie: str, body: bytes = b"{}", **changed: str | None) -> bytes:
    """A recording as the page sends it."""
    return post(web, cookie, path="/api/replay", body=body, **{"Content_Type": "application/octet-stream", **changed})


Attack = Callable[[WebProcess, str], bytes]
ATTACKS: dict[str, tuple[Attack, tuple[int, ...]]] = {
    "a name that was rebound to us": (lambda web, cookie: get(web, cookie, host="evil.example"), (421,)),
    "a rebound name with our port": (lambda web, cookie: post(web, cookie, Host=f"evil.example:{web.port}"), (421,)),
    "no Host at all": (lambda web, cookie: get(web, cookie).replace(b"Host: ", b"X-Host: "), (400,)),
    "two Hosts": (lambda web, cookie: get(web, cookie, "Host: evil.example"), (400,)),
    "a foreign Origin": (lambda web, cookie: post(web, cookie, Origin="http://evil.example"), (403,)),
    "no Origin": (lambda web, cookie: post(web, cookie, Origin=None), (403,)),
    "a hidden Origin": (lambda web, cookie: post(web, cookie, Origin="null"), (403,)),
    "two Origins": (lambda web, cookie: post(web, cookie, "Origin: http://evil.example"), (403,)),
    "another site's script": (lambda web, cookie: post(web, cookie, Sec_Fetch_Site="cross-site"), (403,)),
    "a form of another site": (lambda web, cookie: post(web, cookie, Content_Type="text/plain"), (415,)),
    "the stream without a cookie": (lambda web, _: get(web, "", path="/api/live"), (401,)),
    "the stream with a forged cookie": (lambda web, _: get(web, "acumat_session=9999999999.00", path="/api/live"), (401,)),
    "the history without a cookie": (lambda web, _: get(web, "", path="/export/history.json"), (401,)),
    "the report for another site": (lambda web, c: get(web, c, "Sec-Fetch-Site: cross-site", path="/report.html"), (403,)),
    "an export by a path": (lambda web, cookie: get(web, cookie, path="/export/..%2f..%2fetc%2fpasswd"), (404,)),
    "a command without a cookie": (lambda web, _: post(web, ""), (401,)),
    "a body of 1 MB": (lambda web, cookie: post(web, cookie, body=b"x" * 1_000_000), (413,)),
    "a chunked body beside a length": (lambda web, cookie: post(web, cookie, "Transfer-Encoding: chunked"), (400,)),
    "two lengths": (lambda web, cookie: post(web, cookie, "Content-Length: 0"), (400,)),
    "a length that is no number": (lambda web, cookie: post(web, cookie, Content_Length="+10"), (400, 411)),
    "a line feed in a header": (lambda web, cookie: post(web, cookie, "X: a\nContent-Length: 0"), (400,)),
    "a NUL in a header": (lambda web, cookie: get(web, cookie, "X: a\0b"), (400,)),
    "headers without end": (lambda web, cookie: get(web, cookie, f"X: {'x' * 100_000}"), (400, 431)),
    "a thousand headers": (lambda web, cookie: get(web, cookie, *(f"x{n}: 1" for n in range(1000))), (431,)),
    "a path out of the folder": (lambda web, cookie: get(web, cookie, path="/static/../../../etc/passwd"), (404,)),
    "the same, in disguise": (lambda web, cookie: get(web, cookie, path="/static/%2e%2e/%2e%2e/etc/passwd"), (404,)),
    "the same, with backslashes": (lambda web, cookie: get(web, cookie, path="/static/..%5c..%5cetc%5cpasswd"), (404,)),
    "an address as path": (lambda web, cookie: get(web, cookie, path="http://evil.example/"), (401, 404)),
    "a path that skips the session": (lambda web, _: get(web, "", path="/static/..%2fapi/state"), (404,)),
    "a recording without a cookie": (lambda web, _: upload(web, ""), (401,)),
    "a recording of 9 MB": (lambda web, cookie: upload(web, cookie, Content_Length="9000000"), (413,)),
    "a recording from another site": (lambda web, cookie: upload(web, cookie, Origin="http://evil.example"), (403,)),
    "a recording as a form": (lambda web, cookie: upload(web, cookie, Content_Type="multipart/form-data"), (415,)),
    "another method": (lambda web, cookie: get(web, cookie).replace(b"GET", b"TRACE", 1), (405,)),
    "another protocol": (lambda web, cookie: get(web, cookie, "Connection: Upgrade", "Upgrade: websocket"), (400,)),
    "no HTTP at all": (lambda _web, _cookie: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", (400,)),
}
CLOSE = "Connection: close"


def test_each_hostile_request_is_refused_and_none_reaches_the_daemon(web: WebProcess, daemon: FakeDaemon) -> None:
    cookie = web.sign_in()
    wrong = {}
    for name, (attack, statuses) in ATTACKS.items():
        answer = web.raw(attack(web, cookie).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None
        if status not in statuses or b"root:" in answer or b'"mat"' in answer:
            wrong[name] = (status, answer[:200])
    assert wrong == {}
    assert (daemon.asked, daemon.statuses, daemon.watches) == ([], 0, 0), "the daemon, which gives the cues, hears of none"
    stops(web, cookie, daemon)


def test_while_all_of_them_wait_for_their_answers_a_cue_is_shown_before_any_is_read(
    web: WebProcess, daemon: FakeDaemon
) -> None:
    cookie = web.sign_in()
    watcher = web.stream(cookie)
    watcher.until("hello")
    with ExitStack() as stack:
        for attack, _ in ATTACKS.values():
            stack.enter_context(web.connect()).sendall(attack(web, cookie)[:HALF_A_KB])
        daemon.show({"kind": "event", "event_type": "cue", "text": "Breathe out."})
        assert watcher.until("event")["event_type"] == "cue"
    assert (daemon.asked, daemon.statuses, daemon.watches) == ([], 0, 1)


def stops(web: WebProcess, cookie: str, daemon: FakeDaemon) -> None:
    """The person who is signed in gets through."""
    assert web.ask("POST", "/api/command/stop", {}, cookie=cookie)[0] == 200
    assert daemon.asked.pop() == {"command": "stop"}


def test_a_request_that_hides_in_the_body_of_another_is_not_answered(web: WebProcess, daemon: FakeDaemon) -> None:
    cookie = web.sign_in()
    hidden = post(web, cookie, path="/api/command/symptom", body=b"{}")
    for refused in (
        post(web, cookie, "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + hidden),
        post(web, cookie, Content_Length=str(MAX_BODY_BYTES + 1), body=hidden),
        post(web, cookie, Origin="http://evil.example", body=b"{}") + hidden,
    ):
        assert web.raw(refused).count(b"HTTP/1.1 ") == 1
    assert daemon.asked == []


def test_whoever_guesses_codes_has_five_tries_a_minute_and_disturbs_nobody_who_is_signed_in(
    web: WebProcess, daemon: FakeDaemon
) -> None:
    cookie = web.sign_in()
    answers = [web.ask("POST", "/login", {"code": f"GUESS-{number:05}"}) for number in range(50)]
    assert [status for status, _, _ in answers[:TRIES]] == [403] * TRIES
    assert {status for status, _, _ in answers[TRIES:]} == {429}
    assert all(int(headers["retry-after"]) <= 60 for _, headers, _ in answers[TRIES:])
    assert web.ask("POST", "/login", {"code": web.code})[0] == 429
    stops(web, cookie, daemon)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nX-Slow: "])
def test_two_hundred_connections_that_say_little_keep_nobody_out(web: WebProcess, daemon: FakeDaemon, said: bytes) -> None:
    cookie = web.sign_in()
    with ExitStack() as stack:
        for _ in range(200):
            client = stack.enter_context(web.connect())
            client.sendall(said)
        stops(web, cookie, daemon)
    stops(web, cookie, daemon)


def test_streams_are_bounded_and_one_that_is_never_read_delays_no_other(web: WebProcess, daemon: FakeDaemon) -> None:
    cookie = web.sign_in()
    deaf = web.connect()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.sendall(get(web, cookie, path="/api/live"))
    streams = [web.stream(cookie) for _ in range(MAX_VISITORS)]
    assert sorted({each.status for each in streams}) == [200, 503]
    heard = next(each for each in streams if each.status == 200)
    heard.until("hello")
    for number in range(300):
        daemon.show({"kind": "event", "event_type": "settled", "text": f"{number} {'x' * 20_000}"})
        assert heard.until("event")["text"].startswith(f"{number} ")
    stops(web, cookie, daemon)
    deaf.close()


def test_what_is_refused_says_nothing_of_the_mat(web: WebProcess) -> None:
    answer = web.raw(get(web, "", CLOSE))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"server:" not in head.lower()
    assert json.loads(body) == {"ok": False, "reason": "login", "text": "Sign in first."}
    assert MAX_CONNECTIONS < 200
