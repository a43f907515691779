"""A creator's link from end to end: made over the graph, followed over HTTP, counted once, told to who listens."""

from typing import Any

import pytest
from httpx2 import URL

from creatrail.embedded.folders import PROJECT
from tests.chaos.tokens import read_click_id
from tests.e2e.brand import Brand
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("e2e")

SET_UP = (PROJECT / "docs/queries/04-set-up-a-campaign.graphql").read_text()
RANKED = (PROJECT / "docs/queries/01-creators-by-unique-clicks.graphql").read_text()
SHOP = "https://brand.example/shoes?size=42#red"


async def set_up_campaign(brand: Brand) -> str:
    """Does what docs/queries says, step by step, and returns the short URL of the one link that comes of it."""
    campaign = (await brand.ask(SET_UP, "CreateCampaign"))["campaign"]["id"]
    await brand.ask(SET_UP, "CreateDeliverable", campaignId=campaign)
    creators = await brand.ask(SET_UP, "CreateCreators", creators=[{"handle": "Ann", "externalId": "member 7"}])
    ids = [item["node"]["id"] for item in creators["items"]]
    [added] = (await brand.ask(SET_UP, "AddCreators", campaignId=campaign, creatorIds=ids))["items"]
    promoted = await brand.ask(SET_UP, "Promote", campaignCreatorId=added["node"]["id"])
    [link] = promoted["campaignCreator"]["links"]["nodes"]
    return str(link["shortUrl"])


async def read_ranking(brand: Brand) -> list[dict[str, Any]]:
    campaigns = await brand.ask(RANKED)
    return [edge["performance"]["metrics"] for node in campaigns["nodes"] for edge in node["creators"]["edges"]]


@pytest.mark.feature("LO1", "LO3", "LO4", "LO5", "LO7", "LS2", "R2", "R5")
async def test_a_campaigns_link_is_followed_and_its_creator_is_ranked(brand: Brand) -> None:
    short_url = URL(await set_up_campaign(brand))

    answer = await brand.follow(short_url.path.removeprefix("/"))

    assert (short_url.host, short_url.port) == (brand.host, brand.system.settings.public_port)
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-store, private"
    destination = URL(answer.headers["Location"])
    assert str(destination.copy_with(query=None)) == "https://brand.example/summer-sale"
    assert destination.params.get("creator") == "member 7"
    assert read_click_id(destination.params["ct"]).version == 7
    ranked = {"uniqueClicks": 1, "totalClicks": 1, "botClicks": 0, "conversions": None, "netValue": None}
    await eventually(lambda: read_ranking(brand), lambda ranking: ranking == [ranked])


@pytest.mark.feature("LO4", "LO5")
async def test_the_destination_keeps_its_query_and_fragment(brand: Brand) -> None:
    link = await brand.create_link(SHOP)

    destination = URL((await brand.follow(link.slug)).headers["Location"])

    assert list(destination.params) == ["size", "creator", "ct"]
    assert (destination.params["size"], destination.fragment) == ("42", "red")


@pytest.mark.feature("LO7", "R4", "R5")
async def test_every_request_stands_in_one_column(brand: Brand) -> None:
    link = await brand.create_link(SHOP)

    for _ in range(2):
        await brand.follow(link.slug)
    await brand.follow(link.slug, X_Forwarded_For="203.0.113.9")
    await brand.follow(link.slug, method="HEAD")
    await brand.follow(link.slug, User_Agent="Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    await brand.follow(link.slug, User_Agent="Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)")
    prefetched = await brand.follow(link.slug, Sec_Purpose="prefetch;prerender")

    assert (prefetched.status_code, prefetched.headers["Cache-Control"]) == (503, "no-store, private")
    expected = {
        "totalClicks": 7,
        "humanClicks": 3,
        "botClicks": 2,
        "previewFetches": 1,
        "prefetches": 1,
        "countedClicks": 3,
        "uniqueClicks": 2,
        "repeatClicks": 1,
    }
    await eventually(lambda: brand.read_totals(link), lambda totals: totals == expected)


@pytest.mark.feature("LS5", "LS7", "R8")
async def test_an_archived_link_stops_on_every_redirector_and_keeps_its_clicks(brand: Brand) -> None:
    link = await brand.create_link(SHOP)
    redirectors = ("redirector", "redirector 2")
    for redirector in redirectors:
        assert (await brand.follow(link.slug, redirector=redirector)).status_code == 302

    await brand.ask("mutation ($id: ID!) { archiveLink(input: {id: $id}) { __typename } }", id=link.id)

    for redirector in redirectors:

        async def follow(redirector: str = redirector) -> int:
            return (await brand.follow(link.slug, redirector=redirector)).status_code

        await eventually(follow, lambda status: status == 410)
        assert [await follow() for _ in range(5)] == [410] * 5
    totals = await eventually(lambda: brand.read_totals(link), lambda totals: "repeatClicks" in totals)
    assert (totals["uniqueClicks"], totals["repeatClicks"]) == (1, totals["totalClicks"] - 1)


@pytest.mark.feature("R13")
async def test_a_click_is_told_on_an_open_subscription_and_once_more_after_a_cursor(brand: Brand) -> None:
    link = await brand.create_link(SHOP)

    async with brand.listening() as listener:
        ready = await listener.hear()
        await brand.follow(link.slug)
        told = await listener.hear()
        await brand.follow(link.slug)
        later = await listener.hear()
    async with brand.listening({"after": told["cursor"]}) as listener:
        missed = await listener.hear()

    assert ready["__typename"] == "StreamReady"
    assert (told["click"]["counting"], told["click"]["link"]["slug"]) == ("UNIQUE", link.slug)
    assert later["click"]["counting"] == "REPEAT"
    assert missed == later


@pytest.mark.feature("R11")
async def test_a_slug_of_another_brand_is_unknown_here(brand: Brand) -> None:
    link = await brand.create_link(SHOP)

    foreign = await brand.follow(link.slug, Host=f"other-{brand.host}")
    unknown = await brand.follow("nobody")

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.text == unknown.text
