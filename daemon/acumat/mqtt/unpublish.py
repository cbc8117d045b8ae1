"""Takes everything that the broker keeps of one mat off it, for a mat that has gone or got another id."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.mqtt.brief_connection import BriefConnection, BriefConnectionError, brief_connection
from acumat.mqtt.diagnosis import Target
from acumat.mqtt.topics import Topics

ROUNDS = 3
"""The broker is asked again after each removal, until it has nothing left."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """`removed` was found on the broker and is gone. `unseen` was cleared without a look: the broker does not show it to us."""

    removed: tuple[str, ...]
    unseen: tuple[str, ...]


def clear_retained(target: Target, topics: Topics) -> Cleared:
    """Remove all that is retained of this mat. What may be kept is cleared in any case, for silence is no proof.

    Raises BriefConnectionError if the mat is online, or if the broker does not answer or does not let go of something.
    """
    removed: set[str] = set()
    kept: set[str] = set()
    with brief_connection(target) as visited:
        for _ in range(ROUNDS):
            visited.read((topics.everything, topics.discovery))
            kept = set(visited.kept)
            if visited.kept.get(topics.availability) == b"online":
                fix = "stop its daemon first (sudo systemctl stop acumat)"
                raise BriefConnectionError(f"the mat {topics.mat_id} is online and would publish everything again; {fix}")
            if removed and not kept:
                break
            _clear(visited, topics, kept)
            removed |= kept
            if not kept:
                break
        else:
            left = ", ".join(sorted(kept))
            raise BriefConnectionError(f"the broker still keeps {left}; check that this user may write there")
        visited.wait_for_quiet()  # what was cleared comes back to us, where we may read
        unseen = [topic for topic in topics.retained if topic not in visited.heard | removed]
    return Cleared(tuple(sorted(removed)), tuple(unseen))


def _clear(visited: BriefConnection, topics: Topics, kept: set[str]) -> None:
    """The device goes first: its entities would show up as unavailable else."""
    refused = []
    for topic in (*topics.retained, *sorted(kept.difference(topics.retained))):
        reply = visited.clear(topic)
        if reply.refused and (topic in kept or topic not in topics.unkept):
            refused.append(f"{topic} ({reply.reason})")
    if refused:
        raise BriefConnectionError(
            f"the broker refuses to clear {', '.join(refused)}, and may keep it; let this user write there"
        )
