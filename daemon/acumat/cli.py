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
    return parser


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
    edge = "" if event.edge_mono_s is None else f" (since {event.edge_mono_s:.1f} s)"
    print(f"{event.t_mono_s:9.1f} s  {event.event_type:<20} {event.text}{edge}")


if __name__ == "__main__":
    sys.exit(main())
