"""Report pages in the graph: made, listed, revoked, and what is noted of it."""

import datetime as dt
from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import join, make_campaign, make_creator
from tests.integration.api.conftest import Tenant
from tracking.clock import utc_now

pytestmark = pytest.mark.feature("LO12")

PAGE = "id name prefix showsMoney isExpired revokedAt lastOpenedAt campaign { name } creator { handle }"
CREATE = f"""
    mutation ($input: CreateReportPageInput!) {{
        createReportPage(input: $input) {{
            __typename
            ... on CreateReportPageSuccess {{ url reportPage {{ {PAGE} expiresAt createdAt }} }}
            ... on UserError {{ code path message }}
        }}
    }}
"""
REVOKE = f"""
    mutation ($id: ID!) {{
        revokeReportPage(input: {{ id: $id }}) {{
            __typename
            ... on RevokeReportPageSuccess {{
                reportPage {{ {PAGE} history {{ nodes {{ action actor {{ apiKeyName }} }} }} }}
            }}
            ... on UserError {{ code path }}
        }}
    }}
"""
LIST = "query ($filter: ReportPageFilter) { reportPages(filter: $filter) { nodes { name } } }"


async def create(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(CREATE, input=given))["createReportPage"]
    return answer


async def list_names(tenant: Tenant, **wanted: Any) -> list[str]:
    return [node["name"] for node in (await tenant.ask(LIST, filter=wanted))["reportPages"]["nodes"]]


@pytest.fixture
async def campaign_id(acme: Tenant) -> str:
    return encode_id("Campaign", (await make_campaign(acme.account)).id)


async def test_the_address_is_told_once_and_only_its_hash_is_kept(
    acme: Tenant, campaign_id: str, pool: asyncpg.Pool
) -> None:
    made = await create(acme, campaignId=campaign_id, name="For Kim", idempotencyKey="k")
    again = await create(acme, campaignId=campaign_id, name="For Kim", idempotencyKey="k")

    page = made["reportPage"]
    start = f"http://127.0.0.1:8000/r/ct_page_{page['prefix']}_"
    assert made["url"].startswith(start)
    assert again == {**made, "url": None}
    secret = made["url"].removeprefix(start)
    rows = await pool.fetch(
        "SELECT page::text FROM report_page AS page UNION ALL SELECT h::text FROM history_entry AS h"
    )
    assert len(secret) == 40
    assert not any(secret in row[0] for row in rows)
    assert page["campaign"] == {"name": "Summer"}
    assert (page["creator"], page["showsMoney"], page["isExpired"]) == (None, False, False)
    life = dt.datetime.fromisoformat(page["expiresAt"]) - dt.datetime.fromisoformat(page["createdAt"])
    assert life.days in {29, 30}  # one was taken a moment after the other


async def test_it_is_of_something_and_ends_within_a_year(acme: Tenant, campaign_id: str) -> None:
    creator = await make_creator(acme.account)
    creator_id = encode_id("Creator", creator.id)
    late = (utc_now() + dt.timedelta(days=367)).isoformat()

    for given, path in (
        ({}, ["campaignId"]),
        ({"campaignId": campaign_id, "creatorId": creator_id}, ["creatorId"]),
        ({"campaignId": campaign_id, "expiresAt": late}, ["expiresAt"]),
        ({"campaignId": campaign_id, "expiresAt": utc_now().isoformat()}, ["expiresAt"]),
        ({"campaignId": campaign_id, "name": "x" * 201}, ["name"]),
    ):
        refused = await create(acme, **given)
        assert (refused["code"], refused["path"]) == ("INVALID_INPUT", path), given
    assert await list_names(acme) == []


async def test_a_creator_of_the_campaign_may_have_a_page_of_it(acme: Tenant) -> None:
    creator, campaign = await make_creator(acme.account, "kim"), await make_campaign(acme.account)
    await join(acme.account, campaign, [creator])

    made = await create(
        acme, campaignId=encode_id("Campaign", campaign.id), creatorId=encode_id("Creator", creator.id), showsMoney=True
    )

    assert made["reportPage"]["creator"] == {"handle": "kim"}
    assert made["reportPage"]["showsMoney"] is True


async def test_revoking_is_noted_once_and_takes_it_off_the_live_ones(acme: Tenant, campaign_id: str) -> None:
    first = await create(acme, campaignId=campaign_id, name="first")
    await create(acme, campaignId=campaign_id, name="second")

    revoked = (await acme.ask(REVOKE, id=first["reportPage"]["id"]))["revokeReportPage"]["reportPage"]
    again = (await acme.ask(REVOKE, id=first["reportPage"]["id"]))["revokeReportPage"]["reportPage"]

    assert revoked["revokedAt"] is not None
    assert again == revoked
    assert revoked["history"]["nodes"] == [
        {"action": "REVOKED", "actor": {"apiKeyName": "test"}},
        {"action": "CREATED", "actor": {"apiKeyName": "test"}},
    ]
    assert await list_names(acme, isLive=True) == ["second"]
    assert await list_names(acme, isLive=False) == ["first"]
    assert await list_names(acme, campaignId=campaign_id) == ["second", "first"]
