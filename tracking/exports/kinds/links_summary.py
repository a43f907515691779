"""Links - Summary (IM16): every link that is not deleted, archived ones too, with the clicks of a range.

What was made for one contact each is not listed link by link, as a message has thousands: the slots of messages stand
for them, so that the rows add up to all clicks of links that are not deleted.
"""

from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg

from tracking.exports.kinds.figures import TOTAL_CLICKS, bind_range, stream_parts, write_counts
from tracking.exports.layouts import Asked, Cell, Column, Layout
from tracking.exports.models import ExportKind
from tracking.links.models import LinkKind
from tracking.links.short_urls import write_short_url
from tracking.reports.scopes import Scope

_LINKS: Final = f"""
    SELECT link.label, link.destination_url, link.slug, link.kind, link.system_kind, domain.host, domain.has_tls,
        {TOTAL_CLICKS} AS total_clicks
    FROM link JOIN tracking_domain AS domain ON domain.id = link.domain_id
    {write_counts(Scope.LINK, "link.id")}
    WHERE link.account_id = $1 AND link.deleted_at IS NULL AND link.contact_id IS NULL
    ORDER BY link.id
"""
# A slot may have links that belong to no contact too, which are among the rows above.
_SLOTS: Final = f"""
    SELECT message.name, slot.number, slot.destination_url, {TOTAL_CLICKS} - (
            SELECT coalesce(sum({TOTAL_CLICKS}), 0)::bigint FROM link JOIN rollup
                ON rollup.account_id = $1 AND scope = {Scope.LINK} AND first_key = link.id AND second_key = 0
                AND grain = $2 AND bucket >= $3 AND bucket < $4
            WHERE link.message_id = message.id AND link.slot = slot.number AND link.contact_id IS NULL
        ) AS total_clicks
    FROM message JOIN message_slot AS slot ON slot.message_id = message.id
    {write_counts(Scope.MESSAGE_SLOT, "message.id", "slot.number")}
    WHERE message.account_id = $1 AND EXISTS (
        SELECT FROM link WHERE message_id = message.id AND link.slot = slot.number AND contact_id IS NOT NULL
    )
    ORDER BY message.id, slot.number
"""
_COUNT: Final = "SELECT count(*) FROM link WHERE account_id = $1 AND deleted_at IS NULL AND contact_id IS NULL"

_COLUMNS: Final = (
    Column("name", str, "The link's label; of contacts' own links the message and the place in its text."),
    Column("original_url", str, "Where it leads."),
    Column("trackable_url", str, "What people share; empty for contacts' own links, of which each has another."),
    Column("type", str, "CAMPAIGN, CREATOR, CUSTOM or RECIPIENT; of the system's own links what they are for."),
    Column("total_clicks", int, "Every request in the range, whoever made it."),
)


async def _read_rows(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    bound = await bind_range(pool, asked)
    async for place, row in stream_parts(pool, (_LINKS, _SLOTS), *bound):
        told = _tell_link(row, asked.public_port) if place == 0 else _tell_slot(row)
        yield *told, row["total_clicks"]


def _tell_link(row: Any, public_port: int | None) -> tuple[str | None, ...]:
    url = write_short_url(row["host"], row["slug"], has_tls=row["has_tls"], public_port=public_port)
    return row["label"], row["destination_url"], url, row["system_kind"] or row["kind"]


def _tell_slot(row: Any) -> tuple[str | None, ...]:
    return f"{row['name']} #{row['number']}", row["destination_url"], None, LinkKind.RECIPIENT.value


async def _estimate_rows(pool: asyncpg.Pool, asked: Asked) -> int | None:
    count: int = await pool.fetchval(_COUNT, asked.account_id)
    return count


LINKS_SUMMARY: Final = Layout(
    ExportKind.LINKS_SUMMARY,
    "Every link with both its addresses, what it is for, and its clicks in a range.",
    _COLUMNS,
    _read_rows,
    _estimate_rows,
    takes=frozenset({"range"}),
)
