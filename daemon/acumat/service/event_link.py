"""Reports the connection to both ends of the way to the broker, in the right order."""

from __future__ import annotations

from acumat.history.writer import Writer
from acumat.mqtt.client import MqttClient
from acumat.mqtt.null_client import NullClient


class EventLink:
    """The outbox of the history at one end, the connection at the other. For the loop's thread."""

    def __init__(self, writer: Writer, client: MqttClient | NullClient) -> None:
        self._writer = writer
        self._client = client

    def on_connection(self, *, up: bool) -> None:
        """The outbox begins with what was under way: nothing goes to a new connection before the client knows of it."""
        if up:
            self._client.accept_events()
        self._writer.on_connection(up)
