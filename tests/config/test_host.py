"""Which hosts can be a broker's, and the right form of what people write instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.config.host import host_problem, page_problem

GOOD = [
    "localhost", "10.0.0.1", "mü.local.", "homeassistant.local", "my_broker", "core-mosquitto", "a.b-c.d1", "fd00::10", "::1",
    "fe80::1%eth0", "xn--mnchen-3ya.de", "3com.example", "x" * 63, "0.0.0.0",
]  # fmt: skip
WRONG = [
    ("mqtt://192.168.1.10:1883", 'host = "192.168.1.10"'),
    ("mqtts://user:pw@broker.local/", 'host = "broker.local"'),
    ("mqtt://u:s3/c@ret@nas:1883/x", 'host = "nas"'),
    ("mqtt://[fd00::10]:1883", 'host = "fd00::10"'),
    ("mqtt://a\x1b[2J", 'host = "a\\x1b[2J"'),
    ("fe80::1%\x1b", "is no host name"),
    ("tcp://", 'host = "localhost"'),
    ("//nas", 'host = "nas"'),
    ("user@nas", 'host = "nas"'),
    ("nas/mqtt", 'host = "nas"'),
    ("192.168.1.10:1883", 'write host = "192.168.1.10" and port = 1883'),
    ("broker.local:8883", 'write host = "broker.local" and port = 8883'),
    ("broker:", "is no IPv6 address"),
    ("fd00::10::1", "is no IPv6 address"),
    ("fd00::zz", "is no IPv6 address"),
    ("ff02::1", "is no IPv6 address"),
    ("[fd00::10]", 'without them: "fd00::10"'),
    ("[fd00::10]:1883", 'without them: "fd00::10"'),
    ("192.168.1.10 ", 'write "192.168.1.10"'),
    ("\tnas\n", 'write "nas"'),
    ("my broker", 'write "mybroker"'),
    ("192.168.1", "is no IPv4 address"),
    ("192.168.1.300", "is no IPv4 address"),
    ("192.168.1.10.", "is no IPv4 address"),
    ("1883", "is no IPv4 address"),
    ("0x7f.1", "is no IPv4 address"),
    ("224.0.0.1", "is no IPv4 address"),
    ("255.255.255.255", "is no IPv4 address"),
    ("a..b", "is no host name"),
    (".local", "is no host name"),
    ("-a", "is no host name"),
    ("a-.b", "is no host name"),
    ("x" * 64, "is no host name"),
    ("a," + "b", "is no host name"),
    ("a\x00b", "is no host name"),
    ("a\x1b[2J", "is no host name"),
    ("ab." * 90, "is no host name"),
    ("*", "is no host name"),
    ("$HOST", "is no host name"),
]  # fmt: skip


@pytest.mark.parametrize("host", GOOD)
def test_a_name_or_an_address_is_taken(host: str) -> None:
    assert host_problem(host) == ""


@pytest.mark.parametrize(("host", "says"), WRONG)
def test_what_can_be_no_host_is_reported_with_the_right_form(host: str, says: str) -> None:
    assert says in host_problem(host)


@given(st.text(max_size=60) | st.from_regex(r"[a-z0-9:./@\[\]% -]{1,40}", fullmatch=True))
def test_any_text_is_judged_and_what_is_taken_can_be_looked_up(host: str) -> None:
    assert host_problem(host).isprintable()
    if not host_problem(host):
        assert host.encode("idna") or ":" in host
        assert not set(host) & set(" /@[]\x00")


@given(st.ip_addresses(), st.integers(1, 65535))
def test_a_port_behind_an_address_of_four_numbers_is_found(address: object, port: int) -> None:
    text = str(address)
    if ":" not in text and not host_problem(text):
        assert f'host = "{text}" and port = {port}' in host_problem(f"{text}:{port}")
    assert "without them" in host_problem(f"[{text}]:{port}")


@pytest.mark.parametrize(
    "url", ["http://bedroom.local:8480", "https://mat.example.org/a/", "http://10.0.0.1", "http://[fd00::10]:8480/"]
)
def test_a_page_is_taken(url: str) -> None:
    assert page_problem(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://", "http://:8480", "http://a:0", "http://a:65536", "http://a:", "http://[::1", "http://::1", "http://a..b", "http://[a]",
        "http://u:p@a", "http://a b", "http://A", "ftp://a", "a", "http://a/?x", "http://192.168.1.300", "http://[fe80::1%eth0]",
    ],
)  # fmt: skip
def test_a_page_that_no_browser_can_open_is_refused_before_home_assistant_refuses_the_mat(url: str) -> None:
    assert page_problem(url)
