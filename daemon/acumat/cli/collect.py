"""The command that collects what the mats of a fleet report: collect."""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from acumat import sdnotify
from acumat.cli import exit_codes
from acumat.fleet.settings import FLEET_CONFIG, Fleet, load_fleet
from acumat_hw.errors import AcumatError

MISSING = "a fleet needs {}, which is not installed: pip install 'acumat[fleet]'"

try:
    from acumat.fleet.collect.auditor import Auditor
    from acumat.fleet.collect.collector import Collector
    from acumat.fleet.collect.opening import provision_engine, transport_of
    from acumat.fleet.record.connection import connect, noticing
    from acumat.fleet.record.schema import is_prepared, note_provision, prepare
    from acumat.fleet.record.status import CollectorStatus, RecordStatus, read_status
except ModuleNotFoundError as exc:
    raise AcumatError(MISSING.format(exc.name)) from exc

LATE_S = 60.0
"""Seconds without an entry after which a collector does not run, or cannot write."""


def collect(config_path: Path | None, *, provision: bool, check: bool, as_json: bool) -> int:
    """Collect until SIGTERM or Ctrl-C; or prepare database and engine; or show the state."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("nats").setLevel(logging.ERROR)
    fleet = load_fleet(config_path or FLEET_CONFIG)
    if check:
        return _check(fleet, as_json=as_json)
    try:
        return _provision(fleet) if provision else _collect(fleet)
    except ModuleNotFoundError as error:  # each transport imports its library on demand
        raise AcumatError(MISSING.format(error.name)) from error


def _collect(fleet: Fleet) -> int:
    stops: list[int] = []
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, _frame: stops.append(number))
    transport = transport_of(fleet)
    section = fleet.transport
    Collector(
        transport,
        partial(connect, fleet.dsn, application_name=f"acumat collect {fleet.name}"),
        Auditor(transport, section.base_topic, fleet.audit, time.monotonic),
        name=fleet.name,
        kind=section.kind,
        base_topic=section.base_topic,
        retention_days=fleet.retention_days,
        notify=sdnotify,
        monotonic=time.monotonic,
        stopping=lambda: bool(stops),
    ).run()
    sdnotify.stopping()
    return exit_codes.OK


def _provision(fleet: Fleet) -> int:
    with connect(fleet.dsn) as connection, noticing():
        prepare(connection)
        print("The record is there: schema acumat, with partitions for the months ahead.")
        made = provision_engine(fleet)
        note_provision(connection, fleet.transport.kind, made)
    print(f"The engine is ready: {', '.join(f'{key} {value}' for key, value in made.items())}. Mats may get credentials.")
    return exit_codes.OK


def _check(fleet: Fleet, *, as_json: bool) -> int:
    with connect(fleet.dsn) as connection, noticing():
        if not is_prepared(connection):
            raise AcumatError("the database has no record of a fleet yet; run: acumat collect --provision")
        status = read_status(connection)
    late = [each for each in status.collectors if each.committed_s > LATE_S]
    well = bool(status.collectors) and len(late) < len(status.collectors)
    if as_json:
        json.dump({"ok": well, **asdict(status)}, sys.stdout, default=str)
        print()
    else:
        print("\n".join(_lines(status)))
    return exit_codes.OK if well else exit_codes.UNAVAILABLE


def _lines(status: RecordStatus) -> list[str]:
    newest = "no event yet" if status.newest_s is None else f"newest event {_ago(status.newest_s)}"
    lines = [f"{status.mats} mats, {newest}."]
    lines += [_collector_line(each) for each in status.collectors] or ["No collector has run yet."]
    lines.append(f"{status.gaps} open gaps with {status.missing} events; {status.lost} events that the mats no longer have.")
    if status.set_aside:
        lines.append(f"{status.set_aside} messages are set aside: see the table acumat.set_aside.")
    return lines


def _collector_line(each: CollectorStatus) -> str:
    waiting = "" if each.waiting is None else f", {each.waiting} wait in the engine"
    silent = " It does not run, or cannot write." if each.committed_s > LATE_S else ""
    known = f"{each.events} events, {each.repeated} known before, {each.set_aside} set aside"
    return f"Collector {each.name} ({each.transport}): last wrote {_ago(each.committed_s)}; {known}{waiting}.{silent}"


def _ago(seconds: float) -> str:
    values: Any = divmod(round(seconds), 60)
    return f"{values[0]} min {values[1]} s ago" if values[0] else f"{values[1]} s ago"
