"""The file for what protects: whole or the one before, whatever is torn, flipped, full, slow or no file at all."""

from __future__ import annotations

import errno
import logging
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from acumat.service.safety_file import NAME, SLOT_BYTES, SLOTS, SafetyFile
from tests.broker import PATIENCE_S
from tests.service.hand import HandSafetyFile

CANARY = "pregnancy-canary"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / NAME


def save_texts(path: Path, *texts: str) -> None:
    file = HandSafetyFile(path)
    file.read()
    for text in texts:
        file.save(text)


def test_the_newest_text_comes_back_and_the_file_never_grows(path: Path) -> None:
    assert SafetyFile(path).read() is None
    inode = None
    for number in range(5):
        save_texts(path, f"text {number}")
        assert SafetyFile(path).read() == f"text {number}"
        assert inode in (None, path.stat().st_ino), "written in place"
        inode = path.stat().st_ino
    assert path.stat().st_size == SLOTS * SLOT_BYTES
    assert path.stat().st_blocks * 512 >= SLOTS * SLOT_BYTES, "its room on the disk is real"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("byte", [*range(0, 240, 7), 4095, 4096, 4100, 4200, 8191])
def test_a_flipped_byte_costs_one_slot_at_most_and_quotes_nothing(
    path: Path, byte: int, caplog: pytest.LogCaptureFixture
) -> None:
    save_texts(path, f"{CANARY} 1", f"{CANARY} 2")
    data = bytearray(path.read_bytes())
    data[byte] ^= 0x55
    path.write_bytes(data)
    found = SafetyFile(path).read()
    assert found in (f"{CANARY} 1", f"{CANARY} 2")
    assert CANARY not in caplog.text
    save_texts(path, "later")
    assert SafetyFile(path).read() == "later"


@pytest.mark.parametrize("torn", [0, 1, 30, 100, 2000, SLOT_BYTES - 1])
def test_a_torn_write_leaves_the_one_before(path: Path, torn: int) -> None:
    save_texts(path, "one", "two")
    before = path.read_bytes()
    save_texts(path, "three")
    after = path.read_bytes()
    changed = next(
        slot
        for slot in range(SLOTS)
        if before[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES] != after[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES]
    )
    start = changed * SLOT_BYTES
    path.write_bytes(before[:start] + after[start : start + torn] + before[start + torn :])
    assert SafetyFile(path).read() in ("two", "three")


@pytest.mark.parametrize("data", [b"", b"{}", b"\0" * 8192, b"\xff" * 8192, b"acumat-safety-1 1 99999999999999 x\n" * 300])
def test_what_is_damaged_all_over_is_reported_once_and_written_anew(
    path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    file = HandSafetyFile(path)
    assert file.read() is None
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    file.save("anew")
    assert SafetyFile(path).read() == "anew"


def test_a_pipe_in_its_place_blocks_nobody(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    file = HandSafetyFile(path)
    assert file.read() is None
    file.save("text")
    assert SafetyFile(path).read() == "text"


def test_a_file_that_could_not_be_read_at_first_does_not_win_over_what_came_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_texts(path, *(f"old {number}" for number in range(6)))
    file = HandSafetyFile(path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", _raises)
        assert file.read() is None
    file.save("new")
    assert SafetyFile(path).read() == "new"


def _raises(*_: Any) -> Any:
    raise OSError(errno.EIO, "Input/output error")


def test_what_cannot_be_written_is_reported_as_such_and_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = HandSafetyFile(path)
    answers: list[bool] = []
    file.when_stored(answers.append)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", _raises)
        file.save("text")
        file.when_stored(answers.append)
        assert file.condition.code == "safety_unwritable"
    file.when_stored(answers.append)
    assert answers == [True, False, True]
    assert file.condition.code == "ok"
    assert SafetyFile(path).read() == "text"


def test_too_long_a_text_is_refused_and_the_one_before_stays(path: Path) -> None:
    save_texts(path, "before", "x" * SLOT_BYTES)
    assert SafetyFile(path).read() == "before"


def test_on_a_slow_card_nobody_waits_and_who_asked_is_answered_when_it_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, began, real = threading.Event(), threading.Event(), os.fsync

    def slow(handle: int) -> None:
        began.set()
        assert go.wait(30.0)
        real(handle)

    monkeypatch.setattr(os, "fsync", slow)
    file = SafetyFile(path)
    done: list[tuple[str, bool]] = []
    answered = threading.Event()
    file.save("one")
    file.when_stored(lambda stored: done.append(("one", stored)))
    assert began.wait(30.0)
    file.save("two")
    file.save("three")

    def last(stored: bool) -> None:
        done.append(("three", stored))
        answered.set()

    file.when_stored(last)
    assert not done
    go.set()
    assert answered.wait(30.0)
    assert done == [("one", True), ("three", True)]
    file.stop(30.0)
    assert SafetyFile(path).read() == "three"


def test_what_is_to_be_forgotten_stands_in_no_slot_whatever_comes_in_between(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = HandSafetyFile(path)
    file.save(f"{CANARY} 1")
    file.slow = True
    file.save(f"{CANARY} 2")
    real = os.pwrite

    def forgotten_meanwhile(*given: Any) -> int:
        monkeypatch.setattr(os, "pwrite", _raises)  # and then the disk is away for once
        file.save("without", everywhere=True)
        return real(*given)

    monkeypatch.setattr(os, "pwrite", forgotten_meanwhile)
    file.turn()
    file.turn()
    monkeypatch.setattr(os, "pwrite", real)
    file.save("newer, without")
    file.turn()
    assert CANARY in path.read_text()
    file.stop(0.0)
    file.turn()
    assert CANARY not in path.read_text()
    assert SafetyFile(path).read() == "newer, without"
    after = path.read_bytes()
    file.turn()
    assert path.read_bytes() == after, "nothing waits any more"


def test_a_stop_writes_what_waits(path: Path) -> None:
    file = SafetyFile(path)
    file.save("last words")
    file.stop(30.0)
    assert SafetyFile(path).read() == "last words"


def test_one_that_was_given_up_writes_nothing_over_what_the_next_daemon_keeps(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reload while the card stalls: both live in one process."""
    go, began, real = threading.Event(), threading.Event(), os.fsync

    def slow(handle: int) -> None:
        began.set()
        assert go.wait(30.0)
        real(handle)

    monkeypatch.setattr(os, "fsync", slow)
    file = SafetyFile(path)
    file.save("one")
    assert began.wait(30.0)
    file.save("two")
    file.stop(0.01)
    go.set()
    assert file._thread is not None
    file._thread.join(30.0)
    assert SafetyFile(path).read() == "one"


def test_who_asks_while_the_newest_is_being_written_is_answered_with_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, done, real = HandSafetyFile(path), list[bool](), os.fsync
    file.slow = True
    file.save("symptom")

    def asked_meanwhile(handle: int) -> None:
        if not done:
            file.when_stored(done.append)
        real(handle)

    monkeypatch.setattr(os, "fsync", asked_meanwhile)
    file.turn()
    assert done
    assert set(done) == {True}


def test_what_one_who_asked_raises_keeps_nobody_else_from_the_answer(path: Path) -> None:
    file, done = HandSafetyFile(path), list[bool]()

    def falls_over(_stored: bool) -> None:
        raise RuntimeError(CANARY)

    file.slow = True
    file.save("symptom")
    file.when_stored(falls_over)
    file.when_stored(done.append)
    file.turn()
    assert done == [True]


def test_while_the_system_gives_no_thread_the_next_text_tries_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    file, stored = SafetyFile(path), threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        file.save("one")
    file.save("two")
    file.when_stored(lambda _stored: stored.set())
    assert stored.wait(PATIENCE_S)
    file.stop(PATIENCE_S)
    assert SafetyFile(path).read() == "two"
