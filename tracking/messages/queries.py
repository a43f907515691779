"""Reads of messages, their slots and how many were sent. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.messages.composing import Slot
from tracking.messages.models import Channel, MessageStatus
from tracking.paging import Conditions, Window

_MESSAGES: Final = """
    SELECT message.id, message.account_id, name, channel, template, campaign_id, creative_id, variant, sharer_id,
        message.domain_id, tracks_plain_urls, is_html, action_page_url, opt_out_url, status, failure, recipients,
        prepared, prepared_at, message.created_at, host, has_tls, lower(name) AS sort_key
    FROM message JOIN tracking_domain AS domain ON domain.id = message.domain_id
"""
_SLOTS: Final = """
    SELECT message_id, number, tag, destination_url, slot.offer_id, deliverable_id, is_honeypot
    FROM message_slot AS slot
    JOIN message ON message.id = slot.message_id
    WHERE message.account_id = $1 AND slot.message_id = ANY ($2::bigint[])
    ORDER BY slot.message_id, number
"""
_SHARED_LINKS: Final = """
    SELECT message_id, slot, id FROM link
    WHERE account_id = $1 AND message_id = ANY ($2::bigint[]) AND kind = 'RECIPIENT' AND contact_id IS NULL
        AND creator_id IS NULL AND NOT is_honeypot
"""
_ACTION_PAGES: Final = """
    SELECT message_id, id FROM link
    WHERE account_id = $1 AND message_id = ANY ($2::bigint[]) AND system_kind = 'ACTION_PAGE' AND archived_at IS NULL
"""
_DELIVERIES: Final = """
    SELECT message_id, count(*) FILTER (WHERE status <> 'FAILED') AS sent,
        count(*) FILTER (WHERE status = 'DELIVERED') AS delivered,
        count(*) FILTER (WHERE status = 'BOUNCED') AS bounced,
        count(*) FILTER (WHERE status = 'FAILED') AS failed
    FROM delivery WHERE account_id = $1 AND message_id = ANY ($2::bigint[]) GROUP BY message_id
"""
SORT_KEYS: Final = {"CREATED_AT": "message.id", "NAME": "lower(name)"}


class MessageRow(NamedTuple):
    """With the host of its domain."""

    id: int
    account_id: int
    name: str
    channel: Channel
    template: str
    campaign_id: int | None
    creative_id: int | None
    variant: str
    sharer_id: int | None
    domain_id: int
    tracks_plain_urls: bool
    is_html: bool
    action_page_url: str | None
    opt_out_url: str | None
    status: MessageStatus
    failure: str | None
    recipients: int
    prepared: int
    prepared_at: dt.datetime | None
    created_at: dt.datetime
    host: str
    has_tls: bool
    sort_key: str


class DeliveryCounts(NamedTuple):
    """Recipients. `sent` are all but the failed, whatever became of them; some are just SENT."""

    sent: int
    delivered: int
    bounced: int
    failed: int


class MessageFilter(NamedTuple):
    """What is None filters nothing."""

    channels: Collection[Channel] | None = None
    statuses: Collection[MessageStatus] | None = None
    campaign_id: int | None = None
    creative_id: int | None = None
    sharer_id: int | None = None
    variant: str | None = None
    search: str | None = None


async def list_messages(
    pool: asyncpg.Pool,
    account_id: int,
    wanted: MessageFilter,
    window: Window,
    *,
    sort_by: str = "CREATED_AT",
    is_descending: bool = True,
) -> list[MessageRow]:
    """A page of messages in the order of a key of SORT_KEYS, then of ids."""
    conditions = Conditions(account_id)
    conditions.require("message.account_id = $1")
    conditions.add_if_given("channel = ANY ({}::text[])", _list_values(wanted.channels))
    conditions.add_if_given("status = ANY ({}::text[])", _list_values(wanted.statuses))
    conditions.add_if_given("campaign_id = {}", wanted.campaign_id)
    conditions.add_if_given("creative_id = {}", wanted.creative_id)
    conditions.add_if_given("sharer_id = {}", wanted.sharer_id)
    conditions.add_if_given("variant = {}", wanted.variant)
    conditions.search(["name"], wanted.search)
    page = conditions.page([SORT_KEYS[sort_by], "message.id"], window, is_descending=is_descending)
    return [_read_message(row) for row in await pool.fetch(f"{_MESSAGES} {page}", *conditions.parameters)]


async def find_messages(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, MessageRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(
        f"{_MESSAGES} WHERE message.account_id = $1 AND message.id = ANY ($2::bigint[])", account_id, list(ids)
    )
    return {row["id"]: _read_message(row) for row in rows}


async def list_slots_of(pool: asyncpg.Pool, account_id: int, message_ids: Collection[int]) -> dict[int, list[Slot]]:
    found: dict[int, list[Slot]] = {}
    for row in await pool.fetch(_SLOTS, account_id, list(message_ids)):
        found.setdefault(row["message_id"], []).append(Slot(**{name: row[name] for name in Slot._fields}))
    return found


async def find_shared_links(
    pool: asyncpg.Pool, account_id: int, message_ids: Collection[int]
) -> dict[tuple[int, int], int]:
    """The id of the link to copy, by message and number of the slot."""
    rows = await pool.fetch(_SHARED_LINKS, account_id, list(message_ids))
    return {(row["message_id"], row["slot"]): row["id"] for row in rows}


async def find_action_pages(pool: asyncpg.Pool, account_id: int, message_ids: Collection[int]) -> dict[int, int]:
    """The id of the ACTION_PAGE link, by message."""
    rows = await pool.fetch(_ACTION_PAGES, account_id, list(message_ids))
    return {row["message_id"]: row["id"] for row in rows}


async def count_deliveries(
    pool: asyncpg.Pool, account_id: int, message_ids: Collection[int]
) -> dict[int, DeliveryCounts]:
    """What the sender tells of each. Messages that it told nothing of are left out."""
    rows = await pool.fetch(_DELIVERIES, account_id, list(message_ids))
    return {row["message_id"]: DeliveryCounts(**{name: row[name] for name in DeliveryCounts._fields}) for row in rows}


def _list_values(values: Collection[Any] | None) -> list[str] | None:
    return None if values is None else [each.value for each in values]


def _read_message(row: Any) -> MessageRow:
    values = {name: row[name] for name in MessageRow._fields}
    return MessageRow(**{**values, "channel": Channel(row["channel"]), "status": MessageStatus(row["status"])})
