"""The loop that queues webhooks, in the jobs role: woken when events got their positions, else it looks by itself."""

import asyncio
from contextlib import suppress
from typing import Final

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError

from tracking.streams import EVENTS_CHANNELS
from tracking.webhooks.following import follow_once
from tracking.webhooks.replaying import replay_once
from worker.patience import ReportSuccess, is_set_within, keep_running

LOOK_EVERY_S: Final = 0.25
LOOK_FOR_REPLAYS_EVERY_S: Final = 1.0
STAND_BY_S: Final = 1.0
# What comes meanwhile is queued together.
REST_S: Final = 0.02
LISTEN_S: Final = 60.0
RETRY_S: Final = 1.0


async def run_webhook_follower(
    pool: asyncpg.Pool, client: redis.asyncio.Redis, public_port: int | None, stopping: asyncio.Event
) -> None:
    """Until stopping. One process follows at a time; replays are worked off by whichever is free."""
    woken = asyncio.Event()

    async def follow(report_success: ReportSuccess) -> None:
        while not stopping.is_set():
            woken.clear()
            has_more = await follow_once(pool, public_port)
            report_success()
            if not has_more:
                await is_set_within(woken, STAND_BY_S if has_more is None else LOOK_EVERY_S)
            await is_set_within(stopping, REST_S)

    async def replay(report_success: ReportSuccess) -> None:
        while not stopping.is_set():
            while not stopping.is_set() and await replay_once(pool, public_port):
                await is_set_within(stopping, REST_S)
            report_success()
            await is_set_within(stopping, LOOK_FOR_REPLAYS_EVERY_S)

    listening = asyncio.create_task(_listen(client, woken))
    try:
        await asyncio.gather(
            keep_running("webhook follower", follow, stopping), keep_running("webhook replays", replay, stopping)
        )
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def _listen(client: redis.asyncio.Redis, woken: asyncio.Event) -> None:
    """Only hints: what is missed while Redis is away is found by looking."""
    while True:
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.psubscribe(EVENTS_CHANNELS)
                while True:
                    if await subscription.get_message(timeout=LISTEN_S):
                        woken.set()
        except (RedisError, OSError, TimeoutError):
            await asyncio.sleep(RETRY_S)
