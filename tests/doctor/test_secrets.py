"""The doctor at the secrets: what others can read is a fault, what this user must not read is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.cli import doctor_secrets
from acumat.cli.doctor_secrets import broker_target, secret_findings
from acumat.config import load_config, secrets


def configured(folder: Path, mqtt: str) -> Path:
    path = folder / "acumat.toml"
    path.write_text(f"[mqtt]\n{mqtt}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def of_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The service's own files, as the installation leaves them."""
    found = {name: tmp_path / name.lower() for name in ("MQTT_PASSWORD", "MQTT_KEY")}
    for name, path in found.items():
        path.write_text("\n")
        path.chmod(0o600)
        monkeypatch.setattr(doctor_secrets, name, path)
        monkeypatch.setattr(secrets, name, path)
    return found


def codes(path: Path) -> list[str]:
    return [each.code for each in secret_findings(load_config(path, secrets=False))]


def test_files_that_others_can_read_are_faults_with_the_command_that_mends_them(
    tmp_path: Path, of_the_service: dict[str, Path]
) -> None:
    path = configured(tmp_path, "")
    assert codes(path) == []
    for each in of_the_service.values():
        each.chmod(0o644)
    assert codes(path) == [], "there is nothing in them"
    of_the_service["MQTT_KEY"].write_text("secret")
    (finding,) = secret_findings(load_config(path, secrets=False))
    assert (finding.code, finding.hint) == ("secret_exposed", f"Run: sudo chmod 600 {of_the_service['MQTT_KEY']}.")
    secret = tmp_path / "own"
    secret.write_text("x")
    secret.chmod(0o604)
    of_the_service["MQTT_KEY"].chmod(0o600)
    (finding,) = secret_findings(
        load_config(configured(tmp_path, f'username = "u"\npassword_file = "{secret}"'), secrets=False)
    )
    assert f"chmod 600 {secret}" in finding.cause


def test_a_configuration_that_others_can_read_is_warned_of(tmp_path: Path, of_the_service: dict[str, Path]) -> None:
    path = configured(tmp_path, 'username = "u"\npassword = "x"')
    assert codes(path) == []
    path.chmod(0o644)
    assert codes(path) == ["config_exposed"]


def test_password_and_key_of_the_service_are_tried_where_they_may_be_read(
    tmp_path: Path, of_the_service: dict[str, Path]
) -> None:
    certificate = tmp_path / "client.crt"
    certificate.write_text("-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n")
    certificate.chmod(0o600)
    path = configured(tmp_path, f'username = "u"\ntls = true\ncert_file = "{certificate}"')
    target = broker_target(load_config(path, secrets=False))
    assert (target.password, target.password_hidden, target.key_file) == (None, False, None)
    of_the_service["MQTT_PASSWORD"].write_text("s3cret\n")
    of_the_service["MQTT_KEY"].write_text("-----BEGIN PRIVATE KEY-----\n")
    target = broker_target(load_config(path, secrets=False))
    assert (target.password, target.key_file) == ("s3cret", of_the_service["MQTT_KEY"])
    assert codes(path) == []
