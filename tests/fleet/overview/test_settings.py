"""The file of the fleet's page: every problem at once, and no password in any sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.config import ConfigError
from acumat.fleet.overview.connections import Connections
from acumat.fleet.overview.settings import CODE_FILE, Settings, load_settings
from acumat_hw.errors import InputError


def loaded(folder: Path, text: str) -> Settings:
    path = folder / "fleet-web.toml"
    path.write_text(text)
    return load_settings(path)


def test_a_dsn_alone_is_enough(tmp_path: Path) -> None:
    assert loaded(tmp_path, '[record]\ndsn = "host=db"\n') == Settings("host=db", (), CODE_FILE)


def test_the_dsn_may_lie_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text("host=db password=secret\n")
    (tmp_path / "dsn").chmod(0o600)
    found = loaded(
        tmp_path, f'[record]\ndsn_file = "{tmp_path}/dsn"\n[web]\nhosts = ["fleet.example.org"]\ncode_file = "/x/code"\n'
    )
    assert found == Settings("host=db password=secret", ("fleet.example.org",), Path("/x/code"))
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "dsn_file"),
        ('[record]\ndsn = "a=secret"\ndsn_file = "b"', "leave one"),
        ('[record]\ndsn = ""', "empty"),
        ("[record]\ndsn = 5", "record.dsn"),
        ('[record]\ndsn_file = "/nowhere/dsn"', "/nowhere/dsn"),
        ('[record]\ndsn = "a=secret"\n[web]\nhost = "x"', "web.host"),
        ('[record]\ndsn = "a=secret"\n[transport]\nkind = "mqtt"', "transport"),
        ("[record", "fleet-web.toml:1"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_file_that_is_deployed_can_be_used() -> None:
    found = load_settings(Path(__file__).parents[3] / "deploy/fleet-web.toml")
    assert (found.dsn, found.code_file) == ("dbname=fleet", Path("/var/lib/acumat-fleet-web/code"))


def test_several_problems_come_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, "[record]\ndns = 1\n[web]\nhosts = 3\n")
    assert len(caught.value.problems) == 2


def test_what_is_no_connection_string_is_a_sentence() -> None:
    with pytest.raises(InputError, match="connection string") as caught:
        Connections("host=db passwort=secret")
    assert "secret" not in str(caught.value)
