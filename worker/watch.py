"""How far behind the worker is: what health, metrics and the minute's log line say."""

from typing import Any, NamedTuple

import asyncpg
import redis.asyncio
from redis.exceptions import ResponseError

from tracking.clock import now_ms
from tracking.streams import CLICK_GROUP, CLICK_STREAM, DEAD_CLICK_STREAM


class Backlog(NamedTuple):
    waiting: int  # entries in the stream, delivered or not
    pending: int  # of them, delivered and not acknowledged
    oldest_s: float  # age of the oldest, by the clock of Redis that made its id
    dead: int


class Lag(NamedTuple):
    deltas: int  # counts that no report shows yet
    fold_age_s: float
    outbox: int  # events without a position
    unwatched: int  # positions of the event log that no behaviour pass has reached


async def read_backlog(client: redis.asyncio.Redis) -> Backlog:
    oldest: Any = await client.xrange(CLICK_STREAM, count=1)
    oldest_s = (now_ms() - int(oldest[0][0].partition(b"-")[0])) / 1000 if oldest else 0.0
    try:
        pending: Any = (await client.xpending(CLICK_STREAM, CLICK_GROUP))["pending"]
    except ResponseError:  # no worker has made the group yet
        pending = 0
    return Backlog(
        waiting=await client.xlen(CLICK_STREAM),
        pending=pending,
        oldest_s=max(oldest_s, 0.0),
        dead=await client.xlen(DEAD_CLICK_STREAM),
    )


async def read_lag(pool: asyncpg.Pool) -> Lag:
    row = await pool.fetchrow(
        "SELECT (SELECT count(*) FROM rollup_delta) AS deltas, (SELECT count(*) FROM event_outbox) AS outbox,"
        " extract(epoch FROM now() - folded_at)::float8 AS fold_age_s,"
        " (SELECT coalesce(max(position), 0) FROM event_log) - (SELECT position FROM behaviour_state) AS unwatched"
        " FROM fold_state"
    )
    unwatched = max(row["unwatched"], 0)  # an old log is deleted
    return Lag(row["deltas"], row["fold_age_s"], row["outbox"], unwatched)
