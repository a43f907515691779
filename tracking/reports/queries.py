"""Reads of rollups for the api: totals, buckets, freshness. Their cost does not grow with clicks (rule 12)."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError

from tracking.click_shards import ClickShards
from tracking.clock import utc_now
from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.outcomes import Dating
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import ALL_CLICKS, COUNTERS, NO_KEY, Grain, Scope
from tracking.streams import CLICK_STREAM

STREAM_DEADLINE_S: Final = 2.0  # of all shards: figures wait for it
_SUMS: Final = ", ".join(f"sum({counter})::bigint AS {counter}" for counter in COUNTERS)

_WANTED: Final = """
    unnest($2::smallint[], $3::bigint[], $4::bigint[]) AS wanted (scope, first_key, second_key)
    JOIN rollup USING (scope, first_key, second_key)
    WHERE rollup.account_id = $1 AND grain = $5 AND bucket >= $6 AND bucket < $7
"""
_TOTALS: Final = f"SELECT scope, first_key, second_key, {_SUMS} FROM {_WANTED} GROUP BY scope, first_key, second_key"
_BUCKETS: Final = f"SELECT scope, first_key, second_key, bucket, {', '.join(COUNTERS)} FROM {_WANTED} ORDER BY bucket"
# Outcomes lie there in both datings. What changes no count, such as a refund, is something that waits too.
_ALL_OUTCOMES: Final = "greatest(abs(conversions), impressions, 1)"
_FRESHNESS: Final = f"""
    SELECT clicks.waiting + outcomes.waiting AS waiting,
        least(
            CASE WHEN clicks.is_waiting THEN folded_at END, CASE WHEN outcomes.is_waiting THEN outcomes_folded_at END
        ) AS complete_until,
        least(folded_at, outcomes_folded_at) AS folded_until
    FROM fold_state,
        (SELECT coalesce(sum({ALL_CLICKS}), 0)::bigint AS waiting, count(*) > 0 AS is_waiting FROM rollup_delta)
            AS clicks,
        (SELECT coalesce(sum({_ALL_OUTCOMES}) FILTER (WHERE dating = {Dating.CONVERSION_TIME}), 0)::bigint AS waiting,
            count(*) > 0 AS is_waiting
        FROM outcome_delta) AS outcomes
"""


class Counts(NamedTuple):
    """The counters of a rollup, in the order of COUNTERS."""

    human_clicks: int = 0
    suspect_clicks: int = 0
    bot_clicks: int = 0
    preview_fetches: int = 0
    prefetches: int = 0
    test_clicks: int = 0
    counted_clicks: int = 0
    unique_clicks: int = 0
    unique_by_contact: int = 0
    unique_by_cookie: int = 0
    unique_by_hash: int = 0


class Subject(NamedTuple):
    """What a report is about: a scope and its keys."""

    scope: Scope
    first_key: int = NO_KEY
    second_key: int = NO_KEY


class TagSubject(NamedTuple):
    """All links that have this tag now. No rollup has a row for it: it is the sum of theirs."""

    tag: str


AnySubject: TypeAlias = Subject | TagSubject


class Freshness(NamedTuple):
    """Up to `as_of` everything is in the rollups. `backlog` clicks, conversions and impressions of the installation are
    known to be missing; a change of what a conversion is worth counts as one.
    """

    as_of: dt.datetime
    backlog: int


async def read_totals(
    pool: asyncpg.Pool, account_id: int, subjects: Iterable[Subject], wanted: ReportRange
) -> dict[Subject, Counts]:
    """The sums of each subject in a range, in one statement. Who has no clicks there is left out."""
    rows = await pool.fetch(_TOTALS, account_id, *bind_subjects(subjects), wanted.grain, *find_bounds(wanted))
    return {read_subject(row): read_counts(row) for row in rows}


async def read_buckets(
    pool: asyncpg.Pool, account_id: int, subjects: Iterable[Subject], wanted: ReportRange
) -> dict[Subject, list[tuple[dt.datetime, Counts]]]:
    """The buckets of the range's grain that hold clicks, in order, in one statement."""
    found: dict[Subject, list[tuple[dt.datetime, Counts]]] = {}
    for row in await pool.fetch(_BUCKETS, account_id, *bind_subjects(subjects), wanted.grain, *find_bounds(wanted)):
        found.setdefault(read_subject(row), []).append((row["bucket"], read_counts(row)))
    return found


async def read_freshness(pool: asyncpg.Pool, shards: ClickShards) -> Freshness:
    """Read it before the figures that it is about: then they hold at least what it says.

    The stream is asked first, so that a click on its way from there to the tables is seen at least once. With a Redis
    of it down or silent nobody knows what waits there, and only the last fold is certain.
    """
    now = utc_now()
    try:
        async with asyncio.timeout(STREAM_DEADLINE_S):
            streams = [await _read_stream(shard) for shard in shards]
    except (RedisError, OSError):
        row = await pool.fetchrow(_FRESHNESS)
        return Freshness(row["folded_until"], row["waiting"])
    row = await pool.fetchrow(_FRESHNESS)
    incomplete_from = [row["complete_until"], *(oldest for _, oldest in streams)]
    queued = sum(count for count, _ in streams)
    return Freshness(min([now, *filter(None, incomplete_from)]), queued + row["waiting"])


def read_counts(row: Any) -> Counts:
    """From any row that has the counters as columns; null is none."""
    return Counts(*(row[counter] or 0 for counter in COUNTERS))


def add_counts(parts: Iterable[Counts]) -> Counts:
    return Counts(*(sum(each) for each in zip(Counts(), *parts, strict=True)))


def find_bounds(wanted: ReportRange) -> tuple[dt.datetime, dt.datetime]:
    """The buckets of a range: from, inclusive, and until, exclusive."""
    if wanted.grain is Grain.TOTAL:
        return TOTAL_BUCKET, TOTAL_BUCKET + dt.timedelta(days=1)
    return wanted.start or TOTAL_BUCKET, wanted.end


async def _read_stream(client: redis.asyncio.Redis) -> tuple[int, dt.datetime | None]:
    queued = int(await client.xlen(CLICK_STREAM))
    entries: Sequence[Any] = await client.xrange(CLICK_STREAM, count=1) if queued else []
    if not entries:
        return queued, None
    entry_ms = int(entries[0][0].split(b"-")[0])
    return queued, dt.datetime.fromtimestamp(entry_ms / 1000, dt.UTC)


def bind_subjects(subjects: Iterable[Subject]) -> tuple[list[int], list[int], list[int]]:
    """As arrays of scopes and of both keys; each subject once."""
    wanted = list(dict.fromkeys(subjects))
    return [each.scope for each in wanted], [each.first_key for each in wanted], [each.second_key for each in wanted]


def find_scope(subject: AnySubject) -> Scope | None:
    """None for tags, which have none."""
    return None if isinstance(subject, TagSubject) else subject.scope


def read_subject(row: Any) -> Subject:
    return Subject(Scope(row["scope"]), row["first_key"], row["second_key"])
