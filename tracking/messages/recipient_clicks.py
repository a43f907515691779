"""Who of a message's recipients clicked, when first and how often, in pages of any number of them (IM14, TR19)."""

import datetime as dt
from typing import Final, NamedTuple

import asyncpg

from tracking.clicks.ids import read_click_time
from tracking.clicks.prepare import FOR_EVER, MESSAGE_CONTACT
from tracking.clicks.visitors import name_contact
from tracking.messages.models import DeliveryStatus
from tracking.paging import Conditions, Window

_MAX_CONTACT: Final = 2**63 - 1
# Uniques lie in the order of contact ids, so that few clickers are found among many recipients. Who was erased stands
# there under a key that is no contact's, and who is no contact any more is left out.
_CLICKERS: Final = f"""
    SELECT contact_id FROM (
        SELECT ('x' || encode(substr(visitor_key, 9), 'hex'))::bit(64)::bigint AS contact_id, visitor_key
        FROM unique_click
        WHERE day = DATE '{FOR_EVER}' AND subject = {MESSAGE_CONTACT} AND subject_id = {{message}}
            AND visitor_key > {{after}} AND visitor_key < {{before}}
    ) AS clicker
    WHERE EXISTS (SELECT FROM contact WHERE contact.id = clicker.contact_id AND contact.account_id = $1)
    ORDER BY visitor_key {{direction}} LIMIT {{limit}}
"""
_HOLDER: Final = f"""
    held.day = DATE '{FOR_EVER}' AND held.subject = {MESSAGE_CONTACT} AND held.subject_id = {{message}}
        AND held.visitor_key = '\\x0000000000000000'::bytea || int8send({{contact}})
"""
_PAGE: Final = """
    SELECT page.contact_id, delivery.status, held.click_id, clicks.counted, clicks.total
    FROM ({page}) AS page
    LEFT JOIN delivery ON delivery.message_id = {message} AND delivery.contact_id = page.contact_id
    LEFT JOIN unique_click AS held ON {holder}
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE is_counted) AS counted, count(*) AS total FROM click
        WHERE click.message_id = {message} AND click.contact_id = page.contact_id
    ) AS clicks
    ORDER BY page.contact_id {direction}
"""


class RecipientClicks(NamedTuple):
    """Clicks are those that are still kept; the first one that counts is known for ever."""

    contact_id: int
    delivery: DeliveryStatus | None
    first_clicked_at: dt.datetime | None
    counted_clicks: int
    total_clicks: int


async def list_recipient_clicks(
    pool: asyncpg.Pool, account_id: int, message_id: int, *, has_clicked: bool | None, window: Window
) -> list[RecipientClicks]:
    """Of one of the account's messages, in the order of contact ids; `window.bound` is the id of a contact."""
    conditions = Conditions(account_id)
    message = f"{conditions.bind(message_id)}::bigint"
    direction = "DESC" if window.is_backward else "ASC"
    page = (
        _write_clickers(conditions, message, window, direction)
        if has_clicked
        else _write_recipients(conditions, message, window, is_without_clicks=has_clicked is False)
    )
    holder = _HOLDER.format(message=message, contact="page.contact_id")
    statement = _PAGE.format(page=page, message=message, holder=holder, direction=direction)
    return [_read(row) for row in await pool.fetch(statement, *conditions.parameters)]


def _write_clickers(conditions: Conditions, message: str, window: Window, direction: str) -> str:
    after, before = 0, _MAX_CONTACT
    if window.bound is not None:
        after, before = (after, window.bound[0]) if window.is_backward else (window.bound[0], before)
    return _CLICKERS.format(
        message=message,
        after=conditions.bind(name_contact(after)),
        before=conditions.bind(name_contact(before)),
        direction=direction,
        limit=conditions.bind(window.limit),
    )


def _write_recipients(conditions: Conditions, message: str, window: Window, *, is_without_clicks: bool) -> str:
    conditions.require(f"recipient.message_id = {message}")
    conditions.require("recipient.contact_id IS NOT NULL")
    conditions.require("EXISTS (SELECT FROM contact WHERE contact.id = contact_id AND contact.account_id = $1)")
    if is_without_clicks:
        holder = _HOLDER.format(message=message, contact="recipient.contact_id")
        conditions.require(f"NOT EXISTS (SELECT FROM unique_click AS held WHERE {holder})")
    page = conditions.page(["contact_id"], window, is_descending=False)
    return f"SELECT contact_id FROM message_recipient AS recipient {page}"


def _read(row: asyncpg.Record) -> RecipientClicks:
    return RecipientClicks(
        contact_id=row["contact_id"],
        delivery=DeliveryStatus(row["status"]) if row["status"] else None,
        first_clicked_at=read_click_time(row["click_id"]) if row["click_id"] else None,
        counted_clicks=row["counted"],
        total_clicks=row["total"],
    )
