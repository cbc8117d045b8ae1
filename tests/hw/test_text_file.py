"""What a person names as a file is read within bounds, or refused with the name, the line and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat_hw.errors import InputError
from acumat_hw.text_file import decoded, load_text, read_text, shown_text


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


def loop(folder: Path) -> Path:
    (folder / "loop").symlink_to(folder / "pool")
    (folder / "pool").symlink_to(folder / "loop")
    return folder / "loop"


def large(folder: Path) -> Path:
    with (folder / "large").open("wb") as file:
        file.truncate(100_000_000)
    return folder / "large"


def latin(folder: Path) -> Path:
    (folder / "latin").write_bytes(b"\xef\xbb\xbfone\ntwo\nm\xfcller")
    return folder / "latin"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (fifo, "fifo: is no regular file"),
        (lambda folder: folder, ": is no regular file"),
        (lambda _: Path("/dev/zero"), "/dev/zero: is no regular file"),
        (loop, "loop: cannot be read (Too many levels of symbolic links)"),
        (large, "large: is larger than 256 KiB"),
        (latin, "latin:3: is not UTF-8 text"),
        (lambda folder: folder / "nowhere", "nowhere: cannot be read (No such file or directory)"),
        (lambda folder: folder / ("x" * 300), "cannot be read (File name too long)"),
        (lambda folder: folder / "a\x00b", "a\\x00b: is no path of a file"),
        (lambda folder: folder / "\ud800", "\\ud800: is no path of a file"),
    ],
)
def test_what_is_no_text_file_is_named_at_once(make: object, says: str, tmp_path: Path) -> None:
    assert callable(make)
    with pytest.raises(InputError) as raised:
        read_text(make(tmp_path))
    assert says in str(raised.value)
    assert str(raised.value).isprintable()


def test_a_link_to_a_file_and_a_byte_order_mark_are_taken(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"\xef\xbb\xbfm\xc3\xbcller\n")
    (tmp_path / "link").symlink_to(tmp_path / "text")
    (tmp_path / "text").chmod(0o640)
    file = load_text(tmp_path / "link")
    assert (file.text, file.mode) == ("müller\n", 0o640)


@given(st.binary(max_size=60))
def test_bytes_become_text_or_an_input_error(content: bytes) -> None:
    try:
        text = decoded(Path("file"), content)
    except InputError:
        with pytest.raises(UnicodeDecodeError):
            content.decode()
    else:
        assert text == content.decode("utf-8-sig")


@given(st.text(max_size=80), st.integers(1, 50))
def test_what_is_shown_is_on_one_line_and_not_without_end(text: str, most: int) -> None:
    shown = shown_text(text, most)
    assert shown.isprintable()
    assert len(shown) <= 10 * most + 1
