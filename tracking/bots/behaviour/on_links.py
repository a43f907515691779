"""Rule 20 on links of any size: counts first, then clicks of the networks that it can speak of, so many at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.bots.behaviour.density import BUCKET_MS, WHOLE_BUCKETS, Bucket, Piece, can_speak, count_around, cut_pieces
from tracking.bots.behaviour.queries import CLICK_COLUMNS, Part, lower_bound, upper_bound
from tracking.bots.behaviour.rules import OF_LINKS, REACH_MS
from tracking.bots.behaviour.seen import NOBODY, SeenClick
from tracking.bots.behaviour.velocity import find_velocity
from tracking.bots.policies.rules import Policy
from tracking.clicks.event import Fact

# Read at once: what bounds the memory of a pass, however many clicks a link has.
CLICKS_AT_ONCE: Final = 60_000

_FRESH: Final = ", ".join(
    f"count(*) FILTER (WHERE gap IS NULL OR gap > {place}) AS fresh_{place}" for place in range(WHOLE_BUCKETS)
)
# By link and network: those that have enough clicks for any detector, in buckets of ten seconds. A visitor is fresh
# in a bucket at as many places as there are buckets before it without them. OFFSET 0 keeps each part a range of the
# index: the planner does not know how short the ranges are, and reads the table.
_DENSITY: Final = f"""
    WITH counted AS MATERIALIZED (
        SELECT part.number, click.network, click.bucket, click.visitor_key, click.silent_user_agent_id,
            count(*) AS clicks
        FROM unnest($1::bigint[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS part (link_id, first_id, last_id, number)
        CROSS JOIN LATERAL (
            SELECT network, visitor_key, (extract(epoch FROM date_bin('{BUCKET_MS} ms', occurred_at, 'epoch')) /
                {BUCKET_MS // 1000})::bigint AS bucket,
                CASE WHEN facts & {int(Fact.SEC_FETCH_USER)} = 0 THEN coalesce(user_agent_id, 0) END
                    AS silent_user_agent_id
            FROM click
            WHERE click.link_id = part.link_id AND click.id BETWEEN part.first_id AND part.last_id
                AND click.network IS NOT NULL AND click.reasons & {int(NOBODY)} = 0
            OFFSET 0
        ) AS click
        GROUP BY 1, 2, 3, 4, 5
    ),
    visitor AS (
        SELECT number, network, bucket, sum(clicks) AS clicks,
            bucket - lag(bucket) OVER (PARTITION BY number, network, visitor_key ORDER BY bucket) AS gap
        FROM counted GROUP BY number, network, visitor_key, bucket
    ),
    filled AS (
        SELECT number, network, bucket, sum(clicks)::bigint AS clicks, max(clicks)::bigint AS most, {_FRESH}
        FROM visitor GROUP BY number, network, bucket
    ),
    user_agent AS (
        SELECT number, network, bucket, sum(clicks) AS clicks FROM counted
        WHERE silent_user_agent_id IS NOT NULL GROUP BY number, network, bucket, silent_user_agent_id
    )
    SELECT number, network, bucket, clicks, most, 0 AS most_of_user_agent,
        ARRAY[{", ".join(f"fresh_{place}" for place in range(WHOLE_BUCKETS))}] AS fresh
    FROM (SELECT *, sum(clicks) OVER (PARTITION BY number, network) AS of_network FROM filled) AS filled
    WHERE of_network >= $4
    UNION ALL
    SELECT number, network, bucket, 0, 0, max(clicks)::bigint, NULL
    FROM (SELECT *, sum(clicks) OVER (PARTITION BY number, network) AS of_network FROM user_agent) AS user_agent
    WHERE of_network >= $4 GROUP BY number, network, bucket
    ORDER BY most_of_user_agent
"""
_PIECES: Final = f"""
    SELECT part.number, click.*
    FROM unnest($1::bigint[], $2::bytea[], $3::uuid[], $4::uuid[]) WITH ORDINALITY
        AS part (link_id, network, first_id, last_id, number)
    CROSS JOIN LATERAL (
        SELECT {CLICK_COLUMNS} FROM click
        WHERE click.link_id = part.link_id AND click.network = part.network
            AND click.id BETWEEN part.first_id AND part.last_id
        OFFSET 0
    ) AS click
"""

FindPolicy = Callable[[SeenClick], Policy]


class Finding(NamedTuple):
    """What is known of a click now; bits that were not asked about are in neither."""

    click: SeenClick
    found: int
    gone: int


class _Reading(NamedTuple):
    link_id: int
    network: bytes
    piece: Piece
    clicks: int


async def look_on_links(
    connection: asyncpg.Connection, parts: Sequence[Part], fewest_clicks: int, find_policy: FindPolicy
) -> list[Finding]:
    """Clicks of which another velocity is known now than is stored."""
    if not parts:
        return []
    findings: list[Finding] = []
    for batch in _batch(await _list_readings(connection, parts, fewest_clicks)):
        findings += _judge(batch, await _read(connection, batch), find_policy)
    return findings


async def count_networks(
    connection: asyncpg.Connection,
    link_ids: Sequence[int],
    first_ids: Sequence[UUID],
    last_ids: Sequence[UUID],
    *,
    fewest_clicks: int,
) -> dict[tuple[int, bytes], dict[int, Bucket]]:
    """By the place of a link in the list, from 1, and by network."""
    networks: dict[tuple[int, bytes], dict[int, Bucket]] = {}
    rows = await connection.fetch(_DENSITY, link_ids, first_ids, last_ids, fewest_clicks)
    # what is told of user agents comes after what is told of all clicks
    for number, network, bucket, *counts in rows:
        buckets = networks.setdefault((number, network), {})
        if bucket in buckets:
            buckets[bucket] = buckets[bucket]._replace(most_of_user_agent=counts[2])
        else:
            buckets[bucket] = Bucket(*counts)
    return networks


async def _list_readings(connection: asyncpg.Connection, parts: Sequence[Part], fewest_clicks: int) -> list[_Reading]:
    bounds = ([part.first_id for part in parts], [part.last_id for part in parts])
    networks = await count_networks(connection, [part.key[0] for part in parts], *bounds, fewest_clicks=fewest_clicks)
    readings: list[_Reading] = []
    for (number, network), buckets in networks.items():
        if not can_speak(buckets, fewest_clicks):
            continue
        part = parts[number - 1]
        news_ms = (part.first_ms + REACH_MS, part.last_ms - REACH_MS)
        readings += [
            _Reading(part.key[0], network, piece, count_around(buckets, piece))
            for piece in cut_pieces(buckets, news_ms, CLICKS_AT_ONCE)
        ]
    return readings


def _batch(readings: Iterable[_Reading]) -> Iterator[list[_Reading]]:
    batch: list[_Reading] = []
    for reading in readings:
        if batch and sum(each.clicks for each in batch) + reading.clicks > CLICKS_AT_ONCE:
            yield batch
            batch = []
        batch.append(reading)
    if batch:
        yield batch


async def _read(connection: asyncpg.Connection, batch: Sequence[_Reading]) -> dict[int, list[SeenClick]]:
    columns: list[list[Any]] = [
        [reading.link_id for reading in batch],
        [reading.network for reading in batch],
        [lower_bound(reading.piece.first_ms - reading.piece.reach_ms) for reading in batch],
        [upper_bound(reading.piece.last_ms + reading.piece.reach_ms) for reading in batch],
    ]
    clicks: dict[int, list[SeenClick]] = {}
    for number, *click in await connection.fetch(_PIECES, *columns):
        clicks.setdefault(number - 1, []).append(SeenClick(*click))
    return clicks


def _judge(batch: Sequence[_Reading], clicks: dict[int, list[SeenClick]], find_policy: FindPolicy) -> Iterator[Finding]:
    for place, own in clicks.items():
        piece = batch[place].piece
        policy = find_policy(own[0])
        found: dict[UUID, int] = dict(find_velocity(own, policy.velocity_bot_clicks, policy.velocity_suspect_clicks))
        for click in own:
            if piece.first_ms <= click.at_ms <= piece.last_ms:
                known, stored = found.get(click.click_id, 0), click.evidence & OF_LINKS
                gone = stored & ~known if piece.is_complete else 0
                if known & ~stored or gone:
                    yield Finding(click, int(known & ~stored), int(gone))
