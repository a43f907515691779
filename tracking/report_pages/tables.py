"""The tables of report pages: creators of a campaign; links and campaigns of one creator."""

from typing import Final, NamedTuple

import asyncpg

from tracking.campaigns.queries import CampaignFilter, CampaignPage, list_campaigns
from tracking.creators.queries import find_creators
from tracking.dimensions.queries import list_parts
from tracking.links.listing import LinkFilter, LinkPage, LinkRow, list_links
from tracking.links.models import LinkKind
from tracking.paging import Window
from tracking.performance.queries import (
    AudienceDay,
    CreatorFilter,
    PerformancePage,
    PerformanceRow,
    list_performances,
)
from tracking.report_pages.figures import Asked, Told, tell_parts
from tracking.report_pages.queries import OpenedPage
from tracking.reports.breakdowns import BreakdownPage
from tracking.reports.breakdowns import Sorting as BreakdownSorting
from tracking.reports.dimensions import Dimension
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope

MAX_ROWS: Final = 200
_SYSTEMS_SHOWN: Final = 6
_OF_CREATORS: Final = (LinkKind.CAMPAIGN, LinkKind.CREATOR, LinkKind.CUSTOM)


class Sorting(NamedTuple):
    """`sort_by` is a key of SORT_TYPES."""

    sort_by: str
    is_descending: bool


class CreatorLine(NamedTuple):
    handle: str
    name: str
    performance: PerformanceRow
    told: Told

    @property
    def followers(self) -> int | None:
        return self.performance.audience.followers if self.performance.audience else None


class LinkLine(NamedTuple):
    link: LinkRow
    told: Told


class CampaignLine(NamedTuple):
    name: str
    told: Told


async def list_creator_lines(
    pool: asyncpg.Pool, page: OpenedPage, asked: Asked, sorting: Sorting, window: Window
) -> list[CreatorLine]:
    """The creators of the page's campaign, a page of them."""
    if page.campaign_id is None or page.campaign_started_at is None:
        return []
    wanted = PerformancePage(asked.wanted, window, CreatorFilter(), *sorting, page.currency)
    day = AudienceDay(page.campaign_id, page.campaign_started_at.astimezone(asked.zone).date())
    [rows] = await list_performances(pool, page.account_id, wanted, [day])
    creators = await find_creators(pool, page.account_id, [row.membership.creator_id for row in rows])
    subjects = [Subject(Scope.CAMPAIGN_CREATOR, page.campaign_id, row.membership.creator_id) for row in rows]
    told = await tell_parts(pool, page, subjects, asked.wanted)
    return [
        CreatorLine(creators[row.membership.creator_id].handle, creators[row.membership.creator_id].name, row, told[of])
        for row, of in zip(rows, subjects, strict=True)
    ]


async def list_link_lines(pool: asyncpg.Pool, page: OpenedPage, asked: Asked) -> list[LinkLine]:
    """What the page's creator can share: the newest first, at most MAX_ROWS."""
    links = await _list_shared_links(pool, page)
    subjects = [Subject(Scope.LINK, link.id) for link in links]
    told = await tell_parts(pool, page, subjects, asked.wanted)
    return [LinkLine(link, told[of]) for link, of in zip(links, subjects, strict=True)]


async def find_shared_link(pool: asyncpg.Pool, page: OpenedPage, link_id: int) -> LinkRow | None:
    """One of those links."""
    return next((link for link in await _list_shared_links(pool, page) if link.id == link_id), None)


async def list_campaign_lines(pool: asyncpg.Pool, page: OpenedPage, asked: Asked) -> list[CampaignLine]:
    """All campaigns of the page's creator, the newest first, at most MAX_ROWS; each with the creator's own figures."""
    if page.creator_id is None:
        return []
    wanted = CampaignFilter(creator_id=page.creator_id)
    campaigns = await list_campaigns(pool, page.account_id, CampaignPage(wanted, Window(MAX_ROWS)))
    subjects = [Subject(Scope.CAMPAIGN_CREATOR, campaign.id, page.creator_id) for campaign in campaigns]
    told = await tell_parts(pool, page, subjects, asked.wanted)
    return [CampaignLine(campaign.name, told[of]) for campaign, of in zip(campaigns, subjects, strict=True)]


async def list_systems(pool: asyncpg.Pool, page: OpenedPage, asked: Asked) -> list[tuple[str, int]]:
    """Unique clicks by operating system, the most first; a range that is not whole days is told by its days."""
    sorting = BreakdownSorting("UNIQUE_CLICKS", is_descending=True, dating=Dating.CLICK_TIME, currency=page.currency)
    wanted = BreakdownPage(page.subject.scope, Dimension.OS, asked.wanted, sorting, Window(_SYSTEMS_SHOWN))
    [rows] = await list_parts(pool, page.account_id, wanted, [page.subject])
    return [(row.key, row.counts.unique_clicks) for row in rows if row.counts.unique_clicks]


async def _list_shared_links(pool: asyncpg.Pool, page: OpenedPage) -> list[LinkRow]:
    """Without those that are there to catch programs."""
    if page.creator_id is None:
        return []
    wanted = LinkFilter(campaign_id=page.campaign_id, creator_id=page.creator_id, kinds=_OF_CREATORS)
    links = await list_links(pool, page.account_id, LinkPage(wanted, Window(MAX_ROWS)))
    return [link for link in links if not link.is_honeypot]
