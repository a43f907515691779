"""An account of which every query of docs/queries has something to tell, for tests that ask them all."""

from decimal import Decimal
from typing import Any

import asyncpg

from api.ids import encode_id
from tests.brand import join, make_campaign, make_creator, make_deliverable
from tests.clicking import BOT, make_event, store
from tests.converting import fill_inbox
from tests.outcomes import convert
from tracking.accounts.models import Account
from tracking.campaigns.models import CampaignCreator, Post, PostLink, Stage
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.coupons.service import NewCoupon, create_coupon
from tracking.creators.models import CreatorNotice, CreatorProfile, NoticeKind, Platform
from tracking.domains.models import TrackingDomain
from tracking.imports.models import Import, ImportFormat, ImportKind, ImportProblem
from tracking.links.models import Link, LinkKind
from tracking.messages.models import Channel, Delivery, DeliveryStatus, Message
from tracking.offers.events import GivenEvent
from tracking.offers.postback_secrets import create_postback_secret
from tracking.offers.service import OfferFields, create_offer
from tracking.reports.fold import fold_all


async def populate(account: Account, pool: asyncpg.Pool, count: int) -> dict[str, Any]:
    """A campaign, an import and messages with `count` of everything below; the variables that name them."""
    campaign = await make_campaign(account)
    await make_deliverable(account, campaign)
    creators = [await make_creator(account) for _ in range(count)]
    for member in await join(account, campaign, creators, Stage.ACCEPTED):
        await publish(account, member, count)
    for _ in range(count):
        other = await make_campaign(account)
        await make_deliverable(account, other)
        await join(account, other, creators, Stage.ACCEPTED)
    await send_messages(account, campaign.id, count)
    await sell(account, count)
    for link in await Link.filter(account=account):
        event = make_event(account.id, link_id=link.id, campaign_id=link.campaign_id, creator_id=link.creator_id)
        of_a_bot = make_event(account.id, link_id=link.id, user_agent=BOT)
        await store(pool, event, of_a_bot)
        await fill_inbox(pool, account.id, link_id=link.id, uncounted=of_a_bot.click_id)
        labels = {"link_id": link.id, "campaign_id": link.campaign_id, "creator_id": link.creator_id}
        await convert(pool, account.id, **labels)
    await fold_all(pool)
    done = await Import.create(
        account=account, kind=ImportKind.CREATORS, format=ImportFormat.CSV, upload_expires_at=utc_now(), bad=count
    )
    for line in range(count**2):
        await ImportProblem.create(of_import=done, line=line, code="INVALID", message="no handle")
    campaign_id = encode_id("Campaign", campaign.id)
    return {
        "03-daily-series": {"campaignId": campaign_id},
        "07-a-campaign-and-its-deals": {"id": campaign_id},
        "10-an-import-and-its-bad-rows": {"id": encode_id("Import", done.id)},
        "23-which-variant-is-better": {"campaignId": campaign_id},
    }


async def publish(account: Account, member: CampaignCreator, count: int) -> None:
    """Posts with their links, notices and a profile of one creator."""
    links = await Link.filter(creator_id=member.creator_id)
    await CreatorProfile.create(
        account_id=account.id, creator_id=member.creator_id, platform=Platform.YOUTUBE, handle="tube"
    )
    for number in range(count):
        post = await Post.create(
            account_id=account.id,
            campaign_creator=member,
            platform=Platform.YOUTUBE,
            url=f"https://video.example/{number}",
            published_at=utc_now(),
        )
        await PostLink.create(post=post, link_id=links[0].id)
        await CreatorNotice.create(
            account_id=account.id, creator_id=member.creator_id, kind=NoticeKind.LINK_ARCHIVED, link_id=links[0].id
        )


async def send_messages(account: Account, campaign_id: int, count: int) -> None:
    domain = await TrackingDomain.get(account=account)
    contact = await Contact.create(account=account, external_id="C-1")
    for number in range(count):
        message = await Message.create(
            account=account,
            name=f"Hello {number}",
            channel=Channel.EMAIL,
            template="Hello",
            variant="AB"[number % 2],
            campaign_id=campaign_id,
            domain_id=domain.id,
        )
        await Delivery.create(
            account_id=account.id, message=message, contact_id=contact.id, status=DeliveryStatus.SENT, at=utc_now()
        )


async def sell(account: Account, count: int) -> None:
    """Offers with their events and secrets, and a code for every creator's link."""
    for number in range(count):
        terms = [GivenEvent(f"step {step}", payout_percent=Decimal(5)) for step in range(count)]
        offer = await create_offer(account.id, OfferFields(f"Offer {number}", "https://brand.example/"), terms)
        await create_postback_secret(account.id, offer.id)
    for link in await Link.filter(account=account, kind=LinkKind.CAMPAIGN):
        await create_coupon(account.id, NewCoupon(f"CODE{link.id}", link.id))
