"""Every command that takes a file ends with a documented exit code and a sentence, whatever stands in the file.

`ACUMAT_FUZZ_FILES` is how many of each kind are tried; `make soak` tries thousands.
"""

from __future__ import annotations

import gzip
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat_hw.errors import InputError
from acumat_sim.scenario import load_scenario
from tests.files.hostile import packed, spoiled_rows, spoiled_toml

ROOT = Path(__file__).parents[2]
FILES = int(os.environ.get("ACUMAT_FUZZ_FILES", "100"))
LONGEST_S = 20
MORE_MEMORY_KB = 200_000
SCENARIO = (ROOT / "sim/acumat_sim/scenarios/one-session.toml").read_bytes().replace(b"duration_s = ", b"duration_s = 40 # ")
FAULT = b'[[fault]]\ndo = "open"\nat_s = 12\nfor_s = 6\nsensor = "r2c1"\n'

pytestmark = pytest.mark.timeout(7200)


@contextmanager
def at_most(seconds: int, what: str) -> Iterator[None]:
    def late(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"{what} takes more than {seconds} s of the processor")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)  # of the processor, which a busy machine gives slowly
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@pytest.fixture
def ends_well(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[..., int]]:
    """Runs a command and looks at how it ended."""
    memory_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def run(argv: list[str], allowed: tuple[int, ...], what: str) -> int:
        with at_most(LONGEST_S, what):
            code = main(argv)
        out, err = capfd.readouterr()
        assert code in allowed, (what, code, err[-600:])
        assert "Traceback" not in out + err, (what, err)
        assert len(err) < 60_000, what
        if code == exit_codes.DATA:
            first = err.splitlines()[0]
            assert first.startswith("acumat: "), (what, first)
            assert first.isprintable(), (what, first)
        return code

    yield run
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_kb < MORE_MEMORY_KB


def test_any_configuration(tmp_path: Path, ends_well: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "run"))
    example = (ROOT / "docs/acumat.example.toml").read_bytes().replace(b'"/run/acumat"', f'"{tmp_path}"'.encode())
    path = tmp_path / "acumat.toml"
    refused = 0
    for number in range(FILES):
        path.write_bytes(spoiled_toml(Random(number), example))
        what = f"configuration {number}"
        code = ends_well(["check-config", str(path)], (exit_codes.OK, exit_codes.DATA), what)
        refused += code == exit_codes.DATA
        expected = (exit_codes.UNAVAILABLE,) if code == exit_codes.OK else (exit_codes.DATA, exit_codes.UNAVAILABLE)
        ends_well(["status", "--config", str(path)], expected, what)
    assert 0 < refused < FILES


def test_any_scenario(tmp_path: Path, ends_well: Callable[..., int]) -> None:
    path, config = tmp_path / "mine.toml", tmp_path / "acumat.toml"
    config.write_text(f'[source]\nkind = "simulated"\nscenario = "{path}"\n[mqtt]\nenabled = false\n')
    refused = 0
    for number in range(FILES):
        path.write_bytes(spoiled_toml(Random(number), SCENARIO + FAULT))
        what = f"scenario {number}"
        code = ends_well(["check-config", str(config)], (exit_codes.OK, exit_codes.DATA), what)
        refused += code == exit_codes.DATA
        if code == exit_codes.DATA or load_scenario(path).duration_s <= 60:
            ends_well(["simulate", str(path), "--fast", "--rate", "5"], (code,), what)
    assert 0 < refused < FILES


@pytest.mark.parametrize("name", ["night.csv", "night.csv.gz"])
def test_any_recording(tmp_path: Path, name: str, ends_well: Callable[..., int]) -> None:
    rows = b"\n".join(gzip.decompress((ROOT / "tests/data/popu_4x2.csv.gz").read_bytes()).split(b"\n")[:200])
    description = (ROOT / "tests/data/popu_4x2.toml").read_bytes()
    path, beside, out = tmp_path / name, tmp_path / "night.toml", tmp_path / "out.jsonl"
    codes = []
    for number in range(FILES):
        random = Random(number)
        spoilt = spoiled_rows(random, rows) if random.random() < 0.8 else rows
        path.write_bytes(packed(random, spoilt) if name.endswith(".gz") else spoilt)
        beside.write_bytes(spoiled_toml(random, description) if random.random() < 0.3 else description)
        what = f"recording {name} {number}"
        allowed = (exit_codes.OK, exit_codes.DATA)
        codes.append(ends_well(["replay", str(path), "--json", str(out)], allowed, what))
        ends_well(["explain", str(path), "--at", "3"], allowed, what)
    assert 0 < codes.count(exit_codes.DATA) < FILES


def test_any_bytes_as_a_scenario_are_refused_or_read(tmp_path: Path) -> None:
    for number in range(FILES):
        path = tmp_path / "noise.toml"
        path.write_bytes(Random(number).randbytes(Random(number).randrange(2000)))
        with pytest.raises(InputError, match=r"noise\.toml"):
            load_scenario(path)
