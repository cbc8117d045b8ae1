"""The page as users run it: a process of its own beside a daemon, and a visitor who speaks HTTP to it by hand."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from acumat.web import code
from acumat.web.door import COOKIE
from tests.broker import PATIENCE_S
from tests.checkout import environment


class WebProcess:
    """One page for the daemon whose control socket is in `runtime_dir` (else `folder`), on a loopback port of its own."""

    def __init__(self, folder: Path, runtime_dir: Path | None = None) -> None:
        self.folder = folder
        self.code_file = folder / "code"
        self.config = folder / "acumat.toml"
        self.config.write_text(f'[daemon]\nruntime_dir = "{runtime_dir or folder}"\n[web]\ncode_file = "{self.code_file}"\n')
        self.port = 0
        self.code = ""
        self._process: subprocess.Popen[str] | None = None
        self._streams: list[Stream] = []

    def make_code(self) -> None:
        self.code, secret = code.new_code()
        code.store(self.code_file, secret)

    def start(self, **variables: str) -> None:
        with (self.folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment(**variables),
            )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        match = re.search(r"127\.0\.0\.1:(\d+)", said)
        assert match is not None, said + self.logged()
        self.port = int(match[1])

    @property
    def command(self) -> list[str]:
        """A module, and its arguments."""
        return ["acumat.cli.main", "web", "--port", "0", "--config", str(self.config)]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def logged(self) -> str:
        return (self.folder / "log").read_text()

    def stop(self) -> int:
        """End it as systemd does; the exit code."""
        for each in self._streams:
            each.close()
        self._streams.clear()
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(PATIENCE_S)
        finally:
            process.kill()
            if process.stdout is not None:
                process.stdout.close()

    def ask(
        self, method: str, path: str, body: Any = None, *, cookie: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by lower-case name, and body of one request, as a browser's page sends it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        sent = {"Cookie": cookie} if cookie else {}
        if method == "POST":
            sent |= {"Content-Type": "application/json", "Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        try:
            content = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, content, {**sent, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self) -> str:
        """The Cookie header of a visitor who knows the code."""
        status, headers, body = self.ask("POST", "/login", {"code": self.code})
        assert status == 200, body
        found = re.match(rf"{COOKIE}=[^;]+", headers["set-cookie"])
        assert found is not None
        return found[0]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def raw(self, data: bytes) -> bytes:
        """All that comes back for these bytes until the page hangs up."""
        with self.connect() as client:
            client.sendall(data)
            received = bytearray()
            try:
                while chunk := client.recv(65536):
                    received += chunk
            except ConnectionResetError:
                pass
            return bytes(received)

    def stream(self, cookie: str) -> Stream:
        self._streams.append(Stream(self, cookie))
        return self._streams[-1]


class Stream:
    """A browser's EventSource. Iterating it gives (event, data) pairs."""

    def __init__(self, web: WebProcess, cookie: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=PATIENCE_S)
        self._connection.request("GET", "/api/live", headers={"Cookie": cookie})
        self._answer = self._connection.getresponse()
        self.status = self._answer.status

    def take(self) -> tuple[str, Any]:
        """The next event, comments left out; ("", None) at the end."""
        kind = ""
        while line := self._answer.readline():
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                kind = value
            elif field == "data":
                return kind, json.loads(value)
        return "", None

    def until(self, wanted: str) -> Any:
        """The data of the next event of this kind."""
        while (taken := self.take())[0] != wanted:
            assert taken[0], f"the stream ended before {wanted}"
        return taken[1]

    def close(self) -> None:
        self._answer.close()
        self._connection.close()
