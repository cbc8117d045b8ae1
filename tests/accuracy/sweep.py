"""`make accuracy`: runs the measures, keeps their results in docs/accuracy.json, and makes docs/accuracy.md from it.

python -m tests.accuracy.sweep                      # everything at full size
python -m tests.accuracy.sweep --list               # the measures, and about how long each takes at this size
python -m tests.accuracy.sweep --only people still  # these anew, the others as they stand
python -m tests.accuracy.sweep --only strangers     # all whose names begin so
python -m tests.accuracy.sweep --resume             # those that are not there for this code, scale and seed
python -m tests.accuracy.sweep --scale 0.1          # a tenth of it
python -m tests.accuracy.sweep --document           # the document alone

PyPy 3.11 gives the same figures in about a third of the time; docs/accuracy.json says what each was taken with.
Real recordings that are not in the repository are looked for in the folder that ACUMAT_DATA names.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from acumat_hw.layout import PRESETS
from tests.accuracy.corpora import DEVELOPING, PUBLISHED
from tests.accuracy.document import write
from tests.accuracy.measures import GROUPS, MEASURES
from tests.accuracy.provenance import taken_of
from tests.accuracy.report import Report, document, from_document
from tests.accuracy.runner import STRANGER_LAYOUTS, Runner

OUT = Path("docs/accuracy.json")


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; 1 when an asked figure was missed or something could not be measured."""
    options = _options(argv)
    names = _chosen(options.only) if options.only else list(MEASURES)
    if options.list:
        return _list(names, options)
    for name in () if options.document else names:
        run = _stored(options.out).get(name)
        if options.resume and _there(run, options):
            continue
        print(f"{name}: {_minutes(run, options) or 'takes an unknown time'}", flush=True)
        _keep(name, _run(name, options), options.out)
    data = {"measures": finite(_stored(options.out))}
    write(data, GROUPS, options.out.with_suffix(".md"), taken_of()["code"])
    reports = [from_document(each["report"]) for each in data["measures"].values()]
    missed = [row for report in reports for row in report.rows if row.reached is False]
    return 1 if missed or any(report.not_measured for report in reports) else 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy.sweep", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="MEASURE", help="these, or all whose names begin so; --list shows all")
    parser.add_argument("--list", action="store_true", help="measure nothing, list the measures")
    parser.add_argument("--scale", type=float, default=1.0, help="size of every measure; 1 is the published one")
    parser.add_argument("--resume", action="store_true", help="leave out what is there for this code, scale and seed")
    parser.add_argument("--layouts", nargs="+", choices=STRANGER_LAYOUTS, default=list(STRANGER_LAYOUTS))
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes")
    parser.add_argument("--seed", type=int, default=PUBLISHED, help=f"first seed; {DEVELOPING} for developing")
    parser.add_argument("--document", action="store_true", help="measure nothing, make the document again")
    parser.add_argument("--out", type=Path, default=OUT, help="the results; the document lies beside them")
    options = parser.parse_args(argv)
    unknown = [word for word in options.only or () if not _chosen([word])]
    if unknown:
        parser.error(f"no measure begins with {unknown[0]!r}; --list shows all")
    return options


def _chosen(words: Sequence[str]) -> list[str]:
    """The measure of each word, or all whose names begin with it."""
    return [
        name for name in MEASURES if any(name == word or (word not in MEASURES and name.startswith(word)) for word in words)
    ]


def _list(names: Sequence[str], options: argparse.Namespace) -> int:
    stored = _stored(options.out)
    for name in names:
        run = stored.get(name)
        taken = f"taken of {run.get('commit', 'an unknown commit')} at scale {run['scale']:g}" if run else "not taken yet"
        print(f"{name:<34} {_minutes(run, options):<14} {taken}")
    return 0


def _minutes(run: Mapping[str, Any] | None, options: argparse.Namespace) -> str:
    """How long a measure takes at the size asked for on a quiet machine, by the last time that it was taken."""
    if run is None or not run["seconds"]:
        return ""
    cpu_s = run.get("cpu_s", run["seconds"] * run["jobs"])
    minutes = cpu_s / 60 * options.scale / run["scale"] / options.jobs
    return f"about {minutes:.1f} min" if minutes >= 0.1 else "seconds"


def _run(name: str, options: argparse.Namespace) -> dict[str, Any]:
    presets = tuple(layout for layout in options.layouts if layout in PRESETS)
    runner = Runner(options.scale, options.seed, presets, tuple(options.layouts), options.jobs)
    taken = taken_of()  # before the work: somebody may commit meanwhile
    began, worked_s = time.monotonic(), _cpu_s()
    report = MEASURES[name](runner)
    seconds = time.monotonic() - began
    _tell(name, report, seconds)
    return {
        **taken, "scale": options.scale, "seed": options.seed, "jobs": options.jobs,
        "seconds": round(seconds, 1), "cpu_s": round(_cpu_s() - worked_s, 1), "report": document(report),
    }  # fmt: skip


def _cpu_s() -> float:
    """Of this process and those that it has waited for: what does not depend on what else the machine does."""
    used = os.times()
    return used.user + used.children_user


def _tell(name: str, report: Report, seconds: float) -> None:
    if report.not_measured:
        print(f"{name}: NOT MEASURED. {report.not_measured}", flush=True)
        return
    missed = [row for row in report.rows if row.reached is False]
    print(f"{name}: {len(report.rows)} figures in {seconds:.0f} s, {len(missed)} missed", flush=True)
    for row in missed:
        print(f"  missed: {row.name}, {row.layout}: {row.figure:.3g} {row.unit}, asked {row.asked:g}, n {row.n}", flush=True)


def _stored(out: Path) -> dict[str, Any]:
    """The measures as they are kept now: another run may have added some."""
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))["measures"] if out.exists() else {}
    return found


def _keep(name: str, run: dict[str, Any], out: Path) -> None:
    """The run in the place of an earlier one. One that measured nothing replaces no figures."""
    stored = _stored(out)
    if run["report"]["not_measured"] and name in stored and stored[name]["report"]["rows"]:
        print(f"{name}: the figures of {stored[name].get('commit', 'an unknown commit')} stay", flush=True)
        return
    stored[name] = run
    measures = {each: stored[each] for each in MEASURES if each in stored}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"measures": finite(measures)}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _there(run: Mapping[str, Any] | None, options: argparse.Namespace) -> bool:
    if run is None or run["report"].get("not_measured"):
        return False
    return (run.get("code"), run["scale"], run["seed"]) == (taken_of()["code"], options.scale, options.seed)


def finite(value: Any) -> Any:
    """JSON has no NaN."""
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    sys.exit(main())
