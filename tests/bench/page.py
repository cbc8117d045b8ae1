"""What the page costs and withstands: `python -m tests.bench.page` prints a table and keeps it in docs/bench.json.

The first answer of a process that a socket starts, its memory, five frames a second in three streams, a calibration whose
visitor goes, and how late a cue comes while everything hostile that the tests know is sent. The daemon is a real one on a
simulated mat, in real time.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from acumat import __version__
from acumat.feed_client import subscribe
from acumat.web.replaying import PATH as REPLAY_PATH
from tests.bench.daemon import cpu_s, rss_mb
from tests.bench.record import record
from tests.broker import PATIENCE_S, until
from tests.checkout import ROOT, environment
from tests.system.process import DaemonProcess
from tests.web.process import WebProcess
from tests.web.test_hostile import ATTACKS

NO_BROKER = 1
FIRST_FD = 3
ATTACKERS = 4
CONNECTIONS = 200
BEFORE_S = 5.0
"""The attack begins so long before the cue is due."""
PLANNED_MIN = 5
CALIBRATED_BY_S = (30.0, 55.0)
"""When somebody lies there for it, in seconds of the story."""
STREAM_S = 10.0
FILE = {"Content-Type": "application/octet-stream"}
ASKED: dict[str, float | None] = {
    "first_answer_s": 1.0,
    "rss_mb": 32.0,
    "replay_rss_mb": 32.0,
    "player_peak_mb": None,
    "replay_s": None,
    "frames_a_second": 5.0,
    "calibration_s": 90.0,
    "cue_late_s": 1.0,
    "attacks": None,
    "attack_cpu_pct": None,
    "listening": 0.0,
}
WORDS = {
    "first_answer_s": "start by the socket to the first byte, s",
    "rss_mb": "resident memory of the page with three streams, MiB",
    "replay_rss_mb": "the same after a recording has been played, MiB",
    "player_peak_mb": "most memory of the process that plays it, MiB",
    "replay_s": "a recording of 330 s at 25 Hz is played in, s",
    "frames_a_second": "frames a second in each of three streams",
    "calibration_s": "a calibration, its visitor gone after the start, s",
    "cue_late_s": "a cue under attack comes after it is due, s",
    "attacks": "hostile requests sent meanwhile, a second",
    "attack_cpu_pct": "CPU of the page meanwhile, % of a core",
    "listening": "listening internet sockets of acumat run",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=5, help="starts measured")
    figures = measure(parser.parse_args().runs)
    print(f"acumat {__version__}, layout 4x2, 10 Hz, in real time")
    for key, words in WORDS.items():
        asked = ASKED[key]
        print(f"{words:<52} {figures[key]:>8.2f}   asked: {'-' if asked is None else f'{asked:g}'}")
    record("page", {key: round(figures[key], 3) for key in WORDS})


def measure(runs: int) -> dict[str, float]:
    """All figures by name; the first answer is a median over `runs`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "web").mkdir()
        daemon = DaemonProcess(folder, NO_BROKER, stays=[CALIBRATED_BY_S, (75.0, 3000.0)], speed=1.0, mqtt="enabled = false")
        web = WebProcess(folder / "web", folder / "run")
        web.make_code()
        figures = {"first_answer_s": statistics.median(first_answer_s(web) for _ in range(runs))}
        try:
            daemon.start()
            web.start()
            cookie = web.sign_in()
            figures |= {"calibration_s": calibration_s(daemon, web, cookie), "listening": float(listening(daemon))}
            answer_questions(daemon)
            figures |= streams(web, cookie) | played(web, cookie) | attacked(daemon, web, cookie)
        finally:
            web.stop()
            daemon.kill()
    return figures


def first_answer_s(web: WebProcess) -> float:
    """A request waits at the socket, as systemd holds it, until the process that it starts has answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        port = listener.getsockname()[1]
        client.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        script = f'exec {FIRST_FD}<&{listener.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
        entry = ["-c", "from acumat.cli.entry import main; main()", "web", "--config", str(web.config)]
        began_s = time.monotonic()
        process = subprocess.Popen(
            ["bash", "-c", script, "bash", sys.executable, *entry],
            pass_fds=[listener.fileno()],
            env=environment(),
        )
        try:
            assert client.recv(12) == b"HTTP/1.1 200"
            return time.monotonic() - began_s
        finally:
            process.terminate()
            process.wait()


def calibration_s(daemon: DaemonProcess, web: WebProcess, cookie: str) -> float:
    """From the visitor's touch to the answer; nobody looks meanwhile."""
    until(lambda: daemon.status()["state"]["presence"] == "empty", "the mat is seen")
    began_s = time.monotonic()
    status, _, body = web.ask("POST", "/api/command/calibrate", {}, cookie=cookie)
    assert status == 200, body
    until(lambda: (outcome := daemon.status()["calibration_outcome"]) and outcome["ok"], "the mat is calibrated", 180)
    return time.monotonic() - began_s


def listening(daemon: DaemonProcess) -> int:
    """Sockets of the daemon that wait for connections over a network."""
    assert daemon.process is not None
    own = {str(each.readlink()) for each in Path(f"/proc/{daemon.process.pid}/fd").iterdir()}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return sum(row[3] == "0A" and f"socket:[{row[9]}]" in own for row in rows)


def answer_questions(daemon: DaemonProcess) -> None:
    """And plan a short session: somebody lies there soon."""
    program = [sys.executable, "-m", daemon.module]
    for words in (["screen", "--none"], ["programme", "set", "--minutes", str(PLANNED_MIN)]):
        subprocess.run([*program, *words, "--config", str(daemon.config)], check=True, cwd=ROOT, capture_output=True)


def streams(web: WebProcess, cookie: str) -> dict[str, float]:
    """Three visitors look for a while."""
    visitors = [web.stream(cookie) for _ in range(3)]
    counts = [0, 0, 0]
    for each in visitors:
        each.until("frame")
    end_s = time.monotonic() + STREAM_S
    while time.monotonic() < end_s:
        for number, each in enumerate(visitors):
            counts[number] += each.take()[0] == "frame"
    figures = {"frames_a_second": min(counts) / STREAM_S, "rss_mb": rss_mb(web.pid)}
    for each in visitors:
        each.close()
    return figures


def played(web: WebProcess, cookie: str) -> dict[str, float]:
    """A shipped recording, and what the process that plays it takes at most."""
    peak_kb = [0]
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            for task in Path(f"/proc/{web.pid}/task").iterdir():
                for pid in (task / "children").read_text().split():
                    with suppress(OSError, StopIteration):
                        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                        peak_kb.append(int(next(line for line in lines if line.startswith("VmHWM")).split()[1]))

    looking = threading.Thread(target=look)
    looking.start()
    began_s = time.monotonic()
    status, _, _ = web.ask("POST", REPLAY_PATH, b'{"shipped":"bed_a"}\n', cookie=cookie, headers=FILE)
    took_s = time.monotonic() - began_s
    over.set()
    looking.join()
    assert status == 200
    return {"replay_s": took_s, "player_peak_mb": max(peak_kb) / 1024, "replay_rss_mb": rss_mb(web.pid)}


def attacked(daemon: DaemonProcess, web: WebProcess, cookie: str) -> dict[str, float]:
    """How late half of the session is called while the page has no quiet moment. A recording is played, too."""
    feed = subscribe(daemon.folder / "run" / "control.sock", 5.0, PATIENCE_S)
    due_s = 0.0
    with ExitStack() as stack:
        sent: list[int] | None = None
        cpu_before_s = began_s = 0.0
        for raw in iter(feed.lines, None):
            assert raw is not None
            for line in raw:
                now_s = time.monotonic()
                if line["kind"] == "frame" and line["session_left_s"] is not None:
                    due_s = now_s + line["session_left_s"] - PLANNED_MIN * 60 / 2
                    if sent is None and due_s - now_s < BEFORE_S:
                        cpu_before_s, began_s = cpu_s(web.pid), now_s
                        sent = stack.enter_context(under_attack(web, cookie))
                elif line["kind"] == "event" and line["event_type"] == "cue_half":
                    assert sent is not None
                    feed.close()
                    took_s = now_s - began_s
                    cpu_pct = 100 * (cpu_s(web.pid) - cpu_before_s) / took_s
                    return {"cue_late_s": now_s - due_s, "attacks": sum(sent) / took_s, "attack_cpu_pct": cpu_pct}
    raise AssertionError("the daemon has hung up")


@contextmanager
def under_attack(web: WebProcess, cookie: str) -> Iterator[list[int]]:
    """Silent connections, a recording, and all that is hostile over and over; the list counts requests by attacker."""
    over = threading.Event()
    sent = [0] * ATTACKERS

    def attack(number: int) -> None:
        while not over.is_set():
            for make, _ in ATTACKS.values():
                with suppress(OSError):
                    web.raw(make(web, cookie).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
                sent[number] += 1

    def replay() -> None:
        while not over.is_set():
            with suppress(OSError):
                web.ask("POST", REPLAY_PATH, b'{"shipped":"bed_a"}\n', cookie=cookie, headers=FILE)

    threads = [*(threading.Thread(target=attack, args=(each,)) for each in range(ATTACKERS)), threading.Thread(target=replay)]
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(web.connect()).sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        for thread in threads:
            thread.start()
        try:
            yield sent
        finally:
            over.set()
            for thread in threads:
                thread.join()


if __name__ == "__main__":
    main()
