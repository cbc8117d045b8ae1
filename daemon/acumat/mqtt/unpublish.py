"""Removes everything that the broker retains of one mat, for a mat that has gone or got another id."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from acumat.mqtt.brief_connection import BriefConnection, BriefConnectionError, brief_connection
from acumat.mqtt.problems import Target
from acumat.mqtt.topics import Topics

ROUNDS = 3
"""Most rounds of reading and removing, until the broker has nothing left."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """`removed` was found on the broker and removed. `unseen` was cleared blindly: the broker does not show it to us."""

    removed: tuple[str, ...]
    unseen: tuple[str, ...]


def clear_retained(target: Target, topics: Topics) -> Cleared:
    """Remove all that is retained of this mat. Every topic is cleared in any case, since silence is no proof.

    Raises BriefConnectionError if the mat is online, or if the broker does not answer or still retains something.
    """
    removed: set[str] = set()
    retained: set[str] = set()
    with brief_connection(target) as connection:
        for _ in range(ROUNDS):
            connection.read((topics.everything, topics.discovery))
            retained = set(connection.retained)
            if connection.retained.get(topics.availability) == b"online":
                fix = "stop its daemon first (sudo systemctl stop acumat)"
                raise BriefConnectionError(f"the mat {topics.mat_id} is online and would publish everything again; {fix}")
            if removed and not retained:
                break
            _clear(connection, topics, retained)
            removed |= retained
            if not retained:
                break
        else:
            left = ", ".join(sorted(retained))
            raise BriefConnectionError(f"the broker still retains {left}; check that this user may write there")
        connection.wait_for_quiet()  # a cleared message comes back to us if we may read it
        unseen = [topic for topic in topics.retained if topic not in connection.cleared | removed]
    return Cleared(tuple(sorted(removed)), tuple(unseen))


def clear_former(target: Target, former: Topics, current: Topics, is_over: Callable[[], bool]) -> bool:
    """Remove what this mat has left under `former` topics, unless they are `current` ones too, until it `is_over`.

    Returns False, with nothing removed, if another mat is online there. The device of another mat with the same id stays.
    Without a discovery prefix no discovery was published. Raises BriefConnectionError.
    """
    published = {former.availability, *([former.discovery] if former.discovery_prefix else [])} - set(current.retained)
    if not published:
        return True
    with brief_connection(target) as connection:
        connection.read(sorted(published))
        if former.availability in published and connection.retained.get(former.availability) == b"online":
            return False
        device = connection.retained.get(former.discovery, b"")
        foreign = bool(device) and json.dumps(former.availability, ensure_ascii=False).encode() not in device
        stays = {*current.retained, *([] if former.discovery_prefix and not foreign else [former.discovery])}
        topics = [each for each in former.retained if each not in stays]
        refused = [each for each in topics if not is_over() and connection.clear(each).refused and each not in former.transient]
    if refused:
        raise BriefConnectionError(f"the broker refuses to clear {', '.join(refused)}; let this user write there")
    return True


def _clear(connection: BriefConnection, topics: Topics, retained: set[str]) -> None:
    """The device goes first: otherwise its entities would show up as unavailable."""
    refused = []
    for topic in (*topics.retained, *sorted(retained.difference(topics.retained))):
        reply = connection.clear(topic)
        if reply.refused and (topic in retained or topic not in topics.transient):
            refused.append(f"{topic} ({reply.reason})")
    if refused:
        raise BriefConnectionError(
            f"the broker refuses to clear {', '.join(refused)}, and may still retain it; let this user write there"
        )
