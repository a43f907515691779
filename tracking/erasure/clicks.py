"""Clicks of an erased contact: who it was is blanked, that it was stays, and so does what it counted for (rule 12)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clicks.prepare import FOR_EVER, MESSAGE_CONTACT, UniqueKey
from tracking.clicks.rejudging import read_unique_key
from tracking.clicks.visitors import name_contact
from tracking.dimensions.counting import Span, count_clicks, wait_to_count
from tracking.erasure.uniques import COLUMNS, LOCK_CLICKS, Account, Renamed, rename_uniques
from tracking.faults import maybe_crash

CLICKS_AT_ONCE: Final = 2_000

_LINKS: Final = "SELECT id, message_id FROM link WHERE account_id = $1 AND contact_id = ANY ($2::bigint[])"
_BATCH: Final = f"""
    SELECT {COLUMNS} FROM click WHERE link_id = ANY ($1::bigint[]) AND contact_id = $2 ORDER BY id LIMIT $3
"""
_BLANK: Final = """
    UPDATE click SET contact_id = $2, visitor_key = $3, network = NULL, user_agent_id = NULL WHERE id = ANY ($1::uuid[])
"""
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
    account = Account(account_id, await read_zone(connection, account_id), stand_in_id)
    nobody = name_contact(stand_in_id)
    held = _find_places(links, batch, name_contact(contact_id))
    await rename_uniques(connection, account, [Renamed(key, nobody) for key in held])
    if not batch:
        return 0
    click_ids = [row["id"] for row in batch]
    await connection.execute(LOCK_CLICKS, click_ids)
    await connection.execute(_BLANK, click_ids, stand_in_id, nobody)
    await note_blanked(connection, erasure, account, batch)
    maybe_crash("before_erased_clicks_commit")
    return len(batch)


async def read_zone(connection: asyncpg.Connection, account_id: int) -> ZoneInfo:
    return ZoneInfo(await connection.fetchval(_ZONE, account_id))


async def note_blanked(
    connection: asyncpg.Connection, erasure: Mapping[str, Any], account: Account, clicks: list[asyncpg.Record]
) -> None:
    """Which user agents they had, and that no breakdown counts them by one."""
    used = [row["user_agent_id"] for row in clicks if row["user_agent_id"]]
    await connection.execute(_NOTE_USER_AGENTS, erasure["id"], used)
    times = [row["occurred_at"] for row in clicks]
    span = Span(account.account_id, account.zone, min(times), max(times))
    await count_clicks(connection, [span], [row["id"] for row in clicks])


def _find_places(
    links: Iterable[Mapping[str, Any]], batch: Iterable[Mapping[str, Any]], contact: bytes
) -> set[UniqueKey]:
    """Where the contact may hold a unique: on the messages of the contact's links, whether or not a click is kept."""
    messages = {row["message_id"] for row in links if row["message_id"] is not None}
    places: set[UniqueKey] = {(FOR_EVER, MESSAGE_CONTACT, message_id, contact) for message_id in messages}
    return places | {(*read_unique_key(click)[:3], contact) for click in batch}
