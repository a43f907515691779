"""The time zones in which clicks are counted. Whoever stores an account's first click fixes its zone for ever.

The zone can change until then, so a batch that was prepared in one zone must not be stored in another. Only batches
with first clicks pay for that: they lock the account's row, as a change of the zone does, and look again.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

# Whether there is any policy: asked for the first in the order of each index, as EXISTS looks through the whole table.
_READ: Final = """
    SELECT id, timezone, timezone_fixed_at IS NULL AS is_open, coalesce(
        (
            SELECT id FROM bot_policy_version WHERE account_id = account.id AND link_id IS NULL
            ORDER BY campaign_id LIMIT 1
        ),
        (
            SELECT id FROM bot_policy_version WHERE account_id = account.id AND link_id IS NOT NULL
            ORDER BY link_id LIMIT 1
        )
    ) IS NOT NULL AS has_policies, (
        SELECT visitor_key FROM erased_visitor WHERE account_id = account.id ORDER BY visitor_key LIMIT 1
    ) IS NOT NULL AS forgets_visitors
    FROM account WHERE id = ANY($1)
"""
_LOCK: Final = "SELECT id, timezone FROM account WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
_FIX: Final = """
    UPDATE account SET timezone_fixed_at = clock_timestamp() WHERE id = ANY($1) AND timezone_fixed_at IS NULL
"""


class ZoneChangedError(Exception):
    """An account got another time zone since the batch was prepared: prepare it again."""


class Zones(NamedTuple):
    """`open_accounts` had no click yet when this was read. Whose policies and forgotten visitors there are to read is
    asked along with it.
    """

    by_account: dict[int, ZoneInfo]
    open_accounts: frozenset[int]
    accounts_with_policies: frozenset[int]
    accounts_that_forget: frozenset[int]


async def read_zones(pool: asyncpg.Pool, account_ids: Iterable[int]) -> Zones:
    rows = await pool.fetch(_READ, list(account_ids))
    return Zones(
        {row["id"]: ZoneInfo(row["timezone"]) for row in rows},
        frozenset(row["id"] for row in rows if row["is_open"]),
        frozenset(row["id"] for row in rows if row["has_policies"]),
        frozenset(row["id"] for row in rows if row["forgets_visitors"]),
    )


async def fix_zones(connection: asyncpg.Connection, zones: Zones, account_ids: Iterable[int]) -> None:
    """In the transaction that stores clicks of these accounts, before any other lock. Raises ZoneChangedError."""
    if not zones.open_accounts:
        return
    first = sorted(zones.open_accounts.intersection(account_ids))
    for row in await connection.fetch(_LOCK, first):
        if row["timezone"] != zones.by_account[row["id"]].key:
            raise ZoneChangedError
    await connection.execute(_FIX, first)
