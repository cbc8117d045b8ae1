"""Reads the command line and runs one command; each pays for its own imports alone."""

from __future__ import annotations

import argparse
import math
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from acumat import __version__
from acumat.cli import exit_codes
from acumat.commands.table import MODES
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
    except Exception as error:  # noqa: BLE001  the last one there is
        return _own_fault(error)


def _own_fault(error: Exception) -> int:
    """A sentence without the error's text, which may come from what somebody keeps to themselves."""
    if os.environ.get("ACUMAT_DEBUG"):
        traceback.print_exception(error)
    elif os.environ.get("JOURNAL_STREAM"):  # the service's log gets the places
        traceback.print_tb(error.__traceback__)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
    print(f"acumat: internal error ({where}); set ACUMAT_DEBUG=1 to see all of it, and report it", file=sys.stderr)
    return exit_codes.SOFTWARE


def _positive(option: str, value: float | None) -> None:
    if value is not None and not 0 < value < math.inf:
        raise InputError(f"{option} must be a number above 0")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="acumat", description="The smart acupressure mat.")
    parser.add_argument("--version", action="version", version=f"acumat {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_mat(commands)
    _add_talk(commands)
    _add_routine(commands)
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
    panel_off = commands.add_parser(
        "panel-off",
        help="switch off the panel's LED and buzzer, which a daemon that was killed leaves as they were",
        description="Switch LED and buzzer off. The service does it by itself; a running daemon keeps its panel.",
    )
    _config_option(panel_off)
    panel_off.set_defaults(run=_panel_off)
    record = commands.add_parser(
        "record",
        help="write what the sensors read into a file",
        description="Write frames to NAME.csv or NAME.csv.gz, with NAME.toml beside it, until Ctrl-C or --seconds.",
    )
    record.add_argument("recording", type=Path, metavar="NAME.csv[.gz]")
    record.add_argument("--seconds", type=float, metavar="S", help="end after so long")
    record.add_argument(
        "--force",
        action="store_true",
        help="overwrite an earlier recording of this name; other files, such as a scenario NAME.toml, are never overwritten",
    )
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
    unpublish = commands.add_parser(
        "unpublish",
        help="take the mat off the broker and out of Home Assistant",
        description="Remove all that the broker keeps of a mat: discovery, state, settings, picture. Stop its daemon first.",
    )
    unpublish.add_argument("--mat", metavar="ID", help="another mat than the configured one, such as its former id")
    unpublish.set_defaults(run=_unpublish)
    mode = commands.add_parser("mode", help="say how the mat is being used, or let it tell by itself (auto)")
    mode.add_argument("value", choices=MODES)
    mode.set_defaults(run=_mode)
    for command in (status, calibrate, tare, mode, unpublish):
        _config_option(command)


def _add_routine(commands: Commands) -> None:
    programme = commands.add_parser(
        "programme",
        help="the staged routine: show, set, reset",
        description="show: where the programme stands and why. set: fewer minutes, other clothing, or an earlier alarm. "
        "reset: as on the first day. month: a made-up beginner's first month; needs no daemon.",
    )
    programme.add_argument("action", nargs="?", choices=["show", "set", "reset", "month"], default="show")
    programme.add_argument("--minutes", type=float, metavar="N", help="with set: at most the minutes the programme stands at")
    programme.add_argument("--clothing", choices=["shirt", "skin"], help="with set")
    programme.add_argument("--cap", type=float, metavar="N", help="with set: minutes to the alarm, at most those configured")
    programme.add_argument("--json", action="store_true", help="with show: the whole of it as JSON")
    programme.set_defaults(run=_programme)
    stop = commands.add_parser("stop", help="end the guidance or the alarm; measuring goes on")
    stop.set_defaults(run=_stop)
    symptom = commands.add_parser("symptom", help="something does not feel right: stop, and rest for a day")
    symptom.set_defaults(run=_symptom)
    screen = commands.add_parser(
        "screen",
        help="answer the questions about your health, one by one",
        description="The answers stay on this machine. Without options the questions are asked on the terminal. Other users "
        "of the machine can see the options of a command, so that no answer is one.",
    )
    which = screen.add_mutually_exclusive_group()
    which.add_argument("--answers", choices=["-"], help="-: read them from standard input, a line NAME=no|yes|unknown each")
    which.add_argument("--answer", action="append", default=[], help=argparse.SUPPRESS)  # refused: see cli/routine.py
    which.add_argument("--none", action="store_true", help="none of it is the case")
    which.add_argument("--advice-taken", action="store_true", help="you have asked a professional")
    screen.set_defaults(run=_screen)
    check_in = commands.add_parser("check-in", help="how you feel, before or after a session")
    check_in.add_argument("--calm", type=int, metavar="1-5")
    check_in.add_argument("--discomfort", type=int, metavar="0-10")
    check_in.add_argument("--when", choices=["before", "after"], help="if not given: after, where there was a session")
    check_in.set_defaults(run=_check_in)
    redness = commands.add_parser("redness", help="answer the question after the cool-down")
    redness.add_argument("answer", choices=["faded", "still-red"])
    redness.set_defaults(run=_redness)
    for command in (programme, stop, symptom, screen, check_in, redness):
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
    doctor = commands.add_parser(
        "doctor",
        help="examine board, sensors, panel, broker and machine: cause and what to do, in a line each",
        description="Examines the mat and what it stands on. Exit code 0: nothing that does not work; 1: something does not.",
    )
    doctor.add_argument("--json", action="store_true", help="the findings as JSON")
    doctor.add_argument("--press", action="store_true", help="a guided test: press on each sensor in turn")
    doctor.add_argument("--vcc-on", metavar="CHIP:CHANNEL", help="a spare input that is wired to the supply, such as 0x4b:3")
    _config_option(doctor)
    doctor.set_defaults(run=_doctor)
    replay = commands.add_parser("replay", help="run detection over a recording", description="Run detection over a recording.")
    replay.add_argument("recording", type=Path, metavar="NAME.csv[.gz]", help="the frames; NAME.toml lies beside it")
    replay.add_argument(
        "--json",
        type=Path,
        metavar="OUT.jsonl",
        help="write every event and one state a second there, over an earlier such file",
    )
    replay.add_argument("--config", type=Path, metavar="FILE", help="take sensitivity from this configuration")
    replay.set_defaults(run=_replay)
    explain = commands.add_parser(
        "explain",
        help="why the mat thought what it did at a moment",
        description="Say in sentences why the mat thought what it did: at a moment of a recording, or of the stored history.",
    )
    explain.add_argument(
        "recording", type=Path, nargs="?", metavar="NAME.csv[.gz]", help="a recording; else the stored history"
    )
    explain.add_argument("--at", metavar="TIME", help="312 or 5:12 in a recording; '2026-11-24 22:31' in the history")
    explain.add_argument("--session", metavar="ID", help="the end of this stored session instead of a time")
    explain.add_argument("--json", action="store_true", help="with all numbers, as JSON")
    _config_option(explain)
    explain.set_defaults(run=_explain)


def _config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="default: $ACUMAT_CONFIG, then /etc/acumat/acumat.toml, then all defaults"
    )


def _run(args: argparse.Namespace) -> int:
    from acumat.mqtt.lean import import_paho  # noqa: PLC0415

    import_paho()
    from acumat.cli.run import run  # noqa: PLC0415

    return run(args.config)


def _demo(args: argparse.Namespace) -> int:
    from acumat.cli.demo import demo  # noqa: PLC0415

    _positive("--speed", args.speed)
    return demo(args.scenario, layout=args.layout, speed=args.speed, broker=args.broker)


def _panel_off(args: argparse.Namespace) -> int:
    from acumat.cli.panel_off import panel_off  # noqa: PLC0415

    return panel_off(args.config)


def _record(args: argparse.Namespace) -> int:
    from acumat.cli.record import record  # noqa: PLC0415

    _positive("--seconds", args.seconds)
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


def _programme(args: argparse.Namespace) -> int:
    from acumat.cli import routine  # noqa: PLC0415
    from acumat.cli.talk import order  # noqa: PLC0415

    if args.action == "month":
        return routine.month()
    if args.action == "set":
        return routine.change(args.config, minutes=args.minutes, clothing=args.clothing, cap=args.cap)
    if args.action == "reset":
        return order(args.config, "programme_reset")
    return routine.show(args.config, as_json=args.json)


def _stop(args: argparse.Namespace) -> int:
    from acumat.cli.talk import order  # noqa: PLC0415

    return order(args.config, "stop")


def _symptom(args: argparse.Namespace) -> int:
    from acumat.cli.talk import order  # noqa: PLC0415

    return order(args.config, "symptom")


def _screen(args: argparse.Namespace) -> int:
    from acumat.cli.routine import screen  # noqa: PLC0415

    return screen(
        args.config,
        from_stdin=args.answers is not None,
        in_options=bool(args.answer),
        none=args.none,
        advice_taken=args.advice_taken,
    )


def _check_in(args: argparse.Namespace) -> int:
    from acumat.cli.talk import order  # noqa: PLC0415

    given = {"calm": args.calm, "discomfort": args.discomfort, "when": args.when}
    return order(args.config, "check_in", **{key: value for key, value in given.items() if value is not None})


def _redness(args: argparse.Namespace) -> int:
    from acumat.cli.talk import order  # noqa: PLC0415

    return order(args.config, "redness", answer=args.answer.replace("-", "_"))


def _unpublish(args: argparse.Namespace) -> int:
    from acumat.cli.unpublish import unpublish  # noqa: PLC0415

    return unpublish(args.config, args.mat)


def _mode(args: argparse.Namespace) -> int:
    from acumat.cli.talk import order  # noqa: PLC0415

    return order(args.config, "mode", mode=args.value)


def _check_config(args: argparse.Namespace) -> int:
    from acumat.cli.offline import check_config  # noqa: PLC0415

    return check_config(args.config)


def _simulate(args: argparse.Namespace) -> int:
    from acumat.cli.offline import simulate  # noqa: PLC0415

    _positive("--speed", args.speed)
    if not 1 <= args.rate <= 200:
        raise InputError("--rate must be 1 to 200 frames a second")
    return simulate(args.scenario, layout=args.layout, speed=args.speed, rate_hz=args.rate, fast=args.fast)


def _doctor(args: argparse.Namespace) -> int:
    from acumat.cli.doctor import doctor, vcc_input  # noqa: PLC0415

    spare = None if args.vcc_on is None else vcc_input(args.vcc_on)
    return doctor(args.config, as_json=args.json, press=args.press, vcc_on=spare)


def _replay(args: argparse.Namespace) -> int:
    from acumat.cli.offline import replay  # noqa: PLC0415

    return replay(args.recording, json_path=args.json, config_path=args.config)


def _explain(args: argparse.Namespace) -> int:
    from acumat.cli.explain import explain_history, explain_recording  # noqa: PLC0415

    if args.recording is not None:
        if args.at is None or args.session is not None:
            raise InputError("of a recording give --at with its seconds, and no --session")
        return explain_recording(args.recording, args.at, config_path=args.config, as_json=args.json)
    if (args.at is None) == (args.session is None):
        raise InputError("of the stored history give either --at or --session; of a recording its file and --at")
    return explain_history(args.at, args.session, config_path=args.config, as_json=args.json)


if __name__ == "__main__":
    sys.exit(main())
