"""The way between the outbox of the history and the broker."""

from __future__ import annotations

from acumat.history.writer import Writer
from acumat.mqtt.client import MqttClient
from acumat.mqtt.null_client import NullClient


class EventLink:
    """Carries acknowledgements from the connection's thread to the writer, and the state of the connection from the loop.

    The writer hands events to the client and the client acknowledges them to the writer, so that one of them has to be made
    first: `connect` is called once both are there, before either has started.
    """

    def __init__(self) -> None:
        self._writer: Writer | None = None
        self._client: MqttClient | NullClient | None = None

    def connect(self, writer: Writer, client: MqttClient | NullClient) -> None:
        """These two are the ends."""
        self._writer, self._client = writer, client

    def on_acked(self, seq: int) -> None:
        """The broker has this event."""
        if self._writer is not None:
            self._writer.acked(seq)

    def on_connection(self, *, up: bool) -> None:
        """The outbox begins with what was under way: nothing goes to a new connection before the client knows of it."""
        if self._client is not None and up:
            self._client.resumed()
        if self._writer is not None:
            self._writer.connection(up)
