"""Writes recordings of a stranger's mats that `acumat replay` reads, each with its truth.

python -m tests.accuracy.dump still 4x2 1 2 3 --to /tmp/still     # FAMILY LAYOUT SEED...
python -m tests.accuracy.dump dog 4x4 100-119 --to /tmp/dogs --npz

A recording is NAME.csv.gz with NAME.toml; `--npz` writes NAME.npz (t_s, codes) in its place. NAME.truth.json says whether it is
a person, a pet or a nuisance, how the mat is used, when somebody lies, and when each breath begins.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from acumat_hw.errors import SourceEndedError
from acumat_hw.frame import Frame
from acumat_hw.recording import RecordingWriter
from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.people_episodes import LIES_AT_S
from acumat_sim.scenario import Scenario
from acumat_sim.source import SimSource
from acumat_sim.strangers import FAMILIES
from tests.accuracy.strangers import breath_file, layout_of, stranger


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy.dump", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("family", choices=list(FAMILIES))
    parser.add_argument("layout", help="rows x columns, such as 4x2")
    parser.add_argument("seeds", nargs="+", help="numbers, or ranges such as 100-119")
    parser.add_argument("--to", type=Path, required=True, help="the folder")
    parser.add_argument("--rate", type=float, default=10.0, help="frames a second")
    parser.add_argument("--npz", action="store_true", help="NAME.npz in place of NAME.csv.gz")
    options = parser.parse_args(argv)
    options.to.mkdir(parents=True, exist_ok=True)
    for seed in _numbers(options.seeds):
        scenario = stranger(options.family, seed, layout_of(options.layout))
        path = options.to / f"{options.family}-{options.layout}-{seed}"
        if options.npz:
            _write_arrays(path, scenario, options.rate)
        else:
            with RecordingWriter(path.with_name(path.name + ".csv.gz"), scenario.layout) as writer:
                for frame in frames(scenario, options.rate):
                    writer.write(frame)
        truth = truth_of(options.family, seed, scenario)
        path.with_name(path.name + ".truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return 0


def frames(scenario: Scenario, rate_hz: float = 10.0) -> Iterator[Frame]:
    """All frames of a scenario, from its first moment on."""
    clock = SimClock(0.0)
    source = SimSource(SimulatedMat(scenario, scenario.layout), clock, period_s=1 / rate_hz)
    source.open()
    start_s = clock.monotonic()
    for slot in range(int(scenario.duration_s * rate_hz) + 1):
        clock.sleep(start_s + slot / rate_hz - clock.monotonic())
        try:
            yield source.read()
        except SourceEndedError:
            return


def truth_of(family: str, seed: int, scenario: Scenario) -> dict[str, Any]:
    """What is true of a scenario, for whoever judges a replay; times in seconds since its start."""
    people = [each for each in scenario.occupants if each.is_person_lying]
    breathing = people[0].breathing if people else None
    lying = scenario.lying()
    return {
        "family": family,
        "seed": seed,
        "layout": scenario.layout.name,
        "kind": FAMILIES[family].truth,
        "mode": scenario.mode,
        "duration_s": scenario.duration_s,
        "sessions": [{"start": round(span.start_s, 2), "end": round(span.end_s, 2)} for span in lying],
        "breaths_s": [] if breathing is None else [round(each, 2) for each in breathing.starts_s(scenario.duration_s)],
        "breath_file": breath_file(seed).name if family == "real_breath" else None,
        "breath_file_begins_s": LIES_AT_S if family == "real_breath" else None,
    }


def _write_arrays(path: Path, scenario: Scenario, rate_hz: float) -> None:
    read = list(frames(scenario, rate_hz))
    start_s = read[0].t_mono_s
    np.savez_compressed(
        path.with_name(path.name + ".npz"),
        t_s=np.array([frame.t_mono_s - start_s for frame in read]),
        codes=np.array([frame.codes for frame in read], dtype=np.int32),
        rm_ohm=np.array([sensor.rm_ohm for sensor in scenario.layout.sensors]),
    )


def _numbers(texts: Sequence[str]) -> Iterator[int]:
    for text in texts:
        first, _, last = text.partition("-")
        yield from range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    sys.exit(main())
