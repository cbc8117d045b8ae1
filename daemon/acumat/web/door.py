"""Who may look: sessions as signed cookies, so that none is stored, and a limit on the tries of a code."""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from http.cookies import CookieError, SimpleCookie

from acumat.web.code import SecretFile

COOKIE = "acumat_session"
SESSION_S = 30 * 86_400
"""A phone at the bed signs in once a month. A new code ends all sessions at once."""
MAX_COOKIE_CHARS = 1024
TRIES = 5
TRIES_WITHIN_S = 60.0
"""Tries from all addresses together: a limit by address could be avoided with more addresses. It does not affect visitors who
are signed in."""
EXPIRY_DIGITS = 12


class Door:
    """Issues cookies and checks them."""

    def __init__(self, secret_file: SecretFile) -> None:
        self._secret_file = secret_file
        self._tries: deque[float] = deque(maxlen=TRIES)

    @property
    def has_code(self) -> bool:
        """Whether anybody can sign in at all."""
        return self._secret_file.current() is not None

    def wait_s(self, now_mono_s: float) -> float:
        """Seconds until another code may be tried; 0 if one may, which is then counted."""
        if len(self._tries) == TRIES and now_mono_s - self._tries[0] < TRIES_WITHIN_S:
            return TRIES_WITHIN_S - (now_mono_s - self._tries[0])
        self._tries.append(now_mono_s)
        return 0.0

    def fits(self, typed: str) -> bool:
        """Whether this is the code. Costs some hundredths of a second on purpose."""
        secret = self._secret_file.current()
        return secret is not None and secret.fits(typed)

    def found(self) -> None:
        """The code was right: the wrong tries before it no longer count."""
        self._tries.clear()

    def cookie(self, now_unix_s: float, *, secure: bool) -> str:
        """The Set-Cookie header of a new session. `secure`: the browser speaks TLS, to a proxy before us."""
        expires = str(int(now_unix_s) + SESSION_S)
        return self._header(f"{expires}.{self._mark(expires)}", SESSION_S, secure=secure)

    def gone(self, *, secure: bool) -> str:
        """The Set-Cookie header that makes this browser forget its session."""
        return self._header("", 0, secure=secure)

    def knows(self, cookie_header: str, now_unix_s: float) -> bool:
        """Whether a Cookie header holds a session of the present code."""
        expires, _, mark = _value_in(cookie_header).partition(".")
        if not (expires.isascii() and expires.isdecimal() and len(expires) <= EXPIRY_DIGITS and self.has_code):
            return False
        return hmac.compare_digest(mark.encode(), self._mark(expires).encode()) and now_unix_s < int(expires)

    def _mark(self, expires: str) -> str:
        secret = self._secret_file.current()
        key = "" if secret is None else secret.cookie_key
        return hmac.new(key.encode(), f"session until {expires}".encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def _header(value: str, seconds: int, *, secure: bool) -> str:
        return f"{COOKIE}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{'; Secure' * secure}"


def _value_in(cookie_header: str) -> str:
    if len(cookie_header) > MAX_COOKIE_CHARS:
        return ""
    try:
        found = SimpleCookie(cookie_header).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value
