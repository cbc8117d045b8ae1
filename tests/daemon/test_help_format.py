"""Help is as wide as argparse would make it."""

from __future__ import annotations

import argparse
import shutil

import pytest

from acumat.cli.help_format import Help


@pytest.mark.parametrize("columns", ["", "0", "-5", "wide", "40", "123"])
def test_it_is_as_wide_as_argparse_makes_it(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    text = "A sentence that is long enough to be broken at whatever width a terminal may have, and then some more of it." * 3
    own, usual = (
        argparse.ArgumentParser("acumat", description=text, formatter_class=each) for each in (Help, argparse.HelpFormatter)
    )
    assert own.format_help() == usual.format_help()
    assert max(map(len, own.format_help().splitlines())) <= shutil.get_terminal_size().columns
