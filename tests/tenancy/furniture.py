"""One of each node for an account, each with the others."""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg

from api.ids import encode_id
from tests.brand import join, make_campaign, make_creator, make_deliverable
from tests.clicking import make_event, store
from tests.converting import make_report
from tests.tenancy.cases import Ids
from tests.webhooks import make_endpoint, make_given_up, make_replay
from tracking.accounts.models import Account, Role, Scope, User
from tracking.accounts.service import create_api_key
from tracking.bots.corrections.models import Correction, CorrectionKind, CorrectionStatus
from tracking.bots.hosting.service import put_hosting_list
from tracking.bots.verdicts import Verdict
from tracking.campaigns.models import Campaign, CampaignCreator, Post, PostLink, Stage
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.conversions.store import store_conversions
from tracking.coupons.models import Coupon
from tracking.creatives.models import Creative
from tracking.creators.models import Creator, CreatorProfile, Platform
from tracking.domains.models import TrackingDomain
from tracking.erasure.models import Erasure
from tracking.erasure.rules import draw_stand_in
from tracking.exports.models import Export, ExportFormat, ExportKind, ExportSchedule
from tracking.imports.models import Import, ImportFormat, ImportKind
from tracking.links.models import Link, LinkKind
from tracking.messages.models import Channel, Delivery, DeliveryStatus, Message, MessageRecipient
from tracking.offers.models import Offer, PostbackSecret, SigningKey
from tracking.offers.postback_secrets import create_postback_secret
from tracking.report_pages.models import ReportPage
from tracking.segments.models import Segment
from tracking.segments.rules import Condition, Definition, SegmentAction, SegmentMatch, store_definition
from tracking.snippets.models import SnippetKey
from tracking.statements.models import Statement
from tracking.statements.rules import Content, hash_content, write_content

SHOP = "https://brand.example/shop"


async def furnish(account: Account, pool: asyncpg.Pool) -> Ids:
    creator, campaign = await make_creator(account), await make_campaign(account)
    deliverable = await make_deliverable(account, campaign)
    [membership] = await join(account, campaign, [creator], Stage.ACCEPTED)
    link = await Link.get(deliverable_id=deliverable.id)
    user = await User.create(account=account, name="Sam", role=Role.EDITOR)
    contact = await Contact.create(account=account, external_id="C-1", name="Kim")
    domain = await TrackingDomain.get(account=account)
    creative = await Creative.create(account=account, name="Blue")
    message = await _write_message(link, creative=creative, sharer=user, contact=contact)
    tag = f"tag{account.id}"
    await Link.filter(id=link.id).update(sharer_id=user.id, tags=[tag])
    await _send_link(link, message=message, contact=contact)
    post = await _write_post(account, membership)
    await PostLink.create(post=post, link_id=link.id)
    rows: dict[str, Any] = {
        "Account": account,
        "ApiKey": (await create_api_key(account.id, "furniture", [Scope.READ])).row,
        "Campaign": campaign,
        "CampaignCreator": membership,
        "Contact": contact,
        "Creative": creative,
        "Creator": creator,
        "Link": link,
        "Message": message,
        "Post": post,
        "Profile": await _write_profile(creator),
        "Segment": await _write_segment(account),
        "TrackingDeliverable": deliverable,
        "TrackingDomain": domain,
        "User": user,
        **await _write_offer(account, link),
        **await _write_exports(account),
        **await _write_papers(campaign, creator),
    }
    nodes = {"Tag": encode_id("Tag", tag), **await _write_webhook(account, pool)}
    nodes |= {name: encode_id(name, row.id) for name, row in rows.items()}
    nodes["Click"] = await _click(link, pool, message=message, contact=contact, offer=rows["Offer"])
    nodes["Conversion"] = await _convert(link, pool, offer=rows["Offer"])
    return Ids(nodes, link_url=f"http://{account.slug}.localhost/{link.slug}")


async def _write_exports(account: Account) -> dict[str, Any]:
    """One that a schedule asked for."""
    kind, export_format = ExportKind.CLICKS, ExportFormat.CSV
    schedule = await ExportSchedule.create(
        account=account, name="Daily", kind=kind, format=export_format, parameters={}, cron="0 6 * * *"
    )
    export = await Export.create(
        account=account, kind=kind, format=export_format, parameters={}, schedule=schedule, due_at=utc_now()
    )
    return {"Export": export, "ExportSchedule": schedule}


async def _write_webhook(account: Account, pool: asyncpg.Pool) -> dict[str, str]:
    """With a delivery that was given up, and a replay."""
    endpoint = await make_endpoint(account, name=f"hook{account.id}")
    delivery_id = await make_given_up(pool, endpoint)
    return {
        "WebhookEndpoint": encode_id("WebhookEndpoint", endpoint.id),
        "WebhookDelivery": encode_id("WebhookDelivery", delivery_id),
        "WebhookReplay": encode_id("WebhookReplay", (await make_replay(endpoint)).id),
    }


async def _write_profile(creator: Creator) -> CreatorProfile:
    return await CreatorProfile.create(
        account_id=creator.account_id, creator=creator, platform=Platform.YOUTUBE, handle="own"
    )


async def _write_segment(account: Account) -> Segment:
    definition = Definition(SegmentMatch.ALL, (Condition(SegmentAction.RECEIVED),))
    return await Segment.create(account=account, name="Everybody", definition=store_definition(definition))


async def _write_papers(campaign: Campaign, creator: Creator) -> dict[str, Any]:
    """What was brought in, corrected, shown and closed."""
    account = await Account.get(id=campaign.account_id)
    return {
        "Correction": await _write_correction(account),
        "Erasure": await Erasure.create(account=account, stand_in_id=draw_stand_in(), watched_until=utc_now()),
        "HostingList": await put_hosting_list(account.id, "Own", "192.0.2.0/24"),
        "Import": await _write_import(account),
        "ReportPage": await _write_report_page(campaign, creator),
        "Statement": await _write_statement(campaign),
    }


async def _write_statement(campaign: Campaign) -> Statement:
    """Of two days, long ago, in which nothing happened."""
    starts_at, ends_at = (dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (1, 3))
    text = write_content(
        Content(campaign.id, campaign.name, 1, None, starts_at, ends_at, "UTC", ends_at, None, lines=[])
    )
    return await Statement.create(
        account_id=campaign.account_id,
        campaign=campaign,
        number=1,
        starts_at=starts_at,
        ends_at=ends_at,
        content=text,
        sha256=hash_content(text),
        actor_kind="SYSTEM",
    )


async def _write_offer(account: Account, link: Link) -> dict[str, Any]:
    """With all that reports what it sells."""
    offer = await Offer.create(account=account, name="Shoes", destination_url=SHOP)
    secret = await create_postback_secret(account.id, offer.id)
    return {
        "Offer": offer,
        "PostbackSecret": await PostbackSecret.get(id=secret.secret_id),
        "SigningKey": await SigningKey.create(account=account, place=1, key_name=f"key{account.id}", sealed_key=b""),
        "SnippetKey": await SnippetKey.create(account=account, place=1, key=f"ct_pub_{account.id}"),
        "Coupon": await Coupon.create(account=account, code="OWN10", link_id=link.id),
    }


async def _click(link: Link, pool: asyncpg.Pool, *, message: Message, contact: Contact, offer: Offer) -> str:
    """One that has all of what a click can belong to."""
    click = make_event(
        link.account_id,
        link_id=link.id,
        campaign_id=link.campaign_id,
        creator_id=link.creator_id,
        message_id=message.id,
        slot=1,
        contact_id=contact.id,
        offer_id=offer.id,
        sharer_id=message.sharer_id,
    )
    [click_id] = (await store(pool, click)).stored
    return encode_id("Click", click_id)


async def _convert(link: Link, pool: asyncpg.Pool, *, offer: Offer) -> str:
    """Something sold on the link."""
    report = make_report(link.account_id, link_id=link.id, offer_id=offer.id)
    [conversion_id] = (await store_conversions(pool, [report])).conversion_ids
    assert conversion_id is not None
    return encode_id("Conversion", conversion_id)


async def _write_message(like: Link, *, creative: Creative, sharer: User, contact: Contact) -> Message:
    message = await Message.create(
        account_id=like.account_id,
        name="Hello",
        channel=Channel.EMAIL,
        template="Hello {{ contact.name }}",
        variant="A",
        campaign_id=like.campaign_id,
        creative_id=creative.id,
        sharer_id=sharer.id,
        domain_id=like.domain_id,
    )
    await MessageRecipient.create(message=message, position=1, contact_id=contact.id, is_prepared=True)
    await Delivery.create(
        account_id=like.account_id, message=message, contact_id=contact.id, status=DeliveryStatus.SENT, at=utc_now()
    )
    return message


async def _send_link(like: Link, *, message: Message, contact: Contact) -> None:
    """A link of the same campaign and creator that has all of what only recipients' links have."""
    await Link.create(
        account_id=like.account_id,
        domain_id=like.domain_id,
        slug="sent123",
        kind=LinkKind.RECIPIENT,
        destination_url=SHOP,
        campaign_id=like.campaign_id,
        creator_id=like.creator_id,
        message_id=message.id,
        slot=1,
        contact_id=contact.id,
    )


async def _write_correction(account: Account) -> Correction:
    return await Correction.create(
        account=account,
        kind=CorrectionKind.RECLASSIFY,
        status=CorrectionStatus.APPLIED,
        is_dry_run=False,
        wanted="{}",
        verdict=Verdict.BOT,
        until_click_id=UUID(int=1),
    )


async def _write_import(account: Account) -> Import:
    return await Import.create(
        account=account, kind=ImportKind.CREATORS, format=ImportFormat.CSV, upload_expires_at=utc_now()
    )


async def _write_report_page(campaign: Campaign, creator: Creator) -> ReportPage:
    return await ReportPage.create(
        account_id=campaign.account_id,
        campaign=campaign,
        creator=creator,
        token_prefix=f"p{campaign.id}",
        token_sha256=b"",
        expires_at=utc_now() + dt.timedelta(days=1),
        actor_kind="SYSTEM",
    )


async def _write_post(account: Account, membership: CampaignCreator) -> Post:
    return await Post.create(
        account_id=account.id,
        campaign_creator=membership,
        platform=Platform.YOUTUBE,
        url="https://video.example/watch",
        published_at=utc_now(),
    )
