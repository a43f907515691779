"""What a click is attributed to: the link that was clicked, never a guess."""

from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import join, make_campaign, make_creator, make_deliverable, make_link
from tests.clicking import BOT, HUMAN, make_event, store
from tests.integration.api.conftest import Tenant
from tests.messaging import for_contacts, make_contacts, make_message
from tracking.campaigns.models import Stage
from tracking.clicks.event import VisitorMethod
from tracking.clicks.visitors import name_contact
from tracking.clock import now_ms
from tracking.links.models import Link
from tracking.reports.fold import fold_all

BY_LABEL = "{ links(orderBy: { field: LABEL, direction: ASC }) { nodes { label totals { totalClicks } } } }"


@pytest.mark.feature("LS12", "LO8", "LO9")
async def test_clicks_from_anywhere_belong_to_the_link_and_to_no_other_with_the_same_destination(
    acme: Tenant, pool: asyncpg.Pool
) -> None:
    creator = await make_creator(acme.account)
    links = [await make_link(acme.account, creator, label=label) for label in ("Bio", "Story")]
    of_bio = {"link_id": links[0].id, "campaign_id": None, "creator_id": creator.id}
    places = [("story", b"https://www.tiktok.com/"), ("", b""), ("reel", b"https://www.instagram.com/p/1")]
    await store(
        pool,
        *(
            make_event(acme.account.id, placement=placement, referrer=referrer, **of_bio)
            for placement, referrer in places
        ),
    )
    await fold_all(pool)

    assert (await acme.ask(BY_LABEL))["links"]["nodes"] == [
        {"label": "Bio", "totals": {"totalClicks": 3}},
        {"label": "Story", "totals": {"totalClicks": 0}},
    ]
    clicks = (await acme.ask("{ clicks { nodes { placement link { label } } } }"))["clicks"]["nodes"]
    assert sorted((click["placement"] or "", click["link"]["label"]) for click in clicks) == [
        ("", "Bio"),
        ("reel", "Bio"),
        ("story", "Bio"),
    ]


@pytest.mark.feature("CU1", "CU2", "LO1")
async def test_creators_with_one_destination_are_counted_each_on_their_own(acme: Tenant, pool: asyncpg.Pool) -> None:
    campaign = await make_campaign(acme.account)
    await make_deliverable(acme.account, campaign)
    creators = [await make_creator(acme.account, handle) for handle in ("ada", "ben")]
    await join(acme.account, campaign, creators, Stage.ACCEPTED)
    for creator, visitors in zip(creators, (3, 1), strict=True):
        link = await Link.get(creator_id=creator.id)
        owners = {"link_id": link.id, "campaign_id": campaign.id, "creator_id": creator.id}
        await store(pool, *(make_event(acme.account.id, visitor=visitor, **owners) for visitor in range(visitors)))
    await fold_all(pool)
    query = "{ creators { nodes { handle report(range: { preset: LIFETIME }) { totals { uniqueClicks } } } } }"

    nodes = (await acme.ask(query))["creators"]["nodes"]

    counted = {node["handle"]: node["report"]["totals"]["uniqueClicks"] for node in nodes}
    assert counted == {"ada": 3, "ben": 1}
    assert len({link.destination_url for link in await Link.all()}) == 1


class TestRecipients:
    LINKS = """
        {
            links(filter: { kinds: [RECIPIENT] }) {
                nodes {
                    contact { externalId } message { name } report(range: { preset: LIFETIME }) { asOf }
                    totals { totalClicks humanClicks botClicks countedClicks uniqueClicks }
                }
            }
        }
    """

    @pytest.mark.feature("IM2", "TR6", "TR7", "TR8")
    async def test_three_hits_of_a_contact_the_first_of_a_bot_are_one_unique_click(
        self, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        contacts = await make_contacts(acme.account, 2)
        template = "Hello {{ contact.name }}: https://brand.example/sale"
        message = await make_message(acme.account, template, for_contacts(contacts), tracks_plain_urls=True)
        link = await Link.get(contact_id=contacts[0].id)
        bound = {
            "link_id": link.id,
            "message_id": message.id,
            "slot": link.slot,
            "contact_id": link.contact_id,
            "campaign_id": None,
            "creator_id": None,
        }
        await store(pool, make_event(acme.account.id, user_agent=BOT, **bound))
        await store(pool, *(make_event(acme.account.id, **bound) for _ in range(2)))
        await fold_all(pool)

        nodes = (await acme.ask(self.LINKS))["links"]["nodes"]

        described = {node["contact"]["externalId"]: node for node in nodes if node["contact"]}
        assert described["c1"] == {
            "contact": {"externalId": "c1"},
            "message": {"name": "News"},
            "report": None,
            "totals": {"totalClicks": 3, "humanClicks": 2, "botClicks": 1, "countedClicks": 2, "uniqueClicks": 1},
        }
        assert described["c2"]["totals"]["totalClicks"] == 0

    CLICKS = """
        {
            clicks(orderBy: {field: OCCURRED_AT, direction: ASC}) {
                nodes { id counting uniqueHolder { id } contact { externalId } }
            }
        }
    """

    @pytest.mark.feature("TR6", "TR7", "TR8", "V2")
    async def test_of_three_hits_the_first_of_a_bot_the_second_holds_the_unique(
        self, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        contacts = await make_contacts(acme.account, 1)
        message = await make_message(
            acme.account, "https://brand.example/sale", for_contacts(contacts), tracks_plain_urls=True
        )
        bound = await describe_link_of(contacts[0].id)
        now = now_ms()
        hits = [
            make_event(acme.account.id, at_ms=now + later_ms, user_agent=agent, **bound)
            for later_ms, agent in enumerate((BOT, HUMAN, HUMAN))
        ]
        await store(pool, *reversed(hits))
        await fold_all(pool)

        clicks = (await acme.ask(self.CLICKS))["clicks"]["nodes"]

        assert [click["counting"] for click in clicks] == ["BOT", "UNIQUE", "REPEAT"]
        assert [click["uniqueHolder"] for click in clicks] == [None, {"id": clicks[1]["id"]}, {"id": clicks[1]["id"]}]
        totals = await read_message_totals(acme, message.id)
        assert totals == {"totalClicks": 3, "humanClicks": 2, "botClicks": 1, "uniqueClicks": 1}

    @pytest.mark.feature("TR7", "V3")
    async def test_two_contacts_behind_one_address_are_two_unique_clicks(
        self, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        contacts = await make_contacts(acme.account, 2)
        message = await make_message(
            acme.account, "https://brand.example/sale", for_contacts(contacts), tracks_plain_urls=True
        )
        for contact in contacts:
            bound = await describe_link_of(contact.id)
            await store(pool, make_event(acme.account.id, client_ip="203.0.113.9", **bound))
        await fold_all(pool)

        totals = await read_message_totals(acme, message.id)

        assert totals == {"totalClicks": 2, "humanClicks": 2, "botClicks": 0, "uniqueClicks": 2}


async def describe_link_of(contact_id: int) -> dict[str, Any]:
    """What a click on the contact's one link carries."""
    link = await Link.get(contact_id=contact_id)
    return {
        "link_id": link.id,
        "message_id": link.message_id,
        "slot": link.slot,
        "contact_id": contact_id,
        "visitor_key": name_contact(contact_id),
        "visitor_method": VisitorMethod.CONTACT,
        "campaign_id": None,
        "creator_id": None,
    }


async def read_message_totals(acme: Tenant, message_id: int) -> dict[str, int]:
    query = """
        query ($id: ID!) {
            node(id: $id) { ... on Message { totals { totalClicks humanClicks botClicks uniqueClicks } } }
        }
    """
    totals: dict[str, int] = (await acme.ask(query, id=encode_id("Message", message_id)))["node"]["totals"]
    return totals
