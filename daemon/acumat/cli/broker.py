"""The broker that an option names."""

from __future__ import annotations

from acumat.config.host import host_problem
from acumat_hw.errors import InputError

USUAL_PORT = 1883


def host_and_port(text: str) -> tuple[str, int]:
    """The parts of HOST[:PORT]. Raises InputError."""
    host, port = text, str(USUAL_PORT)
    if host_problem(text):
        host, _, port = text.rpartition(":")
    if host_problem(host) or not port.isdecimal() or not 0 < int(port) < 65536:
        shown = "with @ in it" if "@" in text else repr(text)  # a password may stand before it
        raise InputError(f"--broker {shown} is no HOST[:PORT]")
    return host, int(port)
