"""Does an erasure: place after place, again and again until nothing is found, and then as long as clicks may come late.

Every place is done in a transaction of its own and finds what is still to do by itself, so whoever is killed half-way
begins anew, and it runs beside everybody who writes.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import asyncpg

from tracking.erasure.bodies import blank_bodies
from tracking.erasure.clicks import CLICKS_AT_ONCE, blank_clicks
from tracking.erasure.files import blank_imports, drop_exports, is_any_at_it
from tracking.erasure.places import MOVES
from tracking.erasure.progress import TIMEOUT_S, complete, count_rows
from tracking.erasure.rules import SETTLING
from tracking.erasure.stand_ins import StandIns
from tracking.erasure.user_agents import REMEMBERED, forget_user_agents, hide_user_agents
from tracking.erasure.visitor_running import run_visitor_erasure
from tracking.erasure.visitors import list_forgotten
from tracking.faults import maybe_crash

_LIST: Final = """
    SELECT id FROM erasure WHERE contact_id IS NOT NULL UNION SELECT erasure_id FROM erased_visitor ORDER BY id
"""
_STAND_INS: Final = "SELECT contact_id, stand_in_id FROM erasure WHERE contact_id IS NOT NULL"
_READ: Final = "SELECT * FROM erasure WHERE id = $1"
# Any trace of a click that came after the last pass.
_HAS_NEWS: Final = """
    SELECT EXISTS (
        SELECT FROM click JOIN link ON link.id = click.link_id
        WHERE link.contact_id = ANY (ARRAY[$1, $2]::bigint[]) AND click.contact_id = $1
    ) OR EXISTS (SELECT FROM link WHERE contact_id = $1) OR EXISTS (SELECT FROM message_recipient WHERE contact_id = $1)
"""
_BEGIN_AGAIN: Final = "UPDATE erasure SET status = 'RUNNING' WHERE id = $1"
_END: Final = "UPDATE erasure SET contact_id = NULL WHERE id = $1"


async def list_open_erasures(pool: asyncpg.Pool) -> list[int]:
    """Those that are not done, and those that still look for clicks that come late."""
    return [row["id"] for row in await pool.fetch(_LIST)]


async def list_stand_ins(pool: asyncpg.Pool) -> StandIns:
    """Of everybody of whom anything may come late."""
    contacts = {row["contact_id"]: row["stand_in_id"] for row in await pool.fetch(_STAND_INS)}
    return StandIns(contacts, await list_forgotten(pool))


async def run_erasure(pool: asyncpg.Pool, erasure_id: int, *, stored_until: dt.datetime, now: dt.datetime) -> None:
    """One pass, or one more. One at a time. `stored_until`: what redirectors took before then is in the database."""
    erasure = await pool.fetchrow(_READ, erasure_id)
    if erasure is not None and erasure["stand_in_id"] is None:
        await run_visitor_erasure(pool, erasure, stored_until=stored_until, now=now)
    elif erasure is not None and erasure["contact_id"] is not None:
        await _run_of_contact(pool, erasure, stored_until=stored_until, now=now)


async def _run_of_contact(
    pool: asyncpg.Pool, erasure: Mapping[str, Any], *, stored_until: dt.datetime, now: dt.datetime
) -> None:
    erasure_id = erasure["id"]
    began_until = erasure["requested_at"] + SETTLING
    has_news = await pool.fetchval(_HAS_NEWS, erasure["contact_id"], erasure["stand_in_id"])
    if has_news and erasure["status"] == "COMPLETED":
        await pool.execute(_BEGIN_AGAIN, erasure_id)
        began_until = now  # whoever read the clicks that came late
    if has_news or erasure["status"] == "RUNNING":
        changed = await _pass_over(pool, erasure, began_until)
        if (
            changed == 0
            and stored_until > began_until
            and not await is_any_at_it(pool, erasure["account_id"], began_until)
        ):
            await hide_user_agents(pool, erasure_id)
            maybe_crash("after_hidden_user_agents")
            await complete(pool, erasure_id, now)
    elif erasure["user_agent_ids"] and now > erasure["completed_at"] + REMEMBERED:
        await forget_user_agents(pool, erasure_id)
    elif now > erasure["watched_until"]:
        await pool.execute(_END, erasure_id)


async def _pass_over(pool: asyncpg.Pool, erasure: Mapping[str, Any], began_until: dt.datetime) -> int:
    """How many rows, in all places."""
    changed = await _blank_clicks(pool, erasure)
    maybe_crash("after_erased_clicks")
    changed += await _move_number(pool, erasure)
    maybe_crash("after_moved_numbers")
    changed += await _empty_files(pool, erasure, began_until)
    maybe_crash("after_emptied_files")
    return changed + await blank_bodies(pool, erasure)


async def _blank_clicks(pool: asyncpg.Pool, erasure: Mapping[str, Any]) -> int:
    blanked, found = 0, CLICKS_AT_ONCE
    while found == CLICKS_AT_ONCE:
        async with pool.acquire() as connection, connection.transaction():
            found = await blank_clicks(connection, erasure)
            await count_rows(connection, erasure["id"], "clicks", found)
        blanked += found
    return blanked


async def _move_number(pool: asyncpg.Pool, erasure: Mapping[str, Any]) -> int:
    """Together, so that lists, ledger and counts name the same somebody."""
    changed = 0
    who = (erasure["account_id"], erasure["contact_id"], erasure["stand_in_id"])
    async with pool.acquire() as connection, connection.transaction():
        for place, statement in MOVES.items():
            status: str = await connection.execute(statement, *who, timeout=TIMEOUT_S)
            moved = int(status.rpartition(" ")[2])
            await count_rows(connection, erasure["id"], place, moved)
            changed += moved
        maybe_crash("before_moved_numbers_commit")
    return changed


async def _empty_files(pool: asyncpg.Pool, erasure: Mapping[str, Any], began_until: dt.datetime) -> int:
    account_id = erasure["account_id"]
    async with pool.acquire() as connection, connection.transaction():
        files = await drop_exports(connection, account_id, began_until)
        problems = await blank_imports(connection, account_id, erasure["needles"])
        await count_rows(connection, erasure["id"], "files of exports", files)
        await count_rows(connection, erasure["id"], "rows of imports", problems)
    return files + problems
