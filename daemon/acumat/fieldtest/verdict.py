"""The verdict of a field test as a table in a file beside its recording, and the positions that have become worse since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from acumat.fieldtest.judge import Finding, Outcome
from acumat.fieldtest.numbers import Number
from acumat_hw.errors import InputError
from acumat_hw.recording import description_path
from acumat_hw.text_file import read_text, shown_path

TITLE = "# Field test"
HEAD = ("position", "from", "expected", "reported", "s after the prompt", "verdict")


def verdict_path(recording: Path) -> Path:
    """Where the verdict of a recording lies: NAME.verdict.md. Raises InputError if the name is not that of a recording."""
    return description_path(recording).with_suffix(".verdict.md")


def text(findings: Sequence[Finding], numbers: Sequence[Number]) -> str:
    """The verdict as people read it: the positions, and what the mat itself showed."""
    return f"{table(findings)}\n\n{numbers_table(numbers)}"


def numbers_table(numbers: Sequence[Number]) -> str:
    """A line for each number."""
    cells = ((each.what, each.position, "" if each.value is None else f"{each.value:.3g}", each.unit) for each in numbers)
    return "\n".join([_line(("what the sensors showed", "position", "value", "unit")), "|---|---|---|---|", *map(_line, cells)])


def table(findings: Sequence[Finding]) -> str:
    """A line for each position, and how many are as expected."""
    counted = {outcome: sum(each.outcome is outcome for each in findings) for outcome in Outcome}
    total = ", ".join(f"{count} {outcome}" for outcome, count in counted.items())
    lines = [_line(HEAD), "|" + "---|" * len(HEAD), *(_line(_cells(each)) for each in findings)]
    return "\n".join([*lines, "", f"{len(findings)} positions: {total}."])


def refuse_to_destroy(recording: Path) -> None:
    """Raises InputError where another file than an earlier verdict lies in the verdict's place."""
    path = verdict_path(recording)
    if path.exists() and not read_text(path).startswith(TITLE):
        raise InputError(f"{shown_path(path)} is there already and is no verdict; choose another name to record to")


def write(recording: Path, findings: Sequence[Finding], numbers: Sequence[Number]) -> Path:
    """Write the verdict, over an earlier one. Raises InputError where that would destroy another file, or it cannot be made."""
    refuse_to_destroy(recording)
    path = verdict_path(recording)
    try:
        path.write_text(f"{TITLE} `{recording.name}`\n\n{text(findings, numbers)}\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{shown_path(path)}: cannot be written ({error.strerror}); make room") from error
    return path


def written(recording: Path) -> Mapping[str, Outcome]:
    """The outcome of each position as it was written; nothing where no verdict lies beside the recording."""
    path = verdict_path(recording)
    if not path.exists():
        return {}
    outcomes = {str(each): each for each in Outcome}
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in read_text(path).splitlines()]
    return {row[0]: outcomes[row[-1]] for row in rows if len(row) == len(HEAD) and row[-1] in outcomes}


def worse(findings: Sequence[Finding], before: Mapping[str, Outcome]) -> list[str]:
    """The names of the positions that were as expected when the verdict was written, and are not now."""
    return [
        each.mark.position.name
        for each in findings
        if before.get(each.mark.position.name) is Outcome.PASS and each.outcome is not Outcome.PASS
    ]


def _cells(finding: Finding) -> tuple[str, ...]:
    minutes, seconds = divmod(int(finding.mark.from_s), 60)
    after = "" if finding.after_s is None else f"{finding.after_s:.1f}"
    position = finding.mark.position
    return (position.name, f"{minutes}:{seconds:02d}", position.expected, finding.reported, after, finding.outcome)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
