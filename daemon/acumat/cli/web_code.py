"""The command that makes the code to sign in to the page with: web-code."""

from __future__ import annotations

from pathlib import Path

from acumat.cli import exit_codes
from acumat.config import find_config, load_config
from acumat.web import code
from acumat_hw.errors import InputError


def web_code(config_path: Path | None, fleet_file: Path | None) -> int:
    """Make a new code, print it once, and store its hash. Every browser that is signed in has to sign in again."""
    path = load_config(find_config(config_path), secrets=False).web.code_file if fleet_file is None else _fleet(fleet_file)
    shown, secret = code.new_code()
    try:
        code.store(path, secret)
    except OSError as exc:
        hint = "use sudo, or name a file in a folder of yours under code_file in [web]"
        raise InputError(f"{path}: the code cannot be stored ({exc.strerror}); {hint}") from exc
    print(f"The code for the page: {shown}\nIt is shown this once. Whoever was signed in signs in again with it.")
    return exit_codes.OK


def _fleet(path: Path) -> Path:
    from acumat.fleet.overview.settings import load_settings  # noqa: PLC0415  a mat needs none of it

    return load_settings(path).code_file
