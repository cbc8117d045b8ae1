"""The command that prepares a card: boot-file."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import unicodedata
from dataclasses import asdict
from getpass import getpass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from acumat.card.card import Broker, Card, Repository, Tls, Wifi, boot_files, configuration
from acumat.cli import exit_codes
from acumat.cli.broker import TLS_PORT, USUAL_PORT, host_and_port
from acumat.config import ConfigError, load_config
from acumat.config.secrets import read_password
from acumat.web.code import new_code
from acumat_hw.errors import InputError
from acumat_hw.problems import did_you_mean
from acumat_hw.text_file import read_bytes, read_text

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
MAX_HOSTNAME = 63
USER = re.compile(r"[a-z][a-z0-9-]{0,30}")
KEY = re.compile(r"(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/=]+( [^\n]*)?")
MAX_SSID_BYTES = 32
WPA_PASSWORD = range(8, 65)
"""Bytes (IEEE 802.11, annex J.4.1); 64 are a key in hexadecimal digits, which WPA2 alone takes."""
NO_TEXT = ("Cc", "Cn", "Cs", "Zl", "Zp")
"""Unicode's categories of signs that are no characters, or that a file reads differently: Cs is a byte that is no UTF-8."""
TAKEN = {
    "acumat", "acumat-web", "root", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp", "proxy",
    "www-data", "backup", "list", "irc", "nobody", "operator", "adm", "tty", "disk", "kmem", "dialout", "fax", "voice",
    "cdrom", "floppy", "tape", "sudo", "audio", "dip", "src", "shadow", "utmp", "video", "sasl", "plugdev", "staff", "users",
    "nogroup", "input", "render", "kvm", "sgx", "crontab", "netdev", "i2c", "gpio", "spi", "messagebus", "sshd", "avahi",
    "polkitd",
}  # fmt: skip
"""Users and groups of the package, of Debian and of Raspberry Pi OS: with such a name cloud-init makes no login."""
MAX_KEY_BYTES = 1 << 20
SECRET_MODE = 0o600


def boot_file(
    *,
    broker: str,
    broker_user: str,
    broker_password: Path | None,
    ca: Path | None,
    cert: Path | None,
    key: Path | None,
    no_discovery: bool,
    language: str,
    screen_over_mqtt: bool,
    wifi: str,
    wifi_password: Path | None,
    wifi_open: bool,
    country: str,
    apt: str,
    apt_key: Path | None,
    package: Path | None,
    mat_id: str,
    layout: str,
    hostname: str,
    timezone: str,
    ssh_key: Path | None,
    user: str,
    out: Path,
) -> int:
    """Write the files of the boot partition, and show the code for the page."""
    for option, text in (("--wifi", wifi), ("--id", mat_id), ("--broker-user", broker_user)):
        if any(unicodedata.category(each) in NO_TEXT for each in text):
            raise InputError(f"{option} {text!r} has characters that are none; write it in a terminal that speaks UTF-8")
    usual = USUAL_PORT if ca is None else TLS_PORT
    (host, port), *others = [host_and_port(each, usual) for each in broker.split(",")]
    source = _source(apt, apt_key, package)
    name = _hostname(hostname, mat_id)
    public_key = _ssh_key(ssh_key, user)
    _check_zone(timezone)
    network = _wifi(wifi, wifi_password, country, is_open=wifi_open)
    password = _password(broker_password, f"Password of {broker_user} at the broker") if broker_user else ""
    shown, secret = new_code()
    card = Card(
        hostname=name,
        broker=Broker(host, port, broker_user, password, _tls(ca, cert, key), not no_discovery, tuple(others)),
        source=source,
        page_secret=asdict(secret),
        mat_id=mat_id,
        layout=layout,
        wifi=network,
        timezone=timezone,
        language=language,
        screen_over_mqtt=screen_over_mqtt,
        user=user,
        ssh_key=public_key,
    )
    _check_configuration(configuration(card))
    _write(out, boot_files(card), package)
    print(f"Written to {out.resolve()}. The files hold passwords: keep no copy. The Pi removes them at its first start.")
    print(f"Some minutes after that the page is at http://{name}.local:8480. The code for it, shown this once: {shown}")
    print("If it is not: acumat.txt on the card's boot partition says why.")
    return exit_codes.OK


def _source(apt: str, apt_key: Path | None, package: Path | None) -> Repository | str:
    if bool(apt) == (package is not None):
        raise InputError("say where acumat comes from: --apt URL with --apt-key FILE, or --package FILE.deb")
    if package is not None:
        if not package.is_file():
            raise InputError(f"{package}: there is no such file; make deb writes one into dist")
        if not re.fullmatch(r"acumat_[A-Za-z0-9.+~]+_all\.deb", package.name):
            raise InputError(f"{package}: no package of acumat, such as acumat_0.3.0_all.deb")
        return package.name
    plain = re.fullmatch(r"(https?://\[[0-9a-fA-F:.]+\])?[!-?A-Z^-~]+", apt)
    try:
        address = urlsplit(apt if plain else "")
    except ValueError:  # between the brackets is no address
        address = urlsplit("")
    if address.scheme not in ("http", "https", "file") or (address.scheme != "file" and not address.hostname):
        raise InputError("--apt: this is no address such as http://server/apt, without a name or a password in it")
    if apt_key is None:
        raise InputError("--apt needs --apt-key FILE: the acumat.gpg that lies in the repository")
    return Repository(apt, _key(apt_key))


def _key(path: Path) -> bytes:
    key = read_bytes(path, MAX_KEY_BYTES)
    # RFC 9580, section 4.2: the first octet of a packet has its highest bit set
    if not key or not key[0] & 0x80:
        raise InputError(f"{path}: no public key in the form that apt reads; make apt writes one, acumat.gpg")
    return key


def _tls(ca: Path | None, cert: Path | None, key: Path | None) -> Tls | None:
    if ca is None:
        if cert is not None or key is not None:
            raise InputError("--cert and --key need --ca FILE: the certificate of the authority that the broker's is from")
        return None
    if (cert is None) != (key is None):
        raise InputError("--cert and --key belong together: the certificate that the mat shows, and its key")
    parts = [(ca, "BEGIN CERTIFICATE"), (cert, "BEGIN CERTIFICATE"), (key, "PRIVATE KEY")]
    return Tls(*("" if path is None else _pem(path, mark) for path, mark in parts))


def _pem(path: Path, mark: str) -> str:
    text = read_text(path)
    if f"{mark}-----" not in text:
        raise InputError(f"{path}: has no {mark.removeprefix('BEGIN ').lower()} in PEM form")
    return text


def _hostname(hostname: str, mat_id: str) -> str:
    found = hostname.lower() or "-".join(["acumat", *re.findall("[a-z0-9]+", mat_id)])[:MAX_HOSTNAME].rstrip("-")
    if not LABEL.fullmatch(found) or found == "localhost":
        allowed = f"1 to {MAX_HOSTNAME} of a-z, 0-9 and -, not at the ends, and not localhost"
        raise InputError(f"--hostname {hostname!r} is no name; allowed: {allowed}")
    return found


def _ssh_key(path: Path | None, user: str) -> str:
    if not USER.fullmatch(user) or user in TAKEN:
        raise InputError(f"--user {user!r} is no name for a user; allowed: 1 to 31 of a-z, 0-9 and -, such as pi")
    if path is None:
        return ""
    key = read_password(path).strip()
    if not KEY.fullmatch(key):
        raise InputError(f"{path}: no public key; it is the file that ends in .pub, with one line")
    return key


def _check_zone(zone: str) -> None:
    if not zone:
        return
    known = available_timezones()  # none on a system without that data, where the form has to do
    if not re.fullmatch(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}", zone) or (known and zone not in known):
        raise InputError(f"--timezone {zone!r} is no zone such as Europe/Berlin{did_you_mean(zone, known)}")


def _wifi(name: str, password_file: Path | None, country: str, *, is_open: bool) -> Wifi | None:
    if not name:
        if is_open:
            raise InputError("--wifi-open needs --wifi SSID")
        return None
    if len(name.encode()) > MAX_SSID_BYTES:
        raise InputError(f"--wifi {name!r} is no name of a network; it has up to {MAX_SSID_BYTES} bytes")
    if not re.fullmatch("[A-Z]{2}", country):
        raise InputError("--wifi needs --country XX, the two capital letters of where the Pi is, such as DE")
    if is_open:
        if password_file is not None:
            raise InputError("--wifi-open is for a network without a password: leave out --wifi-password")
        return Wifi(name, "", country)
    return Wifi(name, _wifi_password(name, password_file), country)


def _wifi_password(name: str, file: Path | None) -> str:
    password = _password(file, f"Password of the Wi-Fi {name}")
    is_key = re.fullmatch(f"[0-9a-fA-F]{{{max(WPA_PASSWORD)}}}", password)
    if not is_key and (len(password.encode()) not in WPA_PASSWORD[:-1] or not password.isprintable()):
        raise InputError("the password of a Wi-Fi has 8 to 63 characters; one with an accent counts twice or more")
    return password


def _password(path: Path | None, question: str) -> str:
    if path is not None:
        return read_password(path)
    if not sys.stdin.isatty():
        raise InputError(f"{question}: there is nobody to ask; name a file that holds it")
    return getpass(f"{question}: ")


def _check_configuration(text: str) -> None:
    """Raises InputError for an id or a name that the daemon would refuse."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "acumat.toml"
        path.write_text(text, "utf-8")
        try:
            load_config(path, secrets=False)
        except ConfigError as error:  # in a file that nobody has seen
            problems = [re.sub(rf"^{re.escape(str(path))}:\d+: ", "", each) for each in error.problems]
            raise InputError("the mat would not take this: " + "; ".join(problems)) from error


def _write(out: Path, files: dict[str, str], package: Path | None) -> None:
    if not out.is_dir():
        raise InputError(f"{out}: no folder; it is the boot partition of the card, which is called bootfs")
    if package is not None and package.resolve().parent != out.resolve():
        shutil.copyfile(package, out / package.name)
    for name, text in files.items():
        path = out / name
        path.unlink(missing_ok=True)  # an earlier file may be readable by everybody
        path.touch(SECRET_MODE)
        path.write_text(text, "utf-8", newline="\n")
