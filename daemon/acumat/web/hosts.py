"""The names under which this page may be called.

This is the defence against DNS rebinding: another site's name leads here, and its scripts then count as our own. They cannot
change the Host header, so a foreign name is refused first.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?\.?))(?::\d{1,5})?")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def own_names(hostname: str, configured: Iterable[str]) -> frozenset[str]:
    """The machine's name, the same as multicast DNS announces it (.local), and what the configuration adds."""
    bare = hostname.lower().partition(".")[0]
    return frozenset({hostname.lower(), bare, f"{bare}.local", *(each.lower() for each in configured)} - {"", ".local"})


def is_ours(host: str, names: frozenset[str], local_address: str | None) -> bool:
    """Whether a Host header names this machine: loopback, one of `names`, or the very address that the visitor reached."""
    match = HOST.fullmatch(host.lower())
    if match is None:
        return False
    name = match["v6"] or match["name"].removesuffix(".")
    if name in LOOPBACK or name in names:
        return True
    reached = _address(local_address or "")
    return reached is not None and _address(name) == reached


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
