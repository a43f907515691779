"""What a brand has set up, for tests: each function makes one thing by its use case, and takes only what matters."""

import itertools
from collections.abc import Sequence

from tracking.accounts.models import Account
from tracking.accounts.service import create_account
from tracking.campaigns.deliverables import NewDeliverable, create_deliverable
from tracking.campaigns.models import Campaign, CampaignCreator, Stage, TrackingDeliverable
from tracking.campaigns.rules import CampaignFields
from tracking.campaigns.service import add_creators, create_campaign
from tracking.creators.models import Creator
from tracking.creators.rules import NewCreator
from tracking.creators.service import create_creators
from tracking.links.creation import NewLink, create_link
from tracking.links.models import Link

_numbers = itertools.count(1)


async def make_brand(slug: str = "acme") -> Account:
    return await create_account("Acme", slug)


async def make_creator(account: Account, handle: str | None = None) -> Creator:
    [outcome] = await create_creators(account.id, [NewCreator(handle or f"creator{next(_numbers)}")])
    assert outcome.creator is not None, outcome.error
    return outcome.creator


async def make_campaign(account: Account, name: str = "Summer") -> Campaign:
    return await create_campaign(account.id, CampaignFields(name))


async def make_deliverable(
    account: Account, campaign: Campaign, *, slug_template: str | None = None
) -> TrackingDeliverable:
    given = NewDeliverable(campaign.id, "Shop", "https://brand.example/summer", slug_template)
    return await create_deliverable(account.id, given)


async def join(
    account: Account, campaign: Campaign, creators: Sequence[Creator], stage: Stage = Stage.APPLIED
) -> list[CampaignCreator]:
    added = await add_creators(account.id, campaign.id, [creator.id for creator in creators], stage=stage)
    return [each.membership for each in added if each.membership is not None]


async def make_link(account: Account, creator: Creator, *, slug: str | None = None, label: str = "") -> Link:
    given = NewLink(creator.id, "https://brand.example/bio", label=label, slug=slug)
    return await create_link(account.id, given)
