"""Each query of docs/queries costs as many SQL statements for many rows as for few."""

from collections import Counter
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable
from tests.clicking import BOT, make_event, store
from tests.converting import fill_inbox
from tests.graph import open_graph
from tests.outcomes import convert
from tests.product_queries import FOLDER, read_query
from tests.sessions import open_creator_session
from tests.statements import recorded_statements
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key
from tracking.campaigns.models import CampaignCreator, Post, PostLink, Stage
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.coupons.service import NewCoupon, create_coupon
from tracking.creators.models import Creator, CreatorNotice, CreatorProfile, NoticeKind, Platform
from tracking.domains.models import TrackingDomain
from tracking.imports.models import Import, ImportFormat, ImportKind, ImportProblem
from tracking.links.models import Link, LinkKind
from tracking.messages.models import Channel, Delivery, DeliveryStatus, Message
from tracking.offers.events import GivenEvent
from tracking.offers.postback_secrets import create_postback_secret
from tracking.offers.service import OfferFields, create_offer
from tracking.reports.fold import fold_all
from tracking.settings import Settings

FEW, MANY = 1, 4
SUBSCRIPTIONS = {"06-live-clicks", "15-live-conversions", "26-live-totals-and-progress"}
# each of their steps is run by tests of their own
MUTATIONS = {
    "04-set-up-a-campaign",
    "16-set-up-conversions",
    "19-share-a-report-page",
    "20-an-export",
    "21-close-a-period",
    "22-a-segment",
    "24-a-webhook",
    "25-why-a-webhook-failed",
}
# a point for each day or hour of the week, whatever happened
OF_ONE_SIZE = ["03-daily-series", "18-a-campaigns-report"]
QUERIES = sorted({path.stem for path in FOLDER.glob("*.graphql")} - SUBSCRIPTIONS - MUTATIONS)


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


@pytest.mark.feature("R12", "CU12")
@pytest.mark.usefixtures("answered_once")
async def test_many_rows_cost_as_many_statements_as_few(
    settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: dict[str, list[list[str]]] = {name: [] for name in QUERIES}
    answers: dict[str, list[str]] = {name: [] for name in QUERIES}
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            for slug, count in (("few", FEW), ("many", MANY)):
                account = await make_brand(slug)
                variables = await populate(account, pool, count)
                key = (await create_api_key(account.id, "test", [Scope.ADMIN])).token
                creator = await Creator.filter(account=account).order_by("id").first()
                assert creator is not None
                session = await open_creator_session(graph, key, creator)
                for name in QUERIES:
                    token = session if name.startswith("08") else key
                    await graph.ask("{ viewer { expiresAt } }", api_key=token)  # from now on the key's use is noted
                    asked = []
                    for _ in range(2):
                        statements.clear()
                        answer = str(await graph.ask(read_query(name), api_key=token, **variables.get(name, {})))
                        asked.append(sorted(statements))
                    answers[name].append(answer)
                    # What is loaded together may by chance be asked for in two ticks, on a slow machine.
                    costs[name].append(min(asked, key=len))

    # Else it would not have asked for what there is more of.
    assert [name for name, (few, many) in answers.items() if len(many) <= 2 * len(few)] == OF_ONE_SIZE
    dearer = {name: [*map(Counter, cost)] for name, cost in costs.items() if len(cost[0]) != len(cost[1])}
    assert dearer == {}
