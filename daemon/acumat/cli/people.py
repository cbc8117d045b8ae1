"""`acumat people`: who uses this mat. A running daemon does it; without one the command does the same with the stored file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.history import answer_of
from acumat.config import find_config, load_config
from acumat.contract.commands import CommandName
from acumat_hw.errors import InputError

HEAD = f"{'number':>6}  {'sessions':>8}  {'minutes':>8}  {'guessed':>7}  name"
WANTED = {"list": 0, "add": 1, "rename": 2, "remove": 1}
"""The number of names that each action takes."""


def people(config_path: Path | None, action: str, name: str | None, to: str | None, *, yes: bool, as_json: bool) -> int:
    """Carry out one action on the person called `name`; `to` is a new name."""
    given = [each for each in (name, to) if each is not None]
    if len(given) != WANTED[action]:
        raise InputError(f"people {action} takes {('no name', 'a name', 'a name and the new one')[WANTED[action]]}")
    if action == "remove" and not yes:
        print("acumat: programme and answers cannot be restored; repeat it with --yes to do it", file=sys.stderr)
        return exit_codes.USAGE
    arguments = dict(zip(("name", "to"), given, strict=False))
    config = load_config(find_config(config_path), secrets=False)
    answer = answer_of(config, CommandName(f"people_{action}"), arguments)
    if not answer.get("ok"):
        print(answer.get("text", ""), file=sys.stderr)
        return exit_codes.REFUSED
    if as_json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
        return exit_codes.OK
    shown = [
        f"{each['number']:>6}  {each['sessions']:>8}  {each['minutes']:>8}  {each['guessed_sessions']:>7}  {each['name']}"
        for each in answer.get("people", ())
    ]
    print("\n".join([HEAD, *shown] if shown else [answer["text"]]))
    return exit_codes.OK
