"""Reads the command line and runs one command; each pays for its own imports alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from acumat import __version__
from acumat.cli import exit_codes
from acumat.mqtt.commands import MODES
from acumat_hw.errors import AcumatError, InputError
from acumat_hw.layout import PRESETS

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  argparse gives this no public name


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it went (see exit_codes)."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except InputError as error:
        print(f"acumat: {error}", file=sys.stderr)
        return exit_codes.DATA
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stderr.close()
        return exit_codes.OK
    except (AcumatError, OSError) as error:
        print(f"acumat: {error}", file=sys.stderr)
        return exit_codes.UNAVAILABLE
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="acumat", description="The smart acupressure mat.")
    parser.add_argument("--version", action="version", version=f"acumat {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_mat(commands)
    _add_talk(commands)
    _add_offline(commands)
    return parser


def _add_mat(commands: Commands) -> None:
    run = commands.add_parser("run", help="the daemon: sense the mat and tell the broker", description="Run the daemon.")
    _config_option(run)
    run.set_defaults(run=_run)
    demo = commands.add_parser(
        "demo",
        help="the daemon on a simulated mat, with a broker of its own",
        description="Run the daemon on a simulated mat that the real converter driver reads, and tell what happens.",
    )
    demo.add_argument("--scenario", default="demo", metavar="NAME", help="name of a scenario, or a file NAME.toml")
    demo.add_argument("--layout", choices=sorted(PRESETS), default="4x2")
    demo.add_argument("--speed", type=float, default=1.0, metavar="N", help="N times real time (default 1)")
    demo.add_argument("--broker", metavar="HOST[:PORT]", help="an MQTT broker to use; without it one is started on loopback")
    demo.set_defaults(run=_demo)
    record = commands.add_parser(
        "record",
        help="write what the sensors read into a file",
        description="Write frames to NAME.csv or NAME.csv.gz, with NAME.toml beside it, until Ctrl-C or --seconds.",
    )
    record.add_argument("recording", type=Path, metavar="NAME.csv[.gz]")
    record.add_argument("--seconds", type=float, metavar="S", help="end after so long")
    record.add_argument("--force", action="store_true", help="overwrite a recording that is there")
    _config_option(record)
    record.set_defaults(run=_record)


def _add_talk(commands: Commands) -> None:
    status = commands.add_parser("status", help="what the running daemon knows of the mat now")
    status.add_argument("--json", action="store_true", help="the whole of it as JSON")
    status.set_defaults(run=_status)
    calibrate = commands.add_parser(
        "calibrate",
        help="measure the empty mat and your own lying, for a true balance",
        description="Guides through keep off, lie down, get up in less than 90 s. Needs the running daemon.",
    )
    calibrate.add_argument("--turned", action="store_true", help="lie down once more, end for end, to tell mat from body")
    which = calibrate.add_mutually_exclusive_group()
    which.add_argument("--undo", action="store_true", help="go back to the calibration before the last one")
    which.add_argument("--cancel", action="store_true", help="stop the calibration that is running")
    calibrate.set_defaults(run=_calibrate)
    tare = commands.add_parser("tare", help="take what the mat reads now for empty")
    tare.set_defaults(run=_tare)
    mode = commands.add_parser("mode", help="say how the mat is being used, or let it tell by itself (auto)")
    mode.add_argument("value", choices=MODES)
    mode.set_defaults(run=_mode)
    for command in (status, calibrate, tare, mode):
        _config_option(command)


def _add_offline(commands: Commands) -> None:
    check = commands.add_parser("check-config", help="read the configuration and list every problem")
    check.add_argument("config", type=Path, nargs="?", help="default: $ACUMAT_CONFIG, then /etc/acumat/acumat.toml")
    check.set_defaults(run=_check_config)
    simulate = commands.add_parser(
        "simulate",
        help="run detection over a simulated mat",
        description="Read a simulated mat with the real converter driver on a simulated bus, and tell what detection sees.",
    )
    simulate.add_argument("scenario", metavar="SCENARIO", help="name of a scenario, or a file NAME.toml")
    simulate.add_argument("--layout", choices=sorted(PRESETS), help="another layout than the scenario's own")
    simulate.add_argument("--speed", type=float, metavar="N", help="N times real time; flat out if not given")
    simulate.add_argument("--rate", type=float, default=10.0, metavar="HZ", help="frames a second (default 10)")
    simulate.add_argument("--fast", action="store_true", help="leave out bus and driver")
    simulate.set_defaults(run=_simulate)
    replay = commands.add_parser("replay", help="run detection over a recording", description="Run detection over a recording.")
    replay.add_argument("recording", type=Path, metavar="NAME.csv[.gz]", help="the frames; NAME.toml lies beside it")
    replay.add_argument("--json", type=Path, metavar="OUT.jsonl", help="write every event and one state a second there")
    replay.add_argument("--config", type=Path, metavar="FILE", help="take sensitivity from this configuration")
    replay.set_defaults(run=_replay)


def _config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="default: $ACUMAT_CONFIG, then /etc/acumat/acumat.toml, then all defaults"
    )


def _run(args: argparse.Namespace) -> int:
    from acumat.cli.mat import run  # noqa: PLC0415

    return run(args.config)


def _demo(args: argparse.Namespace) -> int:
    from acumat.cli.mat import demo  # noqa: PLC0415

    if not args.speed > 0:
        raise InputError("--speed is above 0")
    return demo(args.scenario, layout=args.layout, speed=args.speed, broker=args.broker)


def _record(args: argparse.Namespace) -> int:
    from acumat.cli.mat import record  # noqa: PLC0415

    if args.seconds is not None and not args.seconds > 0:
        raise InputError("--seconds is above 0")
    return record(args.recording, args.config, seconds=args.seconds, force=args.force)


def _status(args: argparse.Namespace) -> int:
    from acumat.cli.talk import status  # noqa: PLC0415

    return status(args.config, as_json=args.json)


def _calibrate(args: argparse.Namespace) -> int:
    from acumat.cli import talk  # noqa: PLC0415

    if args.undo or args.cancel:
        return talk.order(args.config, "calibrate_undo" if args.undo else "calibrate_cancel")
    return talk.calibrate(args.config, turned=args.turned)


def _tare(args: argparse.Namespace) -> int:
    from acumat.cli.talk import order  # noqa: PLC0415

    return order(args.config, "tare")


def _mode(args: argparse.Namespace) -> int:
    from acumat.cli.talk import order  # noqa: PLC0415

    return order(args.config, "mode", value=args.value)


def _check_config(args: argparse.Namespace) -> int:
    from acumat.cli.offline import check_config  # noqa: PLC0415

    return check_config(args.config)


def _simulate(args: argparse.Namespace) -> int:
    from acumat.cli.offline import simulate  # noqa: PLC0415

    if not 1 <= args.rate <= 200 or (args.speed is not None and args.speed <= 0):
        raise InputError("--rate is 1 to 200 frames a second, --speed is above 0")
    return simulate(args.scenario, layout=args.layout, speed=args.speed, rate_hz=args.rate, fast=args.fast)


def _replay(args: argparse.Namespace) -> int:
    from acumat.cli.offline import replay  # noqa: PLC0415

    return replay(args.recording, json_path=args.json, config_path=args.config)


if __name__ == "__main__":
    sys.exit(main())
