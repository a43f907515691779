"""Tells of clicks in tests: stores them on one link, and does what the relay does, so that streams hear of them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import redis.asyncio

from api.clicks.subscriptions import TOPIC, ClickReclassified, ClickRecorded, make_wanted
from api.context import Context
from api.events.subscriptions import stream_events
from api.events.types import EventGap, StreamCheckpoint, StreamReady, StreamStart
from api.ids import encode_id
from api.services import Services
from tests.clicking import make_event, store
from tests.traits import relay_all
from tests.waiting import DEADLINE_S
from tracking.accounts.credentials import find_credential
from tracking.bots.verdicts import Reason
from tracking.clicks.event import ClickEvent
from tracking.clicks.filters import ClickFilter
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.events.relay import relay_once, wake_readers
from tracking.links.models import Link


class World:
    """Clicks on one link, and the relay that tells of them."""

    def __init__(self, pool: asyncpg.Pool, client: redis.asyncio.Redis, link: Link) -> None:
        self.pool = pool
        self._client = client
        self._link = link

    def make_click(self, **changes: Any) -> ClickEvent:
        return make_event(self._link.account_id, **{"link_id": self._link.id, **changes})

    async def store(self, *events: ClickEvent) -> list[str]:
        """Their global ids, in order. They are in the log afterwards, and readers are woken."""
        stored = (await store(self.pool, *events)).stored
        await self.relay()
        return [encode_id("Click", UUID(str(click_id))) for click_id in stored]

    async def find_out_that_it_is_a_program(self, event: ClickEvent) -> None:
        learned = {UUID(bytes=event.click_id): Learned(evidence=int(Reason.HONEYPOT))}
        await relabel_clicks(self.pool, self._link.account_id, learned, Cause.BEHAVIOUR)
        await self.relay()

    async def relay(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            positions = await relay_once(connection)
        await wake_readers(self._client, positions)

    async def click_unheard(self) -> str:
        """It is in the log, but nobody is woken."""
        [click_id] = (await store(self.pool, self.make_click(visitor=20))).stored
        await relay_all(self.pool)
        return encode_id("Click", click_id)

    async def click(self, visitor: int) -> str:
        (click_id,) = await self.store(self.make_click(visitor=visitor))
        return click_id

    async def click_often(self, number: int) -> list[str]:
        """By as many visitors, in one event."""
        return await self.store(*(self.make_click(visitor=visitor) for visitor in range(1, number + 1)))


Event = ClickRecorded | ClickReclassified | StreamReady | StreamCheckpoint | EventGap


class Reader:
    """A subscriber without a connection: it takes an event when it asks for one, and not before."""

    def __init__(self, events: AsyncGenerator[Event, None]) -> None:
        self._events = events
        self.cursor = ""

    async def take(self) -> Event:
        async with asyncio.timeout(DEADLINE_S):
            event = await anext(self._events)
        self.cursor = event.cursor
        return event

    async def take_clicks(self, number: int) -> list[str]:
        """The ids of the next so many, as they are told; only clicks may come."""
        told = [await self.take() for _ in range(number)]
        assert {type(each) for each in told} <= {ClickRecorded, ClickReclassified}, told
        return [each.click.id for each in told if isinstance(each, ClickRecorded | ClickReclassified)]


async def make_context(services: Services, api_key: str) -> Context:
    return services.make_context(await find_credential(api_key), can_stream=True)


@asynccontextmanager
async def read_clicks(
    context: Context, start: StreamStart | None = None, wanted: ClickFilter | None = None
) -> AsyncIterator[Reader]:
    events = stream_events(context, start, TOPIC, make_wanted(wanted or ClickFilter()))
    async with aclosing(events):
        yield Reader(events)


@asynccontextmanager
async def follow_clicks(context: Context, wanted: ClickFilter | None = None) -> AsyncIterator[Reader]:
    """One that was told that it has everything there is."""
    async with read_clicks(context, wanted=wanted) as reader:
        assert isinstance(await reader.take(), StreamReady)
        yield reader
