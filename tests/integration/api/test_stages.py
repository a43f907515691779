import asyncio
from typing import Any

import pytest

from tests.brand import join, make_campaign, make_creator, make_deliverable
from tests.integration.api.conftest import Tenant
from tracking.links.creation import NewLink, create_link

SET = """
    mutation ($items: [SetCampaignCreatorStageInput!]!) {
        setCampaignCreatorStages(input: { items: $items }) {
            ... on SetCampaignCreatorStagesSuccess {
                items { index ok node { id stage links(first: 5) { nodes { slug } } } errors { code path } }
            }
            ... on UserError { code path }
        }
    }
"""
MEMBERS = """
    query ($filter: CampaignCreatorFilter) {
        campaigns(first: 1) { nodes { creators(filter: $filter, first: 100) {
            nodes { id stage creator { handle } links { nodes { slug } } }
        } } }
    }
"""


async def list_members(tenant: Tenant, **filter_: Any) -> list[dict[str, Any]]:
    [campaign] = (await tenant.ask(MEMBERS, filter=filter_ or None))["campaigns"]["nodes"]
    members: list[dict[str, Any]] = campaign["creators"]["nodes"]
    return members


async def set_stages(tenant: Tenant, *moves: tuple[str, str]) -> Any:
    items = [{"id": member_id, "stage": stage} for member_id, stage in moves]
    return (await tenant.ask(SET, items=items))["setCampaignCreatorStages"]


async def fill_campaign(tenant: Tenant, count: int) -> list[str]:
    """The ids of creators who applied for a campaign with a deliverable."""
    campaign = await make_campaign(tenant.account)
    await make_deliverable(tenant.account, campaign, slug_template="{creator}")
    await join(tenant.account, campaign, [await make_creator(tenant.account, f"c{number}") for number in range(count)])
    return [member["id"] for member in await list_members(tenant)]


@pytest.mark.feature("LS2", "LO1")
async def test_forty_creators_who_are_promoted_twice_at_once_have_one_link_each(acme: Tenant) -> None:
    member_ids = await fill_campaign(acme, 40)
    moves = [(member_id, "ACCEPTED") for member_id in member_ids]

    answers = await asyncio.gather(set_stages(acme, *moves), set_stages(acme, *moves[::-1]))

    assert [[item["ok"] for item in answer["items"]] for answer in answers] == [[True] * 40] * 2
    members = await list_members(acme)
    assert {member["stage"] for member in members} == {"ACCEPTED"}
    assert sorted(member["links"]["nodes"][0]["slug"] for member in members) == sorted(f"c{n}" for n in range(40))
    assert {len(member["links"]["nodes"]) for member in members} == {1}


async def test_each_item_says_what_became_of_it(acme: Tenant, other: Tenant) -> None:
    [member_id] = await fill_campaign(acme, 1)
    [foreign_id] = await fill_campaign(other, 1)

    answer = await set_stages(acme, (foreign_id, "ACTIVE"), (member_id, "ACTIVE"), ("garbage", "ACTIVE"))

    assert answer["items"] == [
        {"index": 0, "ok": False, "node": None, "errors": [{"code": "NOT_FOUND", "path": ["items", "0", "id"]}]},
        {
            "index": 1,
            "ok": True,
            "node": {"id": member_id, "stage": "ACTIVE", "links": {"nodes": [{"slug": "c0"}]}},
            "errors": [],
        },
        {"index": 2, "ok": False, "node": None, "errors": [{"code": "NOT_FOUND", "path": ["items", "2", "id"]}]},
    ]
    assert [member["stage"] for member in await list_members(other)] == ["APPLIED"]


async def test_nothing_and_too_much_are_refused(acme: Tenant) -> None:
    [member_id] = await fill_campaign(acme, 1)

    for count in (0, 1_001):
        answer = await set_stages(acme, *([(member_id, "ACTIVE")] * count))
        assert answer == {"code": "INVALID_INPUT", "path": ["items"]}
    assert [member["stage"] for member in await list_members(acme)] == ["APPLIED"]


@pytest.mark.feature("CU12")
async def test_creators_of_a_campaign_are_searched_and_found_by_the_tags_of_their_links(acme: Tenant) -> None:
    campaign = await make_campaign(acme.account)
    ada, bob, cyn = [await make_creator(acme.account, handle) for handle in ("ada", "bob", "cyn")]
    await join(acme.account, campaign, [ada, bob, cyn])
    url = "https://brand.example/"
    for given in (
        NewLink(ada.id, url, campaign.id, tags=("eu", "x")),
        NewLink(bob.id, url, campaign.id, tags=("us",)),
        NewLink(cyn.id, url, tags=("eu",)),
    ):
        await create_link(acme.account.id, given)

    async def find(**filter_: Any) -> list[str]:
        return [member["creator"]["handle"] for member in await list_members(acme, **filter_)]

    assert await find(search="B") == ["bob"]
    assert await find(tag="eu") == ["ada"]
    assert await find(tag="eu", search="bob") == []
    assert await find(stages=["APPLIED"], tag="us") == ["bob"]
