"""Compares what acumat makes of each recording and each named scenario with what it made before.

A scenario is read over the simulated bus with the real driver and recorded; the recording is replayed. hashes.json holds the
hash of the recorded rows and that of the replay's JSON lines. `python -m tests.outputs.compare [--write] [NAME ...]`; `--write`
takes what is made now, after a rule has been changed on purpose.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from acumat.detect.parameters import Parameters
from acumat.replay import replay
from acumat.wiring.simulated import simulation
from acumat_hw.errors import SourceEndedError
from acumat_hw.recording import RecordingWriter, Start, open_recording
from acumat_sim.scenario import scenario_names

HERE = Path(__file__).parent
HASHES = HERE / "hashes.json"
RECORDINGS = HERE.parent / "data"
RATE_HZ = 10.0

Hashes = dict[str, dict[str, str]]


def known() -> Hashes:
    found: Hashes = json.loads(HASHES.read_text())
    return found


def recordings() -> list[str]:
    return sorted(path.name for path in RECORDINGS.glob("*.csv.gz"))


def scenarios() -> list[str]:
    return sorted(scenario_names())


def hashes_of_recording(name: str) -> dict[str, str]:
    return {"replay": _replayed(RECORDINGS / name)}


def hashes_of_scenario(name: str) -> dict[str, str]:
    sim = simulation(name, rate_hz=RATE_HZ)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.csv"
        sim.source.open()
        start_s = sim.clock.monotonic()
        try:
            with RecordingWriter(path, sim.layout, Start()) as writer:
                for slot in range(int(sim.duration_s * RATE_HZ)):
                    sim.clock.sleep(start_s + slot / RATE_HZ - sim.clock.monotonic())
                    writer.write(sim.source.read())
        except SourceEndedError:
            pass
        finally:
            sim.source.close()
        return {"record": _hash(path.read_text().splitlines()), "replay": _replayed(path)}


def _replayed(path: Path) -> str:
    return _hash(replay(open_recording(path), Parameters()))


def _hash(lines: Iterable[str]) -> str:
    made = hashlib.sha256()
    for line in lines:
        made.update(line.encode() + b"\n")
    return made.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="recordings or scenarios; default: all")
    parser.add_argument("--write", action="store_true", help="take what is made now")
    options = parser.parse_args()
    before = known() if HASHES.exists() else {}
    names = options.names or [*recordings(), *scenarios()]
    now = {name: hashes_of_recording(name) if name in recordings() else hashes_of_scenario(name) for name in names}
    differing = [
        f"{name}: {kind}" for name in names for kind, value in now[name].items() if before.get(name, {}).get(kind) != value
    ]
    print("\n".join(differing) or f"{len(names)} outputs are the same, byte for byte")
    if options.write:
        HASHES.write_text(json.dumps({**before, **now}, indent=1, sort_keys=True) + "\n")
    return 1 if differing and not options.write else 0


if __name__ == "__main__":
    sys.exit(main())
