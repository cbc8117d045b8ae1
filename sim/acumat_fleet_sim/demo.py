"""The demo of a fleet: engine, database, collector, page and simulated mats on this machine. `make fleet-demo`."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import psycopg

from acumat.cli.demo_page import demo_page
from acumat.demo_broker import end_process
from acumat.own_process import own_process
from acumat_fleet_sim.demo_engines import nats, postgres
from acumat_fleet_sim.fleet import Fleet, Plan
from acumat_fleet_sim.story import Habits
from acumat_hw.errors import AcumatError

PAST_S = 3 * 86_400.0
"""What the mats bring along, as after an outage of their network."""
STUDIO = Habits(rest_s=9000.0, lie_s=1200.0)
"""One mat in eight is in use."""
SITES = ("North", "South", "Harbour", "Clinic")
LOOK_S = 5.0
ENDING = (signal.SIGINT, signal.SIGTERM)


def main() -> int:
    """Run it until Ctrl-C; what it stores is gone afterwards."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mats", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for number in ENDING:  # also where a shell has it ignored
        signal.signal(number, _leave)
    try:
        with ExitStack() as stack:
            _demo(stack, args.mats, args.seed)
    except KeyboardInterrupt:
        print("The demo has ended, and what it stored is gone.")
    except AcumatError as exc:
        print(f"acumat: {exc}", file=sys.stderr)
        return 1
    return 0


def _demo(stack: ExitStack, mats: int, seed: int) -> None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="acumat-fleet-demo-", ignore_cleanup_errors=True)))
    dsn = stack.enter_context(postgres(folder))
    port, mqtt = stack.enter_context(nats(folder))
    fleet = Fleet(Plan(mats, seed, (("127.0.0.1", mqtt),), now_s=time.time(), past_s=PAST_S, backlog_s=PAST_S, habits=STUDIO))
    config = folder / "fleet.toml"
    config.write_text(f'[record]\ndsn = "{dsn}"\n[transport]\nkind = "nats"\nhosts = ["127.0.0.1:{port}"]\n', encoding="utf-8")
    stack.enter_context(_collector(config))
    _name_sites(dsn, fleet)
    page, code_file = folder / "page.toml", folder / "code"
    page.write_text(f'[record]\ndsn = "{dsn}"\n[web]\ncode_file = "{code_file}"\n', encoding="utf-8")
    address = stack.enter_context(demo_page(code_file, "--fleet", str(page)))
    fleet.start()
    stack.callback(fleet.stop)
    print(f"{mats} simulated mats at {len(SITES)} sites, on NATS (MQTT at 127.0.0.1:{mqtt}) and PostgreSQL. Ctrl-C ends it.")
    print(
        "Without the page, which needs: pip install 'acumat[web]'" if address is None else f"The fleet's page:\n    {address}"
    )
    print("The record, for SQL (the views session, day and adherence of the schema acumat):")
    print(f"    psql '{dsn}'", flush=True)
    try:
        while True:
            time.sleep(LOOK_S)
            truth = fleet.truth
            print(f"  {fleet.up} of {mats} mats are up, {truth.events_acknowledged} events acknowledged", end="\r", flush=True)
    except KeyboardInterrupt:
        print("\nIt ends everything that it has started; this takes some seconds.", flush=True)
        raise


def _leave(_number: int, _frame: FrameType | None) -> None:
    """A second Ctrl-C meanwhile would leave something behind."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _collector(config: Path) -> Iterator[None]:
    """`acumat collect`, after it has made what it needs. Raises AcumatError."""
    command = own_process("acumat.cli.main", "collect", "--config", str(config))
    made = subprocess.run([*command, "--provision"], capture_output=True, text=True, check=False)
    if made.returncode:
        raise AcumatError(made.stderr.strip())
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        end_process(process)


def _name_sites(dsn: str, fleet: Fleet) -> None:
    """As `acumat fleet` writes an inventory into the record."""
    rows = [(mat, SITES[number % len(SITES)], f"Mat {number + 1}") for number, mat in enumerate(fleet.mat_ids)]
    with psycopg.connect(dsn) as db, db.cursor() as cursor:
        cursor.executemany("INSERT INTO acumat.mat (mat_id, site, label) VALUES (%s, %s, %s)", rows)


if __name__ == "__main__":
    sys.exit(main())
