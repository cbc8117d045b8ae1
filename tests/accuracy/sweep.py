"""`make accuracy`: runs the measures, keeps their results in docs/accuracy.json, and makes docs/accuracy.md from it.

python -m tests.accuracy.sweep                      # everything at full size
python -m tests.accuracy.sweep --only people still  # these anew, the others as they stand
python -m tests.accuracy.sweep --resume             # those that are not there for this version and scale
python -m tests.accuracy.sweep --scale 0.1          # a tenth of it
python -m tests.accuracy.sweep --document           # the document alone
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from acumat_hw.layout import PRESETS
from tests.accuracy.corpora import DEVELOPING, PUBLISHED
from tests.accuracy.document import write
from tests.accuracy.measures import MEASURES
from tests.accuracy.report import document, from_document
from tests.accuracy.runner import Runner

OUT = Path("docs/accuracy.json")


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; 1 when an asked figure was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy.sweep", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), metavar="MEASURE", help=f"of {', '.join(MEASURES)}")
    parser.add_argument("--scale", type=float, default=1.0, help="size of every measure; 1 is the published one")
    parser.add_argument("--resume", action="store_true", help="leave out what is there for this version and scale")
    parser.add_argument("--layouts", nargs="+", choices=list(PRESETS), default=list(PRESETS))
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes")
    parser.add_argument("--seed", type=int, default=PUBLISHED, help=f"first seed; {DEVELOPING} for developing")
    parser.add_argument("--document", action="store_true", help="measure nothing, make the document again")
    parser.add_argument("--out", type=Path, default=OUT, help="the results; the document lies beside them")
    options = parser.parse_args(argv)
    data: dict[str, Any] = json.loads(options.out.read_text("utf-8")) if options.out.exists() else {"measures": {}}
    for name in () if options.document else options.only or MEASURES:
        if options.resume and _there(data["measures"].get(name), options):
            continue
        data["measures"][name] = _run(name, options)
        data["measures"] = {each: data["measures"][each] for each in MEASURES if each in data["measures"]}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(finite(data), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write(finite(data), options.out.with_suffix(".md"))
    rows = [row for each in data["measures"].values() for row in from_document(finite(each["report"])).rows]
    return 0 if all(row.reached is not False for row in rows) else 1


def _run(name: str, options: argparse.Namespace) -> dict[str, Any]:
    runner = Runner(options.scale, options.seed, tuple(options.layouts), options.jobs)
    began = time.monotonic()
    report = MEASURES[name](runner)
    seconds = time.monotonic() - began
    missed = [row for row in report.rows if row.reached is False]
    print(f"{name}: {len(report.rows)} figures in {seconds:.0f} s, {len(missed)} missed", flush=True)
    for row in missed:
        print(f"  missed: {row.name}, {row.layout}: {row.figure:.3g} {row.unit}, asked {row.asked:g}, n {row.n}", flush=True)
    return {
        "version": version("acumat"), "scale": options.scale, "seed": options.seed, "jobs": options.jobs,
        "seconds": round(seconds, 1), "report": document(report),
    }  # fmt: skip


def _there(run: dict[str, Any] | None, options: argparse.Namespace) -> bool:
    return run is not None and (run["version"], run["scale"], run["seed"]) == (version("acumat"), options.scale, options.seed)


def finite(value: Any) -> Any:
    """JSON has no NaN."""
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    sys.exit(main())
