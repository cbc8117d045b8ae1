"""The command boot-file: what it asks, writes and refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from acumat.cli import boot_file, exit_codes
from acumat.cli.main import main
from acumat.web.code import Secret


@pytest.fixture
def card(tmp_path: Path) -> list[str]:
    """Arguments that are enough, for a folder `card`."""
    (tmp_path / "card").mkdir()
    (tmp_path / "acumat.gpg").write_bytes(b"\x99key")
    repository = ["--apt", "http://server/apt", "--apt-key", str(tmp_path / "acumat.gpg")]
    return ["boot-file", "--broker", "server", *repository, "--out", str(tmp_path / "card")]


def test_the_code_that_is_shown_is_the_one_that_the_page_will_take(
    card: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "card" / "user-data").write_text("of the image")
    assert main([*card, "--id", "bed_room"]) == exit_codes.OK
    said = capsys.readouterr().out
    assert "http://acumat-bed-room.local:8480" in said
    shown = re.search(r"[A-Z0-9]{5}-[A-Z0-9]{5}", said)
    assert shown
    text = (tmp_path / "card" / "user-data").read_text()
    assert shown[0] not in text
    files = {each["path"]: each["content"] for each in json.loads(text.removeprefix("#cloud-config\n"))["write_files"]}
    assert Secret(**json.loads(files["/var/lib/acumat-first-boot/code"])).fits(shown[0])
    assert {each.name for each in (tmp_path / "card").iterdir()} == {"user-data", "network-config", "meta-data"}
    assert all(each.stat().st_mode & 0o077 == 0 for each in (tmp_path / "card").iterdir())


def test_passwords_come_from_a_file_or_from_the_person_and_never_from_the_command_line(
    card: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wifi = ["--wifi", "Home", "--country", "DE", "--broker-user", "mat"]
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert main([*card, *wifi]) == exit_codes.DATA
    assert "Password of the Wi-Fi Home: there is nobody to ask; name a file that holds it" in capsys.readouterr().err
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    def answer(question: str) -> str:
        asked.append(question)
        return "12345678"

    monkeypatch.setattr(boot_file, "getpass", answer)
    (tmp_path / "broker").write_text("of the broker\n")
    assert main([*card, *wifi, "--broker-password", str(tmp_path / "broker")]) == exit_codes.OK
    assert asked == ["Password of the Wi-Fi Home: "]
    assert '"of the broker\\n"' in (tmp_path / "card" / "user-data").read_text()


def test_a_package_is_copied_along(card: list[str], tmp_path: Path) -> None:
    package = tmp_path / "acumat_0.3.0_all.deb"
    package.write_text("package")
    argv = [each for each in card if each not in (*card[3:7],)]
    assert main([*argv, "--package", str(package)]) == exit_codes.OK
    assert (tmp_path / "card" / package.name).read_text() == "package"
    assert f"package={package.name}" in (tmp_path / "card" / "user-data").read_text()
    assert main([*card, "--package", str(package)]) == exit_codes.DATA


def test_a_package_that_is_not_there_is_named_as_such(
    card: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = [each for each in card if each not in (*card[3:7],)]
    for name, sentence in (("acumat_0.3.0_all.deb", "there is no such file"), ("other.deb", "no package of acumat")):
        (tmp_path / "other.deb").write_text("package")
        assert main([*argv, "--package", str(tmp_path / name)]) == exit_codes.DATA
        assert f"{tmp_path / name}: {sentence}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        (["--broker", "mqtt://server"], "--broker 'mqtt://server' is no HOST[:PORT]"),
        (["--broker", "mqtt://me:secret@server"], "--broker with @ in it is no HOST[:PORT]"),
        (["--broker", "server,me@server"], "--broker with @ in it is no HOST[:PORT]"),
        (["--cert", "/etc/hostname"], "--cert and --key need --ca FILE"),
        (["--ca", "/etc/hostname"], "has no certificate in PEM form"),
        (["--id", "Bed room"], 'acumat: the mat would not take this: mat.id: "Bed room" is not possible'),
        (
            ["--language", "xx"],
            'acumat: the mat would not take this: mqtt.language: "xx" is not possible; allowed: "en", "de", "sv"',
        ),
        (["--id", "a" * 80], "mat.id"),
        (["--hostname", "x_y"], "--hostname 'x_y' is no name"),
        (["--wifi", "Home"], "--wifi needs --country XX"),
        (["--wifi", "x" * 33, "--country", "DE"], "it has up to 32 bytes"),
        (["--apt", "server/apt"], "--apt: this is no address such as"),
        (["--apt", "http://a b"], "is no address"),
        (["--apt", "http://[a"], "is no address"),
        (["--apt", "http://[fd00::1"], "is no address"),
        (["--apt", "http://[fd00:::1]/apt"], "is no address"),
        (["--apt", "http://server/[fd00::1]"], "is no address"),
        (["--apt", "http:///apt"], "is no address"),
        (["--wifi", "M\udcfcller"], "--wifi 'M\\udcfcller' has characters that are none"),
        (["--id", "M\udcfcller"], "--id 'M\\udcfcller' has characters that are none"),
        (["--broker-user", "a\x7f"], "--broker-user 'a\\x7f' has characters that are none"),
        (["--hostname", "localhost"], "and not localhost"),
        (["--apt", "http://me:secret@server/apt"], "is no address"),
        (["--timezone", "Berlin now"], "is no zone"),
        (["--timezone", "Europe/Berln"], 'is no zone such as Europe/Berlin; did you mean "Europe/Berlin"?'),
        (["--user", "root"], "is no name for a user"),
        (["--user", "www-data"], "is no name for a user"),
        (["--user", "gpio"], "is no name for a user"),
        (["--user", "acumat"], "is no name for a user"),
        (["--out", "/nowhere"], "/nowhere: no folder"),
        (["--apt-key", "/etc/hostname"], "no public key in the form that apt reads"),
        (["--ssh-key", "/etc/hostname"], "no public key; it is the file that ends in .pub"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    card: list[str], tmp_path: Path, extra: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = list(card)
    if extra[0] in argv:
        argv[argv.index(extra[0]) + 1] = extra[1]
    else:
        argv += extra
    assert main(argv) == exit_codes.DATA
    said = capsys.readouterr().err
    assert sentence in said
    assert "secret@" not in said
    assert not list((tmp_path / "card").iterdir())


@pytest.mark.parametrize("password", ["short", "x" * 64, "x" * 65, "tab\tinside", "ü" * 32])
def test_a_password_that_no_network_can_have_is_refused_without_being_repeated(
    card: list[str], tmp_path: Path, password: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wifi").write_text(password)
    argv = [*card, "--wifi", "Home", "--country", "DE", "--wifi-password", str(tmp_path / "wifi")]
    assert main(argv) == exit_codes.DATA
    said = capsys.readouterr().err
    assert "has 8 to 63 characters" in said
    assert password not in said


@pytest.mark.parametrize("name", ["  my net", "a\u3000b\u00a0", "\U0001f468\u200d\U0001f469", "'\"$(x)`\\: #{}[]"])
@pytest.mark.parametrize("password", ["  with space  ", "x" * 63, "AB" * 32, "é" * 4, "\"':# {}[]$`\\"])
def test_names_and_passwords_may_be_odd(card: list[str], tmp_path: Path, name: str, password: str) -> None:
    (tmp_path / "wifi").write_text(f"{password}\r\n", "utf-8")
    argv = [*card, "--wifi", name, "--country", "DE", "--wifi-password", str(tmp_path / "wifi")]
    assert main(argv) == exit_codes.OK
    network = json.loads((tmp_path / "card" / "network-config").read_text("utf-8"))["network"]
    assert network["wifis"]["wlan0"]["access-points"] == {name: {"password": password}}


def test_an_open_network_is_asked_for_in_so_many_words(
    card: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wifi").write_text("12345678")
    network = ["--wifi", "Guests", "--country", "DE"]
    assert main([*card, "--wifi-open"]) == exit_codes.DATA
    assert "--wifi-open needs --wifi SSID" in capsys.readouterr().err
    assert main([*card, *network, "--wifi-open", "--wifi-password", str(tmp_path / "wifi")]) == exit_codes.DATA
    assert "leave out --wifi-password" in capsys.readouterr().err
    assert main([*card, *network, "--wifi-open"]) == exit_codes.OK
    written = json.loads((tmp_path / "card" / "network-config").read_text("utf-8"))["network"]
    assert written["wifis"]["wlan0"]["access-points"] == {"Guests": {}}


def test_a_repository_and_a_broker_may_have_addresses_of_ipv6(card: list[str], tmp_path: Path) -> None:
    argv = list(card)
    argv[argv.index("--broker") + 1] = "[fd00::5]:1884"
    argv[argv.index("--apt") + 1] = "http://[fd00::6]:8000/apt"
    assert main(argv) == exit_codes.OK
    text = (tmp_path / "card" / "user-data").read_text("utf-8")
    assert "http://[fd00::6]:8000/apt ./" in text
    assert "broker='[fd00::5]:1884'" in text
