"""One of each node for an account, each made with the others."""

import asyncpg

from api.ids import encode_id
from tests.brand import join, make_campaign, make_creator, make_deliverable
from tests.clicking import make_event, store
from tests.tenancy.cases import Ids
from tracking.accounts.models import Account
from tracking.campaigns.models import Stage
from tracking.links.models import Link


async def furnish(account: Account, pool: asyncpg.Pool) -> Ids:
    creator, campaign = await make_creator(account), await make_campaign(account)
    deliverable = await make_deliverable(account, campaign)
    [membership] = await join(account, campaign, [creator], Stage.ACCEPTED)
    link = await Link.get(deliverable_id=deliverable.id)
    click = make_event(account.id, link_id=link.id, campaign_id=campaign.id, creator_id=creator.id)
    [click_id] = (await store(pool, click)).stored
    rows = {
        "Account": account,
        "Campaign": campaign,
        "CampaignCreator": membership,
        "Creator": creator,
        "Link": link,
        "TrackingDeliverable": deliverable,
    }
    nodes = {name: encode_id(name, row.id) for name, row in rows.items()}
    return Ids(
        nodes={**nodes, "Click": encode_id("Click", click_id)},
        link_url=f"http://{account.slug}.localhost/{link.slug}",
    )
