"""The table of the command line: each command with its function, its arguments and its help.

The parser and docs/commands.md are made from it. requests.py has the commands that ask a running daemon.
"""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acumat_hw.layout import PRESETS

MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as argparse takes it: its names, and the rest."""

    names: tuple[str, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OneOf:
    """Arguments of which at most one may be given."""

    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: `function` as `module:name` below acumat.cli gets the arguments by name, and `fixed` as well.

    `summary` is shown in the list of all commands, `description` in the help of the command.
    """

    name: str
    function: str
    summary: str
    description: str
    arguments: tuple[Argument | OneOf, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)


def argument(*names: str, **options: Any) -> Argument:  # noqa: ANN401  what argparse takes
    """An argument with the parameters of argparse's add_argument."""
    return Argument(names, options)


def flag(name: str, text: str, dest: str | None = None) -> Argument:
    """An option without a value."""
    return argument(name, action="store_true", help=text, **({} if dest is None else {"dest": dest}))


def a_port(text: str) -> int:
    """A TCP port; 0: any that is free. Raises ArgumentTypeError for anything else."""
    if re.fullmatch(r"[0-9]{1,5}", text) is None or int(text) > MAX_PORT:
        raise ArgumentTypeError(f"must be a whole number from 0 to {MAX_PORT}")
    return int(text)


def a_file(text: str) -> Path:
    """A file or a folder. Raises ArgumentTypeError for `-`, which elsewhere means standard input or output."""
    if text == "-":
        raise ArgumentTypeError("- is no file, and this one cannot be standard input or output; give a name")
    return Path(text)


def a_file_or_stream(text: str) -> Path:
    """A file, or `-` for standard input or output; `./-` is a file of that name."""
    return Path(text) if text == "-" or Path(text) != Path("-") else Path(text).absolute()


CONFIG = argument(
    "--config",
    type=a_file,
    metavar="FILE",
    dest="config_path",
    help="default: $ACUMAT_CONFIG, then /etc/acumat/acumat.toml, then all defaults",
)
FLEET = argument(
    "--fleet",
    type=a_file,
    metavar="FILE",
    dest="fleet_file",
    help="of many mats: the file with the record's database, such as /etc/acumat/fleet-web.toml",
)
SCENARIO_HELP = "name of a scenario, or a file NAME.toml"
BROKER = argument("--broker", metavar="HOST[:PORT]", help="this MQTT broker instead of the configured one")

WEB_PORT = 8480

SETUP = (
    Command(
        "run",
        "start:run",
        "the daemon: read the mat and publish its state",
        "Run the daemon in the foreground until Ctrl-C. As a service systemd runs it.",
        (CONFIG,),
    ),
    Command(
        "check-config",
        "check_config:check_config",
        "list every problem of the configuration",
        "Read the configuration and list every problem with its line and its fix. Nothing is started or changed.",
        (
            argument(
                "config", type=a_file, nargs="?", metavar="FILE", help="default: $ACUMAT_CONFIG, then /etc/acumat/acumat.toml"
            ),
        ),
    ),
    Command(
        "doctor",
        "doctor:doctor",
        "examine board, sensors, panel, broker and machine",
        "Examine the mat and everything around it: a line for each finding, with cause and fix. Beside a running daemon it "
        "examines broker, disk and clock, and asks the daemon for the rest; stop the daemon to examine all of it. Exit code 1 "
        "if something does not work.",
        (
            flag("--json", "the findings as JSON", "as_json"),
            flag("--press", "a guided test: press on each sensor in turn"),
            argument(
                "--vcc-on",
                metavar="CHIP:CHANNEL",
                dest="vcc_on",
                help="a spare input that is wired to the supply, such as 0x4b:3",
            ),
            argument(
                "--bundle",
                type=a_file,
                metavar="FILE.zip",
                help="also write an archive for somebody who helps, with versions, status and log, and without secrets",
            ),
            CONFIG,
        ),
    ),
    Command(
        "record",
        "record:record",
        "write what the sensors read into a file",
        "Write frames to NAME.csv or NAME.csv.gz, with NAME.toml beside it, until Ctrl-C or --seconds. Stop the daemon first. "
        "Without hardware --scenario records a simulated mat as fast as possible.",
        (
            argument("recording", type=a_file, metavar="NAME.csv[.gz]", help="the file to write"),
            argument("--seconds", type=float, metavar="S", help="end after so long"),
            argument("--scenario", metavar="NAME", help=f"a simulated mat instead of the configured one: {SCENARIO_HELP}"),
            flag(
                "--force",
                "overwrite an earlier recording of this name; other files, such as a scenario NAME.toml, are never overwritten",
            ),
            CONFIG,
        ),
    ),
    Command(
        "fieldtest",
        "fieldtest:fieldtest",
        "a quarter of an hour on the mat, recorded and judged",
        "Guide a volunteer through positions, record what the sensors read, and say what the mat reported of each position. "
        "The recording gets marks, the verdict lies beside it. Stop the daemon first. Exit code 1 if a position was not as "
        "expected. docs/field-test.md says what it is for.",
        (
            argument("recording", type=a_file, metavar="NAME.csv[.gz]", help="the file to write, or with --replay to read"),
            flag("--replay", "judge this recording again, and name what is worse than in its verdict"),
            flag("--simulated", "a simulated volunteer on a simulated mat, as fast as possible"),
            flag("--force", "overwrite an earlier recording of this name"),
            CONFIG,
        ),
    ),
    Command(
        "web",
        "web:web",
        "the page in a browser: of this mat, or of many",
        "Serve the mat's page on loopback until Ctrl-C. As a service systemd starts it when somebody calls the page. "
        "docs/page.md says how to reach it from a phone. With --fleet it is the page of all mats in a record, and needs no mat "
        "here.",
        (
            argument("--port", type=a_port, default=WEB_PORT, metavar="N", help=f"another port than {WEB_PORT}"),
            OneOf((CONFIG, FLEET)),
        ),
    ),
    Command(
        "web-code",
        "web_code:web_code",
        "a new code to sign in to the page with",
        "Make a new code, print it once and store its hash. Whoever was signed in has to sign in again.",
        (OneOf((CONFIG, FLEET)),),
    ),
    Command(
        "collect",
        "collect:collect",
        "collect the reports of all mats of a fleet in one database",
        "Collect events of all mats from MQTT or NATS into PostgreSQL until Ctrl-C, acknowledge them once they are stored, and "
        "ask mats for what is missing. docs/fleet.md shows the whole of it. Several may run at once.",
        (
            argument("--config", type=a_file, metavar="FILE", dest="config_path", help="default: /etc/acumat/fleet.toml"),
            OneOf(
                (
                    flag("--provision", "make the database's tables and what the engine needs, before the first mat; then end"),
                    flag("--check", "show the progress of the collectors, and what is missing; fails if none is at work"),
                )
            ),
            flag("--json", "with --check: as JSON", dest="as_json"),
        ),
    ),
    Command(
        "panel-off",
        "panel_off:panel_off",
        "switch off LED and buzzer after a killed daemon",
        "Switch LED and buzzer off, which a killed daemon leaves as they were. The service does it automatically; a "
        "running daemon keeps its panel.",
        (CONFIG,),
    ),
    Command(
        "boot-file",
        "boot_file:boot_file",
        "the files that turn a card with Raspberry Pi OS into a mat",
        "Write what a fresh card with Raspberry Pi OS (trixie or later) reads from its boot partition: user-data, "
        "network-config and meta-data. The Pi then switches I2C on, joins the network, installs acumat and opens the page; "
        "nothing is typed on it, and acumat.txt on the same partition says how far it is. Passwords are asked for or read "
        "from files, and leave the partition with the first start. The code for the page is shown once.",
        (
            argument(
                "--broker",
                metavar="HOST[:PORT],...",
                required=True,
                help="the MQTT broker as the Pi reaches it, or the nodes of one",
            ),
            argument("--broker-user", metavar="NAME", default="", help="the username there"),
            argument("--broker-password", type=a_file, metavar="FILE", help="the file with its password; else it is asked for"),
            argument("--ca", type=a_file, metavar="FILE", help="the authority of the broker's certificate: the mat speaks TLS"),
            argument("--cert", type=a_file, metavar="FILE", help="a certificate that the mat shows to the broker"),
            argument("--key", type=a_file, metavar="FILE", help="its key"),
            flag("--no-discovery", "the mat does not appear in Home Assistant"),
            argument(
                "--language",
                metavar="LANGUAGE",
                default="",
                help="of the mat's words in Home Assistant: en, de or sv (default en)",
            ),
            flag("--screen-over-mqtt", "Home Assistant may ask the health questions, and sees the answers"),
            argument("--wifi", metavar="SSID", default="", help="the Wi-Fi network; without it the Pi uses a cable"),
            argument("--wifi-password", type=a_file, metavar="FILE", help="the file with its password; else it is asked for"),
            flag("--wifi-open", "the network has no password"),
            argument("--country", metavar="XX", default="", help="where the Pi is, such as DE; Wi-Fi needs it"),
            argument("--apt", metavar="URL", default="", help="the repository that has acumat, as make apt makes one"),
            argument("--apt-key", type=a_file, metavar="FILE", help="its public key, acumat.gpg"),
            argument(
                "--package", type=a_file, metavar="FILE.deb", help="instead of a repository: the package, which is copied along"
            ),
            argument("--id", metavar="ID", default="", dest="mat_id", help="the mat's stable name in topics, such as bedroom"),
            argument("--layout", choices=sorted(PRESETS), default="", help="sensors, rows x columns (default 4x2)"),
            argument(
                "--hostname", metavar="NAME", default="", help="the Pi's name in the network (default: acumat, or acumat-ID)"
            ),
            argument("--timezone", metavar="ZONE", default="", help="such as Europe/Berlin"),
            argument("--ssh-key", type=a_file, metavar="FILE", help="a public key: its owner may log in as --user"),
            argument("--user", metavar="NAME", default="pi", help="the user of --ssh-key (default pi)"),
            argument(
                "--out", type=a_file, metavar="DIR", default=Path(), help="the card's boot partition (default: this folder)"
            ),
        ),
    ),
    Command(
        "update",
        "update:update",
        "install the newest release",
        "Install the newest package that apt knows. The new release is tried out for a minute; if it does not run well, "
        "the one before comes back with its database.",
        (flag("--check", "show what is installed and whether there is a newer one, and change nothing"),),
    ),
    Command(
        "rollback",
        "update:rollback",
        "go back to the release before",
        "Put the release before this one in use, with the history that it can read. It is tried out for a minute, as a new one "
        "is. A second rollback goes forward again.",
    ),
    Command(
        "unpublish",
        "unpublish:unpublish",
        "take the mat off the broker and out of Home Assistant",
        "Remove everything that the broker stores of a mat: discovery, state, settings, picture. Stop its daemon first. "
        "Do this before you uninstall acumat.",
        (
            argument("--mat", metavar="ID", dest="mat_id", help="another mat than the configured one, such as its former id"),
            BROKER,
            CONFIG,
        ),
    ),
)
"""Commands for the machine that the mat is wired to."""

LOOK_BACK = (
    Command(
        "sessions",
        "sessions:sessions",
        "list the last sessions",
        "List the finished sessions of the stored history, the last one at the end. Works beside a running daemon. The id is "
        "what `acumat explain --session` takes.",
        (
            argument("--last", type=int, default=10, metavar="N", help="how many (default 10)"),
            flag("--json", "as JSON, with all that is known of each", "as_json"),
            CONFIG,
        ),
    ),
    Command(
        "explain",
        "explain:explain",
        "why the mat decided what it did at a moment",
        "Say in sentences why the mat decided what it did: at a moment of a recording, or of the stored history.",
        (
            argument("recording", type=a_file, nargs="?", metavar="NAME.csv[.gz]", help="a recording; else the stored history"),
            argument("--at", metavar="TIME", help="312 or 5:12 in a recording; '2026-11-24 22:31' in the history"),
            argument("--session", metavar="ID", help="the end of this stored session; `acumat sessions` lists the ids"),
            flag("--json", "with all numbers, as JSON", "as_json"),
            CONFIG,
        ),
    ),
    Command(
        "replay",
        "replay:replay",
        "run detection over a recording",
        "Run detection over a recording and print each event.",
        (
            argument("recording", type=a_file, metavar="NAME.csv[.gz]", help="the frames; NAME.toml lies beside it"),
            argument(
                "--json",
                type=a_file,
                metavar="OUT.jsonl",
                dest="json_path",
                help="also write every event and one state a second there, over an earlier such file",
            ),
            argument(
                "--config", type=a_file, metavar="FILE", dest="config_path", help="take sensitivity from this configuration"
            ),
        ),
    ),
)
"""Commands that look at the past."""

SIMULATED = (
    Command(
        "about",
        "about:about",
        "what is known about such mats, and who should ask first",
        "Say what studies found and what they did not, three myths, and who should ask a professional first.",
        (flag("--all", "each study with its design and number of people, as Markdown", "whole"),),
    ),
    Command(
        "demo",
        "demo:demo",
        "the daemon on a simulated mat, with its own broker",
        "Run the daemon on a simulated mat that the real converter driver reads, print what happens, and show it on a "
        "page. Everything that it stores or publishes is removed afterwards.",
        (
            argument("--scenario", default="guided", metavar="NAME", help=f"{SCENARIO_HELP} (default: guided)"),
            argument("--layout", choices=sorted(PRESETS), default="4x2", help="sensors, rows x columns (default 4x2)"),
            argument("--speed", type=float, default=1.0, metavar="N", help="N times real time (default 1)"),
            argument("--broker", metavar="HOST[:PORT]", help="an MQTT broker to use; without it one is started on loopback"),
        ),
    ),
    Command(
        "simulate",
        "simulate:simulate",
        "run detection over a simulated mat",
        "Read a simulated mat with the real converter driver on a simulated bus, and print what happens and what detection "
        "makes of it. docs/scenarios.md says how to write a scenario.",
        (
            argument("scenario", metavar="SCENARIO", nargs="?", help=SCENARIO_HELP),
            flag("--list", "list the scenarios that come with acumat", "listed"),
            argument("--layout", choices=sorted(PRESETS), help="another layout than the scenario's own"),
            argument("--speed", type=float, metavar="N", help="N times real time; as fast as possible if not given"),
            argument("--rate", type=float, default=10.0, metavar="HZ", dest="rate_hz", help="frames a second (default 10)"),
            flag("--fast", "leave out bus and driver"),
            flag("--picture", "draw the load on the mat at each event", "drawn"),
            argument(
                "--json",
                type=a_file,
                metavar="OUT.jsonl",
                dest="json_path",
                help="also write every event and one state a second there, as replay does",
            ),
        ),
    ),
)
"""Commands that need no hardware."""
