"""The broker that an option names."""

from __future__ import annotations

from acumat.config.host import host_and_port as parts
from acumat_hw.errors import InputError

USUAL_PORT = 1883


def host_and_port(text: str) -> tuple[str, int]:
    """The parts of HOST[:PORT]. Raises InputError."""
    try:
        host, port = parts(text)
    except ValueError as exc:
        shown = "with @ in it" if "@" in text else repr(text)  # a password may stand before it
        raise InputError(f"--broker {shown} is no HOST[:PORT]") from exc
    return host, USUAL_PORT if port is None else port
