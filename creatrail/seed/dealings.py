"""What a demo's brand did besides handing out links, by the same use cases as the graph's."""

import datetime as dt
from typing import Final, NamedTuple

from creatrail.seed.company import (
    CONTACTS,
    DEALS,
    FAIR_SLUG,
    FAIR_URL,
    JOIN_URLS,
    MESSAGE_CAMPAIGN,
    MESSAGE_NAME,
    MESSAGES,
    OFFER_NAME,
    OFFER_URL,
    OPT_OUT_URL,
    POSTS,
    SENDER,
    STRICT_CAMPAIGN,
    USERS,
    DemoMessage,
)
from tracking.accounts.users import create_users
from tracking.bots.policies.models import BotPolicyVersion
from tracking.bots.policies.rules import BotMode
from tracking.bots.policies.service import update_bot_policy
from tracking.campaigns.deals import set_deal
from tracking.campaigns.models import Campaign, CampaignCreator
from tracking.campaigns.posts import NewPost, create_post
from tracking.campaigns.service import update_campaign
from tracking.clock import utc_now
from tracking.contacts.service import upsert_contacts
from tracking.creators.models import Creator, CreatorNotice
from tracking.history.models import HistoryEntry
from tracking.links.creation import NewLink, create_link
from tracking.links.models import Link
from tracking.links.service import Replacement, archive_link
from tracking.messages.composing import Draft
from tracking.messages.deliveries import ToldDelivery, record_deliveries
from tracking.messages.models import DeliveryStatus
from tracking.messages.preparing import prepare_recipients
from tracking.messages.recipients import Audience
from tracking.messages.service import NewMessage, prepare_message
from tracking.offers.service import OfferFields, create_offer

# Of the first recipients of each message; all others got it.
NOT_DELIVERED: Final = {0: DeliveryStatus.FAILED, 1: DeliveryStatus.BOUNCED}


class Brand(NamedTuple):
    """What was written of it before: campaigns by name, creators by handle."""

    account_id: int
    campaigns: dict[str, Campaign]
    creators: dict[str, Creator]


async def write_dealings(brand: Brand) -> None:
    """In the caller's transaction, after the links of the plan: their numbers come first."""
    await _write_deals(brand)
    await _write_posts(brand)
    for name, url in JOIN_URLS.items():
        await update_campaign(brand.account_id, brand.campaigns[name].id, {"join_url": url})
    users = await create_users(brand.account_id, USERS)
    sender_id = users[[user.external_id for user in USERS].index(SENDER)].user_id
    await create_link(
        brand.account_id, NewLink(None, FAIR_URL, label="Stand at the fair", slug=FAIR_SLUG, sharer_id=sender_id)
    )
    await upsert_contacts(brand.account_id, CONTACTS)
    await create_offer(brand.account_id, OfferFields(OFFER_NAME, OFFER_URL))
    for message in MESSAGES:
        await _write_message(brand, message, sender_id)


async def write_policies(brand: Brand, begins_at: dt.datetime) -> None:
    """The strict campaign's holds from its beginning, which no use case allows: a change never counts backwards."""
    campaign = brand.campaigns[STRICT_CAMPAIGN]
    await update_bot_policy(brand.account_id, {"counts_public_suspects": False}, campaign_id=campaign.id)
    await BotPolicyVersion.filter(campaign_id=campaign.id).update(effective_at=begins_at, created_at=begins_at)
    noted = await HistoryEntry.get(account_id=brand.account_id, subject_type="Campaign", action="BOT_POLICY_UPDATED")
    noted.at, noted.after = begins_at, {**noted.after, "botPolicy.effectiveAt": begins_at.isoformat()}
    await noted.save()
    fair = await Link.get(account_id=brand.account_id, slug=FAIR_SLUG)
    await update_bot_policy(brand.account_id, {"mode": BotMode.CONFIRM}, link_id=fair.id)


async def replace_link(link: Link, archived_at: dt.datetime) -> None:
    """The creator was told to take it down and what to use instead, on that day (LS7, LS8)."""
    stopped = await archive_link(
        link.account_id, link.id, replacement=Replacement(destination_url="https://example.com/")
    )
    await Link.filter(id=link.id).update(archived_at=archived_at)
    await Link.filter(id=stopped.replaced_by_id).update(created_at=archived_at)
    await CreatorNotice.filter(link_id=link.id).update(created_at=archived_at)


async def _write_deals(brand: Brand) -> None:
    for (campaign, handle), deal in DEALS.items():
        member = await _find_member(brand, campaign, handle)
        await set_deal(brand.account_id, member.id, deal)


async def _write_posts(brand: Brand) -> None:
    for post in POSTS:
        member = await _find_member(brand, post.campaign, post.handle)
        links = await Link.filter(campaign_id=member.campaign_id, creator_id=member.creator_id).order_by("id")
        published_at = member.added_at + dt.timedelta(days=post.day, hours=9)
        given = NewPost(member.id, post.platform, post.url, published_at, tuple(link.id for link in links))
        await create_post(brand.account_id, given)


async def _find_member(brand: Brand, campaign: str, handle: str) -> CampaignCreator:
    return await CampaignCreator.get(campaign=brand.campaigns[campaign], creator=brand.creators[handle])


async def _write_message(brand: Brand, plan: DemoMessage, sender_id: int | None) -> None:
    """Prepared as its job does, sent, and told of: most arrived."""
    draft = Draft(
        plan.template,
        campaign_id=brand.campaigns[MESSAGE_CAMPAIGN].id,
        sharer_id=sender_id,
        opt_out_url=OPT_OUT_URL,
    )
    audience = Audience(contact_external_ids=plan.recipients)
    message = await prepare_message(brand.account_id, NewMessage(MESSAGE_NAME, draft, plan.variant, audience))
    await prepare_recipients(message.id)
    told = [
        ToldDelivery(NOT_DELIVERED.get(place, DeliveryStatus.DELIVERED), utc_now(), external_id=contact)
        for place, contact in enumerate(plan.recipients)
    ]
    await record_deliveries(brand.account_id, message.id, told)
