"""What outlives the daemon: its history, what an earlier run has left there, and the events that wait in it for the broker."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from acumat.contract.learned import Learned
from acumat.contract.sessions import Totals
from acumat.history.rows import Restored
from acumat.history.schema import StoreUnavailableError
from acumat.history.store import ShutStore, Store
from acumat.history.writer import Writer
from acumat.service.inbox import StoreRestored
from acumat.wiring.broker import Broker, broker
from acumat.wiring.context import Context

log = logging.getLogger(__name__)

DATABASE = "acumat.db"


@dataclass(frozen=True, slots=True)
class Persistence:
    """What was kept, who writes, and the way to the broker that empties the outbox."""

    kept: Restored
    writer: Writer
    mqtt: Broker
    close: Callable[[], None]
    """For a daemon that never comes to run; one that does closes the store when the writer ends."""


def persistence(ground: Context) -> Persistence:
    """The history is opened and read; in a safe mode it stays shut."""
    path = ground.config.daemon.state_dir / DATABASE
    store = Store(path, boot_id=ground.machine.boot_id) if ground.safe is None else ShutStore(path)
    kept = found_in(store, ground.names, ground.day_start_s())
    # writer and client know each other by these two calls alone
    mqtt = broker(
        ground.config,
        ground.mat_id,
        ground.inbox,
        clock_set=lambda: ground.time_of_day.known,
        acked=lambda seq: writer.acked(seq),  # noqa: PLW0108
    )
    writer = Writer(store, deliver=mqtt.deliver, monotonic=ground.clock.monotonic, fresh=mqtt.forget)
    if not kept.found:  # before anything else is written, so that its sums know nothing of this run
        writer.kept(ground.names, ground.day_start_s, lambda late: ground.inbox.put(StoreRestored(late)))
    writer.connection(up=mqtt.client is None)
    return Persistence(kept, writer, mqtt, store.close)


def found_in(store: Store, names: tuple[str, ...], day_start_s: float) -> Restored:
    """What an earlier run has left; without a history that can be read the mat starts as new, under ids of its own."""
    try:
        store.open()
        kept = store.kept(names, day_start_s)
    except StoreUnavailableError as exc:
        log.error("%s; going on without history", exc)
        nothing = Learned.nothing(len(names))
        return Restored(uuid.uuid4().hex[:8], 1, nothing, layout_changed=False, totals=Totals(), last_session=None, found=False)
    if kept.layout_changed:
        log.warning("the sensors are others than before: what was learnt of the earlier ones is not used; calibrate again")
    return kept
