"""What is written for a new card, read as cloud-init, a shell, apt and the daemon read it."""

from __future__ import annotations

import base64
import json
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from acumat.card.card import KEYRING, Broker, Card, Repository, Wifi, boot_files, configuration
from acumat.config import load_config

CARD = Card(
    hostname="acumat-bedroom",
    broker=Broker("192.168.1.5", 1884, "mat", 'a"b\\c$d'),
    source=Repository("http://server/apt", b"\x99key"),
    page_secret={"salt": "s", "code_hash": "h", "cookie_key": "k"},
    mat_id="bedroom",
    layout="4x4",
    wifi=Wifi("Home", "password of it", "DE"),
)


def user_data(card: Card) -> dict[str, Any]:
    text = boot_files(card)["user-data"]
    assert text.startswith("#cloud-config\n")
    document = yaml.safe_load(text)
    assert isinstance(document, dict)
    return document


def written(card: Card) -> dict[str, dict[str, str]]:
    return {each["path"]: each for each in user_data(card)["write_files"]}


def test_the_daemon_takes_the_configuration_as_it_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "acumat.toml"
    path.write_text(written(CARD)["/etc/acumat/acumat.toml"]["content"])
    config = load_config(path, secrets=False)
    assert (config.mat_id, config.layout.name, config.mqtt.brokers, config.mqtt.username) == (
        "bedroom",
        "4x4",
        (("192.168.1.5", 1884),),
        "mat",
    )
    plain = configuration(replace(CARD, mat_id="", layout=""))
    assert "[mat]" not in plain, "without an id it is that of the machine"
    assert "[layout]" not in plain
    assert "language" not in plain
    assert "[routine]" not in plain, "the health questions are not asked over MQTT unless somebody says so"
    chosen = configuration(replace(CARD, language="de", screen_over_mqtt=True))
    assert tomllib.loads(chosen)["mqtt"]["language"] == "de"
    assert tomllib.loads(chosen)["routine"] == {"screen_over_mqtt": True}


def test_what_is_secret_is_for_root_alone_and_in_no_file_that_stays() -> None:
    files = written(CARD)
    assert files["/etc/acumat/mqtt_password"]["content"] == 'a"b\\c$d\n'
    for path in ("/etc/acumat/mqtt_password", "/var/lib/acumat-first-boot/code", "/var/lib/acumat-first-boot/settings"):
        assert files[path]["permissions"] == "0600"
    stays = yaml.safe_load(files["/var/lib/acumat-first-boot/user-data"]["content"])
    assert stays == {"hostname": "acumat-bedroom", "manage_etc_hosts": "localhost"}
    assert user_data(CARD) | stays == user_data(CARD), "what stays on the card says nothing else than before"
    where = [name for name, text in boot_files(CARD).items() if "password of it" in text]
    assert where == ["network-config"], "the card removes this file at its first start"


def network_config(wifi: Wifi | None) -> dict[str, Any]:
    network = yaml.safe_load(boot_files(replace(CARD, wifi=wifi))["network-config"])["network"]
    assert isinstance(network, dict)
    return network


@pytest.mark.parametrize(
    ("password", "access"),
    [("password", {"password": "password"}), ("ab" * 32, {"password": "ab" * 32}), ("", {})],
)
def test_a_network_is_joined_with_its_password_which_wpa3_wants_as_it_is(password: str, access: dict[str, str]) -> None:
    wlan = network_config(Wifi("Home", password, "DE"))["wifis"]["wlan0"]
    assert wlan["access-points"] == {"Home": access}
    assert wlan["regulatory-domain"] == "DE"


def test_each_network_may_speak_ipv4_or_ipv6() -> None:
    cable = network_config(None)
    assert "wifis" not in cable
    for device in (cable["ethernets"]["eth0"], network_config(CARD.wifi)["wifis"]["wlan0"]):
        assert (device["dhcp4"], device["dhcp6"], device["optional"]) == (True, True, True)
    broker = replace(CARD, broker=Broker("fd00::5", 1883))
    assert 'host = "fd00::5"\nport = 1883\n' in configuration(broker)
    assert "broker='[fd00::5]:1883'\n" in written(broker)["/var/lib/acumat-first-boot/settings"]["content"]


def test_apt_gets_its_key_and_a_package_brings_none() -> None:
    files = written(CARD)
    assert base64.b64decode(files[KEYRING]["content"]) == b"\x99key"
    assert files[KEYRING]["encoding"] == "b64"
    source = files["/etc/apt/sources.list.d/acumat.list"]["content"]
    assert source == f"deb [signed-by={KEYRING}] http://server/apt ./\n"
    assert not [path for path in written(replace(CARD, source="acumat_1.0_all.deb")) if "apt" in path or "keyrings" in path]


def test_a_login_exists_only_where_somebody_brings_a_key() -> None:
    assert "users" not in user_data(CARD)
    (user,) = user_data(replace(CARD, ssh_key="ssh-ed25519 AAAA me", user="me"))["users"]
    assert (user["name"], user["lock_passwd"], user["ssh_authorized_keys"]) == ("me", True, ["ssh-ed25519 AAAA me"])


def test_cloud_init_begins_anew_for_other_files_and_for_no_others() -> None:
    def instance(card: Card) -> str:
        return str(yaml.safe_load(boot_files(card)["meta-data"])["instance-id"])

    assert instance(CARD) == instance(replace(CARD))
    others = (replace(CARD, wifi=Wifi("Home", "another one", "DE")), replace(CARD, broker=Broker("other", 1883)))
    assert len({instance(CARD), *(instance(each) for each in others)}) == 3


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=32))
def test_a_network_may_have_any_name(name: str) -> None:
    card = replace(CARD, wifi=Wifi(name, "12345678", "DE"))
    assert list(yaml.safe_load(boot_files(card)["network-config"])["network"]["wifis"]["wlan0"]["access-points"]) == [name]
    assert json.loads(boot_files(card)["network-config"])["network"]["version"] == 2


@given(st.text(st.characters(codec="utf-8"), max_size=40))
@example("\x7f\x80\x85\x9f\u2028\u2029\ufeff\ufffe\uffff")
def test_a_password_may_have_any_character(password: str) -> None:
    card = replace(CARD, broker=replace(CARD.broker, password=password), wifi=Wifi("Home", password, "DE"))
    assert written(card)["/etc/acumat/mqtt_password"]["content"] == f"{password}\n"
    point = yaml.safe_load(boot_files(card)["network-config"])["network"]["wifis"]["wlan0"]["access-points"]["Home"]
    assert point.get("password", "") == password


@pytest.mark.parametrize("name", ["it's", 'a "b" $(c) `d`', "ü 🙂"])
def test_a_shell_reads_the_settings_as_they_are(name: str) -> None:
    settings = written(replace(CARD, wifi=Wifi(name, "12345678", "DE")))["/var/lib/acumat-first-boot/settings"]["content"]
    script = settings + 'printf "%s|%s|%s|%s" "$wifi" "$repository" "$package" "$broker"'
    done = subprocess.run(["sh", "-uc", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"{name}|http://server/apt||192.168.1.5:1884"
