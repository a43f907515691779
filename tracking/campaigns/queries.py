"""Reads of campaigns, the creators in them and deliverables. Used by the api."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.campaigns.deals import Deal
from tracking.campaigns.models import CampaignStatus, EndBehaviour, Stage
from tracking.paging import Conditions, Window

_CAMPAIGNS: Final = """
    SELECT campaign.id, campaign.name, campaign.status, campaign.starts_at, campaign.ends_at, campaign.tags,
        campaign.external_id, campaign.end_behaviour, campaign.fallback_url, campaign.domain_id, campaign.join_url,
        campaign.opt_in_url, campaign.attribution_window_s, campaign.counted_kinds, campaign.created_at,
        lower(campaign.name) AS name_key
    FROM campaign
"""
_MEMBERSHIPS: Final = """
    SELECT member.id, member.campaign_id, member.creator_id, member.stage, member.added_at, member.stage_changed_at,
        member.deal_currency, member.flat_fee_minor, member.gift_value_minor, member.commission_rate,
        member.commission_minor, member.profile_id
    FROM campaign_creator AS member
"""
_DELIVERABLES: Final = """
    SELECT id, campaign_id, name, destination_url, slug_template, archived_at, created_at FROM tracking_deliverable
"""
_SYSTEM_LINKS: Final = """
    SELECT id, campaign_id, system_kind FROM link
    WHERE account_id = $1 AND campaign_id = ANY ($2::bigint[]) AND kind = 'SYSTEM' AND archived_at IS NULL
        AND system_kind IN ('CAMPAIGN_JOIN', 'OPT_IN')
"""
_HAS_CREATOR: Final = "EXISTS (SELECT FROM campaign_creator WHERE campaign_id = campaign.id AND creator_id ="
_OF_EACH_CREATOR: Final = """
    SELECT creator.place, page.* FROM unnest($2::bigint[]) WITH ORDINALITY AS creator (id, place)
    CROSS JOIN LATERAL (SELECT row_number() OVER () AS rank, campaign.* FROM ({campaigns}) AS campaign) AS page
    ORDER BY creator.place, page.rank
"""
# What has no date comes last, upwards.
_NO_DATE: Final = "timestamptz '9999-12-01 00:00:00+00'"
SORT_KEYS: Final = {
    "CREATED_AT": "campaign.id",  # ids ascend in time
    "NAME": "lower(campaign.name)",
    "STARTS_AT": f"coalesce(campaign.starts_at, {_NO_DATE})",
    "ENDS_AT": f"coalesce(campaign.ends_at, {_NO_DATE})",
}


class CampaignRow(NamedTuple):
    id: int
    name: str
    status: CampaignStatus
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    tags: list[str]
    external_id: str | None
    end_behaviour: EndBehaviour
    fallback_url: str | None
    domain_id: int | None
    join_url: str | None
    opt_in_url: str | None
    attribution_window_s: int | None
    counted_kinds: list[str] | None  # names of ConversionKind
    created_at: dt.datetime
    name_key: str


class MembershipRow(NamedTuple):
    """A creator in a campaign. `profile_id` is whose followers the brand named as the audience."""

    id: int
    campaign_id: int
    creator_id: int
    stage: Stage
    added_at: dt.datetime
    stage_changed_at: dt.datetime
    profile_id: int | None
    deal: Deal | None


class DeliverableRow(NamedTuple):
    id: int
    campaign_id: int
    name: str
    destination_url: str
    slug_template: str | None
    archived_at: dt.datetime | None
    created_at: dt.datetime


class CampaignFilter(NamedTuple):
    """What is None filters nothing. `search` is in a name or an external id, in any case."""

    statuses: Collection[CampaignStatus] | None = None
    tag: str | None = None
    creator_id: int | None = None
    search: str | None = None
    running_at: dt.datetime | None = None


class CampaignPage(NamedTuple):
    """A page of campaigns in the order of a key of SORT_KEYS, then of ids."""

    wanted: CampaignFilter
    window: Window
    sort_by: str = "CREATED_AT"
    is_descending: bool = True


async def list_campaigns(pool: asyncpg.Pool, account_id: int, page: CampaignPage) -> list[CampaignRow]:
    conditions = _restrict(Conditions(account_id), page.wanted)
    conditions.add_if_given(f"{_HAS_CREATOR} {{}})", page.wanted.creator_id)
    text = _write_page(conditions, page)
    return [_read_campaign(row) for row in await pool.fetch(f"{_CAMPAIGNS} {text}", *conditions.parameters)]


async def list_campaigns_of_creators(
    pool: asyncpg.Pool, account_id: int, page: CampaignPage, creator_ids: Sequence[int]
) -> list[list[CampaignRow]]:
    """The page of each creator, in one statement for any number of creators."""
    conditions = _restrict(Conditions(account_id, list(creator_ids)), page.wanted)
    conditions.require(f"{_HAS_CREATOR} creator.id)")
    text = _write_page(conditions, page)
    found: list[list[CampaignRow]] = [[] for _ in creator_ids]
    for row in await pool.fetch(_OF_EACH_CREATOR.format(campaigns=f"{_CAMPAIGNS} {text}"), *conditions.parameters):
        found[row["place"] - 1].append(_read_campaign(row))
    return found


def _restrict(conditions: Conditions, wanted: CampaignFilter) -> Conditions:
    conditions.require("campaign.account_id = $1")
    conditions.search(["campaign.name", "campaign.external_id"], wanted.search)
    conditions.add_if_given("{} = ANY (campaign.tags)", wanted.tag)
    if wanted.statuses is not None:
        conditions.add("campaign.status = ANY ({}::text[])", [status.value for status in wanted.statuses])
    if wanted.running_at is not None:
        conditions.add("coalesce(campaign.starts_at, '-infinity') <= {}", wanted.running_at)
        conditions.add("coalesce(campaign.ends_at, 'infinity') > {}", wanted.running_at)
    return conditions


def _write_page(conditions: Conditions, page: CampaignPage) -> str:
    return conditions.page([SORT_KEYS[page.sort_by], "campaign.id"], page.window, is_descending=page.is_descending)


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


async def find_system_links(
    pool: asyncpg.Pool, account_id: int, campaign_ids: Collection[int]
) -> dict[tuple[int, str], int]:
    """The ids of the links that work, by campaign and kind."""
    rows = await pool.fetch(_SYSTEM_LINKS, account_id, list(campaign_ids))
    return {(row["campaign_id"], row["system_kind"]): row["id"] for row in rows}


def read_membership(row: Any) -> MembershipRow:
    values = {name: row[name] for name in MembershipRow._fields if name != "deal"}
    deal = Deal(
        row["deal_currency"],
        row["flat_fee_minor"],
        row["gift_value_minor"],
        row["commission_rate"],
        row["commission_minor"],
    )
    return MembershipRow(**{**values, "stage": Stage(row["stage"]), "deal": deal if row["deal_currency"] else None})


def _read_campaign(row: Any) -> CampaignRow:
    values = {name: row[name] for name in CampaignRow._fields}
    status, end_behaviour = CampaignStatus(row["status"]), EndBehaviour(row["end_behaviour"])
    return CampaignRow(**{**values, "status": status, "end_behaviour": end_behaviour})
