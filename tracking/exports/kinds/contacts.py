"""Contacts (IM20): the clicks on their own links, and those that their share links brought, one hop."""

from collections.abc import AsyncIterator
from typing import Final

import asyncpg

from tracking.exports.kinds.figures import TOTAL_CLICKS
from tracking.exports.layouts import Asked, Cell, Column, Layout
from tracking.exports.models import ExportKind
from tracking.exports.snapshots import stream_rows
from tracking.graph_ids import write_graph_id
from tracking.reports.scopes import Grain, Scope

# Contacts are counted in total alone. One may have had several share links: archived ones still count.
_CONTACTS: Final = f"""
    WITH referred AS MATERIALIZED (
        SELECT link.referring_contact_id AS contact_id, sum({TOTAL_CLICKS})::bigint AS clicks
        FROM link JOIN rollup ON rollup.account_id = $1 AND scope = {Scope.LINK} AND first_key = link.id
            AND second_key = 0 AND grain = {Grain.TOTAL}
        WHERE link.account_id = $1 AND link.referring_contact_id IS NOT NULL
        GROUP BY link.referring_contact_id
    )
    SELECT contact.id, contact.external_id, contact.name, coalesce({TOTAL_CLICKS}, 0) AS link_clicks,
        coalesce(referred.clicks, 0) AS contact_referral_link_clicks
    FROM contact
    LEFT JOIN rollup ON rollup.account_id = $1 AND scope = {Scope.CONTACT} AND first_key = contact.id
        AND second_key = 0 AND grain = {Grain.TOTAL}
    LEFT JOIN referred ON referred.contact_id = contact.id
    WHERE contact.account_id = $1
    ORDER BY contact.id
"""


async def _read_rows(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    async for row in stream_rows(pool, _CONTACTS, asked.account_id):
        clicks = (row["link_clicks"], row["contact_referral_link_clicks"])
        yield write_graph_id("Contact", row["id"]), row["external_id"], row["name"], *clicks


async def _estimate_rows(pool: asyncpg.Pool, asked: Asked) -> int | None:
    count: int = await pool.fetchval("SELECT count(*) FROM contact WHERE account_id = $1", asked.account_id)
    return count


CONTACTS: Final = Layout(
    ExportKind.CONTACTS,
    "Every contact with the clicks on their own links and on those that they passed on, of all time.",
    (
        Column("contact_id", str, "The contact's id in the graph."),
        Column("external_id", str, "Your own id of the contact."),
        Column("name", str, "The contact's name."),
        Column("link_clicks", int, "Every request of the links that were made for the contact."),
        Column("contact_referral_link_clicks", int, "Every request of the contact's share links: one hop, no further."),
    ),
    _read_rows,
    _estimate_rows,
)
