"""Requests missing events from mats, at a limited pace. Requests are stored in the record, so a restart forgets none."""

from __future__ import annotations

from collections.abc import Callable

from psycopg import Connection

from acumat.contract.commands import CommandName
from acumat.fleet.collect.audit import Pace, Question, due_mats, due_ranges
from acumat.fleet.collect.messages import Transport
from acumat.fleet.record.numbering import claim_mat, claim_range, gaps, mats_asked
from acumat.fleet.settings import AuditSection
from acumat.mqtt.topics import Topics

TURN_S = 1.0
"""Seconds between two looks at the record."""


class Auditor:
    """One auditor; several may use the same record."""

    def __init__(self, transport: Transport, base_topic: str, settings: AuditSection, monotonic: Callable[[], float]) -> None:
        self._transport = transport
        self._base_topic = base_topic
        self._pace = Pace(settings.settle_s, settings.every_s, settings.retry_s)
        self._asks_per_s = settings.asks_per_s
        self._enabled = settings.enabled
        self._monotonic = monotonic
        self._next_s = monotonic()

    def turn(self, connection: Connection) -> int:
        """Send the requests that are due. Returns the number of mats asked."""
        now_s = self._monotonic()
        if not self._enabled or now_s < self._next_s or self._transport.problem is not None:
            return 0
        questions = [*self._ranges(connection), *self._mats(connection)]
        self._next_s = now_s + max(TURN_S, len(questions) / self._asks_per_s)
        for each in questions:
            topics = Topics(self._base_topic, each.mat_id, "")
            self._transport.publish(topics.command(CommandName.EVENTS), each.payload)
        return len(questions)

    @property
    def _room(self) -> int:
        return max(1, round(self._asks_per_s * TURN_S))

    def _ranges(self, connection: Connection) -> list[Question]:
        found = {(each.mat_id, each.incarnation): each for each in gaps(connection)}
        due = due_ranges(found.values(), self._pace)[: self._room]
        return [
            each for each in due if claim_range(connection, found[each.mat_id, str(each.incarnation)], each.first, each.last)
        ]

    def _mats(self, connection: Connection) -> list[Question]:
        due = due_mats(mats_asked(connection), self._pace)[: self._room]
        return [each for each in due if claim_mat(connection, each.mat_id, self._pace.every_s)]
