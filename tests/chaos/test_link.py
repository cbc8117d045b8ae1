"""The short form of the link trial; `make soak` has the link down for 5, 30 and 120 s."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.broker import MOSQUITTO
from tests.chaos.link import CANNOT, main
from tests.checkout import ROOT, environment


@pytest.mark.broker
@pytest.mark.skipif(MOSQUITTO is None, reason="needs mosquitto: the stand-in listens on loopback alone")
def test_a_link_that_goes_down_loses_nothing_and_the_state_is_right_once_the_broker_is_met_again() -> None:
    """With a keepalive of 5 s: 3 s of it are slept through, 11 s are noticed on both sides."""
    command = [
        sys.executable,
        "-m",
        "tests.chaos.link",
        "--down",
        "3",
        "11",
        "--flap",
        "3",
        "--keepalive",
        "5",
        "--right-within",
        "inf",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode == CANNOT:
        pytest.skip(f"a half-open connection over a real link needs root: {done.stdout.strip()}")
    print("\n" + done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]


def test_without_the_command_for_namespaces_it_says_so_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--down", "1"]) == CANNOT
    assert "install iproute2" in capsys.readouterr().out
