"""Certificates made for a test: an authority, a broker's certificate, and those of clients, each with one thing wrong."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

CONF = """[ca]
default_ca = here
[here]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""
VALID = ("20200101000000Z", "21200101000000Z")


@dataclass(frozen=True)
class Authority:
    """Signs certificates into its folder."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def certificate(self, name: str, *, names: str = "", valid: tuple[str, str] = VALID) -> Path:
        """NAME.pem with NAME.key beside it, made out to this name; gives the former."""
        folder = self.folder
        subject = ["-subj", f"/CN={name}", *(["-addext", f"subjectAltName={names}"] if names else [])]
        _openssl("req", "-newkey", *EC, "-nodes", "-keyout", folder / f"{name}.key", "-out", folder / "csr", *subject)
        signed: list[str | Path] = ["-cert", self.ca, "-keyfile", folder / "ca.key", "-in", folder / "csr"]
        signed += ["-out", folder / f"{name}.pem"]
        dates = ["-startdate", valid[0], "-enddate", valid[1]]
        _openssl("ca", "-batch", "-config", folder / "ca.conf", *signed, *dates, "-notext")
        (folder / f"{name}.key").chmod(0o600)
        return folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        return self.folder / f"{name}.key"


EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def authority(folder: Path, name: str = "test authority") -> Authority:
    """A new one; the test is left out where there is no openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl: it makes the certificates")
    folder.mkdir()
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")
    (folder / "ca.conf").write_text(CONF.format(folder=folder))
    made: list[str | Path] = ["-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-days", "36500", "-subj", f"/CN={name}"]
    uses = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
    _openssl("req", "-x509", "-newkey", *EC, "-nodes", *made, *uses)
    return Authority(folder)


def encrypted(key: Path, to: Path) -> Path:
    """The same key with a passphrase."""
    _openssl("pkey", "-in", key, "-aes256", "-passout", "pass:hush", "-out", to)
    to.chmod(0o600)
    return to


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
