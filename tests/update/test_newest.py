"""What apt knows of the newest package, written down for the daemon."""

from __future__ import annotations

from pathlib import Path

import pytest
from acumat_update.journal import read
from acumat_update.main import main
from acumat_update.newest import NEWEST


def test_the_candidate_of_apt_is_written_down_and_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-cache"
    apt.write_text('#!/bin/sh\necho "acumat:"\necho "  Installed: 0.2.0"\necho "  Candidate: $CANDIDATE"\n')
    apt.chmod(0o755)
    root = tmp_path / "opt"
    root.mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    for candidate, found in (("0.3.0", {"latest": "0.3.0"}), ("(none)", None)):
        monkeypatch.setenv("CANDIDATE", candidate)
        assert main(["newest"], root) == 0
        assert read(root / NEWEST) == found
