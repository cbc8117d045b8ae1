"""`acumat fleet`: the inventory of many mats, and what each of them logs in with."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acumat.cli import exit_codes
from acumat.cli.boot_file import boot_file
from acumat.cli.fleet_table import CERTIFICATE_DAYS, OF_CARD, OPTIONS_OF
from acumat.config.host import host_problem
from acumat_hw.errors import AcumatError, InputError
from acumat_hw.text_file import shown_path

try:
    from acumat.fleet.identity.admission import check_consumer
    from acumat.fleet.identity.fleet import Fleet
    from acumat.fleet.identity.folder import FleetFolder
    from acumat.fleet.identity.inventory import BRIDGE, Mat, wanted
    from acumat.fleet.record.connection import connect, noticing
    from acumat.fleet.record.mats import NotedMat, note_mats, unknown_zones
    from acumat.fleet.record.schema import is_prepared
    from acumat.fleet.settings import FLEET_CONFIG, load_fleet
except ModuleNotFoundError as exc:
    raise AcumatError(f"a fleet needs {exc.name}, which is not installed: pip install 'acumat[fleet]'") from exc

DAYS_MOST = 3650
RELOAD = "The engines' files are new: put them in place and reload (docs/fleet.md)."
MAKING = ("add", "token", "cert")
"""The action that makes a folder if there is none."""
CHANGING = (*MAKING, "revoke", "admit")
Options = Mapping[str, Any]


def fleet(action: str, names: list[str], *, folder: Path, **options: Any) -> int:  # noqa: ANN401
    """Carry out one action on the fleet of a folder."""
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    takes, allowed = OPTIONS_OF[action]
    if names and not takes:
        raise InputError(f"fleet {action} takes no {names[0]!r}")
    if not names and takes == "IDs":
        raise InputError(f"fleet {action} takes the ids of mats, such as bedroom")
    for name in given:
        if name not in allowed:
            shown = name.replace("_", "-")
            raise InputError(f"fleet {action} does not take --{shown}; acumat fleet --help shows what it takes")
    found = FleetFolder(folder)
    try:
        if action not in MAKING and not found.inventory.exists():
            raise InputError(f"{shown_path(folder)}: is no folder of a fleet, since it has no mats.csv; give it with --folder")
        with found.alone() if action in CHANGING else nullcontext():
            return ACTIONS[action](Fleet(found, datetime.now(UTC)), list(dict.fromkeys(names)), given)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{shown_path(Path(error.filename))}: " if isinstance(error.filename, str) else ""
        again = "; correct that, and run the same command again" if action in CHANGING else ""
        raise AcumatError(f"{where}{error.strerror or error}{again}") from error


def _list(fleet: Fleet, _names: Sequence[str], _given: Options) -> int:
    issued = fleet.issued()
    expires = {each.name: each.expires[:10] for each in issued if each.kind == "certificate" and not each.revoked}
    without = set(fleet.without_token())
    print(f"{'id':<32}  {'layout':<6}  {'site':<16}  {'login':<10}  {'certificate':<11}  label")
    for mat in fleet.mats():
        login = "revoked" if mat.revoked else "no token" if mat.id in without else "token"
        print(f"{mat.id:<32}  {mat.layout:<6}  {mat.site:<16}  {login:<10}  {expires.get(mat.id, '-'):<11}  {mat.label}")
    return exit_codes.OK


def _add(fleet: Fleet, names: Sequence[str], given: Options) -> int:
    new = [Mat(name, **given) for name in names]
    fleet.add(new)
    print(f"Added {len(new)}, each with its token in {fleet.folder.secret('ID.token')}. {RELOAD}")
    bridge = f"{BRIDGE}{given.get('site', '')}"
    if fleet.folder.secret(f"{bridge}.token").exists():
        print(f"The bridge of this site does not know them yet: acumat fleet token {bridge}")
    return exit_codes.OK


def _token(fleet: Fleet, names: Sequence[str], _given: Options) -> int:
    wanted_names = names or fleet.without_token()
    if not wanted_names:
        print("Every mat has a token.")
        return exit_codes.OK
    fleet.renew_tokens(wanted_names)
    for name in wanted_names:
        print(fleet.folder.secret(f"{name}.token"))
    print(RELOAD)
    return exit_codes.OK


def _cert(fleet: Fleet, names: Sequence[str], given: Options) -> int:
    days = given.get("days", CERTIFICATE_DAYS)
    if not 0 < days <= DAYS_MOST:
        raise InputError(f"--days {days} is not possible; allowed: 1 to {DAYS_MOST}")
    hosts = given["server"].split(",") if "server" in given else []
    if bool(hosts) == bool(names):
        raise InputError("fleet cert takes the ids of mats, or for a broker --server with its names and addresses")
    for host in hosts:
        if problem := host_problem(host):
            raise InputError(f"--server: {host!r} {problem}")
    made = [(f"{hosts[0]}.broker", fleet.certify_broker(hosts, days))] if hosts else []
    made += [(name, fleet.certify(name, days)) for name in names]
    for name, end in made:
        print(f"{fleet.folder.secret(f'{name}.crt')} and .key, until {end:%Y-%m-%d}")
    print(f"The authority's certificate, for brokers and mats: {fleet.folder.authority}. {RELOAD}")
    return exit_codes.OK


def _boot_file(fleet: Fleet, names: Sequence[str], given: Options) -> int:
    mats = wanted(fleet.mats(), names)
    mats = [mat for mat in mats if not mat.revoked] if not names else mats
    missing = [mat.id for mat in mats if mat.revoked or not fleet.folder.secret(f"{mat.id}.token").exists()]
    if missing:
        raise InputError(f"{missing[0]}: is revoked or has no token: acumat fleet list, acumat fleet token")
    if "broker" not in given or "out" not in given:
        raise InputError(
            "fleet boot-file needs --broker, as the mats reach it, and --out, a folder for the folders of the cards"
        )
    shared: dict[str, Any] = {name: given.get(name) for name in OF_CARD} | {"user": given.get("user", "pi")}
    for name in ("wifi", "country", "apt"):
        shared[name] = shared[name] or ""
    shared["wifi_open"] = "wifi_open" in given
    out = given["out"]
    for mat in mats:
        target = out / mat.id
        target.mkdir(0o700, parents=True, exist_ok=True)
        print(f"\n{mat.id} ({mat.label or mat.site or mat.layout})")
        boot_file(
            **shared | {"out": target},
            broker_user=mat.id,
            broker_password=fleet.folder.secret(f"{mat.id}.token"),
            **_tls(fleet, mat.id, given),
            no_discovery="discovery" not in given,
            language="",
            screen_over_mqtt=False,
            mat_id=mat.id,
            layout=mat.layout,
            hostname="",
            timezone=mat.timezone,
        )
    return exit_codes.OK


def _tls(fleet: Fleet, name: str, given: Options) -> dict[str, Any]:
    if "tls" not in given:
        return {"ca": None, "cert": None, "key": None}
    if not fleet.folder.authority.exists():
        raise InputError(
            "--tls: the fleet has no authority yet; acumat fleet cert --server makes it with the broker's certificate"
        )
    cert, key = (fleet.folder.secret(f"{name}.{end}") for end in ("crt", "key"))
    return {"ca": fleet.folder.authority, "cert": cert if cert.exists() else None, "key": key if cert.exists() else None}


def _revoke(fleet: Fleet, names: Sequence[str], given: Options) -> int:
    if "yes" not in given:
        wanted(fleet.mats(), names)
        print("acumat: the mats cannot log in any more, and need a new card to come back; say --yes to do it", file=sys.stderr)
        return exit_codes.USAGE
    fleet.revoke(names)
    print(f"Revoked {', '.join(names)}: shut out from the engines' next reload on. {RELOAD}")
    return exit_codes.OK


def _admit(fleet: Fleet, _names: Sequence[str], given: Options) -> int:
    token = fleet.folder.read_secret("collector.token")
    if not token:
        raise InputError("the collector has no token yet: acumat fleet token collector")
    if "nats" not in given:
        raise InputError("fleet admit needs --nats HOST:PORT,... of the cluster")
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of how the library of NATS ends TLS
    consumer = check_consumer(given["nats"].split(","), token, fleet.folder.authority)
    fleet.admit()
    print(f"A collector waits at NATS ({consumer}): the mats may come. {RELOAD}")
    return exit_codes.OK


def _record(fleet: Fleet, _names: Sequence[str], given: Options) -> int:
    mats = [NotedMat(each.id, each.site, each.label, each.timezone, each.layout, each.revoked) for each in fleet.mats()]
    with connect(load_fleet(given.get("config", FLEET_CONFIG)).dsn) as connection, noticing():
        if not is_prepared(connection):
            raise AcumatError("the database has no record of a fleet yet; run: acumat collect --provision")
        if unknown := unknown_zones(connection, [each.timezone for each in mats]):
            raise InputError(
                f"{shown_path(fleet.folder.inventory)}: the database does not know the timezone {unknown[0]}; "
                "take another one, or update the time zones where PostgreSQL runs (tzdata)"
            )
        note_mats(connection, mats)
    print(f"The record knows {len(mats)} mats of the inventory.")
    return exit_codes.OK


ACTIONS: dict[str, Callable[[Fleet, Sequence[str], Options], int]] = {
    "list": _list,
    "add": _add,
    "token": _token,
    "cert": _cert,
    "boot-file": _boot_file,
    "revoke": _revoke,
    "admit": _admit,
    "record": _record,
}
