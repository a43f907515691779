"""Uniques of who is erased go to a key of nobody's; where that holds a unique already, the earlier click keeps it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clicks.prepare import UniqueKey
from tracking.clicks.uniques import UNIQUE_KEY, count_unique, read_delta_key
from tracking.database import list_columns
from tracking.events.outbox import EventKind, append_events
from tracking.reports.deltas import Deltas

_HELD: Final = f"""
    SELECT {UNIQUE_KEY}, click_id
    FROM unnest($1::date[], $2::smallint[], $3::bigint[], $4::bytea[]) AS wanted ({UNIQUE_KEY})
    JOIN unique_click AS held USING ({UNIQUE_KEY}) ORDER BY {UNIQUE_KEY} FOR UPDATE OF held
"""
_WHERE: Final = "day = $1 AND subject = $2 AND subject_id = $3 AND visitor_key = $4"
# Whoever stores what comes late as nobody's may take that key at this moment: then the place is held already.
_NAME_ANEW: Final = f"""
    INSERT INTO unique_click (day, subject, subject_id, visitor_key, account_id, click_id)
    SELECT day, subject, subject_id, $5, account_id, click_id FROM unique_click WHERE {_WHERE}
    ON CONFLICT DO NOTHING RETURNING click_id
"""
_HOLDER: Final = f"SELECT click_id FROM unique_click WHERE {_WHERE} FOR UPDATE"
_GIVE_UP: Final = f"DELETE FROM unique_click WHERE {_WHERE}"
_HAND_OVER: Final = f"UPDATE unique_click SET click_id = $5 WHERE {_WHERE}"
LOCK_CLICKS: Final = "SELECT FROM click WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_NOTE_CHANGES: Final = "UPDATE click SET changed_at = now() WHERE id = ANY ($1::uuid[])"
COLUMNS: Final = """
    id, account_id, link_id, campaign_id, creator_id, message_id, slot, contact_id, offer_id, sharer_id, occurred_at,
    visitor_key, visitor_method, visitor_day, user_agent_id
"""
_READ: Final = f"SELECT {COLUMNS} FROM click WHERE id = ANY ($1::uuid[])"


class Renamed(NamedTuple):
    """A place where somebody may hold a unique, and by which key nobody does so instead."""

    held: UniqueKey
    nobody: bytes

    @property
    def to_be_held(self) -> UniqueKey:
        day, subject, subject_id, _ = self.held
        return day, subject, subject_id, self.nobody


class Account(NamedTuple):
    account_id: int
    zone: ZoneInfo
    stand_in_id: int | None  # in the place of a contact


async def rename_uniques(connection: asyncpg.Connection, account: Account, renamed: Iterable[Renamed]) -> None:
    """Where nobody holds a unique already, one of both came late: the earlier click stays, as if both had come before
    (rule 6). Locks unique rows by their keys, then the clicks that lose or win one by their ids.
    """
    places = sorted(set(renamed))
    if not places:
        return
    keys = sorted({key for place in places for key in (place.held, place.to_be_held)})
    rows = await connection.fetch(_HELD, *list_columns(keys))
    holders: dict[tuple[Any, ...], UUID] = {tuple(row)[:4]: row["click_id"] for row in rows}
    lost: list[tuple[UUID, UUID]] = []
    for place in places:
        click_id, first_id = holders.get(place.held), holders.get(place.to_be_held)
        if click_id is None:
            continue
        if first_id is None and not await connection.fetchval(_NAME_ANEW, *place.held, place.nobody):
            first_id = await connection.fetchval(_HOLDER, *place.to_be_held)
        await connection.execute(_GIVE_UP, *place.held)
        if first_id is None:
            continue
        if click_id < first_id:
            await connection.execute(_HAND_OVER, *place.to_be_held, click_id)
        lost.append((max(click_id, first_id), min(click_id, first_id)))
    if lost:
        await _tell_lost(connection, account, lost)


async def _tell_lost(connection: asyncpg.Connection, account: Account, lost: Sequence[tuple[UUID, UUID]]) -> None:
    """Pairs of a click that held a unique of its own, and the earlier one of the same visitor."""
    ids = [click_id for pair in lost for click_id in pair]
    await connection.execute(LOCK_CLICKS, ids)
    losers = {loser for loser, _ in lost}
    deltas = Deltas()
    for row in await connection.fetch(_READ, ids):
        if row["id"] in losers:
            count_unique(deltas, read_delta_key(_stand_in(row, account), account.zone), row["visitor_method"], -1)
    await deltas.append(connection)
    await connection.execute(_NOTE_CHANGES, ids)
    await append_events(connection, [(account.account_id, EventKind.UNIQUES_MOVED, ids)])


def _stand_in(click: Mapping[str, Any], account: Account) -> dict[str, Any]:
    return {**click, "contact_id": account.stand_in_id or click["contact_id"]}
