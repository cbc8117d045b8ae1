"""The broker or its nodes, and names that not every broker takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.config import load_config
from acumat.config.file import ConfigError
from acumat.config.host import host_and_port


def written(folder: Path, text: str) -> Path:
    path = folder / "acumat.toml"
    path.write_text(f"[mqtt]\n{text}\n", "utf-8")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("text", "brokers"),
    [
        ("", (("localhost", 1883),)),
        ("host = 'nas'\nport = 1884", (("nas", 1884),)),
        ("hosts = ['a:1', 'b']", (("a", 1), ("b", 1883))),
        ("hosts = ['a', 'b:8884']\ntls = true", (("a", 8883), ("b", 8884))),
        ("hosts = ['a', 'b:2']\nport = 9", (("a", 9), ("b", 2))),
        (
            "hosts = ['[fd00::10]:1884', 'fd00::11', '10.0.0.1:65535']",
            (("fd00::10", 1884), ("fd00::11", 1883), ("10.0.0.1", 65535)),
        ),
    ],
)
def test_host_and_hosts_say_the_same_by_one_rule(tmp_path: Path, text: str, brokers: tuple[tuple[str, int], ...]) -> None:
    assert load_config(written(tmp_path, text)).mqtt.brokers == brokers


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hosts = []", "wrong number of hosts; allowed: 1 to 16"),
        (f"hosts = {['a'] * 17}", "wrong number of hosts; allowed: 1 to 16"),
        ("host = 'a'\nhosts = ['b']", "host and hosts exclude each other"),
        ("hosts = ['a:0']", "allowed: 1 to 65535"),
        ("hosts = ['a:65536']", "allowed: 1 to 65535"),
        ("hosts = ['a:']", "allowed: 1 to 65535"),
        ("hosts = ['a:1:2']", "is no broker"),
        ("hosts = ['mqtt://u:s3cret@nas']", "the value is no broker"),
        ("hosts = ['a..b']", "is no broker"),
        ("hosts = ['']", "is empty"),
    ],
)
def test_what_names_no_broker_is_a_problem_with_its_fix(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(written(tmp_path, text))
    assert any("mqtt.hosts" in each and problem in each for each in raised.value.problems), raised.value.problems
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("text", ["nas", "nas:1883", "10.0.0.1", "fd00::10", "[fd00::10]", "[fd00::10]:1883"])
def test_a_host_may_have_its_port(text: str) -> None:
    host, port = host_and_port(text)
    assert host in ("nas", "10.0.0.1", "fd00::10")
    assert port == (1883 if text.endswith("1883") else None)


@pytest.mark.parametrize(
    ("text", "key", "named"),
    [
        ("client_id = 'my mat'", "client_id", "a blank"),
        ("client_id = 'a.b'", "client_id", '"."'),
        ("base_topic = 'home.acumat'", "base_topic", '"."'),
        ("base_topic = 'a>*'", "base_topic", '"*" and ">"'),
        ("discovery_prefix = 'h.a'", "discovery_prefix", '"."'),
    ],
)
def test_a_name_that_not_every_broker_takes_is_a_warning(tmp_path: Path, text: str, key: str, named: str) -> None:
    path = written(tmp_path, text)
    (warning,) = load_config(path).warnings
    assert f"{path}:2: mqtt.{key}: has {named} in it" in warning


def test_names_that_go_everywhere_are_no_warning(tmp_path: Path) -> None:
    text = "client_id = 'acumat-bed_1'\nbase_topic = 'house/acumat'\nhosts = ['a.b.c:1883']"
    assert load_config(written(tmp_path, text)).warnings == ()
