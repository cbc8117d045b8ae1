"""The minutes of each session in the hours in which somebody lay there: also of sessions that come late, twice or corrected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import slugify

from .ledger import Ledger, Session, Stored
from .mat import DOMAIN, EVENT, Mat

STORED_VERSION = 1


class SessionStatistics:
    """Those of one mat. What is stored outlives the entry, as the statistics do: a mat set up again continues them."""

    def __init__(self, hass: HomeAssistant, mat: Mat, name: str) -> None:
        self._hass = hass
        self._mat = mat
        self._store: Store[Stored] = Store(hass, STORED_VERSION, f"{DOMAIN}.{mat.id}")
        self._ledger = Ledger()
        self._metadata = StatisticMetaData(
            has_sum=True,
            mean_type=StatisticMeanType.NONE,
            name=f"{name} minutes",
            source=DOMAIN,
            statistic_id=f"{DOMAIN}:{slugify(mat.id)}_minutes",
            unit_class="duration",
            unit_of_measurement=UnitOfTime.MINUTES,
        )

    async def load(self) -> None:
        """What was known before, and from now on each session that ends."""
        self._ledger = Ledger(await self._store.async_load())
        self._mat.listeners.append(self._on_document)

    @callback
    def _on_document(self, leaf: str, document: Mapping[str, Any]) -> None:
        read = {EVENT: _of_event, "session": _of_last}.get(leaf)
        try:
            ended = read(document) if read else None
        except (KeyError, TypeError, ValueError, OverflowError):  # of a daemon that says it otherwise
            return
        if ended is None:
            return
        rows = self._ledger.put(*ended)
        if rows:
            data = [StatisticData(start=_at(row.start_s), state=row.minutes, sum=row.sum_min) for row in rows]
            async_add_external_statistics(self._hass, self._metadata, data)
            self._hass.async_create_task(self._store.async_save(self._ledger.stored))


def _of_event(event: Mapping[str, Any]) -> tuple[str, Session] | None:
    """The session that this event ends, if its time can be trusted."""
    if event.get("event_type") != "session_ended" or event.get("clock_set") is False:
        return None
    end_s = _seconds(event["edge_at"] or event["at"])
    return str(event["session_id"]), _session(event, end_s - event["session_s"], end_s)


def _of_last(last: Mapping[str, Any]) -> tuple[str, Session] | None:
    """The last finished session: retained, so it is there also if it ended while Home Assistant was away."""
    if not last.get("session_id"):
        return None
    return str(last["session_id"]), _session(last, _seconds(last["started_at"]), _seconds(last["ended_at"]))


def _session(said: Mapping[str, Any], start_s: float, end_s: float) -> Session:
    """As the mat counts: without lifts, and without guests. Whole seconds, for event and session round differently."""
    return Session(round(start_s), round(end_s), 0.0 if said["guest"] else round(said["contact_s"] / 60, 2))


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
