"""The files and the query of docs/switching.md, as they stand there."""

import re
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from api.ids import decode_id, encode_id
from tests.brand import make_campaign
from tests.clicking import make_event, store
from tests.importing import announce, count, read_import, read_no_click, upload
from tests.integration.api.conftest import Tenant
from tracking.campaigns.models import Campaign
from tracking.domains.models import TrackingDomain
from tracking.imports.running import run_import
from tracking.links.models import Link

PAGE: Final = (Path(__file__).parents[3] / "docs" / "switching.md").read_text()
BLOCKS: Final = [re.sub(r"(?m)^    ", "", block) for block in re.findall(r"(?m)(?:^    .+\n)+", PAGE)]
KINDS: Final = {
    "external_id,handle": "CREATORS",
    "campaign_external_id,": "CAMPAIGN_CREATORS",
    "slug,": "LINKS",
    "event,": "CONVERSIONS",
}

pytestmark = pytest.mark.feature("CU11", "LO10")


async def notify_nobody() -> None:
    """There is no redirector in these tests."""


def read_files() -> dict[str, bytes]:
    """By kind of import, in the order of the page."""
    return {kind: block.encode() for block in BLOCKS for start, kind in KINDS.items() if block.startswith(start)}


async def bring(tenant: Tenant, kind: str, content: bytes) -> tuple[int, int, int, int]:
    """Created, updated, unchanged and bad rows."""
    announced = await announce(tenant.ask, kind=kind)
    await upload(tenant.graph.client, announced["uploadUrl"], content)
    await run_import(decode_id(announced["id"], "Import") or 0, notify_nobody, read_no_click)
    found = await read_import(tenant.ask, announced["id"])
    assert found["problems"] == []
    return count(found)


@pytest.fixture
async def campaign(acme: Tenant) -> Campaign:
    """With the host and the name that the page uses."""
    await TrackingDomain.filter(account_id=acme.account.id).update(host="go.brand.example")
    campaign = await make_campaign(acme.account)
    await Campaign.filter(id=campaign.id).update(external_id="summer")
    return campaign


@pytest.mark.usefixtures("campaign")
async def test_each_file_is_taken_and_adds_nothing_when_it_is_sent_again(acme: Tenant) -> None:
    files = read_files()
    assert list(files) == list(KINDS.values())

    first = [await bring(acme, kind, content) for kind, content in files.items()]
    again = [await bring(acme, kind, content) for kind, content in files.items()]

    assert first == [(2, 0, 0, 0)] * 4
    assert again == [(0, 0, 2, 0)] * 4
    links = await Link.filter(account_id=acme.account.id).order_by("slug").prefetch_related("creator")
    assert [(link.slug, link.creator.handle) for link in links if link.creator] == [
        ("anna-summer", "anna"),
        ("bela-summer", "bela"),
    ]


async def test_old_orders_are_their_links_and_creators(acme: Tenant, campaign: Campaign) -> None:
    for kind, content in read_files().items():
        await bring(acme, kind, content)

    query = "{ conversions { nodes { kind status method creator { handle } } } }"
    found = (await acme.ask(query))["conversions"]["nodes"]

    assert sorted((each["kind"], each["status"], each["method"], each["creator"]["handle"]) for each in found) == [
        ("REFUND", "APPROVED", "LINK", "anna"),
        ("SALE", "APPROVED", "LINK", "anna"),
    ]


async def test_both_numbers_are_compared(acme: Tenant, campaign: Campaign, pool: asyncpg.Pool) -> None:
    [query] = [block for block in BLOCKS if block.startswith("query")]
    await store(pool, *(make_event(acme.account.id, campaign_id=campaign.id) for _ in range(3)))

    found: dict[str, Any] = (await acme.ask(query, campaignId=encode_id("Campaign", campaign.id)))["reconcile"]

    assert (found["uniqueClicks"], found["theirs"]) == (1, 1)
    assert {each["cause"] for each in found["differences"]} <= set(re.findall(r"`([A-Z_]+)`", PAGE))
