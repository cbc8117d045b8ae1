"""A Home Assistant for tests: its own folder, on loopback, with the owner's token and the broker set up, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.broker import free_port, until
from tests.machine import patience_s

BLUEPRINTS = Path(__file__).parent.parent.parent / "docs" / "blueprints"
START_S = 120.0
STOP_S = 40.0
OF_THE_MACHINE = ("is taking over", "Waiting for integrations")
"""Warnings of a Home Assistant that is slow to start."""

CONFIGURATION = """
homeassistant:
  name: Test
  time_zone: UTC
  unit_system: metric
  country: GB
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
websocket_api:
config:
history:
recorder:
  commit_interval: 1
logger:
  default: warning
  logs:
    homeassistant.components.mqtt: info
scene:
script: !include scripts.yaml
automation: !include automations.yaml
{more}
"""
ALL_STEPS = ["user", "core_config", "analytics", "integration"]


class HomeAssistant:
    """Started and stopped at will; what it has learned stays in its folder."""

    def __init__(
        self,
        folder: Path,
        mqtt_port: int,
        *,
        automations: list[Mapping[str, Any]] | None = None,
        scripts: Mapping[str, Any] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "hass.log"
        self._mqtt_port = mqtt_port
        self._process: subprocess.Popen[bytes] | None = None
        self.token = ""
        self._log_start = 0
        storage = folder / ".storage"
        storage.mkdir(parents=True)
        keys = "\n".join(f"{key}: {json.dumps(value)}" for key, value in (more or {}).items())  # YAML takes JSON
        text = CONFIGURATION.format(port=self.port, more=keys)
        (folder / "configuration.yaml").write_text(text)
        (folder / "automations.yaml").write_text(json.dumps(automations or []))
        (folder / "scripts.yaml").write_text(json.dumps(scripts or {}))
        shutil.copytree(BLUEPRINTS, folder / "blueprints" / "automation" / "acumat")
        (storage / "auth").write_text(json.dumps(self._owner()))
        (storage / "onboarding").write_text(
            json.dumps({"version": 4, "minor_version": 1, "key": "onboarding", "data": {"done": ALL_STEPS}})
        )

    def _owner(self) -> dict[str, Any]:
        """One user with a long-lived token, in the form in which Home Assistant keeps them."""
        user, token, key = secrets.token_hex(16), secrets.token_hex(16), secrets.token_hex(64)
        self.token = signed({"iss": token, "iat": int(time.time()), "exp": int(time.time()) + 86_400}, key)
        refresh = {
            "id": token,
            "user_id": user,
            "client_id": None,
            "client_name": "tests",
            "client_icon": None,
            "token_type": "long_lived_access_token",
            "created_at": "2025-01-01T00:00:00+00:00",
            "access_token_expiration": 86_400.0,
            "token": secrets.token_hex(64),
            "jwt_key": key,
            "last_used_at": None,
            "last_used_ip": None,
            "expire_at": None,
            "credential_id": None,
            "version": "2025.1.0",
        }
        owner = {
            "id": user,
            "group_ids": ["system-admin"],
            "is_owner": True,
            "is_active": True,
            "name": "Tester",
            "system_generated": False,
            "local_only": False,
        }
        groups = [{"id": f"system-{name}", "name": name} for name in ("admin", "users", "read-only")]
        data = {"users": [owner], "groups": groups, "credentials": [], "refresh_tokens": [refresh]}
        return {"version": 1, "minor_version": 1, "key": "auth", "data": data}

    def start(self, *, broker_up: bool = True) -> None:
        """Until it is running, knows the broker and has told its birth there (unless that one is down): now entities count."""
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        command = [*shlex.split(os.environ["ACUMAT_HASS"]), "-c", str(self.folder), "--skip-pip"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        until(self._running, f"Home Assistant runs; see {self.log}", START_S)
        if not broker_up:
            return
        if not self.entries():
            self._add_broker()
        until(lambda: [each["state"] for each in self.entries()] == ["loaded"], "the broker is connected", START_S)
        until(lambda: "birth message sent" in self.logged(), "the birth is reported", START_S)
        pending = self.try_ws("http/config")  # newer ones would go back to another address after five minutes
        if isinstance(pending, dict) and pending.get("pending"):
            self.try_ws("http/config/promote")

    def stop(self) -> None:
        """Ask it to end as a user would; it may take its time."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience_s(STOP_S))  # killed, it would forget its counters
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def births(self) -> int:
        """How often it has told a broker that it is there, over all its starts."""
        return self.log.read_text(errors="replace").count("birth message sent")

    def logged(self) -> str:
        """What it has logged since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def complaints(self, *about: str) -> list[str]:
        """Every warning and error, of all starts, that has one of these words; what a slow machine brings is left out."""
        lines = self.log.read_text(errors="replace").splitlines()
        warned = [line for line in lines if (" WARNING " in line or " ERROR " in line)]
        ours = [line for line in warned if any(word in line.lower() for word in about)]
        return [line for line in ours if not any(each in line for each in OF_THE_MACHINE)]

    def get(self, path: str) -> Any:
        return self._rest("GET", path)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._rest("POST", path, body)

    def delete(self, path: str) -> Any:
        return self._rest("DELETE", path)

    def states(self) -> dict[str, dict[str, Any]]:
        """Every state by entity id."""
        return {each["entity_id"]: each for each in self.get("/api/states")}

    def state(self, entity_id: str) -> str | None:
        found = self.states().get(entity_id)
        return None if found is None else str(found["state"])

    def call(self, service: str, **data: Any) -> None:
        domain, _, name = service.partition(".")
        self.post(f"/api/services/{domain}/{name}", data)

    def entries(self) -> list[dict[str, Any]]:
        return [each for each in self.get("/api/config/config_entries/entry") if each["domain"] == "mqtt"]

    def reload_mqtt(self) -> None:
        """As after enabling an entity, without the half minute that Home Assistant waits."""
        self.post(f"/api/config/config_entries/entry/{self.entries()[0]['entry_id']}/reload", {})

    def guest(self) -> str:
        """A token of a new user without rights to set anything up."""
        name, client = secrets.token_hex(4), f"http://127.0.0.1:{self.port}/"
        user = self.ws("config/auth/create", name=name, group_ids=["system-users"])["user"]["id"]
        self.ws("config/auth_provider/homeassistant/create", user_id=user, username=name, password=name)
        flow = self.post("/auth/login_flow", {"client_id": client, "handler": ["homeassistant", None], "redirect_uri": client})
        done = self.post(f"/auth/login_flow/{flow['flow_id']}", {"client_id": client, "username": name, "password": name})
        asked = {"grant_type": "authorization_code", "code": done["result"], "client_id": client}
        with urllib.request.urlopen(f"{client}auth/token", urllib.parse.urlencode(asked).encode(), timeout=30) as answer:
            return str(json.load(answer)["access_token"])

    def ws(self, kind: str, **fields: Any) -> Any:
        """One request over the WebSocket."""
        with connect(f"ws://127.0.0.1:{self.port}/api/websocket", max_size=None) as socket:
            self._receive(socket)
            socket.send(json.dumps({"type": "auth", "access_token": self.token}))
            assert self._receive(socket)["type"] == "auth_ok"
            socket.send(json.dumps({"id": 1, "type": kind, **fields}))
            while (answer := self._receive(socket)).get("type") != "result":
                pass
        if not answer["success"]:
            raise LookupError(f"{kind}: {answer['error']}")
        return answer["result"]

    def try_ws(self, kind: str, **fields: Any) -> Any:
        """The same, None where this version does not know it."""
        try:
            return self.ws(kind, **fields)
        except LookupError:
            return None

    @staticmethod
    def _receive(socket: ClientConnection) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(socket.recv(30))
        return answer

    def _running(self) -> bool:
        assert self._process is None or self._process.poll() is None, self.logged()[-2000:]
        try:
            return bool(self.get("/api/config")["state"] == "RUNNING")
        except (OSError, ValueError):
            return False

    def _add_broker(self) -> None:
        flow = self.post("/api/config/config_entries/flow", {"handler": "mqtt", "show_advanced_options": True})
        names = {field["name"] for field in flow.get("data_schema") or []}
        answer: dict[str, Any] = {"broker": "127.0.0.1", "port": self._mqtt_port}
        if "other_settings" in names:
            answer["other_settings"] = {"set_client_cert": False, "set_ca_cert": "off", "transport": "tcp"}
        elif "transport" in names:
            answer |= {"set_client_cert": False, "set_ca_cert": "off", "transport": "tcp"}
        if "protocol" in names:
            answer["protocol"] = "5"
        done = self.post(f"/api/config/config_entries/flow/{flow['flow_id']}", answer)
        if done.get("type") != "create_entry":  # older ones ask for less
            simple = {"broker": "127.0.0.1", "port": self._mqtt_port}
            done = self.post(f"/api/config/config_entries/flow/{flow['flow_id']}", simple)
        assert done.get("type") == "create_entry", done

    def _rest(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            with refused:
                text = refused.read().decode(errors="replace")
            raise OSError(f"{method} {path}: {refused.code} {text[:300]}") from refused


def signed(claims: Mapping[str, Any], key: str) -> str:
    """A JSON Web Token, HS256 (RFC 7519)."""
    parts = [_base64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.new(key.encode(), b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, _base64(signature)]).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
