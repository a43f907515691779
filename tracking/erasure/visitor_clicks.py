"""Clicks of an erased visitor, and the reports that our cookie led to them: all are nobody's (rule 12).

Keys go to those of nobody, which are made of link and key alone: uniques, credited orders and whatever comes late stand
to each other as before, and on each link to another nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import asyncpg

from tracking.clicks.rejudging import read_unique_key
from tracking.conversions.state import lock_orders
from tracking.database import list_columns
from tracking.dimensions.counting import wait_to_count
from tracking.erasure.clicks import note_blanked, read_zone
from tracking.erasure.progress import TIMEOUT_S, count_rows
from tracking.erasure.uniques import COLUMNS, LOCK_CLICKS, Account, Renamed, rename_uniques
from tracking.erasure.visitors import Forgotten
from tracking.faults import maybe_crash

CLICKS_AT_ONCE: Final = 2_000
LINKS_AT_ONCE: Final = 1_000

# Links of contacts have clicks of contacts alone.
_LINKS: Final = f"""
    SELECT id FROM link WHERE account_id = $1 AND contact_id IS NULL AND id > $2 ORDER BY id LIMIT {LINKS_AT_ONCE}
"""
_BATCH: Final = f"""
    SELECT {COLUMNS} FROM click WHERE link_id = ANY ($1::bigint[]) AND visitor_key = ANY ($2::bytea[])
        AND account_id = $3 LIMIT {CLICKS_AT_ONCE}
"""
_BLANK: Final = """
    UPDATE click SET visitor_key = nobody.visitor_key, network = NULL, user_agent_id = NULL
    FROM unnest($1::uuid[], $2::bytea[]) AS nobody (id, visitor_key) WHERE click.id = nobody.id
"""
_REPORTS: Final = """
    SELECT conversion_id, digest, visitor_keys, report.link_id, account_id, order_key
    FROM conversion JOIN conversion_report AS report ON report.conversion_id = conversion.id
    WHERE account_id = $1 AND report.visitor_keys && $2::bytea[] ORDER BY conversion_id, digest
"""
_RENAME_REPORTS: Final = """
    UPDATE conversion_report AS report SET visitor_keys = $3::bytea[]
    WHERE conversion_id = $1 AND digest = $2 AND visitor_keys <> $3
"""
# What corrections found of their clicks while they compared; afterwards such rows go.
_RENAME_FOUND: Final = """
    UPDATE correction_click AS found SET visitor_key = click.visitor_key FROM click
    WHERE click.id = found.click_id AND click.account_id = $1 AND found.visitor_key = ANY ($2::bytea[])
        AND click.visitor_key <> found.visitor_key
"""


async def blank_visitor(pool: asyncpg.Pool, erasure: Mapping[str, Any], visitors: Forgotten) -> int:
    """One pass over all links of the account. Returns how many rows, in all places."""
    account_id = erasure["account_id"]
    keys = [key for _, key in visitors]
    reports = await pool.fetch(_REPORTS, account_id, keys, timeout=TIMEOUT_S)
    changed, last_id = 0, 0
    while links := await pool.fetch(_LINKS, account_id, last_id):
        link_ids = [row["id"] for row in links]
        last_id = link_ids[-1]
        found = CLICKS_AT_ONCE
        while found == CLICKS_AT_ONCE:
            async with pool.acquire() as connection, connection.transaction():
                found = await _blank_batch(connection, erasure, visitors, link_ids, reports)
            changed += found
            maybe_crash("after_erased_clicks")
    async with pool.acquire() as connection, connection.transaction():
        status: str = await connection.execute(_RENAME_FOUND, account_id, keys, timeout=TIMEOUT_S)
        renamed = int(status.rpartition(" ")[2])
        told = await _rename_reports(connection, visitors, reports)
        await count_rows(connection, erasure["id"], "rows of corrections", renamed)
        await count_rows(connection, erasure["id"], "reports of conversions", told)
        maybe_crash("before_renamed_reports_commit")
    maybe_crash("after_renamed_reports")
    return changed + len(reports) + renamed


async def _blank_batch(
    connection: asyncpg.Connection,
    erasure: Mapping[str, Any],
    visitors: Forgotten,
    link_ids: Sequence[int],
    reports: Sequence[asyncpg.Record],
) -> int:
    """Locks: orders that a cookie led to these clicks, then unique rows by their keys, then clicks by their ids."""
    await wait_to_count(connection)
    account_id = erasure["account_id"]
    keys = [key for _, key in visitors]
    batch = await connection.fetch(_BATCH, link_ids, keys, account_id, timeout=TIMEOUT_S)
    if not batch:
        return 0
    links = {row["link_id"] for row in batch}
    # together, so that nobody who decides on an order finds a click that its report does not name any more
    told = await _rename_reports(connection, visitors, [row for row in reports if row["link_id"] in links])
    account = Account(account_id, await read_zone(connection, account_id), None)
    nobodies = {row["id"]: visitors.rename(account_id, row["visitor_key"], row["link_id"]) for row in batch}
    await rename_uniques(connection, account, [Renamed(read_unique_key(row), nobodies[row["id"]]) for row in batch])
    await connection.execute(LOCK_CLICKS, list(nobodies))
    await connection.execute(_BLANK, *list_columns(nobodies.items()))
    await note_blanked(connection, erasure, account, batch)
    await count_rows(connection, erasure["id"], "clicks", len(batch))
    await count_rows(connection, erasure["id"], "reports of conversions", told)
    maybe_crash("before_erased_clicks_commit")
    return len(batch)


async def _rename_reports(
    connection: asyncpg.Connection, visitors: Forgotten, reports: Iterable[asyncpg.Record]
) -> int:
    """How many say something else now."""
    rows, renamed = list(reports), 0
    await lock_orders(connection, {(row["account_id"], row["order_key"]) for row in rows})
    for row in rows:
        keys = [visitors.rename(row["account_id"], key, row["link_id"]) for key in row["visitor_keys"]]
        status: str = await connection.execute(_RENAME_REPORTS, row["conversion_id"], row["digest"], keys)
        renamed += int(status.rpartition(" ")[2])
    return renamed
