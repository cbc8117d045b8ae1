"""The Debian package and the repository as they are made, without PyPI; tests/bare/package.sh installs them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from acumat_update.journal import JOURNAL

from tests.update.test_install import archive

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"


def pinned() -> dict[str, tuple[int, ...]]:
    lines = (PACKAGING / "requirements.txt").read_text().splitlines()
    found = [line.split("==") for line in lines if not line.startswith("#")]
    return {name: tuple(int(part) for part in re.findall(r"\d+", version)) for name, version in found}


def test_a_release_holds_what_the_project_depends_on_in_versions_that_it_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for wanted in (*project["dependencies"], *project["optional-dependencies"]["web"]):
        name, least, below = re.fullmatch(r"([\w-]+)>=([\w.]+),<(\d+)", wanted).groups()  # type: ignore[union-attr]
        version = pinned()[name]
        assert version >= tuple(int(part) for part in re.findall(r"\d+", least)), wanted
        assert version[0] < int(below), wanted
    assert "sysv-ipc" not in pinned(), "it has no wheel for 32-bit ARM"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for tool in ("dpkg-deb", "git"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    folder = tmp_path_factory.mktemp("package")
    who = {"DEBFULLNAME": "Ö & Sons / Mats", "DEBEMAIL": "mats@example.org"}
    environment = {**os.environ, **who, "RELEASE": str(archive(folder)), "SOURCE_DATE_EPOCH": "1767225600"}
    for to in ("one", "two"):
        command = ["packaging/deb.sh", str(folder / to), "1.2.3"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return folder


def deb(folder: Path) -> Path:
    return folder / "one" / "acumat_1.2.3_all.deb"


def unpacked(folder: Path) -> Path:
    to = folder / "unpacked"
    if not to.exists():
        subprocess.run(["dpkg-deb", "--raw-extract", str(deb(folder)), str(to)], check=True)
    return to


def test_the_same_checkout_gives_the_same_package(package: Path) -> None:
    assert deb(package).read_bytes() == (package / "two" / "acumat_1.2.3_all.deb").read_bytes()


def test_one_package_serves_every_processor(package: Path) -> None:
    control = (unpacked(package) / "DEBIAN" / "control").read_text()
    for line in ("Version: 1.2.3", "Architecture: all", "Maintainer: Ö & Sons / Mats <mats@example.org>"):
        assert line in control.splitlines()
    assert "python3 (>= 3.11)" in control
    for file in (unpacked(package) / "DEBIAN").iterdir():
        assert "@" not in re.sub(r"<\S+@\S+>", "", file.read_text()), f"{file.name}: something was not filled in"


def test_the_package_owns_nothing_that_a_person_edits_and_no_release(package: Path) -> None:
    files = {str(each.relative_to(unpacked(package))) for each in unpacked(package).rglob("*")}
    assert not [name for name in files if name.startswith(("etc", "opt", "var"))]
    assert "DEBIAN/conffiles" not in files, "dpkg would ask about one"
    assert {f"usr/lib/acumat/acumat_update/{each.name}" for each in (ROOT / "update/acumat_update").glob("*.py")} <= files
    assert (unpacked(package) / "usr/bin/acumat").readlink() == Path("/opt/acumat/current/bin/acumat")


@pytest.mark.parametrize("script", ["preinst", "postinst", "prerm", "postrm"])
def test_maintainer_scripts_ask_nothing_and_need_no_network(package: Path, script: str) -> None:
    path = unpacked(package) / "DEBIAN" / script
    subprocess.run(["sh", "-n", str(path)], check=True)
    text = path.read_text()
    assert not re.search(r"\b(read|db_input|pip|curl|wget|apt-get)\b(?! remove)", text)
    assert text.startswith("#!/bin/sh\nset -e\n")


def test_what_starts_outside_of_a_release_imports_without_one(package: Path) -> None:
    switch = unpacked(package) / "usr/lib/acumat/switch"
    done = subprocess.run([str(switch)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "install ARCHIVE VERSION" in done.stderr
    assert not list(unpacked(package).rglob("__pycache__")), "dpkg would not remove it"
    unit = (unpacked(package) / "usr/lib/systemd/system/acumat-switch.service").read_text()
    assert "ExecStart=/usr/lib/acumat/switch run" in unit
    assert f"/opt/acumat/{JOURNAL}" in unit
    for name in ("acumat-switch.service", "acumat-newest.path"):  # enabled without a word of systemctl
        link = unpacked(package) / "usr/lib/systemd/system/multi-user.target.wants" / name
        assert (link.parent / link.readlink()).is_file()


def test_a_repository_is_signed_with_the_key_that_is_there(package: Path, tmp_path: Path) -> None:
    for tool in ("gpg", "gpgv", "gpgconf", "apt-ftparchive"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    key = tmp_path / "secret" / "key.asc"
    shutil.copy(deb(package), tmp_path)
    rings = set()
    for _ in range(2):
        subprocess.run([str(PACKAGING / "apt.sh"), str(tmp_path), str(key)], check=True, capture_output=True)
        rings.add((tmp_path / "acumat.gpg").read_bytes())
        checked = ["gpgv", "--keyring", str(tmp_path / "acumat.gpg"), str(tmp_path / "InRelease")]
        assert subprocess.run(checked, capture_output=True, check=False).returncode == 0
    assert len(rings) == 1, "mats trust the key of the first time"
    assert key.stat().st_mode & 0o077 == 0
    assert "Package: acumat\n" in (tmp_path / "Packages").read_text()
    assert "Packages.gz" in (tmp_path / "Release").read_text()
    assert not list(tmp_path.glob("*.new"))
