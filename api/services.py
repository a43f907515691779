"""What the api opens at its start and closes at its end; every request borrows from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import redis.asyncio
from arq.connections import ArqRedis

from api.boards import Boards, open_boards
from api.browser_origins import KnownOrigins
from api.context import Context
from api.credential_watch import CredentialWatch
from api.events.feeds.account_feeds import Feeds
from api.open_streams import OpenStreams
from tracking.accounts.credentials import Credential
from tracking.click_shards import ClickShards, open_click_shards
from tracking.database import open_pool
from tracking.events.wakeups import EventWakeups
from tracking.jobs import JobQueue, deserialize_job, serialize_job
from tracking.orm import open_orm
from tracking.redis_clients import make_client
from tracking.settings import Settings
from tracking.streams import JOBS_QUEUE


@dataclass(frozen=True)
class Services:
    settings: Settings
    pool: asyncpg.Pool
    redis: redis.asyncio.Redis
    shards: ClickShards
    jobs: JobQueue
    wakeups: EventWakeups
    feeds: Feeds
    streams: OpenStreams
    boards: Boards
    origins: KnownOrigins

    def make_context(self, credential: Credential | None, *, can_stream: bool = False) -> Context:
        return Context(
            credential,
            self.settings,
            self.pool,
            self.redis,
            self.shards,
            self.jobs,
            self.wakeups,
            self.feeds,
            self.streams,
            self.boards,
            can_stream,
        )


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Connects to nothing yet: a store that is down at the start stops nobody."""
    async with AsyncExitStack() as running:
        await running.enter_async_context(open_orm(settings))
        pool = await open_pool(settings, max_size=settings.database_pool_size)
        running.push_async_callback(pool.close)
        client = await running.enter_async_context(make_client(settings.redis_url))
        shards = await running.enter_async_context(open_click_shards(settings))
        jobs = ArqRedis(
            client.connection_pool,
            job_serializer=serialize_job,
            job_deserializer=deserialize_job,
            default_queue_name=JOBS_QUEUE,
        )
        wakeups = EventWakeups(client)
        running.push_async_callback(stop_task, asyncio.create_task(wakeups.run()))
        watch = CredentialWatch(pool)
        running.push_async_callback(stop_task, asyncio.create_task(watch.run()))
        feeds = Feeds(pool, wakeups)
        running.push_async_callback(feeds.close)
        streams = OpenStreams(watch, settings.streams_per_key)
        boards = open_boards(pool, shards)
        for board in boards:
            running.push_async_callback(stop_task, asyncio.create_task(board.run()))
        yield Services(settings, pool, client, shards, jobs, wakeups, feeds, streams, boards, KnownOrigins(pool))


async def stop_task(task: asyncio.Task[None]) -> None:
    """Ask again: redis-py swallows a cancellation that comes while it connects."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
