"""Builds the parts with stored data: the history, and the delivery of its events to the broker."""

from __future__ import annotations

import logging
import uuid
from typing import NamedTuple

from acumat.contract.learned import Learned
from acumat.contract.sessions import Totals
from acumat.history.days import day_start_wall_s
from acumat.history.payload import without_answers
from acumat.history.rows import Restored
from acumat.history.schema import StoreUnavailableError
from acumat.history.store import ShutStore, Store
from acumat.history.work_queue import WorkQueue
from acumat.history.writer import Writer
from acumat.mqtt.client import MqttClient
from acumat.mqtt.null_client import NullClient
from acumat.mqtt.publisher import Publisher
from acumat.service.event_link import EventLink
from acumat.service.starts import SafeMode
from acumat.service.timekeeping import TimeOfDay
from acumat.state_folder import RESTORING, is_seen
from acumat.wiring.broker import client_of, publisher_of, topics_of
from acumat.wiring.context import Context

log = logging.getLogger(__name__)

DATABASE = "acumat.db"


class Persistence(NamedTuple):
    """The thread that writes the history, and the MQTT client that empties its outbox."""

    writer: Writer
    client: MqttClient | NullClient
    publisher: Publisher
    link: EventLink


def persistence(context: Context, store: Store, time_of_day: TimeOfDay) -> Persistence:
    """Writer and client with the link between them; neither has started."""
    topics, queue = topics_of(context), WorkQueue()
    client = client_of(context, topics, queue.on_acked, time_of_day)

    def deliver(seq: int, payload: str) -> bool:
        shown = payload if context.config.share.check_ins else without_answers(payload)
        return client.deliver(topics.event, seq, shown)

    writer = Writer(store, queue, deliver=deliver, monotonic=context.clock.monotonic, on_new_file=client.abandon_events)
    writer.on_connection(up=not context.config.mqtt.enabled)
    return Persistence(writer, client, publisher_of(context, topics, client), EventLink(writer, client))


def finish_restore(context: Context) -> None:
    """Finish an interrupted restore of a backup, or discard its staged files."""
    folder = context.config.daemon.state_dir
    if is_seen(folder / RESTORING):
        from acumat.backup.staged import finish  # noqa: PLC0415  hardly any start needs it

        try:
            finish(folder)
        except OSError as exc:
            log.error("a restored backup cannot be put in its place (%s); continuing with the present data", exc)


def store_of(context: Context, safe: SafeMode | None) -> Store:
    """The store, not open yet; in a safe mode it is never opened."""
    path = context.config.daemon.state_dir / DATABASE
    boot_id, machine = context.machine.boot_id, context.origin.machine
    return Store(path, boot_id=boot_id, machine=machine) if safe is None else ShutStore(path)


def restored_from(store: Store, context: Context) -> Restored:
    """Open the store and read the data of an earlier run."""
    return found_in(store, context.names, day_start_wall_s(context.clock.wall(), context.config.daemon.day_starts_at))


def found_in(store: Store, names: tuple[str, ...], day_start_s: float) -> Restored:
    """The data of an earlier run. Without a readable history the mat starts as new, with new ids."""
    try:
        store.open()
        restored = store.restore(names, day_start_s)
    except StoreUnavailableError as exc:
        log.error("%s; continuing without history", exc)
        nothing = Learned.nothing(len(names))
        return Restored(uuid.uuid4().hex[:8], 1, nothing, layout_changed=False, totals=Totals(), last_session=None, found=False)
    if restored.layout_changed:
        log.warning("the sensors are others than before: the values learnt with the earlier ones are not used; calibrate again")
    return restored
