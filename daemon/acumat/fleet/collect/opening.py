"""The transport of a configuration, and the preparation of an engine before the first mat."""

from __future__ import annotations

import asyncio
from pathlib import Path

from acumat.fleet.collect.messages import Transport
from acumat.fleet.settings import Fleet
from acumat.mqtt.problems import Target
from acumat_hw.errors import AcumatError


def transport_of(fleet: Fleet) -> Transport:
    """Not connected yet. Raises InputError for TLS files that cannot be used."""
    section = fleet.transport
    if section.kind == "mqtt":
        from acumat.fleet.collect.over_mqtt import MqttTransport  # noqa: PLC0415  # each loads its own library alone

        return MqttTransport(_targets(fleet), client_id=f"acumat-collect-{fleet.name}", base_topic=section.base_topic)
    from acumat.fleet.collect.over_nats import NatsTransport  # noqa: PLC0415

    return NatsTransport(_nats_target(fleet), base_topic=section.base_topic)


def provision_engine(fleet: Fleet) -> dict[str, object]:
    """Prepare the engine before the first mat. Returns what was made. Raises AcumatError if that cannot be done now."""
    if fleet.transport.kind == "mqtt":
        return _provision_mqtt(fleet)
    return asyncio.run(_provision_nats(fleet))


def _provision_mqtt(fleet: Fleet) -> dict[str, object]:
    """Make the collector's persistent session: from then on the broker stores events for it."""
    from acumat.fleet.collect.over_mqtt import SUBSCRIBED_S, MqttTransport  # noqa: PLC0415

    transport = transport_of(fleet)
    assert isinstance(transport, MqttTransport)
    transport.open()
    try:
        if not transport.subscribed(SUBSCRIBED_S):
            raise AcumatError(f"{transport.problem or 'the broker does not grant the subscription to events'}")
    finally:
        transport.close()
    return {"client_id": f"acumat-collect-{fleet.name}"}


async def _provision_nats(fleet: Fleet) -> dict[str, object]:
    from nats.errors import Error  # noqa: PLC0415

    from acumat.fleet.collect.nats_engine import DURABLE, REQUEST_S, STREAM, connected, provisioned, said  # noqa: PLC0415

    try:
        client = await asyncio.wait_for(connected(_nats_target(fleet)), REQUEST_S)
        try:
            replicas = await provisioned(client.jetstream(timeout=REQUEST_S), fleet.transport.base_topic)
        finally:
            await client.close()
    except (Error, OSError, TimeoutError) as error:
        raise AcumatError(
            f"NATS cannot make the stream {STREAM} with its consumer ({said(error)}); all nodes of the cluster have to run"
        ) from error
    return {"stream": STREAM, "consumer": DURABLE, "replicas": replicas}


def _targets(fleet: Fleet) -> list[Target]:
    section = fleet.transport
    return [
        Target(
            host,
            port,
            tls=section.tls,
            ca_file=_path(section.ca_file),
            cert_file=_path(section.cert_file),
            key_file=_path(section.key_file),
            username=section.username,
            password=fleet.password,
        )
        for host, port in fleet.hosts
    ]


def _nats_target(fleet: Fleet):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from acumat.fleet.collect.nats_engine import NatsTarget  # noqa: PLC0415

    section = fleet.transport
    context = None
    if section.tls:
        from acumat.mqtt.tls import usable_tls_context  # noqa: PLC0415

        context = usable_tls_context(_targets(fleet)[0])
    urls = tuple(f"{'tls' if section.tls else 'nats'}://{host}:{port}" for host, port in fleet.hosts)
    return NatsTarget(urls, section.username, fleet.password, context)


def _path(written: str | None) -> Path | None:
    return Path(written) if written else None
