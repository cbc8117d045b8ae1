"""Tokens as NATS reads them: a JWT signed with Ed25519, and what an operator, an account and a user are allowed by it.

Source: github.com/nats-io/jwt, version 2 (ADR-14 of NATS). The operator's key signs accounts, a key of the account signs users.
A server that knows the operator needs no list of users.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from acumat.fleet.identity.nkeys import Key

UNLIMITED = {"subs": -1, "data": -1, "payload": -1}
"""A user without a scope that limits it says so itself."""
ACCOUNT_LIMITS = {
    **UNLIMITED, "imports": -1, "exports": -1, "wildcards": True, "conn": -1, "leaf": -1,
    "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
}  # fmt: skip
"""An account without storage has no JetStream, and without JetStream there is no MQTT."""


OPERATOR_AT_S = 1
"""The operator's token never changes: a server that finds another one at a reload retains its old configuration."""


def operator_token(operator: Key, system_account: str) -> str:
    """What a server is configured with: whose accounts it serves."""
    return signed(operator, operator.public, "acumat", {"type": "operator", "system_account": system_account}, OPERATOR_AT_S)


def system_account_token(operator: Key, account: Key, at_s: int) -> str:
    """The account in which the servers of a cluster speak with each other; nobody logs in to it."""
    limits = {**UNLIMITED, "imports": -1, "exports": -1, "wildcards": True, "conn": -1, "leaf": -1}
    return signed(operator, account.public, "SYS", {"type": "account", "limits": limits}, at_s)


def account_token(
    operator: Key, account: str, scopes: Sequence[Mapping[str, Any]], revoked: Mapping[str, int], at_s: int
) -> str:
    """The account of all mats: which keys may sign its users and what such a user may do, and who is shut out.

    `revoked`: public keys of users, with the second since 1970 up to which their tokens are void.
    """
    body = {"type": "account", "limits": ACCOUNT_LIMITS, "signing_keys": list(scopes), "revocations": dict(revoked)}
    return signed(operator, account, "acumat", body, at_s)


def scope(key: Key, role: str, publish: Sequence[str], subscribe: Sequence[str], connections: Sequence[str]) -> dict[str, Any]:
    """What every user may do whom `key` has signed; `{{name()}}` stands for the user's own name."""
    template = {
        **UNLIMITED,
        "pub": {"allow": list(publish)},
        "sub": {"allow": list(subscribe)},
        "bearer_token": True,
        "allowed_connection_types": list(connections),
    }
    return {"kind": "user_scope", "key": key.public, "role": role, "template": template}


def scoped_user_token(signer: Key, account: str, user: str, name: str, at_s: int) -> str:
    """A user whose rights are those of the signer's scope; whoever shows the token is the user."""
    return signed(signer, user, name, {"type": "user", "issuer_account": account}, at_s)


def user_token(signer: Key, user: str, name: str, publish: Sequence[str], subscribe: Sequence[str], at_s: int) -> str:
    """A user with rights of its own, signed by the account itself."""
    body = {
        **UNLIMITED,
        "type": "user",
        "pub": {"allow": list(publish)},
        "sub": {"allow": list(subscribe)},
        "bearer_token": True,
        "allowed_connection_types": ["MQTT"],
    }
    return signed(signer, user, name, body, at_s)


def signed(signer: Key, subject: str, name: str, body: Mapping[str, Any], at_s: int) -> str:
    """The token in its three parts."""
    claims: dict[str, Any] = {"iat": at_s, "iss": signer.public, "name": name, "sub": subject, "nats": {**body, "version": 2}}
    # any text that no other token has will do
    claims["jti"] = base64.b32encode(hashlib.sha256(_json(claims)).digest()).decode("ascii").rstrip("=")
    text = f"{_part(_json({'typ': 'JWT', 'alg': 'ed25519-nkey'}))}.{_part(_json(claims))}"
    return f"{text}.{_part(signer.sign(text.encode('ascii')))}"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode("ascii")


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
