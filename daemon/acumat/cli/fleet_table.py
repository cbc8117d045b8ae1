"""The command-line definition of `acumat fleet`, and the arguments of each action."""

from __future__ import annotations

from pathlib import Path

from acumat.cli.table import SETUP, Argument, Command, OneOf, a_file, argument, flag
from acumat_hw.layout import PRESETS

CERTIFICATE_DAYS = 825
"""The most that Apple's devices take from a private authority (support article HT210176)."""
OF_CARD = ("broker", "wifi", "wifi_password", "wifi_open", "country", "apt", "apt_key", "package", "ssh_key", "user", "out")
"""Options that are the same for all cards of a fleet; the other options of boot-file come from the inventory."""
OPTIONS_OF: dict[str, tuple[str, tuple[str, ...]]] = {
    "list": ("", ()),
    "add": ("IDs", ("layout", "site", "label", "timezone")),
    "token": ("IDs, or none", ()),
    "cert": ("IDs, or none with --server", ("days", "server")),
    "boot-file": ("IDs, or none", ("tls", "discovery", *OF_CARD)),
    "revoke": ("IDs", ("yes",)),
    "admit": ("", ("nats",)),
    "record": ("", ("config",)),
}
"""The names and options of each action."""


def _of_card() -> list[Argument]:
    """The options of `acumat boot-file`: they apply to all mats, and no other action needs them."""
    (card,) = (each for each in SETUP if each.name == "boot-file")
    found = [each for each in card.arguments if not isinstance(each, OneOf)]
    shared = [each for each in found if each.names[0].removeprefix("--").replace("-", "_") in OF_CARD]
    texts = [(each, f"with boot-file: {each.options['help']}") for each in shared]
    kept = {"type", "metavar", "action"}
    return [Argument(each.names, {k: v for k, v in each.options.items() if k in kept} | {"help": text}) for each, text in texts]


FLEET = Command(
    "fleet",
    "fleet:fleet",
    "many mats: who they are, and what each logs in with",
    "Manage the inventory of a fleet and the logins of its mats. list: show the mats. add: new mats, each with a token, "
    "which is its password. token: a new one, or one for each mat that has none; also for collector, homeassistant, display "
    "and bridge-SITE. cert: a certificate for a mat; with --server for a broker. boot-file: what turns a card into that mat, "
    "a folder for each. revoke: shut mats out. admit: let the mats into a NATS cluster, once a collector waits there. "
    "record: write the inventory into the record. The folder has the inventory (mats.csv, for git, one line a mat, which you "
    "may edit), secrets and, in engines, the files that mosquitto and NATS read. docs/fleet.md says where each goes.",
    (
        argument("action", choices=list(OPTIONS_OF), help="what to do"),
        argument("names", nargs="*", metavar="ID", help="the mats that it is about"),
        argument("--folder", type=a_file, default=Path("fleet"), metavar="DIR", help="the fleet's folder (default: fleet)"),
        argument("--layout", choices=sorted(PRESETS), help="with add: sensors, rows x columns (default 4x2)"),
        argument("--site", metavar="SITE", help="with add: where the mats are, such as north"),
        argument("--label", metavar="TEXT", help="with add: what people call the mat, such as Room 3"),
        argument("--timezone", metavar="ZONE", help="with add: such as Europe/Berlin"),
        argument("--server", metavar="HOST,...", help="with cert: names and addresses that a broker is reached by"),
        argument("--days", type=int, metavar="N", help=f"with cert: how many days it is valid (default {CERTIFICATE_DAYS})"),
        flag("--tls", "with boot-file: the mats check the broker's certificate, and show their own if they have one"),
        flag("--discovery", "with boot-file: the mats appear in Home Assistant"),
        argument("--nats", metavar="HOST:PORT,...", help="with admit: where the cluster is asked whether a collector waits"),
        argument(
            "--config", type=a_file, metavar="FILE", help="with record: of the collector (default /etc/acumat/fleet.toml)"
        ),
        flag("--yes", "with revoke: do it"),
        *_of_card(),
    ),
)
