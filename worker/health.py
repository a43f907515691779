"""Whether this worker keeps up, in one line, and whether it can work at all."""

from http import HTTPStatus
from typing import Final

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError

from tracking.click_shards import ClickShards
from tracking.database import TRANSIENT_ERRORS
from tracking.ops import Page
from tracking.readiness import Readiness, show_readiness
from tracking.store_watch import StoreWatch
from worker.watch import read_backlog, read_overdue_s

# Being alive is not keeping up: a click that waits for longer than this needs a person.
OLD_BACKLOG_S: Final = 300


async def check_health(pool: asyncpg.Pool, _client: redis.asyncio.Redis, shards: ClickShards) -> Page:
    await pool.fetchval("SELECT 1")
    backlog = await read_backlog(shards)
    if backlog.oldest_s > OLD_BACKLOG_S:
        text = f"{backlog.waiting} entries wait, the oldest for {backlog.oldest_s:.0f} s\n"
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, text.encode())
    return Page(HTTPStatus.OK, b"ok\n")


async def check_health_of_jobs(pool: asyncpg.Pool, client: redis.asyncio.Redis, shards: ClickShards) -> Page:
    overdue_s = await read_overdue_s(pool)
    if overdue_s > OLD_BACKLOG_S:
        text = f"conversions wait to be looked at again, the oldest for {overdue_s:.0f} s\n"
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, text.encode())
    return await check_health(pool, client, shards)


async def say_ready(watch: StoreWatch, pool: asyncpg.Pool, shards: ClickShards) -> Page:
    """Ready to work; who has much to do is, and says so."""
    readiness = await watch.look()
    remarks = list(readiness.remarks)
    if readiness.is_ready:
        try:
            backlog, overdue_s = await read_backlog(shards), await read_overdue_s(pool)
        except (*TRANSIENT_ERRORS, asyncpg.PostgresError, RedisError) as error:
            return show_readiness(Readiness((f"a store went away: {type(error).__name__}",)))
        if backlog.oldest_s > OLD_BACKLOG_S:
            remarks.append(f"{backlog.waiting} entries of the stream wait, the oldest for {backlog.oldest_s:.0f} s")
        if backlog.dead:
            remarks.append(f"{backlog.dead} entries could not be stored: see `creatrail dead list`")
        if overdue_s > OLD_BACKLOG_S:
            remarks.append(f"conversions wait to be looked at again, the oldest for {overdue_s:.0f} s")
    return show_readiness(Readiness(readiness.problems, tuple(remarks)))
