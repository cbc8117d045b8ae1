"""The broker: a short connection of the doctor, why it fails, and whether Home Assistant's discovery is there."""

from __future__ import annotations

from collections.abc import Iterator

from acumat.doctor.finding import Finding, fail, ok, warn
from acumat.mqtt.brief_connection import BriefConnectionError, brief_connection
from acumat.mqtt.diagnosis import examine
from acumat.mqtt.problems import Target
from acumat.mqtt.topics import Topics

WHAT = "broker"
DISCOVERY = "discovery"


def check_broker(target: Target, *, clock_synchronised: bool | None) -> Finding:
    """Connect, log in under a separate client id, and hang up."""
    problem = examine(target, clock_synchronised=clock_synchronised)
    if problem is None:
        return ok(WHAT, f"{target.where} accepts us{' over TLS' if target.tls else ''}.")
    return fail(WHAT, problem.code, problem.cause, problem.fix)


def check_encryption(target: Target, *, local: bool) -> Iterator[Finding]:
    """Whether others in the network can read along; `local`: the broker is on this machine."""
    if target.tls or local:
        return
    what = "Everything that is published, and the password" if target.username is not None else "Everything that is published"
    cause = f"{what} can be read in the network between here and {target.where}: the connection is not encrypted."
    yield warn(WHAT, "plain_text", cause, "Set mqtt.tls = true; docs/security.md says how the broker is set up for it.")


def check_discovery(target: Target, topics: Topics) -> Finding:
    """Whether the broker keeps what makes the mat appear in Home Assistant. Nothing is published: only the daemon may."""
    try:
        with brief_connection(target) as connection:
            refused = connection.read((topics.discovery, topics.availability))
    except BriefConnectionError as error:
        return warn(DISCOVERY, "discovery_unseen", f"Whether the broker keeps it cannot be seen: {error}", "")
    if topics.discovery in connection.retained:
        return ok(DISCOVERY, "the broker keeps it for Home Assistant.")
    if topics.discovery in refused:
        cause = f"{target.where} refuses to let us read {topics.discovery} ({refused[topics.discovery].reason})."
        return warn(
            DISCOVERY, "discovery_unseen", cause, "Start the daemon and run the doctor again: it says what it may write."
        )
    if topics.availability in connection.retained:
        cause = f"{target.where} keeps the mat's availability, and nothing that we may read under {topics.discovery}."
        fix = "Let this user write and read there, look at message_size_limit, and run the doctor beside the running daemon."
        return warn(DISCOVERY, "discovery_unseen", cause, fix)
    return ok(DISCOVERY, "nothing of this mat is on the broker yet; the daemon publishes it at its start.")
