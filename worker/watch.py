"""How far behind the worker is: what health, metrics and the minute's log line say."""

from typing import Any, Final, NamedTuple

import asyncpg
import redis.asyncio
from redis.exceptions import ResponseError

from tracking.click_shards import ClickShards
from tracking.clock import now_ms
from tracking.conversions.kinds import Status
from tracking.streams import CLICK_GROUP, CLICK_STREAM, DEAD_CLICK_STREAM

_OVERDUE: Final = """
    SELECT coalesce(greatest(extract(epoch FROM now() - min(recheck_at)), 0), 0)::float8
    FROM conversion WHERE recheck_at IS NOT NULL
"""
# An old log is deleted, and then its newest position is behind. The inbox and what waits are read by their indexes.
_READ_LAG: Final = f"""
    SELECT (SELECT count(*) FROM rollup_delta) AS deltas, (SELECT count(*) FROM event_outbox) AS outbox,
        (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM event_outbox) AS outbox_oldest_s,
        extract(epoch FROM now() - folded_at)::float8 AS fold_age_s,
        greatest(newest.position - (SELECT position FROM behaviour_state), 0) AS unwatched,
        greatest(newest.position - (SELECT position FROM conversion_follower), 0) AS unfollowed,
        greatest(newest.position - (SELECT position FROM dimension_state), 0) AS uncounted,
        (SELECT count(*) FROM outcome_delta) AS outcome_deltas,
        extract(epoch FROM now() - outcomes_folded_at)::float8 AS outcome_fold_age_s,
        (SELECT count(*) FROM conversion WHERE recheck_at IS NOT NULL) AS waiting,
        ({_OVERDUE}) AS overdue_s,
        (SELECT count(*) FROM conversion WHERE status NOT IN ({Status.APPROVED:d}, {Status.VOIDED:d})) AS inbox
    FROM fold_state, (SELECT coalesce(max(position), 0) AS position FROM event_log) AS newest
"""


class Backlog(NamedTuple):
    waiting: int  # entries in the stream, delivered or not
    pending: int  # of them, delivered and not acknowledged
    oldest_s: float  # age of the oldest, by the clock of Redis that made its id
    dead: int


class Lag(NamedTuple):
    deltas: int  # counts that no report shows yet
    fold_age_s: float
    outbox: int  # events without a position
    outbox_oldest_s: float
    unwatched: int  # positions of the event log that no behaviour pass has reached
    unfollowed: int  # and those that no conversion was looked for after
    uncounted: int  # and those whose clicks are not counted by what they are told by
    outcome_deltas: int
    outcome_fold_age_s: float
    waiting: int  # conversions that are looked for again
    overdue_s: float  # since the oldest of them should have been looked for
    inbox: int  # conversions that are not approved, those among them


async def read_backlog(shards: ClickShards) -> Backlog:
    """Of all shards together; an error when one does not answer."""
    backlogs = [await _read_backlog(shard) for shard in shards]
    return Backlog(
        waiting=sum(each.waiting for each in backlogs),
        pending=sum(each.pending for each in backlogs),
        oldest_s=max(each.oldest_s for each in backlogs),
        dead=sum(each.dead for each in backlogs),
    )


async def _read_backlog(client: redis.asyncio.Redis) -> Backlog:
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
    row = await pool.fetchrow(_READ_LAG)
    return Lag(**row)


async def read_overdue_s(pool: asyncpg.Pool) -> float:
    overdue_s: float = await pool.fetchval(_OVERDUE)
    return overdue_s
