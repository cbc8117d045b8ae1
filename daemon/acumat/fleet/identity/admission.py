"""Whether a NATS cluster may accept mats: only once a durable consumer waits for their messages."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import nats
from nats.js.errors import NotFoundError

from acumat_hw.errors import AcumatError

STREAM = "$MQTT_msgs"
"""The stream in which NATS stores what mats publish with QoS 1, for the consumers that exist by then."""
TIMEOUT_S = 10


class AdmissionError(AcumatError):
    """The cluster cannot be asked, or nobody collects there yet."""


def check_consumer(servers: list[str], token: str, authority: Path) -> str:
    """The name of the durable consumer. The servers' certificates are from this authority or a public one.

    Raises AdmissionError.
    """
    trusted = ssl.create_default_context()
    try:
        if authority.exists():
            trusted.load_verify_locations(authority)
        names = asyncio.run(asyncio.wait_for(_durables(servers, token, trusted), TIMEOUT_S))
    except Exception as error:
        raise AdmissionError(f"NATS at {', '.join(servers)}: {type(error).__name__} while looking for the collector") from error
    if not names:
        raise AdmissionError(
            "no collector waits at NATS yet: run `acumat collect --provision` first, or what mats send is lost"
        )
    return names[0]


async def _durables(servers: list[str], token: str, trusted: ssl.SSLContext) -> list[str]:
    async def quiet(_error: Exception) -> None:
        """The one that matters is raised."""

    connection = await nats.connect(
        [f"tls://{each}" for each in servers],
        user_jwt_cb=lambda: bytearray(token.encode()),
        signature_cb=lambda _nonce: b"",  # whoever shows the token is the user
        tls=trusted,
        allow_reconnect=False,
        error_cb=quiet,
    )
    try:
        found = await connection.jetstream().consumers_info(STREAM)
    except NotFoundError:
        return []
    finally:
        await connection.close()
    return [each.config.durable_name for each in found if each.config.durable_name]
