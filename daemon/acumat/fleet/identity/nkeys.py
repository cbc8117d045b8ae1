"""Keys as NATS writes them: Ed25519, in base32 with a letter that says whose key it is, and a checksum.

Source: github.com/nats-io/nkeys, README and strkey.go. A public key begins with O (operator), A (account) or U (user), a seed
with S and that letter.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Owner = Literal["operator", "account", "user"]
PREFIX: dict[Owner, int] = {"operator": 14 << 3, "account": 0, "user": 20 << 3}
"""Base32 takes five bits a letter: 14 is O, 0 is A, 20 is U."""
SEED = 18 << 3
"""S."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key pair; `text` is the seed as NATS writes it, and secret."""

    owner: Owner
    _private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The public key, which names the owner everywhere."""
        raw = self._private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return _encoded(bytes((PREFIX[self.owner],)) + raw)

    @property
    def seed(self) -> str:
        """The secret from which the pair comes back."""
        prefix = PREFIX[self.owner]
        raw = self._private.private_bytes_raw()
        return _encoded(bytes((SEED | prefix >> 5, (prefix & 31) << 3)) + raw)

    def sign(self, data: bytes) -> bytes:
        """The signature of 64 bytes (RFC 8032)."""
        return self._private.sign(data)


def new_key(owner: Owner) -> Key:
    """A key pair from the system's random numbers."""
    return Key(owner, Ed25519PrivateKey.generate())


def key_of(seed: str) -> Key:
    """The pair of a seed. Raises ValueError if it is none."""
    data = base64.b32decode(seed + "=" * (-len(seed) % 8))
    body, check = data[:-2], data[-2:]
    if len(body) != 34 or binascii.crc_hqx(body, 0).to_bytes(2, "little") != check:
        raise ValueError("no seed of a key: its length or its checksum is wrong")
    prefix = (body[0] & 7) << 5 | body[1] >> 3
    owner = next((owner for owner, known in PREFIX.items() if known == prefix), None)
    if owner is None or body[0] & ~7 != SEED:
        raise ValueError("no seed of an operator, an account or a user")
    return Key(owner, Ed25519PrivateKey.from_private_bytes(body[2:]))


def _encoded(data: bytes) -> str:
    # CRC-16 of polynomial 0x1021 from 0, which is crc_hqx
    return base64.b32encode(data + binascii.crc_hqx(data, 0).to_bytes(2, "little")).decode("ascii").rstrip("=")
