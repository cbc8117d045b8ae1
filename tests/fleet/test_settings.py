"""The configuration of the collector: every problem at once with its line, and nothing secret in any of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.config.file import ConfigError
from acumat.fleet.settings import AuditSection, load_fleet


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "fleet.toml"
    path.write_text(text)
    return path


def test_the_least_that_will_do(tmp_path: Path) -> None:
    found = load_fleet(written(tmp_path, '[record]\ndsn = "dbname=fleet"\n'))
    assert found.dsn == "dbname=fleet"
    assert found.hosts == (("localhost", 1883),)
    assert found.retention_days is None
    assert found.audit == AuditSection()
    assert found.name


def test_all_of_it(tmp_path: Path) -> None:
    for name, text in (("dsn", "host=db password=secret"), ("password", "secret")):
        (tmp_path / name).write_text(f"{text}\n")
        (tmp_path / name).chmod(0o600)
    found = load_fleet(
        written(
            tmp_path,
            f"""name = "north"
            [record]
            dsn_file = "{tmp_path}/dsn"
            [transport]
            kind = "nats"
            hosts = ["n1.local", "n2.local:4333", "[::1]:4223"]
            username = "collector"
            password_file = "{tmp_path}/password"
            [retention]
            days = 400
            [audit]
            settle_s = 5
            """,
        )
    )
    assert (found.dsn, found.password, found.retention_days, found.name) == ("host=db password=secret", "secret", 400, "north")
    assert found.hosts == (("n1.local", 4222), ("n2.local", 4333), ("::1", 4223))
    assert found.audit.settle_s == 5.0
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("tls", "kind", "port"), [("false", "mqtt", 1883), ("true", "mqtt", 8883), ("false", "nats", 4222), ("true", "nats", 4222)]
)
def test_the_usual_port(tmp_path: Path, tls: str, kind: str, port: int) -> None:
    text = f'[record]\ndsn = "x"\n[transport]\nkind = "{kind}"\ntls = {tls}\nhosts = ["a"]\n'
    assert load_fleet(written(tmp_path, text)).hosts == (("a", port),)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "has neither dsn nor dsn_file"),
        ('[record]\ndsn = "password=secret"\ndsn_file = "x"\n', 3, "leave one of the two out"),
        ('[record]\ndsn = ["password=secret"]\n', 2, "is not possible"),
        ('[record]\ndsn = "x"\n[transport]\nkind = "kafka"\n', 4, '"mqtt", "nats"'),
        ('[record]\ndsn = "x"\n[transport]\nhosts = []\n', 4, "one host or more"),
        ('[record]\ndsn = "x"\n[transport]\nhosts = ["a b"]\n', 4, "a host, or host and port"),
        ('[record]\ndsn = "x"\n[transport]\npassword_file = "/absent"\n', 4, "/absent"),
        ('[record]\ndsn = "x"\n[transport]\nhosts = ["a", "b:0"]\n', 4, "hosts[2]: has a port that is none"),
        ('[record]\ndsn = "x"\n[transport]\nhosts = ["a:99999"]\n', 4, "1 to 65535"),
        ('[record]\ndsn = "x"\n[transport]\nhosts = ["[::1]:99999"]\n', 4, "1 to 65535"),
        ('[record]\ndsn = "x"\n[transport]\nca_file = "ca.crt"\n', 4, "has no effect without tls"),
        ('[record]\ndsn = "x"\n[transport]\ntls = true\nkey_file = "k"\n', 3, "cert_file: is missing"),
        ('[record]\ndsn = "x"\n[retention]\ndays = 3\n', 4, "31 to"),
        ('[record]\ndsn = "x"\n[audit]\nsettle = 3\n', 4, "settle_s"),
        ('name = "a b"\n[record]\ndsn = "x"\n', 1, "1 to 64"),
        ("[record\n", 1, ""),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_fleet(written(tmp_path, text))
    assert words in str(caught.value)
    assert f"fleet.toml:{line}" in str(caught.value) or not text
    assert "secret" not in str(caught.value)


def test_a_password_for_mqtt_needs_its_user(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o600)
    text = f'[record]\ndsn = "x"\n[transport]\npassword_file = "{tmp_path}/password"\n'
    with pytest.raises(ConfigError, match=r"transport\.username: is missing"):
        load_fleet(written(tmp_path, text))
    assert load_fleet(written(tmp_path, text + 'kind = "nats"\n')).password == "secret", "a token names its user itself"


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_fleet(written(tmp_path, '[transport]\nkind = "kafka"\n[retention]\ndays = 3\n'))
    assert len(caught.value.problems) == 3


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text("password=secret")
    (tmp_path / "dsn").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600") as caught:
        load_fleet(written(tmp_path, f'[record]\ndsn_file = "{tmp_path}/dsn"\n'))
    assert "password" not in str(caught.value)
