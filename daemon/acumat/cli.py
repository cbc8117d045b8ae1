"""The command line: thin over functions, every failure a sentence and an exit code, never a traceback."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from acumat import __version__
from acumat.detect.parameters import Parameters
from acumat.model import Event
from acumat_hw.errors import AcumatError, InputError
from acumat_hw.layout import PRESETS

EXIT_OK = 0
EXIT_USAGE = 2
EXIT_DATA = 65
"""Some input could not be used; what could be used was."""
EXIT_UNAVAILABLE = 69
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it went: 0 well, 2 wrong use, 65 bad input, 69 not available, 130 interrupted."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except InputError as error:
        print(f"acumat: {error}", file=sys.stderr)
        return EXIT_DATA
    except (AcumatError, OSError) as error:
        print(f"acumat: {error}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="acumat", description="The smart acupressure mat.")
    parser.add_argument("--version", action="version", version=f"acumat {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    replay = commands.add_parser("replay", help="run detection over a recording", description="Run detection over a recording.")
    replay.add_argument("recording", type=Path, metavar="NAME.csv[.gz]", help="the frames; NAME.toml lies beside it")
    replay.add_argument("--json", type=Path, metavar="OUT.jsonl", help="write every event and one state a second there")
    replay.add_argument("--sensitivity", choices=("low", "normal", "high"), default="normal")
    replay.set_defaults(run=_replay)
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
    check = commands.add_parser("check-config", help="read the configuration and list every problem")
    check.add_argument("config", type=Path, nargs="?", help="default: $ACUMAT_CONFIG, then /etc/acumat/acumat.toml")
    check.set_defaults(run=_check_config)
    return parser


def _simulate(args: argparse.Namespace) -> int:
    from acumat import wiring  # noqa: PLC0415
    from acumat.simulate import run  # noqa: PLC0415

    if not 1 <= args.rate <= 200 or (args.speed is not None and args.speed <= 0):
        raise InputError("--rate is 1 to 200 frames a second, --speed is above 0")
    sim = wiring.simulation(args.scenario, preset=args.layout, speed=args.speed, fast=args.fast)
    print(f"{sim.description} Layout {sim.layout.name}, {sim.duration_s:g} s.", flush=True)
    state, frames = run(
        sim.source,
        sim.clock,
        sim.layout,
        Parameters(),
        rate_hz=args.rate,
        duration_s=sim.duration_s,
        told=_say_at,
    )
    print(f"{frames} frames read; at the end the mat is {state.presence}: {state.reason_text}")
    return EXIT_OK


def _check_config(args: argparse.Namespace) -> int:
    from acumat.config import find_config, load_config  # noqa: PLC0415

    path = find_config(args.config)
    config = load_config(path)
    print(f"{path or 'the defaults'}: in order; layout {config.layout.name} with {len(config.layout.sensors)} sensors")
    return EXIT_OK


def _replay(args: argparse.Namespace) -> int:
    from acumat.replay import replay  # noqa: PLC0415  each command pays for its own imports alone
    from acumat_hw.recording import open_recording  # noqa: PLC0415

    recording = open_recording(args.recording)
    parameters = Parameters().with_sensitivity(args.sensitivity)
    lines = replay(recording, parameters, told=_say)
    if args.json is None:
        for _ in lines:
            pass
    else:
        with args.json.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(f"{line}\n" for line in lines)
    for problem in recording.problems:
        print(f"acumat: {problem}", file=sys.stderr)
    return EXIT_DATA if recording.problems else EXIT_OK


def _say(event: Event) -> None:
    _say_at(event.t_mono_s, event)


def _say_at(t_s: float, event: Event) -> None:
    edge = "" if event.edge_mono_s is None else f" (began {event.t_mono_s - event.edge_mono_s:.1f} s before)"
    print(f"{t_s:9.1f} s  {event.event_type:<20} {event.text}{edge}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
