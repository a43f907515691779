"""Writes the rows of a demo: all in one transaction, so that a killed seed leaves either nothing or everything."""

import datetime as dt
from typing import Final, NamedTuple

from tortoise.transactions import in_transaction

from creatrail.seed.cast import BRAND, CAMPAIGNS, CREATORS, CURRENCY, TIME_ZONE, DemoCampaign
from creatrail.seed.dealings import Brand, replace_link, write_dealings, write_policies
from creatrail.seed.letter import write_letter
from creatrail.seed.plan import PlannedLink, plan_links
from creatrail.seed.requests import Operation, open_request
from creatrail.seed.shop import write_shop
from creatrail.seed.traffic import HOURS
from tracking.accounts.models import Account, IdempotentRequest
from tracking.accounts.service import create_account
from tracking.campaigns.models import Campaign, CampaignCreator, CampaignStatus, TrackingDeliverable
from tracking.creators.models import Creator, CreatorProfile, FollowerCount
from tracking.creators.rules import make_public_id
from tracking.domains.models import TrackingDomain
from tracking.links.models import Link
from tracking.links.rules import make_slug

# Parts of the last count, from the oldest on, a month apart.
_GROWTH: Final = (0.93, 0.97, 1.0)


class _Written(NamedTuple):
    """What links refer to: creators by handle, campaigns by name, deliverables by their destination."""

    domain: TrackingDomain
    creators: dict[str, Creator]
    campaigns: dict[str, Campaign]
    deliverables: dict[str, TrackingDeliverable]
    begins_at: dt.datetime


async def write_demo(slug: str, request_key: str, ends_at: dt.datetime) -> IdempotentRequest:
    """The demo's account with everything in it but traffic. Returns the open request that the traffic completes.

    Raises TakenError when there is an account of that name.
    """
    begins_at = ends_at - dt.timedelta(hours=HOURS)
    async with in_transaction():
        account = await create_account(BRAND, slug, timezone=TIME_ZONE, currency=CURRENCY)
        domain = await TrackingDomain.get(account_id=account.id)
        creators = await _write_creators(account, begins_at, ends_at)
        campaigns = {plan.name: await _write_campaign(account, plan, creators, begins_at) for plan in CAMPAIGNS}
        deliverables = await _write_deliverables(account, domain, campaigns, begins_at)
        written = _Written(domain, creators, campaigns, deliverables, begins_at)
        links = [(plan, await _write_link(plan, written)) for plan in plan_links()]
        for plan, link in links:
            if plan.is_over:
                await replace_link(link, begins_at + dt.timedelta(days=plan.end_day))
        brand = Brand(account.id, campaigns, creators)
        await write_dealings(brand)
        await write_shop(brand, begins_at)
        await write_letter(brand, ends_at)
        await write_policies(brand, begins_at)
        return await open_request(account, Operation.DEMO, request_key, ends_at)


async def _write_creators(account: Account, begins_at: dt.datetime, ends_at: dt.datetime) -> dict[str, Creator]:
    creators = {}
    for plan in CREATORS:
        creator = await Creator.create(
            account=account,
            public_id=make_public_id(),
            handle=plan.handle,
            name=plan.name,
            external_id=plan.member_id,
            created_at=begins_at,
        )
        for platform, followers in plan.profiles:
            profile = await CreatorProfile.create(
                account_id=account.id, creator=creator, platform=platform, handle=plan.handle
            )
            for months_ago, part in enumerate(reversed(_GROWTH)):
                await FollowerCount.create(
                    account_id=account.id,
                    profile=profile,
                    counted_on=ends_at.date() - dt.timedelta(days=30 * months_ago),
                    followers=round(followers * part),
                )
        creators[plan.handle] = creator
    return creators


async def _write_campaign(
    account: Account, plan: DemoCampaign, creators: dict[str, Creator], begins_at: dt.datetime
) -> Campaign:
    starts_at = begins_at + dt.timedelta(days=plan.first_day)
    campaign = await Campaign.create(
        account=account,
        name=plan.name,
        status=plan.status,
        starts_at=starts_at,
        ends_at=begins_at + dt.timedelta(days=plan.end_day) if plan.status is CampaignStatus.COMPLETED else None,
        tags=list(plan.tags),
        created_at=starts_at,
    )
    for stage, handles in plan.stages.items():
        for handle in handles:
            await CampaignCreator.create(
                account_id=account.id,
                campaign=campaign,
                creator=creators[handle],
                stage=stage,
                added_at=starts_at,
                stage_changed_at=starts_at,
            )
    return campaign


async def _write_deliverables(
    account: Account, domain: TrackingDomain, campaigns: dict[str, Campaign], begins_at: dt.datetime
) -> dict[str, TrackingDeliverable]:
    return {
        deliverable.destination_url: await TrackingDeliverable.create(
            account_id=account.id,
            campaign=campaigns[plan.name],
            domain=domain,
            name=deliverable.name,
            destination_url=deliverable.destination_url,
            slug_template=deliverable.slug_template,
            created_at=begins_at + dt.timedelta(days=plan.first_day),
        )
        for plan in CAMPAIGNS
        for deliverable in plan.deliverables
    }


async def _write_link(plan: PlannedLink, written: _Written) -> Link:
    return await Link.create(
        account_id=written.domain.account_id,
        domain=written.domain,
        slug=plan.slug or make_slug(),
        is_readable=plan.slug is not None,
        kind=plan.kind,
        destination_url=plan.destination_url,
        label=plan.label,
        campaign=written.campaigns[plan.campaign.name] if plan.campaign else None,
        creator=written.creators[plan.creator.handle] if plan.creator else None,
        deliverable=written.deliverables[plan.destination_url] if plan.deliverable else None,
        created_at=written.begins_at + dt.timedelta(days=plan.first_day),
    )
