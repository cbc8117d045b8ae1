"""The code that a visitor signs in with. Only a hash of it is stored, beside the key that signs the cookies."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from acumat.strict_json import NotJsonError, read_json
from acumat.typed_data import Rule, read
from acumat.whole_file import whole_file
from acumat_hw.errors import InputError
from acumat_hw.text_file import read_text

log = logging.getLogger(__name__)

ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Capitals and digits without those that are easily confused (I, L, O, U, 0, 1)."""
CHARACTERS = 10
"""Thirty letters to the power of ten: 49 bits. At five tries a minute half of them take two hundred million years."""
GROUP = 5
MAX_TYPED_CHARS = 64
SCRYPT_N, SCRYPT_R, SCRYPT_P = 4096, 8, 1
"""4 MB of memory a try (RFC 7914): the code is random, so that the hash only has to outlast a look at the file."""
KEY_BYTES = 32
MAX_FILE_BYTES = 4096
HEXADECIMAL = Rule(lambda text: "" if re.fullmatch(r"[0-9a-f]{64,}", text) else "is damaged", quotes=False)
"""Never less than KEY_BYTES: with a key that is cut short anybody could sign."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What is stored: salt and hash of the code, and the key of the cookies, each as hexadecimal digits."""

    salt: Annotated[str, HEXADECIMAL]
    code_hash: Annotated[str, HEXADECIMAL]
    cookie_key: Annotated[str, HEXADECIMAL]

    def fits(self, typed: str) -> bool:
        """Whether this is the code, however its letters are grouped and written. Takes the same time either way."""
        return hmac.compare_digest(_hash(typed, self.salt), self.code_hash)


def new_code() -> tuple[str, Secret]:
    """A random code for people, and its secret to store. The new cookie key ends every session of the code before."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS))
    salt = secrets.token_hex(KEY_BYTES)
    shown = "-".join(letters[start : start + GROUP] for start in range(0, CHARACTERS, GROUP))
    return shown, Secret(salt, _hash(letters, salt), secrets.token_hex(KEY_BYTES))


def store(path: Path, secret: Secret) -> None:
    """Store the secret in place of the earlier one, for the owner of its folder alone. Raises OSError if that fails."""
    with whole_file(path) as file:
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(file.fileno(), folder.st_uid, folder.st_gid)
        file.write(json.dumps(asdict(secret)).encode())


class SecretFile:
    """The stored secret, read again whenever the file has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None
        self._secret: Secret | None = None

    def current(self) -> Secret | None:
        """None while no code has been made, or the file cannot be read."""
        try:
            found = self.path.stat()
        except OSError:
            self._seen = self._secret = None
            return None
        seen = (found.st_ino, found.st_mtime_ns)
        if seen != self._seen:
            self._seen, self._secret = seen, self._read()
        return self._secret

    def _read(self) -> Secret | None:
        try:
            document = read_json(read_text(self.path, MAX_FILE_BYTES))
        except (InputError, NotJsonError) as exc:
            reason = type(exc.__cause__ or exc).__name__
            log.error("%s cannot be read (%s); make a new code: sudo acumat web-code", self.path, reason)
            return None
        secret, faults = read(Secret, document, ignore_unknown=False)
        if faults:
            log.error("%s is damaged; make a new code: sudo acumat web-code", self.path)
        return secret


def _hash(typed: str, salt: str) -> str:
    letters = "".join(each for each in typed[:MAX_TYPED_CHARS].upper() if each in ALPHABET)
    return hashlib.scrypt(letters.encode(), salt=salt.encode(), n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).hex()
