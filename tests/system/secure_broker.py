"""The broker of docs/security.md: its blocks, with paths and port of a test put in."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from acumat.mqtt.bounded_client import end_loop
from tests.broker import MOSQUITTO, free_port, until

TEXT = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
PASSWORDS = {name: f"{name}-pass-4711" for name in ("bedroom", "kitchen", "homeassistant", "display")}


def block(name: str) -> str:
    """A block of the document that says that it is tested."""
    (found,) = re.findall(rf"<!-- tested: {re.escape(name)} -->\n```\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


class SecureBroker:
    """Started and stopped at will; `certificates`: clients show certificates instead of passwords."""

    def __init__(self, folder: Path, *, certificates: bool = False) -> None:
        if MOSQUITTO is None or shutil.which("openssl") is None or shutil.which("mosquitto_passwd") is None:
            pytest.skip("needs mosquitto with mosquitto_passwd, and openssl: the broker of docs/security.md")
        self.folder, self.port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        commands = block("authority").replace("DNS:homeassistant.local,IP:192.168.1.10", "DNS:localhost,IP:127.0.0.1")
        subprocess.run(["sh", "-eu", "-c", commands], cwd=folder, check=True, capture_output=True)
        (folder / "acl").write_text(block("acl"))
        for name, password in PASSWORDS.items():
            flags = [] if (folder / "passwd").exists() else ["-c"]
            subprocess.run(["mosquitto_passwd", *flags, "-b", "passwd", name, password], cwd=folder, check=True)
        text = block("mosquitto.conf").replace("listener 8883", f"listener {self.port} 127.0.0.1")
        if certificates:
            text = text.replace("password_file /etc/mosquitto/passwd\n", block("client certificates"))
        text = text.replace("/etc/mosquitto/certs/", f"{folder}/").replace("/etc/mosquitto/", f"{folder}/")
        (folder / "mosquitto.conf").write_text(f"persistence false\n{'user root' if os.getuid() == 0 else ''}\n{text}")
        for name in ("acl", "passwd", "broker.key"):
            (folder / name).chmod(0o600)

    @property
    def ca(self) -> Path:
        return self.folder / "ca.crt"

    def certificate(self, name: str) -> tuple[Path, Path]:
        """Of a client, made as the document says."""
        made = [
            line.replace("broker", name).replace(" -extfile names", "")
            for line in block("authority").splitlines()
            if "broker.csr" in line
        ]
        subprocess.run(["sh", "-eu", "-c", "\n".join(made)], cwd=self.folder, check=True, capture_output=True)
        (self.folder / f"{name}.key").chmod(0o600)
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def start(self) -> None:
        assert MOSQUITTO is not None
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([MOSQUITTO, "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log)
        until(self._answers, "the broker listens")

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


class Visitor:
    """A client with its own rights; what it hears, and what the broker answered to each of its messages."""

    def __init__(self, broker: SecureBroker, name: str, certificate: tuple[Path, Path] | None = None) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.answers: dict[int, int] = {}
        self.connected: list[ReasonCode] = []
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"visitor-{name}", protocol=MQTTProtocolVersion.MQTTv5)
        context = ssl.create_default_context(cafile=str(broker.ca))
        if certificate is None:
            self._client.username_pw_set(name, PASSWORDS[name])
        else:
            context.load_cert_chain(*certificate)
        self._client.tls_set_context(context)
        self._client.max_inflight_messages_set(2000)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_publish = lambda _c, _u, number, reason, _p: self.answers.update({number: reason.value})
        self._client.on_subscribe = lambda _c, _u, number, reasons, _p: self.answers.update({number: reasons[0].value})
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        until(lambda: self.connected, f"{name} is connected")

    def publish(self, topic: str, payload: str) -> int:
        """The number under which the broker's answer comes."""
        return self._client.publish(topic, payload, qos=1).mid

    def subscribe(self, topic: str) -> None:
        number = self._client.subscribe(topic, qos=1)[1]
        until(lambda: number in self.answers, "the subscription is answered")

    def answered(self, numbers: list[int]) -> list[int]:
        until(lambda: all(number in self.answers for number in numbers), "everything is answered")
        return [self.answers[number] for number in numbers]

    def close(self) -> None:
        self._client.disconnect()
        end_loop(self._client)

    def _on_connect(self, _c: Client, _u: object, _f: object, reason: ReasonCode, _p: object) -> None:
        self.connected.append(reason)

    def _on_message(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))
