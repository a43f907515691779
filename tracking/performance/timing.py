"""When after a post went live the clicks on its links came (CU8).

Read from hours of rollups, so that it costs no more with more clicks: whatever is told is exact to the hour, and only
the first click is looked up by itself.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clicks.ids import lower_bound
from tracking.dimensions.hours_of_week import HourOfWeek
from tracking.reports.buckets import find_hour_after, find_hour_start
from tracking.reports.queries import Counts, read_counts
from tracking.reports.rates import ENOUGH_DENOMINATOR
from tracking.reports.scopes import COUNTERS, NO_KEY, Grain, Scope

WINDOWS: Final = (dt.timedelta(hours=1), dt.timedelta(hours=24), dt.timedelta(days=7))

_OF_POSTS: Final = f"""
    FROM unnest($2::bigint[], $3::timestamptz[]) AS wanted (post_id, hour_at)
    JOIN post ON post.id = wanted.post_id AND post.account_id = $1
    JOIN post_link USING (post_id)
    JOIN rollup ON rollup.account_id = $1 AND scope = {Scope.LINK} AND first_key = post_link.link_id
        AND second_key = {NO_KEY} AND grain = {Grain.HOUR}
"""
_WITHIN: Final = ", ".join(
    f"coalesce(sum(clicks) FILTER (WHERE is_since AND bucket < published_at + interval '{window.total_seconds()} s'),"
    f" 0)::bigint AS within_{place}"
    for place, window in enumerate(WINDOWS)
)
_HOURS: Final = f"""
    WITH counted AS (
        SELECT post_id, published_at, bucket, bucket >= hour_at AS is_since, sum(unique_clicks) AS clicks
        {_OF_POSTS}
        GROUP BY post_id, published_at, bucket, hour_at HAVING sum(unique_clicks) > 0
    ),
    added AS (
        SELECT *, sum(clicks) OVER (PARTITION BY post_id, is_since ORDER BY bucket) AS so_far,
            sum(clicks) OVER (PARTITION BY post_id, is_since) AS total
        FROM counted
    )
    SELECT post_id, coalesce(sum(clicks) FILTER (WHERE NOT is_since), 0)::bigint AS clicks_before,
        coalesce(sum(clicks) FILTER (WHERE is_since), 0)::bigint AS clicks_since,
        min(bucket) FILTER (WHERE is_since) AS first_hour_at,
        min(bucket) FILTER (WHERE is_since AND 2 * so_far >= total) AS half_hour_at, {_WITHIN}
    FROM added GROUP BY post_id
"""
# Of each link the first counted click since then, by index; none where clicks of that time are not kept any more.
_FIRST_CLICKS: Final = """
    SELECT post.id AS post_id, min(first_click.occurred_at) AS first_click_at
    FROM unnest($2::bigint[], $3::uuid[]) AS wanted (post_id, lower_bound)
    JOIN post ON post.id = wanted.post_id AND post.account_id = $1
    JOIN post_link USING (post_id)
    CROSS JOIN LATERAL (
        SELECT occurred_at FROM click WHERE click.link_id = post_link.link_id AND click.account_id = $1
            AND click.id >= wanted.lower_bound AND is_counted
        ORDER BY click.id LIMIT 1
    ) AS first_click
    WHERE NOT EXISTS (SELECT FROM click_retention WHERE account_id = $1 AND kept_from > post.published_at)
    GROUP BY post.id
"""
_HOURS_OF_WEEK: Final = f"""
    SELECT post_id, extract(isodow FROM starts_at)::int AS weekday, extract(hour FROM starts_at)::int AS hour,
        {", ".join(f"sum({counter})::bigint AS {counter}" for counter in COUNTERS)}
    {_OF_POSTS} AND bucket >= hour_at
    CROSS JOIN (SELECT timezone FROM account WHERE id = $1) AS local
    CROSS JOIN LATERAL (SELECT bucket AT TIME ZONE local.timezone AS starts_at) AS started
    GROUP BY post_id, weekday, hour
"""
_SHARED: Final = """
    SELECT carried.post_id, carried.link_id FROM post_link AS carried JOIN post ON post.id = carried.post_id
    WHERE post.account_id = $1 AND carried.post_id = ANY ($2::bigint[])
        AND EXISTS (SELECT FROM post_link AS other WHERE other.link_id = carried.link_id AND other.id <> carried.id)
    ORDER BY carried.post_id, carried.link_id
"""


class Published(NamedTuple):
    post_id: int
    at: dt.datetime


class Timing(NamedTuple):
    """Unique clicks since the hour of publication, and before; `within` those of each of WINDOWS, None while one runs.

    Windows and `half_life_s` end with the hour in which they would; `first_click_at` is the start of its hour where
    `is_first_click_exact` is false.
    """

    clicks: int = 0
    clicks_before: int = 0
    first_click_at: dt.datetime | None = None
    is_first_click_exact: bool = False
    time_to_first_click_s: int | None = None
    half_life_s: int | None = None
    within: tuple[int | None, ...] = (None,) * len(WINDOWS)

    @property
    def has_enough_data(self) -> bool:
        return self.clicks >= ENOUGH_DENOMINATOR


async def read_timings(
    pool: asyncpg.Pool, account_id: int, posts: Sequence[Published], zone: ZoneInfo, now: dt.datetime
) -> list[Timing]:
    """Of each post, in two statements for any number."""
    ids = [post.post_id for post in posts]
    hours_at = [find_hour_start(post.at, zone) for post in posts]
    hours = {row["post_id"]: row for row in await pool.fetch(_HOURS, account_id, ids, hours_at)}
    bounds = [lower_bound(post.at) for post in posts]
    first = {row["post_id"]: row["first_click_at"] for row in await pool.fetch(_FIRST_CLICKS, account_id, ids, bounds)}
    return [
        _tell(post, hours[post.post_id], first.get(post.post_id), zone, now)
        if post.post_id in hours
        else Timing(within=_tell_windows(post, [0] * len(WINDOWS), zone, now))
        for post in posts
    ]


async def read_post_hours_of_week(
    pool: asyncpg.Pool, account_id: int, posts: Sequence[Published], zone: ZoneInfo
) -> list[dict[HourOfWeek, Counts]]:
    """Of each post since the hour of its publication; hours without clicks are left out."""
    found: dict[int, dict[HourOfWeek, Counts]] = {post.post_id: {} for post in posts}
    hours_at = [find_hour_start(post.at, zone) for post in posts]
    for row in await pool.fetch(_HOURS_OF_WEEK, account_id, list(found), hours_at):
        found[row["post_id"]][HourOfWeek(row["weekday"], row["hour"])] = read_counts(row)
    return [found[post.post_id] for post in posts]


async def list_shared_links(pool: asyncpg.Pool, account_id: int, post_ids: Sequence[int]) -> dict[int, list[int]]:
    """Ids of links that another post carries too, by post."""
    found: dict[int, list[int]] = {}
    for row in await pool.fetch(_SHARED, account_id, list(post_ids)):
        found.setdefault(row["post_id"], []).append(row["link_id"])
    return found


def _tell(post: Published, row: Any, first_click_at: dt.datetime | None, zone: ZoneInfo, now: dt.datetime) -> Timing:
    first_at = first_click_at or row["first_hour_at"]
    half_hour_at = row["half_hour_at"]
    return Timing(
        clicks=row["clicks_since"],
        clicks_before=row["clicks_before"],
        first_click_at=first_at,
        is_first_click_exact=first_click_at is not None,
        time_to_first_click_s=_count_seconds(post, first_at) if first_at else None,
        half_life_s=_count_seconds(post, find_hour_after(half_hour_at, zone)) if half_hour_at else None,
        within=_tell_windows(post, [row[f"within_{place}"] for place in range(len(WINDOWS))], zone, now),
    )


def _tell_windows(post: Published, counts: Sequence[int], zone: ZoneInfo, now: dt.datetime) -> tuple[int | None, ...]:
    ends = [_find_hour_end(post.at + window, zone) for window in WINDOWS]
    return tuple(count if end <= now else None for count, end in zip(counts, ends, strict=True))


def _find_hour_end(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment itself where an hour starts with it."""
    hour_at = find_hour_start(moment, zone)
    return hour_at if hour_at == moment else find_hour_after(hour_at, zone)


def _count_seconds(post: Published, moment: dt.datetime) -> int:
    return max(int((moment - post.at).total_seconds()), 0)
