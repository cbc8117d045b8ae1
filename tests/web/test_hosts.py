"""By which names the page may be called."""

from __future__ import annotations

import pytest

from acumat.web.hosts import is_ours, own_names

NAMES = own_names("Bedroom-Pi", ["mat.example.org"])


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("localhost", "127.0.0.1"),
        ("localhost:8480", "127.0.0.1"),
        ("127.0.0.1:8480", "127.0.0.1"),
        ("[::1]:8480", "::1"),
        ("bedroom-pi", "192.168.1.7"),
        ("bedroom-pi.local:8480", "192.168.1.7"),
        ("BEDROOM-PI.local.", "192.168.1.7"),
        ("mat.example.org", "127.0.0.1"),
        ("192.168.1.7:8480", "192.168.1.7"),
        ("192.168.1.7", "::ffff:192.168.1.7"),
        ("[fd00::7]:8480", "fd00::7"),
        ("[fd00:0:0::7]", "fd00::7"),
    ],
)
def test_what_the_machine_is_called_is_ours(host: str, reached: str) -> None:
    assert is_ours(host, NAMES, reached)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "evil.example:8480",
        "127.0.0.1.nip.io",
        "bedroom-pi.evil.example",
        "localhost@evil.example",
        "localhost:8480:1",
        "localhost:",
        "localhost:port",
        "localhost/",
        "localhost, evil.example",
        " localhost",
        "[::1",
        "[localhost]",
        "192.168.1.8",
        "2130706433",
        "0x7f.1",
        "-localhost",
        "a" * 300,
        "localhost\0",
        "löcalhost",
    ],
)
def test_any_other_name_is_not(host: str) -> None:
    assert not is_ours(host, NAMES, "192.168.1.7")


def test_an_address_that_was_not_reached_is_not_ours() -> None:
    assert not is_ours("192.168.1.7", NAMES, None)
    assert not is_ours("10.0.0.1", NAMES, "not an address")


def test_a_machine_without_a_name_has_only_those_of_its_configuration() -> None:
    assert own_names("", ["Mat.Example"]) == {"mat.example"}
