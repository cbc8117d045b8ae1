"""Reports the state of the connection to outbox and client, in the right order."""

from __future__ import annotations

from acumat.history.writer import Writer
from acumat.mqtt.client import MqttClient
from acumat.mqtt.null_client import NullClient


class EventLink:
    """Joins the outbox of the history with the connection. For the loop's thread."""

    def __init__(self, writer: Writer, client: MqttClient | NullClient) -> None:
        self._writer = writer
        self._client = client

    def on_connection(self, *, up: bool) -> None:
        """The outbox begins with what was in flight: nothing goes to a new connection before the client knows of it."""
        if up:
            self._client.accept_events()
        self._writer.on_connection(up)
