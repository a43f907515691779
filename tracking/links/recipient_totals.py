"""The counts of contacts' own links, from their few clicks by index: rollups have no row for each of them."""

from collections.abc import Collection
from typing import Final

import asyncpg

from tracking.bots.verdicts import TrafficClass, Verdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.prepare import FOR_EVER, MESSAGE_CONTACT
from tracking.reports.queries import Counts, read_counts

_SPECIAL: Final = f"({TrafficClass.PREFETCH}, {TrafficClass.PREVIEW}, {TrafficClass.TEST})"
# Of clicks, each joined with what holds its unique.
COLUMNS: Final = f"""
        count(*) FILTER (WHERE traffic_class NOT IN {_SPECIAL} AND verdict = {Verdict.HUMAN}) AS human_clicks,
        count(*) FILTER (WHERE traffic_class NOT IN {_SPECIAL} AND verdict = {Verdict.SUSPECT}) AS suspect_clicks,
        count(*) FILTER (WHERE traffic_class NOT IN {_SPECIAL} AND verdict = {Verdict.BOT}) AS bot_clicks,
        count(*) FILTER (WHERE traffic_class = {TrafficClass.PREVIEW}) AS preview_fetches,
        count(*) FILTER (WHERE traffic_class = {TrafficClass.PREFETCH}) AS prefetches,
        count(*) FILTER (WHERE traffic_class = {TrafficClass.TEST}) AS test_clicks,
        count(*) FILTER (WHERE is_counted) AS counted_clicks,
        count(*) FILTER (WHERE held.click_id = click.id) AS unique_clicks,
        count(*) FILTER (WHERE held.click_id = click.id AND visitor_method = {VisitorMethod.CONTACT})
            AS unique_by_contact,
        count(*) FILTER (WHERE held.click_id = click.id AND visitor_method = {VisitorMethod.COOKIE})
            AS unique_by_cookie,
        count(*) FILTER (WHERE held.click_id = click.id AND visitor_method = {VisitorMethod.HASH}) AS unique_by_hash
"""
HELD: Final = f"""
    LEFT JOIN unique_click AS held ON held.day = DATE '{FOR_EVER}' AND held.subject = {MESSAGE_CONTACT}
        AND held.subject_id = click.message_id AND held.visitor_key = click.visitor_key
"""
_COUNTS: Final = f"""
    SELECT click.link_id, {COLUMNS} FROM click {HELD}
    WHERE click.account_id = $1 AND click.link_id = ANY ($2::bigint[])
    GROUP BY click.link_id
"""


async def count_recipient_clicks(pool: asyncpg.Pool, account_id: int, link_ids: Collection[int]) -> dict[int, Counts]:
    """Of those clicks that are still stored. A unique is one per contact and message: it stands on one of its links."""
    rows = await pool.fetch(_COUNTS, account_id, list(link_ids))
    return {row["link_id"]: read_counts(row) for row in rows}
