"""The three files that cloud-init reads from the boot partition, and what they put on the card, built purely.

JSON is YAML (YAML 1.2, section 1.2): what is written here has no quoting of its own that could go wrong.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "/var/lib/acumat-first-boot"
BOOT = "/boot/firmware"
KEYRING = "/usr/share/keyrings/acumat.gpg"
UNIT = "acumat-first-boot.service"
NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that JSON takes as they are and YAML does not (YAML 1.2, 5.1), or takes for the end of a line (YAML 1.1, 4.2)."""
Keys = dict[str, str | int | list[str]]
"""Of one section of the configuration."""


@dataclass(frozen=True, slots=True)
class Wifi:
    """A network with its password, empty for one that is open, and the country whose channels apply, such as DE."""

    name: str
    password: str
    country: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A signed apt repository: its address, and the public key as apt reads it."""

    url: str
    key: bytes


CA, CERTIFICATE = "/etc/acumat/ca.crt", "/etc/acumat/client.crt"


@dataclass(frozen=True, slots=True)
class Tls:
    """The broker's authority, and what the mat shows to the broker, all as PEM; an empty one is none."""

    ca: str
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Broker:
    """The MQTT broker; an empty username or password is none. Without `discovery` Home Assistant is not told of the mat.

    `others`: further nodes of it, each with its port.
    """

    host: str
    port: int
    username: str = ""
    password: str = ""
    tls: Tls | None = None
    discovery: bool = True
    others: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """What is to become of the card. `source` is a repository, or the name of a package that lies on the boot partition.

    `page_secret` is what the page stores of its code, `ssh_key` a line of an authorized_keys file for `user`. In Home Assistant
    the mat speaks `language`; with `screen_over_mqtt` the health questions may be asked there.
    """

    hostname: str
    broker: Broker
    source: Repository | str
    page_secret: Mapping[str, str]
    mat_id: str = ""
    layout: str = ""
    wifi: Wifi | None = None
    timezone: str = ""
    language: str = ""
    screen_over_mqtt: bool = False
    user: str = "pi"
    ssh_key: str = ""


def boot_files(card: Card) -> dict[str, str]:
    """The files of the boot partition by their names."""
    user_data, network = _cloud_config(_user_data(card)), _document(_network(card))
    # cloud-init does its work again for an id that it has not seen, and for no other
    fresh = hashlib.sha256(f"{user_data}\0{network}".encode()).hexdigest()[:12]
    meta = {"dsmode": "local", "instance-id": f"acumat-{fresh}", "local-hostname": card.hostname}
    return {"user-data": user_data, "network-config": network, "meta-data": _document(meta)}


def configuration(card: Card) -> str:
    """The mat's acumat.toml; what it does not say stays as it is by default."""
    sections: dict[str, Keys] = {
        "mat": {"id": card.mat_id},
        "layout": {"preset": card.layout},
        "mqtt": {**_mqtt(card.broker), "language": card.language},
        "routine": {"screen_over_mqtt": card.screen_over_mqtt},
    }
    lines = ["# Written by acumat boot-file; /usr/share/acumat/acumat.example.toml has every key."]
    for name, keys in sections.items():
        if any(keys.values()):
            lines += ["", f"[{name}]", *(f"{key} = {_json(value)}" for key, value in keys.items() if value != "")]
    return "\n".join(lines) + "\n"


def _endpoint(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _nodes(broker: Broker) -> list[tuple[str, int]]:
    return [(broker.host, broker.port), *broker.others]


def _mqtt(broker: Broker) -> Keys:
    keys: Keys = {"host": broker.host, "port": broker.port}
    if broker.others:
        keys = {"hosts": [_endpoint(*node) for node in _nodes(broker)]}
    keys["username"] = broker.username
    if broker.tls is not None:
        keys |= {"tls": True, "ca_file": CA, "cert_file": CERTIFICATE if broker.tls.certificate else ""}
    return keys if broker.discovery else {**keys, "discovery": False}


def _user_data(card: Card) -> dict[str, Any]:
    document: dict[str, Any] = _lasting(card)
    if card.timezone:
        document["timezone"] = card.timezone
    if card.ssh_key:
        document["users"] = [
            {
                "name": card.user,
                "groups": "adm,sudo",
                "shell": "/bin/bash",
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "lock_passwd": True,
                "ssh_authorized_keys": [card.ssh_key],
            }
        ]
    document["write_files"] = _written(card)
    document["runcmd"] = [
        # a Pi keeps its radio off until it knows the country
        ["sh", "-c", "rfkill unblock wifi; for f in /var/lib/systemd/rfkill/*:wlan; do echo 0 >$f; done; true"],
        *([["systemctl", "enable", "--now", "ssh.service"]] if card.ssh_key else []),
        ["rm", "-f", f"{FOLDER}/done"],
        ["systemctl", "daemon-reload"],
        ["systemctl", "enable", UNIT],
        ["systemctl", "restart", "--no-block", UNIT],
    ]
    return document


def _lasting(card: Card) -> dict[str, Any]:
    """What cloud-init looks at in each boot; it stays on the boot partition, and holds no secret."""
    return {"hostname": card.hostname, "manage_etc_hosts": "localhost"}


def _written(card: Card) -> list[dict[str, Any]]:
    here = Path(__file__).parent
    files = [
        _file(f"{FOLDER}/run", (here / "first_boot.sh").read_text("utf-8"), "0755"),
        _file(f"{FOLDER}/settings", _settings(card), "0600"),
        _file(f"{FOLDER}/user-data", _cloud_config(_lasting(card)), "0600"),
        _file(f"{FOLDER}/code", _json(dict(card.page_secret)), "0600"),
        _file(f"/etc/systemd/system/{UNIT}", (here / "first_boot.service").read_text("utf-8"), "0644"),
        _file("/etc/modules-load.d/acumat.conf", "i2c-dev\n", "0644"),
        _file("/etc/acumat/acumat.toml", configuration(card), "0644"),
        _file("/etc/acumat/mqtt_password", f"{card.broker.password}\n", "0600"),
    ]
    if card.broker.tls is not None:
        files += _tls_files(card.broker.tls)
    if isinstance(card.source, Repository):
        key = {"encoding": "b64", **_file(KEYRING, base64.b64encode(card.source.key).decode("ascii"), "0644")}
        line = f"deb [signed-by={KEYRING}] {card.source.url} ./\n"
        files += [key, _file("/etc/apt/sources.list.d/acumat.list", line, "0644")]
    return files


def _tls_files(tls: Tls) -> list[dict[str, Any]]:
    files = [_file(CA, tls.ca, "0644")]
    if tls.certificate:
        files += [_file(CERTIFICATE, tls.certificate, "0644"), _file("/etc/acumat/mqtt_key", tls.key, "0600")]
    return files


def _settings(card: Card) -> str:
    """What first_boot.sh has to know, as lines of a shell."""
    source = {"repository": card.source.url} if isinstance(card.source, Repository) else {"package": card.source}
    found = {
        "repository": "",
        "package": "",
        **source,
        "hostname": card.hostname,
        "wifi": "" if card.wifi is None else card.wifi.name,
        "broker": _endpoint(card.broker.host, card.broker.port),
        "user": card.user if card.ssh_key else "",
    }
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in found.items())


def _network(card: Card) -> dict[str, Any]:
    # without dhcp6 NetworkManager leaves IPv6 to the kernel, which takes an address from the router and no name server.
    # optional: a start that waits for a cable or for a network that is not there would say nothing to anybody
    device = {"dhcp4": True, "dhcp6": True, "optional": True}
    network: dict[str, Any] = {"version": 2, "ethernets": {"eth0": device}}
    if card.wifi is not None:
        point = {card.wifi.name: _access(card.wifi)}
        network["wifis"] = {"wlan0": {**device, "regulatory-domain": card.wifi.country, "access-points": point}}
    return {"network": network}


def _access(wifi: Wifi) -> dict[str, str]:
    """What netplan asks for: a password is tried with WPA2 and WPA3, as the network speaks them; without one it is open.

    It stays a password. The key that WPA2 makes of it is none for WPA3's handshake (IEEE 802.11, 12.4), which a Pi
    tries at a network that speaks both.
    """
    return {"password": wifi.password} if wifi.password else {}


def _file(path: str, content: str, mode: str) -> dict[str, Any]:
    return {"path": path, "permissions": mode, "content": content}


def _cloud_config(document: Mapping[str, Any]) -> str:
    return f"#cloud-config\n{_document(document)}"


def _document(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return NOT_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _json(value: Any) -> str:  # noqa: ANN401  a text of TOML has the escapes of JSON
    return json.dumps(value, ensure_ascii=False)
