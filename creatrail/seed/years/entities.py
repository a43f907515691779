"""Writes what two years of clicks are about, in one transaction: a killed seed leaves nothing or everything of it."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from tortoise.transactions import in_transaction

from creatrail.seed.cast import CURRENCY, TIME_ZONE
from creatrail.seed.requests import Operation, open_request
from creatrail.seed.years.clicks import PlacedLink
from creatrail.seed.years.plan import Plan, PlannedCampaign
from tracking.accounts.models import Account, IdempotentRequest
from tracking.accounts.service import create_account
from tracking.campaigns.models import (
    Campaign,
    CampaignCreator,
    CampaignStatus,
    Post,
    PostLink,
    Stage,
    TrackingDeliverable,
)
from tracking.creators.models import Creator, CreatorProfile, FollowerCount
from tracking.creators.rules import make_public_id
from tracking.domains.models import TrackingDomain
from tracking.links.models import Link, LinkKind
from tracking.reports.buckets import find_day_start

BRAND: Final = "Northlight Group"

_COUNTS_A_YEAR: Final = 2
_GROWTH_A_COUNT: Final = 0.04
_KEPT_DAYS_MORE: Final = 70  # than the years have, so that no click of them is too old to be kept
_FEES: Final = (None, 300_00, 750_00, 1_500_00, 4_000_00)
_ROWS_AT_ONCE: Final = 500


class Made(NamedTuple):
    account: Account
    domain: TrackingDomain
    starts: "Calendar"


class Calendar(NamedTuple):
    """The days of the account's years, which end with yesterday."""

    first: dt.date
    zone: ZoneInfo

    def find_day(self, day: int) -> dt.date:
        return self.first + dt.timedelta(days=day)

    def find_start(self, day: int) -> dt.datetime:
        return find_day_start(self.find_day(day), self.zone)


def find_calendar(plan: Plan, asked_at: dt.datetime) -> Calendar:
    zone = ZoneInfo(TIME_ZONE)
    return Calendar(asked_at.astimezone(zone).date() - dt.timedelta(days=plan.size.days), zone)


async def write_years(slug: str, request_key: str, plan: Plan, asked_at: dt.datetime) -> IdempotentRequest:
    """Returns the open request that the clicks complete. Raises TakenError when there is an account of that name."""
    calendar = find_calendar(plan, asked_at)
    async with in_transaction():
        account = await create_account(BRAND, slug, timezone=TIME_ZONE, currency=CURRENCY)
        account.retention_days = plan.size.days + _KEPT_DAYS_MORE
        await account.save(update_fields=["retention_days"])
        made = Made(account, await TrackingDomain.get(account_id=account.id), calendar)
        creators = await _write_creators(made, plan)
        campaigns = await _write_campaigns(made, plan)
        await _write_places(made, plan, creators, campaigns)
        return await open_request(account, Operation.YEARS, request_key, asked_at)


async def read_placed_links(account_id: int, plan: Plan) -> Sequence[PlacedLink]:
    """In the order of the places of the plan, in which they were made."""
    links = await Link.filter(account_id=account_id).order_by("id").limit(len(plan.places))
    return [
        PlacedLink(link.id, link.campaign_id or 0, link.creator_id or 0, plan.creators[place.creator].platform)
        for link, place in zip(links, plan.places, strict=True)
    ]


async def _write_creators(made: Made, plan: Plan) -> Sequence[Creator]:
    account_id = made.account.id
    await Creator.bulk_create(
        [
            Creator(
                account_id=account_id,
                public_id=make_public_id(),
                handle=f"creator.{number:04}",
                name=f"Creator {number}",
                external_id=f"NG-{number:04}",
                created_at=made.starts.find_start(0),
            )
            for number in range(plan.size.creators)
        ],
        batch_size=_ROWS_AT_ONCE,
    )
    creators = await Creator.filter(account_id=account_id).order_by("id")
    await CreatorProfile.bulk_create(
        [
            CreatorProfile(account_id=account_id, creator_id=row.id, platform=planned.platform, handle=row.handle)
            for row, planned in zip(creators, plan.creators, strict=True)
        ],
        batch_size=_ROWS_AT_ONCE,
    )
    profiles = await CreatorProfile.filter(account_id=account_id).order_by("id")
    counts = [
        FollowerCount(
            account_id=account_id,
            profile_id=profile.id,
            counted_on=made.starts.find_day(number * 365 // _COUNTS_A_YEAR),
            followers=round(planned.followers * (1 + _GROWTH_A_COUNT * number)),
        )
        for profile, planned in zip(profiles, plan.creators, strict=True)
        for number in range(1 + plan.size.days * _COUNTS_A_YEAR // 365)
    ]
    await FollowerCount.bulk_create(counts, batch_size=_ROWS_AT_ONCE)
    return creators


async def _write_campaigns(made: Made, plan: Plan) -> Sequence[tuple[Campaign, TrackingDeliverable]]:
    account_id = made.account.id
    written = []
    for number, planned in enumerate(plan.campaigns):
        campaign = await Campaign.create(
            account_id=account_id,
            name=planned.name,
            status=CampaignStatus.ACTIVE if _is_running(planned, plan) else CampaignStatus.COMPLETED,
            starts_at=made.starts.find_start(planned.first_day),
            ends_at=made.starts.find_start(planned.end_day),
            tags=["launch" if number % 4 == 0 else "evergreen"],
            created_at=made.starts.find_start(planned.first_day),
        )
        deliverable = await TrackingDeliverable.create(
            account_id=account_id,
            campaign=campaign,
            domain=made.domain,
            name=planned.name,
            destination_url=f"https://example.com/goods/{number}",
            slug_template=None,
            created_at=campaign.created_at,
        )
        written.append((campaign, deliverable))
    return written


async def _write_places(
    made: Made,
    plan: Plan,
    creators: Sequence[Creator],
    campaigns: Sequence[tuple[Campaign, TrackingDeliverable]],
) -> None:
    """Places and links are numbered in the order of the plan."""
    places, links = [], []
    for number, place in enumerate(plan.places):
        campaign, deliverable = campaigns[place.campaign]
        places.append(_make_place(campaign, creators[place.creator], _FEES[number % len(_FEES)]))
        links.append(_make_link(made.domain, deliverable, creators[place.creator]))
    await CampaignCreator.bulk_create(places, batch_size=_ROWS_AT_ONCE)
    await Link.bulk_create(links, batch_size=_ROWS_AT_ONCE)
    await _write_posts(made, plan)


def _make_place(campaign: Campaign, creator: Creator, fee_minor: int | None) -> CampaignCreator:
    return CampaignCreator(
        account_id=campaign.account_id,
        campaign_id=campaign.id,
        creator_id=creator.id,
        stage=Stage.ACTIVE if campaign.status is CampaignStatus.ACTIVE else Stage.COMPLETED,
        added_at=campaign.created_at,
        stage_changed_at=campaign.created_at,
        deal_currency=CURRENCY if fee_minor else None,
        flat_fee_minor=fee_minor,
        commission_rate=Decimal("0.1") if fee_minor else None,
    )


def _make_link(domain: TrackingDomain, deliverable: TrackingDeliverable, creator: Creator) -> Link:
    return Link(
        account_id=deliverable.account_id,
        domain_id=domain.id,
        slug=f"{creator.handle}-{deliverable.campaign_id}",
        is_readable=True,
        kind=LinkKind.CAMPAIGN,
        destination_url=deliverable.destination_url,
        label=deliverable.name,
        campaign_id=deliverable.campaign_id,
        creator_id=creator.id,
        deliverable_id=deliverable.id,
        created_at=deliverable.created_at,
    )


async def _write_posts(made: Made, plan: Plan) -> None:
    """Each carries the link of its place."""
    account_id = made.account.id
    places = await CampaignCreator.filter(account_id=account_id).order_by("id")
    links = await Link.filter(account_id=account_id).order_by("id")
    posts = [
        Post(
            account_id=account_id,
            campaign_creator_id=row.id,
            platform=plan.creators[place.creator].platform,
            url=f"https://social.example/{link.slug}/{post.day}",
            published_at=made.starts.find_start(post.day) + dt.timedelta(hours=post.hour),
        )
        for row, link, place in zip(places, links, plan.places, strict=True)
        for post in place.posts
    ]
    await Post.bulk_create(posts, batch_size=_ROWS_AT_ONCE)
    link_ids = {row.id: link.id for row, link in zip(places, links, strict=True)}
    carried = [
        PostLink(post_id=post.id, link_id=link_ids[post.campaign_creator_id])
        for post in await Post.filter(account_id=account_id)
    ]
    await PostLink.bulk_create(carried, batch_size=_ROWS_AT_ONCE)


def _is_running(planned: PlannedCampaign, plan: Plan) -> bool:
    return planned.end_day >= plan.size.days
