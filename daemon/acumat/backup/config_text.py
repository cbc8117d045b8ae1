"""A configuration as text with one key changed: comments and order stay, and the result is read again to be sure."""

from __future__ import annotations

import re
from typing import Any

from acumat_hw.errors import InputError
from acumat_hw.toml_file import parse_toml

SECRET = re.compile(r"\bpassword\s*=|^\s*#.*\bpass(word|wd)?\b\s*[\"']?\s*[:=]", re.IGNORECASE)
"""The key, and what a comment may call it."""
LEFT_OUT = "# a password was left out here"
MAT_HEADER = re.compile(r"^\s*\[\s*mat\s*\]\s*(#.*)?$")
A_HEADER = re.compile(r"^\s*\[")
AN_ID = re.compile(r"^\s*id\s*=")


def without_password(text: str, shown: str) -> str:
    """The text without mqtt.password, and without comments that may hold one. Raises InputError if that cannot be done."""
    wanted = parse_toml(text, shown).data
    mqtt = wanted.get("mqtt")
    if isinstance(mqtt, dict):
        mqtt.pop("password", None)
    lines = [LEFT_OUT if SECRET.search(line) else line for line in text.split("\n")]
    return _checked("\n".join(lines), wanted, shown, "write the password into /etc/acumat/mqtt_password, or add --secrets")


def with_mat_id(text: str, mat_id: str, shown: str) -> str:
    """The text with this mat.id. Raises InputError if it cannot be written there."""
    wanted = parse_toml(text, shown).data
    mat = wanted.setdefault("mat", {})
    if isinstance(mat, dict):
        if mat.get("id") == mat_id:
            return text
        mat["id"] = mat_id
    return _checked(_with_id(text, f'id = "{mat_id}"'), wanted, shown, f'write id = "{mat_id}" into its section [mat] yourself')


def _with_id(text: str, line: str) -> str:
    lines = text.split("\n")
    header = next((number for number, each in enumerate(lines) if MAT_HEADER.match(each)), None)
    if header is None:
        return "\n".join([text.rstrip("\n"), "", "[mat]", line, ""]).lstrip("\n")
    end = next((number for number in range(header + 1, len(lines)) if A_HEADER.match(lines[number])), len(lines))
    there = next((number for number in range(header + 1, end) if AN_ID.match(lines[number])), None)
    if there is None:
        lines.insert(header + 1, line)
    else:
        lines[there] = line
    return "\n".join(lines)


def _checked(text: str, wanted: dict[str, Any], shown: str, fix: str) -> str:
    try:
        same = parse_toml(text, shown).data == wanted
    except InputError:
        same = False
    if not same:
        raise InputError(f"{shown}: is written in a way that acumat cannot change; {fix}")
    return text
