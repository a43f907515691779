"""Reads of campaigns, the creators in them and deliverables. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.campaigns.models import CampaignStatus, Stage
from tracking.paging import Conditions, Window

_CAMPAIGNS: Final = """
    SELECT campaign.id, campaign.name, campaign.status, campaign.starts_at, campaign.ends_at, campaign.tags,
        campaign.created_at
    FROM campaign
"""
_MEMBERSHIPS: Final = """
    SELECT member.id, member.campaign_id, member.creator_id, member.stage, member.added_at, member.stage_changed_at
    FROM campaign_creator AS member
"""
_DELIVERABLES: Final = """
    SELECT id, campaign_id, name, destination_url, slug_template, archived_at, created_at FROM tracking_deliverable
"""


class CampaignRow(NamedTuple):
    id: int
    name: str
    status: CampaignStatus
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    tags: list[str]
    created_at: dt.datetime


class MembershipRow(NamedTuple):
    """A creator in a campaign."""

    id: int
    campaign_id: int
    creator_id: int
    stage: Stage
    added_at: dt.datetime
    stage_changed_at: dt.datetime


class DeliverableRow(NamedTuple):
    id: int
    campaign_id: int
    name: str
    destination_url: str
    slug_template: str | None
    archived_at: dt.datetime | None
    created_at: dt.datetime


class CampaignFilter(NamedTuple):
    """What is None filters nothing."""

    statuses: Collection[CampaignStatus] | None = None
    tag: str | None = None
    creator_id: int | None = None


async def list_campaigns(
    pool: asyncpg.Pool, account_id: int, wanted: CampaignFilter, window: Window
) -> list[CampaignRow]:
    """A page of campaigns, the newest first."""
    conditions = Conditions(account_id)
    conditions.require("campaign.account_id = $1")
    conditions.add_if_given("{} = ANY (campaign.tags)", wanted.tag)
    if wanted.statuses is not None:
        conditions.add("campaign.status = ANY ({}::text[])", [status.value for status in wanted.statuses])
    conditions.add_if_given(
        "EXISTS (SELECT FROM campaign_creator WHERE campaign_id = campaign.id AND creator_id = {})", wanted.creator_id
    )
    page = conditions.page(["campaign.id"], window, is_descending=True)
    return [_read_campaign(row) for row in await pool.fetch(f"{_CAMPAIGNS} {page}", *conditions.parameters)]


async def find_campaigns(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, CampaignRow]:
    """By id. What this account does not have is left out; so it is in the other reads by id."""
    rows = await pool.fetch(f"{_CAMPAIGNS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read_campaign(row) for row in rows}


async def find_memberships(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, MembershipRow]:
    rows = await pool.fetch(f"{_MEMBERSHIPS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: read_membership(row) for row in rows}


async def find_deliverables(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, DeliverableRow]:
    rows = await pool.fetch(f"{_DELIVERABLES} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: DeliverableRow(**row) for row in rows}


async def list_deliverables(
    pool: asyncpg.Pool, account_id: int, campaign_ids: Collection[int]
) -> dict[int, list[DeliverableRow]]:
    """Of each campaign, in the order they were made."""
    rows = await pool.fetch(
        f"{_DELIVERABLES} WHERE account_id = $1 AND campaign_id = ANY ($2::bigint[]) ORDER BY id",
        account_id,
        list(campaign_ids),
    )
    found: dict[int, list[DeliverableRow]] = {}
    for row in rows:
        found.setdefault(row["campaign_id"], []).append(DeliverableRow(**row))
    return found


def read_membership(row: Any) -> MembershipRow:
    values = {name: row[name] for name in MembershipRow._fields}
    return MembershipRow(**{**values, "stage": Stage(row["stage"])})


def _read_campaign(row: Any) -> CampaignRow:
    return CampaignRow(**{**row, "status": CampaignStatus(row["status"])})
