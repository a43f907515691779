"""Reads of the tags that links have: a tag is there as long as a link has it. Contacts' own links have none."""

from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.paging import Conditions, Window

_TAGS: Final = """
    SELECT tag, count(*) AS links FROM (
        SELECT DISTINCT id, unnest(tags) COLLATE "C" AS tag FROM link
        WHERE account_id = $1 AND contact_id IS NULL AND tags <> '{{}}' AND {wanted}
    ) AS tagged
"""


class TagRow(NamedTuple):
    tag: str
    links: int


async def list_tags(
    pool: asyncpg.Pool, account_id: int, search: str | None, window: Window, *, is_descending: bool
) -> list[TagRow]:
    """A page in the order of their letters. Archived and deleted links have theirs, too."""
    conditions = Conditions(account_id)
    conditions.search(["tag"], search)
    page = conditions.page(["tag"], window, is_descending=is_descending)
    counted = f"{_TAGS.format(wanted='true')} GROUP BY tag"
    rows = await pool.fetch(f"SELECT * FROM ({counted}) AS counted {page}", *conditions.parameters)
    return [TagRow(**row) for row in rows]


async def find_tags(pool: asyncpg.Pool, account_id: int, tags: Collection[str]) -> dict[str, TagRow]:
    """By name. What no link of this account has is left out."""
    conditions = Conditions(account_id)
    named = conditions.bind(list(tags))
    statement = f"{_TAGS.format(wanted=f'tags && {named}::text[]')} WHERE tag = ANY ({named}::text[]) GROUP BY tag"
    rows = await pool.fetch(statement, *conditions.parameters)
    return {row["tag"]: TagRow(**row) for row in rows}
