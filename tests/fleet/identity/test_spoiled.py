"""Whatever has become of a file of the fleet's folder, each command ends with a sentence and a documented exit code."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from tests.files.hostile import spoiled_bytes

FILES = int(os.environ.get("ACUMAT_FUZZ_FILES", "30"))
COMMANDS = (["list"], ["token", "bedroom"], ["cert", "bedroom"], ["revoke", "kitchen", "--yes"], ["add", "attic"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet with tokens, certificates, and some of both revoked."""
    folder = tmp_path_factory.mktemp("whole") / "fleet"
    for argv in (
        ["add", "bedroom", "kitchen", "hall", "--site", "north"],
        ["cert", "bedroom"],
        ["cert", "hall"],
        ["revoke", "hall", "--yes"],
    ):
        assert main(["fleet", *argv, "--folder", str(folder)]) == exit_codes.OK
    return folder


@pytest.fixture
def ends_well(capsys: pytest.CaptureFixture[str]) -> Callable[..., int]:
    def run(folder: Path, argv: list[str], what: str) -> int:
        code = main(["fleet", *argv, "--folder", str(folder)])
        err = capsys.readouterr().err
        assert code in (exit_codes.OK, exit_codes.DATA), (what, argv, code, err[-300:])
        assert len(err) < 60_000, (what, argv)
        return code

    return run


def copied(whole: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    return folder


def test_any_file_of_the_folder(tmp_path: Path, whole: Path, ends_well: Callable[..., int]) -> None:
    names = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    codes = []
    for number in range(FILES):
        random = Random(number)
        folder = copied(whole, tmp_path / "fleet")
        name = names[number % len(names)]
        content = spoiled_bytes(random, (whole / name).read_bytes())
        (folder / name).write_bytes(content[:5] + b"x" * 200_000 + content[5:] if random.random() < 0.1 else content)
        codes += [ends_well(folder, argv, f"{name} {number}") for argv in COMMANDS]
    assert 0 < codes.count(exit_codes.DATA) < len(codes)


@pytest.mark.parametrize("name", ["operator", "system", "account", "mats", "collectors"])
@pytest.mark.parametrize(
    "seed", ["", "SO", "x" * 58, "é" * 58, "of somebody else"], ids=["no", "cut", "noise", "letters", "other"]
)
def test_a_damaged_seed_is_named_and_replaced_by_no_other(
    tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str], name: str, seed: str
) -> None:
    folder = copied(whole, tmp_path / "fleet")
    path = folder / "secrets" / f"{name}.seed"
    if seed == "of somebody else":
        other = "account" if name == "operator" else "operator"
        seed = (whole / "secrets" / f"{other}.seed").read_text()
    path.write_text(seed)
    assert main(["fleet", "token", "bedroom", "--folder", str(folder)]) == exit_codes.DATA
    assert str(path) in capsys.readouterr().err
    assert path.read_text() == seed


@pytest.mark.parametrize("spoilt", ["ca.crt", "secrets/authority.pem"])
@pytest.mark.parametrize("how", ["cut", "no text", "another's"])
def test_an_authority_that_cannot_sign_is_named(
    tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str], spoilt: str, how: str
) -> None:
    folder = copied(whole, tmp_path / "fleet")
    other = tmp_path / "other"
    main(["fleet", "add", "garden", "--folder", str(other)])
    main(["fleet", "cert", "garden", "--folder", str(other)])
    capsys.readouterr()
    contents = {
        "cut": (whole / spoilt).read_bytes()[:200],
        "no text": b"\xff" + (whole / spoilt).read_bytes(),
        "another's": (other / spoilt).read_bytes(),
    }
    (folder / spoilt).write_bytes(contents[how])
    assert main(["fleet", "cert", "kitchen", "--folder", str(folder)]) == exit_codes.DATA
    assert Path(spoilt).name in capsys.readouterr().err
    assert not (folder / "secrets" / "kitchen.key").exists()


@pytest.mark.parametrize(
    "line",
    [
        "certificate,attic,xyz,2026-11-24T10:00:00Z,,",
        "certificate,attic,0,2026-11-24T10:00:00Z,,",
        f"certificate,attic,{'f' * 41},2026-11-24T10:00:00Z,,",
        "certificate,attic,1f,2026-11-24T10:00:00Z,,1949-01-01T00:00:00Z",
        f"certificate,attic,{'1' * 200_000},2026-11-24T10:00:00Z,,",
        "certificate,attic,1f\r7,2026-11-24T10:00:00Z,,",
    ],
    ids=["no number", "zero", "161 bits", "before 1970", "endless", "torn"],
)
def test_a_spoiled_line_of_what_was_issued_is_named(
    tmp_path: Path, whole: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    folder = copied(whole, tmp_path / "fleet")
    head, _, rest = (folder / "issued.csv").read_text().partition("\n")
    (folder / "issued.csv").write_bytes(f"{head}\n{line}\n{rest}".encode())
    assert main(["fleet", "cert", "bedroom", "--folder", str(folder)]) == exit_codes.DATA
    err = capsys.readouterr().err
    assert "line 2" in err
    assert len(err) < 1000
