"""Valid names and addresses of a broker, and the correct form for common mistakes."""

from __future__ import annotations

import ipaddress
import re

from acumat_hw.text_file import shown_text

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
MAX_NAME = 253
NO_NAME = "is no host name; allowed: labels of 1 to 63 letters, digits and hyphens, joined by dots"


def host_problem(host: str) -> str:
    """Why this is no name or address of a broker, and what to write instead; empty if it is one."""
    if "/" in host or "@" in host:
        url = re.fullmatch(r"(?:[a-z][a-z0-9+.-]*:)?/*(?:.*@)?(\[[^]/]*]|[^/:?#]*).*", host, re.IGNORECASE | re.DOTALL)
        bare = (url[1].strip("[]") if url else "") or "localhost"
        return f'is a URL or a path; write the host alone, such as host = "{_shown(bare)}", and the port under mqtt.port'
    if re.search(r"\s", host):
        return f'has a space in it; write "{_shown("".join(host.split()))}"'
    if not host.isprintable():
        return NO_NAME
    if host.startswith("[") or host.endswith("]"):
        bare = host.removeprefix("[").partition("]")[0]
        return f'has brackets; write an IPv6 address without them: "{bare}"'
    if ":" in host:
        return "" if _address(host) else _with_colon(host)
    if re.fullmatch(r"(.*\.)?(\d+|0x[0-9a-f]*)\.?", host, re.IGNORECASE):  # a name that ends so is read as an IPv4 address
        return "" if _address(host) else "is no IPv4 address; allowed: four numbers of 0 to 255, such as 192.168.1.10"
    return "" if _is_name(host) else NO_NAME


def host_and_port(text: str) -> tuple[str, int | None]:
    """The parts of HOST, HOST:PORT or [IPv6]:PORT; None where no port is named. Raises ValueError with what to write."""
    bracketed = re.fullmatch(r"\[([^]]*:[^]]*)](?::(.*))?", text)
    if bracketed:
        host, port = bracketed[1], bracketed[2]
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, None
    if "/" in text or "@" in text or host_problem(host):
        raise ValueError('is no broker; write a name or an address, such as "nas", "nas:1883" or "[fd00::10]:1883"')
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536):
        raise ValueError("has no port behind the colon; allowed: 1 to 65535")
    return host, None if port is None else int(port)


def broker_problem(text: str) -> str:
    """Why this is no HOST[:PORT], and what to write instead; empty if it is one."""
    try:
        host_and_port(text)
    except ValueError as problem:
        return str(problem)
    return ""


def page_problem(url: str) -> str:
    """Why a browser cannot have this address of a page, and Home Assistant would refuse the mat with it; empty if it can."""
    parts = re.fullmatch(r"https?://(\[[^]]*]|[^][:/]+)(?::([0-9]{1,5}))?(?:/[a-z0-9._~/-]*)?", url)
    host = parts[1].strip("[]") if parts else ""
    bracketed = parts is not None and parts[1].startswith("[")
    if not parts or host != host.lower() or bracketed != (":" in host) or "%" in host or host_problem(host):
        return "is no address of a page; allowed: one such as http://bedroom.local:8480"
    return "has no port behind the colon; allowed: 1 to 65535" if parts[2] and not 0 < int(parts[2]) < 65536 else ""


def _shown(host: str) -> str:
    return shown_text(host, MAX_NAME)


def _with_colon(host: str) -> str:
    name, _, port = host.rpartition(":")
    if port.isdecimal() and ":" not in name and not host_problem(name):
        return f'has the port in it; write host = "{name}" and port = {int(port)}'
    return "is no IPv6 address; write one such as fd00::10, or a name, and the port under mqtt.port"


def _address(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not address.is_multicast and str(address) != "255.255.255.255"


def _is_name(host: str) -> bool:
    try:
        ascii_name = host.encode("idna").decode("ascii").removesuffix(".")
    except UnicodeError:  # the look-up would raise it in the connection's own thread
        return False
    return len(ascii_name) <= MAX_NAME and all(LABEL.fullmatch(label) for label in ascii_name.split("."))
