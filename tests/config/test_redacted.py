"""What of a configuration may be shown to others: no secret, whatever place somebody has put it in."""

from __future__ import annotations

import tomllib

import pytest

from acumat.config.redacted import NOT_SHOWN, NOT_VALID, UNKNOWN, misplaced, redacted

CANARY = "c4nary"


@pytest.mark.parametrize(
    "text",
    [
        f'[mqtt]\npassword = "{CANARY}"',
        f'[mqtt]\npasword = "{CANARY}"',
        f'[mqtt]\nusername = "{CANARY}"',
        f'[mqtt]\npassword_file = "{CANARY}"',
        f'[mqtt]\nclient_id = "{CANARY}"',
        f'[mqtt]\nhost = "mqtt://me:{CANARY}@broker"',
        f'[mqtt]\nport = "{CANARY}"',
        f'[mqtt.password]\nis = "{CANARY}"',
        f'[mqtt]\nkeepalive_s = {{ a = "{CANARY}" }}',
        f'mqtt = "{CANARY}"',
        f'password = "{CANARY}"',
        f'[secret]\nx = "{CANARY}"',
        f'[mat]\nname = "{CANARY}"\n[mat.profile]\nsize = "{CANARY}"',
        f'[web]\nhosts = ["{CANARY}"]',
        f'[web]\nurl = "http://mat.example.org/{CANARY}/"',
        f'[[mqtt]]\npassword = "{CANARY}"',
        f'[[sensors]]\nname = "{CANARY.upper()}"\nx = 1',
    ],
)
def test_nothing_of_a_secret_is_left(text: str) -> None:
    assert CANARY not in repr(redacted(tomllib.loads(text))).lower()


@pytest.mark.parametrize(
    "text",
    [
        f'[mqtt]\npassword_file = "{CANARY}"',
        f'[mqtt]\nhost = "me:{CANARY}"',
        f'[mqtt]\nport = ["x", "{CANARY}"]',
        f'[mqtt]\npasword = {{ is = "{CANARY}" }}',
        f'[secret]\nx = "{CANARY}"',
        f'mqtt = "{CANARY}"',
        f'[[sensors]]\nnamed = "{CANARY}"',
    ],
)
def test_what_a_sentence_of_check_config_may_quote_is_known(text: str) -> None:
    assert any(CANARY in each for each in misplaced(tomllib.loads(text)))


def test_what_is_in_its_place_is_not_misplaced() -> None:
    text = '[mqtt]\nhost = "broker"\npassword_file = "/etc/x"\n[detect]\nsensitivity = "high"\n[[sensors]]\nname = "a"'
    assert list(misplaced(tomllib.loads(text))) == []


def test_what_helps_is_left() -> None:
    text = '[mat]\nid = "bedroom"\n[mqtt]\nhost = "broker"\ntls = true\npassword = "x"\nport = 0\ncertfile = "y"\n'
    text += '[[sensors]]\nname = "a"'
    assert redacted(tomllib.loads(text)) == {
        "mat": {"id": "bedroom"},
        "mqtt": {"host": "broker", "tls": True, "password": NOT_SHOWN, "port": NOT_VALID, "certfile": UNKNOWN},
        "sensors": [{"name": "a"}],
    }
