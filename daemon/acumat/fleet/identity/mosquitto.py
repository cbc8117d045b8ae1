"""The files for mosquitto: hashes of passwords, rights to topics, and a bridge's login. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

ROUNDS, SALT_BYTES, HASH_BYTES = 101, 12, 64
"""Of PBKDF2 with SHA-512 as mosquitto_passwd 2.0 makes it. So few rounds are enough for tokens, which nobody can guess."""

RIGHTS = """\
# Written by acumat fleet. What is named nowhere is forbidden.
# each mat: its own topics; %u is the name that it logged in with, or that of its certificate
pattern readwrite acumat/%u/#
pattern readwrite homeassistant/device/acumat_%u/config
# everybody: whether Home Assistant has started; mosquitto warns that there is no %u in this line
pattern read homeassistant/status

user collector
topic read acumat/#
topic write acumat/+/command/events

user homeassistant
topic readwrite acumat/#
topic readwrite homeassistant/#

user display
topic read acumat/+/availability
topic read acumat/+/state
"""


def rights(revoked: Iterable[str]) -> str:
    """The file for `acl_file`. A revoked mat loses its rights at the next reload, even while connected."""
    return RIGHTS + "".join(f"\nuser {name}\ntopic deny #\n" for name in revoked)


def password_line(name: str, password: str, salt: bytes) -> str:
    """A line of the file for `password_file`; the salt has SALT_BYTES."""
    hashed = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS, HASH_BYTES)
    return f"{name}:$7${ROUNDS}${_text(salt)}${_text(hashed)}\n"


def bridge(name: str, token: str, ids: Iterable[str]) -> str:
    """The end of a bridge's configuration: its login, and the commands of the site's own mats, which come in."""
    login = f"\n# written by acumat fleet\nremote_username {name}\nremote_clientid {name}\nremote_password {token}\n"
    return login + "".join(f"topic acumat/{each}/command/+ in 0\n" for each in ids)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
