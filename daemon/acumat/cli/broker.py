"""The broker that an option names."""

from __future__ import annotations

from acumat.config.host import host_and_port as parts
from acumat_hw.errors import InputError

USUAL_PORT, TLS_PORT = 1883, 8883


def host_and_port(text: str, usual: int = USUAL_PORT) -> tuple[str, int]:
    """The parts of HOST[:PORT]; without a port the usual one. Raises InputError."""
    try:
        host, port = parts(text)
    except ValueError as exc:
        shown = "with @ in it" if "@" in text else repr(text)  # a password may stand before it
        raise InputError(f"--broker {shown} is no HOST[:PORT]") from exc
    return host, usual if port is None else port
