"""Reads of contacts and of what their links did. Used by the api."""

import datetime as dt
import re
from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.paging import Conditions, Window
from tracking.reports.scopes import Grain, Scope

_NAME: Final = 'lower(name) COLLATE "C"'
CONTACT_COLUMNS: Final = f"id, external_id, name, share_url, created_at, {_NAME} AS name_key"
_CONTACTS: Final = f"SELECT {CONTACT_COLUMNS} FROM contact"
SORT_KEYS: Final = {"CREATED_AT": "id", "NAME": f"({_NAME})", "EXTERNAL_ID": "external_id"}  # ids ascend in time
_SHARE_LINKS: Final = """
    SELECT referring_contact_id, id FROM link
    WHERE account_id = $1 AND referring_contact_id = ANY ($2::bigint[]) AND archived_at IS NULL
"""
# A contact has few recipient links, and each few clicks: read by index, as no rollup has a row for each.
_LINK_CLICKS: Final = """
    SELECT link.contact_id, count(*) FROM link JOIN click ON click.link_id = link.id
    WHERE link.account_id = $1 AND link.contact_id = ANY ($2::bigint[]) AND click.is_counted GROUP BY link.contact_id
"""
_REFERRAL_CLICKS: Final = f"""
    SELECT link.referring_contact_id, sum(totals.counted_clicks)::bigint FROM link
    JOIN rollup AS totals ON totals.account_id = link.account_id AND totals.scope = {Scope.LINK}
        AND totals.first_key = link.id AND totals.second_key = 0 AND totals.grain = {Grain.TOTAL}
    WHERE link.account_id = $1 AND link.referring_contact_id = ANY ($2::bigint[])
    GROUP BY link.referring_contact_id
"""


class ContactRow(NamedTuple):
    id: int
    external_id: str
    name: str
    share_url: str | None
    created_at: dt.datetime
    name_key: str


class ContactFilter(NamedTuple):
    """What is None filters nothing. The prefix is one of names, in any case."""

    external_ids: Collection[str] | None = None
    name_prefix: str | None = None


async def list_contacts(
    pool: asyncpg.Pool,
    account_id: int,
    wanted: ContactFilter,
    window: Window,
    *,
    sort_by: str = "CREATED_AT",
    is_descending: bool = True,
) -> list[ContactRow]:
    """A page in the order of a key of SORT_KEYS, then of ids."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    if wanted.external_ids is not None:
        conditions.add("external_id = ANY ({}::text[])", list(wanted.external_ids))
    if wanted.name_prefix:
        conditions.add(f"{_NAME} LIKE lower({{}})", re.sub(r"([\\%_])", r"\\\1", wanted.name_prefix) + "%")
    page = conditions.page([SORT_KEYS[sort_by], "id"], window, is_descending=is_descending)
    return [ContactRow(**row) for row in await pool.fetch(f"{_CONTACTS} {page}", *conditions.parameters)]


async def find_contacts(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, ContactRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_CONTACTS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: ContactRow(**row) for row in rows}


async def find_share_links(pool: asyncpg.Pool, account_id: int, contact_ids: Collection[int]) -> dict[int, int]:
    """The id of the SHARE link of each contact that has one that works."""
    return {row[0]: row[1] for row in await pool.fetch(_SHARE_LINKS, account_id, list(contact_ids))}


async def count_link_clicks(pool: asyncpg.Pool, account_id: int, contact_ids: Collection[int]) -> dict[int, int]:
    """Counted clicks on links bound to each contact, of those that are still stored."""
    return {row[0]: row[1] for row in await pool.fetch(_LINK_CLICKS, account_id, list(contact_ids))}


async def count_referral_clicks(pool: asyncpg.Pool, account_id: int, contact_ids: Collection[int]) -> dict[int, int]:
    """Counted clicks by anybody on the SHARE links that each contact has, or had."""
    return {row[0]: row[1] for row in await pool.fetch(_REFERRAL_CLICKS, account_id, list(contact_ids))}
