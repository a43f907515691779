"""Reports of creatives, users, tags and contacts, and the parts that links' platforms and utm parameters make."""

import datetime as dt
from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_campaign, make_creator, make_link
from tests.clicking import BOT, make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.messaging import for_contacts, make_contacts, make_message
from tests.outcomes import convert, know_conversions
from tests.statements import recorded_statements
from tracking.accounts.models import Role, User
from tracking.campaigns.models import CampaignCreator, Post, PostLink
from tracking.contacts.models import Contact
from tracking.creatives.models import Creative
from tracking.creators.models import CreatorProfile, Platform
from tracking.links.models import Link
from tracking.links.service import archive_link
from tracking.messages.models import Message
from tracking.reports.fold import fold_all
from tracking.settings import Settings

pytestmark = pytest.mark.feature("TR19", "TR20", "CU12", "IM20", "R12", "R11")

MAY = {"days": {"from": "2026-05-01", "to": "2026-05-31"}}
EVER = {"preset": "LIFETIME"}
REPORT = """report(range: $range, compareTo: $compareTo) {
    totals { totalClicks botClicks uniqueClicks conversions netValue { amountMinor } }
    previous { totalClicks }
    series(grain: MONTH) { at metrics { totalClicks conversions } }
    heatMap { totalClicks }
    %s
}"""
PARTS = "breakdown(by: %s) { nodes { key label metrics { totalClicks conversions } entity { __typename } } }"
NODE = "query ($id: ID!, $range: DateRange!, $compareTo: Comparison) { node(id: $id) { ... on %s { %s } } }"


def at(day: int, month: int = 5) -> dt.datetime:
    return dt.datetime(2026, month, day, 12, tzinfo=dt.UTC)


async def click(pool: asyncpg.Pool, link: Link, *moments: dt.datetime, **changes: Any) -> None:
    whose = {"link_id": link.id} | {
        name: getattr(link, name)
        for name in ("campaign_id", "creator_id", "message_id", "slot", "contact_id", "offer_id", "sharer_id")
    }
    events = [make_event(link.account_id, at_ms=int(each.timestamp() * 1_000), **whose, **changes) for each in moments]
    await store(pool, *events, backfill=True)
    await fold_all(pool)


async def ask_node(tenant: Tenant, type_name: str, key: int | str, *, by: str = "", **asked: Any) -> dict[str, Any]:
    query = NODE % (type_name, REPORT % (PARTS % by if by else ""))
    data = await tenant.ask(query, **{"id": encode_id(type_name, key), "range": EVER, **asked})
    report: dict[str, Any] = data["node"]["report"]
    return report


def tell(report: dict[str, Any]) -> dict[str, int]:
    return {each["label"]: each["metrics"]["totalClicks"] for each in report["breakdown"]["nodes"]}


async def send(tenant: Tenant, variant: str = "", **draft: Any) -> tuple[list[Link], list[Contact]]:
    """A message to two contacts, with a link of each."""
    contacts = await Contact.filter(account_id=tenant.account.id) or await make_contacts(tenant.account, 2)
    message = await make_message(
        tenant.account, "Look: https://brand.example/look", for_contacts(contacts), tracks_plain_urls=True, **draft
    )
    await Message.filter(id=message.id).update(variant=variant)
    return await Link.filter(message_id=message.id).order_by("contact_id"), contacts


async def test_a_creative_and_a_user_have_the_clicks_of_their_messages(acme: Tenant, pool: asyncpg.Pool) -> None:
    creative = await Creative.create(account=acme.account, name="Poster")
    user = await User.create(account=acme.account, name="Uma", role=Role.EDITOR)
    links, _ = await send(acme, creative_id=creative.id, sharer_id=user.id, variant="A")
    plain, _ = await send(acme)
    await click(pool, links[0], at(1), at(2))
    await click(pool, plain[0], at(3))

    by_variant = await ask_node(acme, "Creative", creative.id, by="VARIANT")
    by_message = await ask_node(acme, "User", user.id, by="MESSAGE")

    assert (by_variant["totals"]["totalClicks"], tell(by_variant)) == (2, {"A": 2})
    assert (by_message["totals"]["totalClicks"], tell(by_message)) == (2, {"News": 2})
    assert by_message["breakdown"]["nodes"][0]["entity"] == {"__typename": "Message"}
    told = {by: await ask_account(acme, by) for by in ("CREATIVE", "SHARER", "VARIANT")}
    assert {by: tell(report) for by, report in told.items()} == {
        "CREATIVE": {"Poster": 2, "(none)": 1},
        "SHARER": {"Uma": 2, "(none)": 1},
        "VARIANT": {"A": 2, "(none)": 1},
    }
    assert {each["entity"]["__typename"] for each in told["CREATIVE"]["breakdown"]["nodes"][:1]} == {"Creative"}


async def ask_account(tenant: Tenant, by: str) -> dict[str, Any]:
    query = "query ($range: DateRange!, $compareTo: Comparison) { viewer { account { %s } } }" % (REPORT % (PARTS % by))
    report: dict[str, Any] = (await tenant.ask(query, range=EVER))["viewer"]["account"]["report"]
    return report


async def test_a_tag_has_what_the_links_have_that_have_it_now(acme: Tenant, pool: asyncpg.Pool) -> None:
    ann, bob = [await make_creator(acme.account, handle) for handle in ("ann", "bob")]
    links = [await make_link(acme.account, creator) for creator in (ann, ann, bob)]
    for link, tags in zip(links, (["story"], ["story", "reel"], ["reel"]), strict=True):
        await Link.filter(id=link.id).update(tags=tags)
    for place, link in enumerate(links):
        await click(pool, link, *[at(day) for day in range(1, place + 2)], at(30, 4))
    await know_conversions(pool, acme.account.id, at(1, 1))
    await convert(pool, acme.account.id, link_id=links[1].id, creator_id=ann.id, occurred_at=at(9))
    await fold_all(pool)

    report = await ask_node(acme, "Tag", "story", by="CREATOR", range=MAY, compareTo={"previous": "PERIOD"})

    assert report["totals"] == {
        "totalClicks": 3, "botClicks": 0, "uniqueClicks": 3, "conversions": 1, "netValue": [{"amountMinor": 1250}]
    }  # fmt: skip
    assert report["previous"] == {"totalClicks": 2}
    assert [each["metrics"] for each in report["series"]] == [{"totalClicks": 3, "conversions": 1}]
    assert sum(cell["totalClicks"] for cell in report["heatMap"]) == 3
    assert tell(report) == {"ann": 3}
    assert tell(await ask_node(acme, "Tag", "reel", by="CREATOR", range=MAY)) == {"ann": 2, "bob": 3}
    assert tell(await ask_node(acme, "Tag", "reel", by="CAMPAIGN", range=MAY)) == {"(none)": 5}
    links_of_reel = await ask_node(acme, "Tag", "reel", by="LINK", range=MAY)
    assert {each["key"]: each["metrics"]["conversions"] for each in links_of_reel["breakdown"]["nodes"]} == {
        encode_id("Link", links[1].id): 1, encode_id("Link", links[2].id): 0
    }  # fmt: skip


async def test_tags_are_listed_with_how_many_links_have_them(acme: Tenant, other: Tenant) -> None:
    creator = await make_creator(acme.account)
    for tags in (["b", "a"], ["b"], []):
        link = await make_link(acme.account, creator)
        await Link.filter(id=link.id).update(tags=tags)
    listed = "nodes { id name linkCount } pageInfo { endCursor }"
    query = f"query ($after: String) {{ tags(first: 1, after: $after) {{ {listed} }} }}"

    first = (await acme.ask(query, after=None))["tags"]
    second = (await acme.ask(query, after=first["pageInfo"]["endCursor"]))["tags"]

    assert [*first["nodes"], *second["nodes"]] == [
        {"id": encode_id("Tag", "a"), "name": "a", "linkCount": 1},
        {"id": encode_id("Tag", "b"), "name": "b", "linkCount": 2},
    ]
    assert (await other.ask(query, after=None))["tags"]["nodes"] == []
    assert (await acme.ask('{ tags(filter: { search: "B" }) { nodes { name } } }'))["tags"]["nodes"] == [{"name": "b"}]
    strange = {"id": encode_id("Tag", "a\0"), "range": EVER}
    assert (await acme.ask(NODE % ("Tag", REPORT % ""), **strange))["node"] is None
    assert (await other.ask(NODE % ("Tag", REPORT % ""), **(strange | {"id": encode_id("Tag", "a")})))["node"] is None


async def test_a_contact_has_totals_for_ever_and_ranges_of_the_clicks_that_are_kept(
    acme: Tenant, pool: asyncpg.Pool
) -> None:
    links, contacts = await send(acme)
    key = b"c" * 16
    await click(pool, links[0], at(1), at(2), visitor_key=key)
    await click(pool, links[0], at(30, 4), visitor_key=key)
    await click(pool, links[0], at(3), visitor_key=key, user_agent=BOT)
    await click(pool, links[1], at(3), visitor_key=b"d" * 16)
    await know_conversions(pool, acme.account.id, at(1, 1))
    labels = {"link_id": links[0].id, "message_id": links[0].message_id, "slot": 1, "contact_id": contacts[0].id}
    await convert(pool, acme.account.id, **labels, occurred_at=at(9))
    await fold_all(pool)

    ever = await ask_node(acme, "Contact", contacts[0].id)
    in_may = await ask_node(acme, "Contact", contacts[0].id, range=MAY, compareTo={"previous": "PERIOD"})

    sale = {"conversions": 1, "netValue": [{"amountMinor": 1250}]}
    assert ever["totals"] == {"totalClicks": 4, "botClicks": 1, "uniqueClicks": 1, **sale}
    assert in_may["totals"] == {"totalClicks": 3, "botClicks": 1, "uniqueClicks": 0, **sale}
    assert in_may["previous"] == {"totalClicks": 1}
    assert [each["metrics"] for each in ever["series"]][:2] == [
        {"totalClicks": 1, "conversions": 0}, {"totalClicks": 3, "conversions": 1}
    ]  # fmt: skip
    assert sum(cell["totalClicks"] for cell in in_may["heatMap"]) == 3


async def test_a_platform_is_that_of_the_first_post_else_of_the_only_profile(acme: Tenant, pool: asyncpg.Pool) -> None:
    ann, bob = [await make_creator(acme.account, handle) for handle in ("ann", "bob")]
    posted, of_one, of_two = [await make_link(acme.account, creator) for creator in (ann, ann, bob)]
    profiles = [(ann, Platform.YOUTUBE), (bob, Platform.YOUTUBE), (bob, Platform.TIKTOK)]
    for creator, platform in profiles:
        await CreatorProfile.create(
            account_id=acme.account.id, creator=creator, platform=platform, handle=platform.value
        )
    await post(acme, ann.id, posted, Platform.X, at(2))
    await post(acme, ann.id, posted, Platform.TIKTOK, at(1))
    for count, link in enumerate((posted, of_one, of_two), start=1):
        await click(pool, link, *[at(day) for day in range(1, count + 1)])

    assert tell(await ask_account(acme, "PLATFORM")) == {"TIKTOK": 1, "YOUTUBE": 2, "(none)": 3}


async def post(tenant: Tenant, creator_id: int, link: Link, platform: Platform, when: dt.datetime) -> None:
    campaign = await make_campaign(tenant.account)
    member = await CampaignCreator.create(account_id=tenant.account.id, campaign=campaign, creator_id=creator_id)
    made = await Post.create(
        account_id=tenant.account.id, campaign_creator=member, platform=platform, url=f"https://x.example/{when}",
        published_at=when,
    )  # fmt: skip
    await PostLink.create(post=made, link_id=link.id)


async def test_utm_parameters_are_read_where_links_lead_to_now(acme: Tenant, pool: asyncpg.Pool) -> None:
    creator = await make_creator(acme.account)
    destinations = (
        "https://brand.example/?utm_source=sommer%20mail&utm_source=second#utm_source=third",
        "https://brand.example/?a=1&utm_source=sommer+mail",
        "https://brand.example/?utm_source=%FF%00",
        "https://brand.example/?utm_source=&xutm_source=no",
        "https://brand.example/utm_source=no",
    )
    for count, destination in enumerate(destinations):
        link = await make_link(acme.account, creator)
        await Link.filter(id=link.id).update(destination_url=destination)
        await click(pool, link, *[at(1 + day) for day in range(2**count)])

    assert tell(await ask_account(acme, "UTM_SOURCE")) == {
        "sommer mail": 3, "\N{REPLACEMENT CHARACTER}" * 2: 4, "(none)": 24
    }  # fmt: skip
    assert tell(await ask_account(acme, "UTM_TERM")) == {"(none)": 31}


@pytest.mark.feature("LO11")
async def test_a_creators_lifetime_has_links_that_are_archived(acme: Tenant, pool: asyncpg.Pool) -> None:
    creator = await make_creator(acme.account)
    kept, gone = [await make_link(acme.account, creator) for _ in range(2)]
    await click(pool, kept, at(1))
    await click(pool, gone, at(1), at(2))
    await archive_link(acme.account.id, gone.id)

    report = await ask_node(acme, "Creator", creator.id, by="LINK")

    assert report["totals"]["totalClicks"] == 3
    assert tell(report) == {gone.slug: 2, kept.slug: 1}


@pytest.mark.usefixtures("answered_once")
async def test_reports_of_many_cost_as_many_statements_as_of_one(
    acme: Tenant, pool: asyncpg.Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_tags, of_contacts = REPORT % (PARTS % "CREATOR"), REPORT % ""
    asked = f"tags(first: 10) {{ nodes {{ {of_tags} }} }} contacts(first: 10) {{ nodes {{ {of_contacts} }} }}"
    query = f"query ($range: DateRange!, $compareTo: Comparison) {{ {asked} }}"
    links, _ = await send(acme)
    creator = await make_creator(acme.account)
    costs = []
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            for count in (1, 4):
                for number in range(count):
                    link = await make_link(acme.account, creator)
                    await Link.filter(id=link.id).update(tags=[f"tag{count}{number}"])
                    await click(pool, link, at(1))
                await click(pool, links[0], at(count))
                await graph.ask("{ viewer { expiresAt } }", api_key=acme.key)
                statements.clear()
                found = await graph.ask(query, api_key=acme.key, range=MAY, compareTo={"previous": "PERIOD"})
                costs.append(len(statements))

    assert [tell(node["report"]) for node in found["tags"]["nodes"]] == [{creator.handle: 1}] * 5
    assert costs[0] == costs[1]
