"""Sessions and tries."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.web.code import SecretFile, new_code, store
from acumat.web.door import COOKIE, SESSION_S, TRIES, TRIES_WITHIN_S, Door

NOW_S = 1_790_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store(tmp_path / "code", new_code()[1])
    return tmp_path / "code"


def cookie_of(door: Door) -> str:
    return door.cookie(NOW_S, secure=False).partition(";")[0]


def test_a_session_is_known_until_it_is_over(path: Path) -> None:
    door = Door(SecretFile(path))
    cookie = cookie_of(door)
    assert door.knows(cookie, NOW_S)
    assert door.knows(f"other=1; {cookie}; more=2", NOW_S + SESSION_S - 1)
    assert not door.knows(cookie, NOW_S + SESSION_S)


def test_another_process_knows_it_too_and_a_new_code_ends_it(path: Path) -> None:
    cookie = cookie_of(Door(SecretFile(path)))
    other = Door(SecretFile(path))
    assert other.knows(cookie, NOW_S)
    store(path, new_code()[1])
    assert not other.knows(cookie, NOW_S)
    path.unlink()
    assert not other.knows(cookie, NOW_S)


def test_without_a_code_no_mark_counts_not_even_that_of_an_empty_key(tmp_path: Path) -> None:
    door = Door(SecretFile(tmp_path / "code"))
    assert not door.has_code
    assert not door.fits("")
    assert not door.knows(cookie_of(door), NOW_S)


def test_a_cookie_that_was_changed_is_not_known(path: Path) -> None:
    door = Door(SecretFile(path))
    name, _, value = cookie_of(door).partition("=")
    expires, _, mark = value.partition(".")
    later = str(int(expires) + 1)
    for forged in (
        f"{later}.{mark}",
        f"{expires}.",
        f"{expires}.{mark[:-1]}",
        f".{mark}",
        mark,
        f"{expires}.{mark}.",
        f"+{value}",
    ):
        assert not door.knows(f"{name}={forged}", NOW_S)


@given(st.text(max_size=200))
def test_no_text_opens_the_door_or_breaks_it(text: str) -> None:
    door = Door(SecretFile(Path("/nowhere/code")))
    assert not door.knows(text, NOW_S)
    assert not door.knows(f"{COOKIE}={text}", NOW_S)


def test_the_cookie_is_strict_and_is_secure_behind_tls(path: Path) -> None:
    door = Door(SecretFile(path))
    plain, secure = (door.cookie(NOW_S, secure=each) for each in (False, True))
    for wanted in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert wanted in plain
        assert wanted in door.gone(secure=False)
    assert "Secure" in secure
    assert "Secure" not in plain
    assert "Max-Age=0" in door.gone(secure=False)


def test_five_tries_a_minute_and_the_sixth_waits(path: Path) -> None:
    door = Door(SecretFile(path))
    assert [door.wait_s(at) for at in range(TRIES)] == [0.0] * TRIES
    assert door.wait_s(10.0) == TRIES_WITHIN_S - 10.0
    assert door.wait_s(TRIES_WITHIN_S - 0.1) > 0
    assert door.wait_s(TRIES_WITHIN_S) == 0.0
    assert door.wait_s(TRIES_WITHIN_S) > 0  # the second try is not a minute old
    door.found()
    assert door.wait_s(TRIES_WITHIN_S) == 0.0


@given(st.lists(st.floats(0, 20), max_size=60))
def test_in_no_minute_are_there_more_tries_than_allowed(gaps: list[float]) -> None:
    door, now_s, tried = Door(SecretFile(Path("/nowhere"))), 0.0, []
    for gap in gaps:
        now_s += gap
        if door.wait_s(now_s) == 0.0:
            tried.append(now_s)
    assert all(sum(at <= each < at + TRIES_WITHIN_S for each in tried) <= TRIES for at in tried)
