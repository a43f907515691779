"""What a pass reads: new clicks by the event log, and their neighbours by the time of the click.

Every range is one of ids of one link, or of one network of an account, so that a busy account costs nothing where
nothing new happened.
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
_COLUMNS: Final = (
    "id, account_id, link_id, campaign_id, message_id, contact_id, visitor_key, facts, user_agent_id, network,"
    " hosting_provider_id IS NOT NULL AS is_from_hosting, reasons, evidence"
)
_NEW: Final = f"SELECT {_COLUMNS} FROM click WHERE id = ANY ($1)"

# Only where one network has enough clicks on a link within reach for any detector to speak.
_ON_LINKS: Final = f"""
    WITH near AS MATERIALIZED (
        SELECT click.* FROM unnest($1::bigint[], $2::uuid[], $3::uuid[]) AS part (link_id, first_id, last_id)
        CROSS JOIN LATERAL (
            SELECT {_COLUMNS} FROM click
            WHERE click.link_id = part.link_id AND click.id BETWEEN part.first_id AND part.last_id
        ) AS click
    ),
    busy AS (SELECT link_id, network FROM near GROUP BY link_id, network HAVING count(*) >= $4)
    SELECT near.* FROM near JOIN busy ON busy.link_id = near.link_id AND busy.network = near.network
"""
_ON_MESSAGES: Final = f"""
    SELECT click.*
    FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::uuid[]) AS part (message_id, contact_id, first_id, last_id)
    JOIN link ON link.message_id = part.message_id AND link.contact_id = part.contact_id
    CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM click
        WHERE click.link_id = link.id AND click.id BETWEEN part.first_id AND part.last_id
    ) AS click
"""
_IN_NETWORKS: Final = f"""
    SELECT click.* FROM unnest($1::bigint[], $2::bytea[], $3::uuid[], $4::uuid[])
        AS part (account_id, network, first_id, last_id)
    CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM click WHERE click.account_id = part.account_id AND click.network = part.network
            AND click.contact_id IS NOT NULL AND click.id BETWEEN part.first_id AND part.last_id
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
    SELECT {_COLUMNS} FROM click WHERE link_id IN (
        SELECT link.id FROM unnest($1::bigint[], $2::bigint[]) AS wanted (message_id, contact_id)
        JOIN link USING (message_id, contact_id)
    ) ORDER BY id LIMIT $3
"""
_EVENTS: Final = """
    SELECT position, kind, ids, entity_ids FROM event_log WHERE position > $1 ORDER BY position LIMIT $2
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
        return UUID(int=max(self.first_ms - REACH_MS, 0) << _ID_TAIL_BITS)

    @property
    def last_id(self) -> UUID:
        return UUID(int=(self.last_ms + REACH_MS + 1 << _ID_TAIL_BITS) - 1)


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


async def read_news(connection: asyncpg.Connection, after: int, events: int, clicks: int) -> News | None:
    """The next events, as many as hold about so many clicks; None when the log has no more."""
    news = News(after, [], [])
    for row in await connection.fetch(_EVENTS, after, events):
        if len(news.click_ids) >= clicks:
            break
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


async def read_on_links(connection: asyncpg.Connection, parts: Sequence[Part], fewest_clicks: int) -> list[SeenClick]:
    """By link: clicks of networks that have at least so many there."""
    return _read(await connection.fetch(_ON_LINKS, *_list_columns(parts, 1), fewest_clicks)) if parts else []


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
