"""The code: what is stored of it, what fits, and what becomes of a damaged file."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from acumat.cli.main import main
from acumat.web.code import ALPHABET, CHARACTERS, SecretFile, new_code, store


def test_a_code_fits_however_it_is_written_and_no_other_does() -> None:
    shown, secret = new_code()
    letters = shown.replace("-", "")
    assert len(letters) == CHARACTERS
    assert set(letters) <= set(ALPHABET)
    for typed in (shown, letters, letters.lower(), f" {letters[:3]} {letters[3:]} "):
        assert secret.fits(typed)
    changed = ("A" if letters[0] != "A" else "B") + letters[1:]
    for typed in ("", changed, letters[:-1], letters + letters[-1], "x" * 10_000):
        assert not secret.fits(typed)


def test_every_code_is_another_with_another_key_and_nothing_of_it_is_in_the_file(tmp_path: Path) -> None:
    made = [new_code() for _ in range(5)]
    for field in ("salt", "code_hash", "cookie_key"):
        assert len({getattr(secret, field) for _, secret in made}) == 5
    shown, secret = made[0]
    store(tmp_path / "code", secret)
    text = (tmp_path / "code").read_text()
    assert shown not in text
    assert shown.replace("-", "") not in text
    assert stat.S_IMODE((tmp_path / "code").stat().st_mode) == 0o600


def test_a_new_code_takes_effect_at_once(tmp_path: Path) -> None:
    file = SecretFile(tmp_path / "code")
    assert file.current() is None
    for _ in range(2):
        shown, secret = new_code()
        store(file.path, secret)
        found = file.current()
        assert found is not None
        assert found.fits(shown)
    file.path.unlink()
    assert file.current() is None


SECRET = new_code()[1]
SPOILT = ("", "0a", "é" * 64, f"{SECRET.salt[:-1]}g")


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}", b"[]", b'{"salt": 1, "code_hash": "a", "cookie_key": "b"}', b"\xff", b"{" * 9000),
        *(
            json.dumps(asdict(replace(SECRET, **{name: text}))).encode()
            for name in ("salt", "code_hash", "cookie_key")
            for text in SPOILT
        ),
    ],
)
def test_a_damaged_file_lets_nobody_in(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "code").write_bytes(content)
    assert SecretFile(tmp_path / "code").current() is None


def test_why_a_file_cannot_be_read_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "code").write_bytes(b"\xff")
    assert SecretFile(tmp_path / "code").current() is None
    assert "(UnicodeDecodeError)" in caplog.text


def test_a_file_in_the_way_is_replaced_and_a_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (tmp_path / "code.new").symlink_to(victim)
    store(tmp_path / "code", new_code()[1])
    assert victim.read_text() == "untouched"
    assert json.loads((tmp_path / "code").read_text()).keys() == {"salt", "code_hash", "cookie_key"}


def test_the_file_belongs_to_the_owner_of_its_folder(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(tmp_path, 12345, 12346)
    store(tmp_path / "code", new_code()[1])
    found = (tmp_path / "code").stat()
    assert (found.st_uid, found.st_gid) == (12345, 12346)


def test_the_command_prints_the_code_that_it_stores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "acumat.toml"
    config.write_text(f'[web]\ncode_file = "{tmp_path}/code"\n')
    assert main(["web-code", "--config", str(config)]) == 0
    shown = capsys.readouterr().out.split("\n")[0].removeprefix("The code for the page: ")
    found = SecretFile(tmp_path / "code").current()
    assert found is not None
    assert found.fits(shown)


def test_the_command_says_what_to_do_where_it_may_not_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "acumat.toml"
    config.write_text(f'[web]\ncode_file = "{tmp_path}/missing/code"\n')
    assert main(["web-code", "--config", str(config)]) == 65
    assert "use sudo" in capsys.readouterr().err
