"""Clicks of an erased contact: who it was is blanked, that it was stays, and so does what it counted for (rule 12)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clicks.prepare import FOR_EVER, MESSAGE_CONTACT
from tracking.clicks.rejudging import read_unique_key
from tracking.clicks.uniques import UNIQUE_KEY, count_unique, read_delta_key
from tracking.clicks.visitors import name_contact
from tracking.database import list_columns
from tracking.dimensions.counting import Span, count_clicks, wait_to_count
from tracking.events.outbox import EventKind, append_events
from tracking.faults import maybe_crash
from tracking.reports.deltas import Deltas

CLICKS_AT_ONCE: Final = 2_000

_LINKS: Final = "SELECT id, message_id FROM link WHERE account_id = $1 AND contact_id = ANY ($2::bigint[])"
_COLUMNS: Final = """
    id, account_id, link_id, campaign_id, creator_id, message_id, slot, contact_id, offer_id, sharer_id, occurred_at,
    visitor_key, visitor_method, visitor_day, user_agent_id
"""
_BATCH: Final = f"""
    SELECT {_COLUMNS} FROM click WHERE link_id = ANY ($1::bigint[]) AND contact_id = $2 ORDER BY id LIMIT $3
"""
_HELD: Final = f"""
    SELECT {UNIQUE_KEY}, click_id
    FROM unnest($1::date[], $2::smallint[], $3::bigint[]) AS wanted (day, subject, subject_id)
    JOIN unique_click AS held USING (day, subject, subject_id)
    WHERE held.visitor_key = ANY ($4::bytea[]) ORDER BY {UNIQUE_KEY} FOR UPDATE OF held
"""
_WHERE: Final = "day = $1 AND subject = $2 AND subject_id = $3 AND visitor_key = $4"
_RENAME: Final = f"UPDATE unique_click SET visitor_key = $5 WHERE {_WHERE}"
_GIVE_UP: Final = f"DELETE FROM unique_click WHERE {_WHERE}"
_HAND_OVER: Final = f"UPDATE unique_click SET click_id = $5 WHERE {_WHERE}"
_LOCK: Final = "SELECT FROM click WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_BLANK: Final = """
    UPDATE click SET contact_id = $2, visitor_key = $3, network = NULL, user_agent_id = NULL WHERE id = ANY ($1::uuid[])
"""
_NOTE_CHANGES: Final = "UPDATE click SET changed_at = now() WHERE id = ANY ($1::uuid[])"
_READ: Final = f"SELECT {_COLUMNS} FROM click WHERE id = ANY ($1::uuid[])"
_ZONE: Final = "SELECT timezone FROM account WHERE id = $1"
_NOTE_USER_AGENTS: Final = """
    UPDATE erasure SET user_agent_ids = ARRAY(SELECT DISTINCT unnest(user_agent_ids || $2::bigint[]) ORDER BY 1)
    WHERE id = $1
"""


async def blank_clicks(connection: asyncpg.Connection, erasure: Mapping[str, Any]) -> int:
    """The next so many, in the caller's transaction. Returns how many; fewer than CLICKS_AT_ONCE are the last.

    Locks as everybody does: unique rows by their keys, then clicks by their ids (rule 6).
    """
    await wait_to_count(connection)
    account_id, contact_id, stand_in_id = erasure["account_id"], erasure["contact_id"], erasure["stand_in_id"]
    links = await connection.fetch(_LINKS, account_id, [contact_id, stand_in_id])
    batch = await connection.fetch(_BATCH, [row["id"] for row in links], contact_id, CLICKS_AT_ONCE)
    zone = ZoneInfo(await connection.fetchval(_ZONE, account_id))
    await _move_uniques(connection, erasure, _find_places(links, batch), zone)
    if not batch:
        return 0
    click_ids = [row["id"] for row in batch]
    await connection.execute(_LOCK, click_ids)
    await connection.execute(_BLANK, click_ids, stand_in_id, name_contact(stand_in_id))
    await connection.execute(
        _NOTE_USER_AGENTS, erasure["id"], [row["user_agent_id"] for row in batch if row["user_agent_id"]]
    )
    times = [row["occurred_at"] for row in batch]
    await count_clicks(connection, [Span(account_id, zone, min(times), max(times))], click_ids)
    maybe_crash("before_erasure_commit")
    return len(batch)


def _find_places(links: Iterable[Mapping[str, Any]], batch: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Where the contact may hold a unique: on the messages of the contact's links, whether or not a click is kept."""
    messages = {row["message_id"] for row in links if row["message_id"] is not None}
    places = {(FOR_EVER, MESSAGE_CONTACT, message_id) for message_id in messages}
    return sorted(places | {read_unique_key(click)[:3] for click in batch})


async def _move_uniques(
    connection: asyncpg.Connection, erasure: Mapping[str, Any], places: Sequence[tuple[Any, ...]], zone: ZoneInfo
) -> None:
    """To the key of who stands in. Where that one holds a unique already, a click that came late has another: the
    earlier one stays, as if both had come before (rule 6).
    """
    if not places:
        return
    contact, stand_in = name_contact(erasure["contact_id"]), name_contact(erasure["stand_in_id"])
    rows = await connection.fetch(_HELD, *list_columns(places), [contact, stand_in])
    held: dict[tuple[Any, ...], UUID] = {tuple(row)[:4]: row["click_id"] for row in rows}
    lost: list[tuple[UUID, UUID]] = []
    for (*place, visitor), click_id in held.items():
        if visitor != contact:
            continue
        first_id = held.get((*place, stand_in))
        if first_id is None:
            await connection.execute(_RENAME, *place, contact, stand_in)
            continue
        await connection.execute(_GIVE_UP, *place, contact)
        if click_id < first_id:
            await connection.execute(_HAND_OVER, *place, stand_in, click_id)
        lost.append((max(click_id, first_id), min(click_id, first_id)))
    if lost:
        await _tell_lost(connection, erasure, lost, zone)


async def _tell_lost(
    connection: asyncpg.Connection, erasure: Mapping[str, Any], lost: Sequence[tuple[UUID, UUID]], zone: ZoneInfo
) -> None:
    """Pairs of a click that held a unique of its own, and the earlier one of the same visitor."""
    ids = [click_id for pair in lost for click_id in pair]
    await connection.execute(_LOCK, ids)
    losers = {loser for loser, _ in lost}
    deltas = Deltas()
    for row in await connection.fetch(_READ, ids):
        if row["id"] in losers:
            key = read_delta_key({**row, "contact_id": erasure["stand_in_id"]}, zone)
            count_unique(deltas, key, row["visitor_method"], -1)
    await deltas.append(connection)
    await connection.execute(_NOTE_CHANGES, ids)
    await append_events(connection, [(erasure["account_id"], EventKind.UNIQUES_MOVED, ids)])
