"""What NATS reads of a fleet: one account for all mats, and what each kind of user may do in it. Pure.

A server needs no list of mats: a mat's name in its token stands for `{{name()}}`. A mat subscribes with QoS 0 alone; what NATS
delivers with QoS 1 needs rights on subjects of all clients (`$MQTT.sub.>`), which nobody has here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from acumat.fleet.identity.claims import account_token, operator_token, scope, system_account_token
from acumat.fleet.identity.nkeys import Key

MAT = (("acumat.{{name()}}.>",), ("acumat.{{name()}}.command.>",))
"""Publishes, subscribes."""
COLLECTOR = (
    ("$JS.API.>", "$JS.ACK.>", "acumat.*.command.events"),
    ("acumat", "acumat.>", "_INBOX.>"),  # MQTT's acumat/# is both of the first
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret keys of a fleet: the servers' operator, the accounts, and the signers of mats and collectors."""

    operator: Key
    system: Key
    account: Key
    mats: Key
    collectors: Key


def scopes(keys: Keys, *, mats: bool) -> list[dict[str, Any]]:
    """The users that NATS accepts: collectors, and with `mats` the mats."""
    found = [scope(keys.collectors, "collector", *COLLECTOR, ["MQTT", "STANDARD"])]
    return [*found, scope(keys.mats, "mat", *MAT, ["MQTT"])] if mats else found


def configuration(keys: Keys, revoked: Mapping[str, int], at_s: int, *, mats: bool) -> str:
    """A file to include in every server's configuration. It holds no secret."""
    account = account_token(keys.operator, keys.account.public, scopes(keys, mats=mats), revoked, at_s)
    system = system_account_token(keys.operator, keys.system, at_s)
    return (
        "# Written by acumat fleet. After a change: systemctl reload nats-server on every node.\n"
        f"operator: {operator_token(keys.operator, keys.system.public)}\n"
        f"system_account: {keys.system.public}\n"
        "resolver: MEMORY\n"
        f"resolver_preload {{\n  {keys.system.public}: {system}\n  {keys.account.public}: {account}\n}}\n"
    )


def site_rights(ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """What the bridge of a site publishes and subscribes: the topics of its own mats."""
    return [f"acumat.{each}.>" for each in ids], [f"acumat.{each}.command.>" for each in ids]
