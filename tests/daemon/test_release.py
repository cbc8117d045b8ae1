"""What is published of the release in use and of the newest one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acumat.contract.state import Condition
from acumat.release import HOW, LOOK_S, LastSwitch, Releases, packaged
from tests.contract import SCHEMA

OK = LastSwitch(Condition())
RETURNED = LastSwitch(Condition("update_returned", "Version 0.3.0 was installed and did not stay: it ended."))


@pytest.mark.parametrize(
    ("name", "written", "last", "latest", "text"),
    [
        ("0.2.0", None, OK, None, ""),
        ("0.2.0", "spoiled", OK, None, ""),
        ("0.2.0", '{"latest": "0.2.0"}', OK, "0.2.0", ""),
        ("0.2.0.1", '{"latest": "0.2.0"}', OK, "0.2.0.1", ""),
        ("0.2.0", '{"latest": "0.2.1"}', OK, "0.2.1", HOW),
        ("0.2.0", '{"latest": "0.2.0+1"}', OK, "0.2.0+1", HOW),
        ("0.2.0", '{"latest": "0.3.0"}', RETURNED, "0.3.0", RETURNED.condition.text),
    ],
)
def test_the_release_in_use_stands_beside_the_newest(
    tmp_path: Path, name: str, written: str | None, last: LastSwitch, latest: str | None, text: str
) -> None:
    if written is not None:
        (tmp_path / "newest.json").write_text(written)
    document = Releases(tmp_path / name, last, lambda: 0.0).document()
    assert document == {"installed_version": name, "latest_version": latest, "text": text}
    SCHEMA["update"].validate(document)


@pytest.mark.parametrize(
    ("newest", "record", "text"),
    [
        ("0.3.0", {}, "A rollback has left version 0.3.0.1. To return to it, on the machine of the mat: sudo acumat rollback"),
        ("0.4.0", {}, HOW),
        ("0.3.0", {"rollback": False}, HOW),
        ("0.3.0", {"outcome": "returned"}, HOW),
        ("0.2.0", {}, ""),
    ],
)
def test_what_a_rollback_has_left_is_not_for_apt_to_install(
    tmp_path: Path, newest: str, record: dict[str, object], text: str
) -> None:
    kept = {"at": "", "before": "0.3.0.1", "after": "0.2.0", "outcome": "kept", "rollback": True, "why": "", **record}
    releases = Releases(tmp_path / "0.2.0", OK, lambda: 0.0)
    (tmp_path / "newest.json").write_text(json.dumps({"latest": newest}))
    (tmp_path / "last-switch.json").write_text(json.dumps(kept))
    assert releases.document()["text"] == text


def test_a_newer_one_is_seen_within_a_minute_and_the_file_not_read_for_each_frame(tmp_path: Path) -> None:
    now_s = 1000.0
    releases = Releases(tmp_path / "0.2.0", OK, lambda: now_s)
    first = releases.document()
    (tmp_path / "newest.json").write_text(json.dumps({"latest": "0.3.0"}))
    assert releases.document() is first
    now_s += LOOK_S
    assert releases.document()["latest_version"] == "0.3.0"


def test_only_what_dpkg_knows_counts_as_a_package(tmp_path: Path) -> None:
    release, known = tmp_path / "0.2.0", tmp_path / "acumat.list"
    release.mkdir()
    known.touch()
    assert not packaged(release, known), "a checkout on a machine with the package"
    (release / "payload.sha256").touch()
    assert packaged(release, known)
    known.unlink()
    assert not packaged(release, known), "put there by make install"
