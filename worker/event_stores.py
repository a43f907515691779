"""How each kind of event of the stream gets into PostgreSQL, called alike for all."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg

from tracking.bots.hosting.origins import Origins
from tracking.clicks.confirmations import confirm_stored, store_confirmations
from tracking.clicks.event import CONFIRMATION_VERSION, VERSION, ClickEvent, Confirmation
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.conversions.event import ConversionEvent
from tracking.conversions.store import store_conversions
from tracking.faults import maybe_crash
from tracking.impressions.event import Impression
from tracking.impressions.store import store_impressions
from tracking.snippets.event import Sighting
from tracking.snippets.sightings import store_sightings
from tracking.streams import VERSIONS, Mark
from worker.poison import Rejected, Store, Stored


class EventStores:
    """By version. Each adds nothing for what it is handed again, and lets outages through."""

    def __init__(self, pool: asyncpg.Pool, origins: Origins) -> None:
        self._pool = pool
        self._user_agents = UserAgents()
        self._origins = origins
        self.by_version: Mapping[bytes, Store[Any]] = {
            VERSION: self._store_clicks,
            CONFIRMATION_VERSION: self._store_confirmations,
            VERSIONS[Mark.CONVERSION]: self._store_conversions,
            VERSIONS[Mark.IMPRESSION]: self._store_impressions,
            VERSIONS[Mark.SIGHTING]: self._store_sightings,
        }

    async def _store_clicks(self, events: Sequence[ClickEvent]) -> Stored:
        """What was confirmed before its click was stored is looked for after the commit, and before the end of this."""
        batch = await store_clicks(self._pool, self._user_agents, events, origins=self._origins)
        maybe_crash("after_commit")
        rejected = {id(each.event) for each in batch.rejected}
        confirmed = await confirm_stored(self._pool, (event for event in events if id(event) not in rejected))
        return Stored(len(batch.stored), _list_rejected(batch.rejected), has_news=bool(batch.stored or confirmed))

    async def _store_confirmations(self, events: Sequence[Confirmation]) -> Stored:
        batch = await store_confirmations(self._pool, events)
        rejected = [Rejected(each.confirmation, each.reason) for each in batch.rejected]
        return Stored(batch.confirmed, rejected, has_news=bool(batch.confirmed))

    async def _store_conversions(self, events: Sequence[ConversionEvent]) -> Stored:
        """Those that are new, and those that stand otherwise by what is new of them."""
        batch = await store_conversions(self._pool, events)
        maybe_crash("after_commit")
        return Stored(len(batch.changed), _list_rejected(batch.rejected), has_news=bool(batch.changed))

    async def _store_impressions(self, events: Sequence[Impression]) -> Stored:
        batch = await store_impressions(self._pool, events)
        maybe_crash("after_commit")
        return Stored(batch.added, _list_rejected(batch.rejected), has_news=bool(batch.added))

    async def _store_sightings(self, events: Sequence[Sighting]) -> Stored:
        batch = await store_sightings(self._pool, events)
        return Stored(batch.added, _list_rejected(batch.rejected), has_news=False)


def _list_rejected(rejected: Iterable[Any]) -> list[Rejected]:
    return [Rejected(each.event, each.reason) for each in rejected]
