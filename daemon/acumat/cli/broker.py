"""The broker that an option names."""

from __future__ import annotations

from acumat.config.host import host_problem
from acumat_hw.errors import InputError

USUAL_PORT, TLS_PORT = 1883, 8883


def host_and_port(text: str, usual: int = USUAL_PORT) -> tuple[str, int]:
    """The parts of HOST[:PORT]; without a port the usual one. Raises InputError."""
    host, port = text, str(usual)
    if host_problem(text):
        host, _, port = text.rpartition(":")
    if host_problem(host) or not port.isdecimal() or not 0 < int(port) < 65536:
        shown = "with @ in it" if "@" in text else repr(text)  # a password may stand before it
        raise InputError(f"--broker {shown} is no HOST[:PORT]")
    return host, int(port)
