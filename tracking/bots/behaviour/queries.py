"""What a pass reads: new clicks by the event log, and their neighbours by the time of the click.

Every range is one of ids of one recipient, or of one network of an account, so that a busy account costs nothing
where nothing new happened. OFFSET 0 keeps each a range of an index: the planner does not know how short they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.bots.behaviour.rules import REACH_MS, Delivered, MessageContact
from tracking.bots.behaviour.seen import SeenClick
from tracking.events.outbox import EventKind
from tracking.messages.models import Channel, DeliveryStatus

_ID_TAIL_BITS: Final = 80
CLICK_COLUMNS: Final = (
    "id, account_id, link_id, campaign_id, message_id, contact_id, visitor_key, facts, user_agent_id, network,"
    " hosting_provider_id IS NOT NULL AS is_from_hosting, reasons, evidence"
)
_NEW: Final = f"SELECT {CLICK_COLUMNS} FROM click WHERE id = ANY ($1)"

_ON_MESSAGES: Final = f"""
    SELECT click.*
    FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::uuid[]) AS part (message_id, contact_id, first_id, last_id)
    CROSS JOIN LATERAL (
        SELECT {CLICK_COLUMNS} FROM click WHERE click.message_id = part.message_id
            AND click.contact_id = part.contact_id AND click.id BETWEEN part.first_id AND part.last_id
        OFFSET 0
    ) AS click
"""
_IN_NETWORKS: Final = f"""
    SELECT click.* FROM unnest($1::bigint[], $2::bytea[], $3::uuid[], $4::uuid[])
        AS part (account_id, network, first_id, last_id)
    CROSS JOIN LATERAL (
        SELECT {CLICK_COLUMNS} FROM click WHERE click.account_id = part.account_id AND click.network = part.network
            AND click.contact_id IS NOT NULL AND click.id BETWEEN part.first_id AND part.last_id
        OFFSET 0
    ) AS click
"""
_LINKS: Final = """
    SELECT message_id, contact_id, count(*) AS links
    FROM unnest($1::bigint[], $2::bigint[]) AS wanted (message_id, contact_id)
    JOIN link USING (message_id, contact_id) WHERE NOT link.is_honeypot GROUP BY message_id, contact_id
"""
_HONEYPOTS: Final = "SELECT id FROM link WHERE id = ANY ($1) AND is_honeypot"
_DELIVERIES: Final = """
    SELECT message_id, contact_id, at, channel
    FROM unnest($1::bigint[], $2::bigint[]) AS wanted (message_id, contact_id)
    JOIN delivery USING (message_id, contact_id) JOIN message ON message.id = message_id
    WHERE delivery.status = ANY ($3)
"""
_OF_DELIVERIES: Final = f"""
    SELECT click.* FROM unnest($1::bigint[], $2::bigint[]) AS wanted (message_id, contact_id)
    CROSS JOIN LATERAL (
        SELECT {CLICK_COLUMNS} FROM click
        WHERE click.message_id = wanted.message_id AND click.contact_id = wanted.contact_id ORDER BY id LIMIT $3
    ) AS click ORDER BY id LIMIT $3
"""
# Events until so many ids were told of; of the first one all, however many those are.
_EVENTS: Final = """
    SELECT position, kind, ids, entity_ids
    FROM (
        SELECT position, sum(told) OVER (ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM (
            SELECT position, cardinality(ids) + cardinality(entity_ids) AS told
            FROM event_log WHERE position > $1 ORDER BY position LIMIT $2
        ) AS event
    ) AS event
    JOIN event_log USING (position)
    WHERE coalesce(before, 0) < $3 ORDER BY position
"""
_POSITION: Final = "SELECT position FROM behaviour_state"
_ADVANCE: Final = "UPDATE behaviour_state SET position = $1 WHERE position < $1"
_ARRIVED: Final = (DeliveryStatus.SENT.value, DeliveryStatus.DELIVERED.value)


class News(NamedTuple):
    """What the log tells after a position, up to `position`."""

    position: int
    click_ids: list[UUID]
    recipients: list[MessageContact]  # of whom a delivery was recorded


class Part(NamedTuple):
    """A stretch of time of something that clicks are read by: all that new clicks can matter to."""

    key: tuple[Any, ...]
    first_ms: int
    last_ms: int

    @property
    def first_id(self) -> UUID:
        """What can matter to the stretch begins earlier by as much again."""
        return lower_bound(self.first_ms - REACH_MS)

    @property
    def last_id(self) -> UUID:
        return upper_bound(self.last_ms + REACH_MS)


def lower_bound(at_ms: int) -> UUID:
    return UUID(int=max(at_ms, 0) << _ID_TAIL_BITS)


def upper_bound(at_ms: int) -> UUID:
    return UUID(int=(at_ms + 1 << _ID_TAIL_BITS) - 1)


def cut_parts(moments: Iterable[tuple[tuple[Any, ...], int]]) -> list[Part]:
    """What is within reach of each moment, by key; stretches whose surroundings touch become one."""
    by_key: dict[tuple[Any, ...], list[int]] = {}
    for key, at_ms in moments:
        by_key.setdefault(key, []).append(at_ms)
    parts: list[Part] = []
    for key, at in by_key.items():
        stretches: list[list[int]] = []
        for at_ms in sorted(at):
            if stretches and at_ms - stretches[-1][1] <= 4 * REACH_MS:
                stretches[-1][1] = at_ms
            else:
                stretches.append([at_ms, at_ms])
        parts += [Part(key, first - REACH_MS, last + REACH_MS) for first, last in stretches]
    return parts


async def read_position(connection: asyncpg.Connection) -> int:
    position: int = await connection.fetchval(_POSITION)
    return position


async def advance_position(connection: asyncpg.Connection, position: int) -> None:
    await connection.execute(_ADVANCE, position)


async def read_news(connection: asyncpg.Connection, after: int, events: int, ids: int) -> News | None:
    """The next events, as many as tell of about so many ids; None when the log has no more."""
    news = News(after, [], [])
    for row in await connection.fetch(_EVENTS, after, events, ids):
        news = news._replace(position=row["position"])
        if row["kind"] == EventKind.CLICKS_STORED:
            news.click_ids.extend(row["ids"])
        elif row["kind"] == EventKind.DELIVERIES_RECORDED:
            message_id, *contact_ids = row["entity_ids"]
            news.recipients.extend((message_id, contact_id) for contact_id in contact_ids)
    return news if news.position > after else None


async def read_clicks(connection: asyncpg.Connection, click_ids: Sequence[UUID]) -> list[SeenClick]:
    return _read(await connection.fetch(_NEW, click_ids))


async def read_clicks_of(
    connection: asyncpg.Connection, recipients: Sequence[MessageContact], limit: int
) -> list[SeenClick]:
    if not recipients:
        return []
    messages, contacts = zip(*recipients, strict=True)
    return _read(await connection.fetch(_OF_DELIVERIES, messages, contacts, limit))


async def read_on_messages(connection: asyncpg.Connection, parts: Sequence[Part]) -> list[SeenClick]:
    """By message and contact."""
    return _read(await connection.fetch(_ON_MESSAGES, *_list_columns(parts, 2))) if parts else []


async def read_in_networks(connection: asyncpg.Connection, parts: Sequence[Part]) -> list[SeenClick]:
    """By account and network: clicks on links of contacts."""
    return _read(await connection.fetch(_IN_NETWORKS, *_list_columns(parts, 2))) if parts else []


async def find_honeypots(connection: asyncpg.Connection, link_ids: Iterable[int]) -> set[int]:
    return {row["id"] for row in await connection.fetch(_HONEYPOTS, list(link_ids))}


async def count_links(
    connection: asyncpg.Connection, recipients: Sequence[MessageContact]
) -> dict[MessageContact, int]:
    """How many links of the message each contact sees."""
    rows = await connection.fetch(_LINKS, *_transpose(recipients)) if recipients else []
    return {(row["message_id"], row["contact_id"]): row["links"] for row in rows}


async def find_deliveries(
    connection: asyncpg.Connection, recipients: Sequence[MessageContact]
) -> Mapping[MessageContact, Delivered]:
    rows = await connection.fetch(_DELIVERIES, *_transpose(recipients), _ARRIVED) if recipients else []
    return {(row["message_id"], row["contact_id"]): Delivered(row["at"], Channel(row["channel"])) for row in rows}


def _read(rows: Iterable[asyncpg.Record]) -> list[SeenClick]:
    return [SeenClick(*row) for row in rows]


def _transpose(recipients: Sequence[MessageContact]) -> list[Sequence[int | None]]:
    return list(zip(*recipients, strict=True))


def _list_columns(parts: Sequence[Part], keys: int) -> list[list[Any]]:
    columns: list[list[Any]] = [[part.key[place] for part in parts] for place in range(keys)]
    return [*columns, [part.first_id for part in parts], [part.last_id for part in parts]]
